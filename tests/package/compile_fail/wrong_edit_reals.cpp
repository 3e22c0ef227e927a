// An edit_reals with other parameters does not compile.
// expected: edit_reals of this policy is not callable as
#include "cspgan/policies/policies.hpp"

struct Mixer {
  cspgan::Tensor edit_images(cspgan::Tensor images, cspgan::StepContext&) const { return images; }
#ifdef WRONG
  cspgan::Tensor edit_reals(cspgan::Tensor reals, cspgan::StepContext&) const { return reals; }
#else
  cspgan::Tensor edit_reals(cspgan::Tensor reals, const cspgan::Tensor&, cspgan::StepContext&) const { return reals; }
#endif
};

auto policies() { return cspgan::Policies{Mixer{}}; }
