// A policy whose only hook is misspelled does not compile.
// expected: a policy needs at least one of the hooks edit_targets, edit_images, edit_reals, edit_fakes,
#include "cspgan/policies/policies.hpp"

struct Dimmer {
#ifdef WRONG
  cspgan::Tensor edit_fake(cspgan::Tensor fakes, cspgan::StepContext&) const { return fakes; }
#else
  cspgan::Tensor edit_fakes(cspgan::Tensor fakes, cspgan::StepContext&) const { return fakes; }
#endif
};

auto policies() { return cspgan::Policies{Dimmer{}}; }
