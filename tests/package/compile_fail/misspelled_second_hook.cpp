// A misspelled hook does not compile, whatever other hooks the policy has.
// expected: close to edit_images: is it misspelled?
#include "cspgan/policies/policies.hpp"

struct Scorer {
  cspgan::Tensor discriminator_penalty(const cspgan::DiscriminatorUpdate& update, cspgan::StepContext&) const {
    return update.scores.real.mean();
  }
#ifdef WRONG
  cspgan::Tensor edit_image(cspgan::Tensor images, cspgan::StepContext&) const { return images; }
#else
  cspgan::Tensor edit_images(cspgan::Tensor images, cspgan::StepContext&) const { return images; }
#endif
};

auto policies() { return cspgan::Policies{Scorer{}}; }
