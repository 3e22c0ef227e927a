// An observe_scores with other parameters does not compile.
// expected: observe_scores of this policy is not callable as
#include "cspgan/policies/policies.hpp"

struct Watcher {
  cspgan::Tensor edit_images(cspgan::Tensor images, cspgan::StepContext&) const { return images; }
#ifdef WRONG
  void observe_scores(const cspgan::Scores&) {}
#else
  void observe_scores(const cspgan::Scores&, cspgan::StepContext&) {}
#endif
};

auto policies() { return cspgan::Policies{Watcher{}}; }
