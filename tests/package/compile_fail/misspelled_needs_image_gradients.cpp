// A misspelled needs_image_gradients does not compile.
// expected: close to needs_image_gradients: is it misspelled?
#include "cspgan/policies/policies.hpp"

struct Scorer {
  cspgan::Tensor discriminator_penalty(const cspgan::DiscriminatorUpdate& update, cspgan::StepContext&) const {
    return update.scores.real.mean();
  }
#ifdef WRONG
  bool needs_image_gradient(cspgan::Domain, const cspgan::StepContext&) const { return true; }
#else
  bool needs_image_gradients(cspgan::Domain, const cspgan::StepContext&) const { return true; }
#endif
};

auto policies() { return cspgan::Policies{Scorer{}}; }
