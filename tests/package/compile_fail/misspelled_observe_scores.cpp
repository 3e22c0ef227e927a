// A misspelled observe_scores does not compile.
// expected: close to observe_scores: is it misspelled?
#include "cspgan/policies/policies.hpp"

struct Watcher {
  cspgan::Tensor edit_images(cspgan::Tensor images, cspgan::StepContext&) const { return images; }
#ifdef WRONG
  void observe_score(const cspgan::Scores&, cspgan::StepContext&) {}
#else
  void observe_scores(const cspgan::Scores&, cspgan::StepContext&) {}
#endif
};

auto policies() { return cspgan::Policies{Watcher{}}; }
