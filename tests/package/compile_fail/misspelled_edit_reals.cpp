// A misspelled edit_reals does not compile.
// expected: close to edit_reals: is it misspelled?
#include "cspgan/policies/policies.hpp"

struct Mixer {
  cspgan::Tensor edit_images(cspgan::Tensor images, cspgan::StepContext&) const { return images; }
#ifdef WRONG
  cspgan::Tensor edit_real(cspgan::Tensor reals, const cspgan::Tensor&, cspgan::StepContext&) const { return reals; }
#else
  cspgan::Tensor edit_reals(cspgan::Tensor reals, const cspgan::Tensor&, cspgan::StepContext&) const { return reals; }
#endif
};

auto policies() { return cspgan::Policies{Mixer{}}; }
