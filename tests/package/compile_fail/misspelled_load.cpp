// A misspelled load does not compile.
// expected: close to load: is it misspelled?
#include "cspgan/policies/policies.hpp"

struct Scorer {
  cspgan::Tensor discriminator_penalty(const cspgan::DiscriminatorUpdate& update, cspgan::StepContext&) const {
    return update.scores.real.mean();
  }
#ifdef WRONG
  void laod(cspgan::StateReader&) {}
#else
  void load(cspgan::StateReader&) {}
  void save(cspgan::StateWriter&) const {}
#endif
};

auto policies() { return cspgan::Policies{Scorer{}}; }
