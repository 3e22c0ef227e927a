// A needs_image_gradients with other parameters does not compile.
// expected: needs_image_gradients of this policy is not callable as
#include "cspgan/policies/policies.hpp"

struct Scorer {
  cspgan::Tensor discriminator_penalty(const cspgan::DiscriminatorUpdate& update, cspgan::StepContext&) const {
    return update.scores.real.mean();
  }
#ifdef WRONG
  bool needs_image_gradients(const cspgan::StepContext&) const { return true; }
#else
  bool needs_image_gradients(cspgan::Domain, const cspgan::StepContext&) const { return true; }
#endif
};

auto policies() { return cspgan::Policies{Scorer{}}; }
