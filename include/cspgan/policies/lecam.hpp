// LeCam regularization: keeps real scores near the running mean of fake scores, and the reverse.
#pragma once

#include <string_view>

#include "cspgan/core/state.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// weight (E[(r - a_f)^2] + E[(f - a_r)^2]), with r and f the scores of real and fake images and a_r, a_f their
/// running means, including this step (Tseng et al. 2021, equation 8). With `one_sided`, as in the authors' code, only
/// r above a_f and f below a_r are penalized. validate() throws OptionError, naming the field, if a value is out of
/// range.
struct LeCam {
  static constexpr std::string_view name = "lecam";
  static constexpr std::string_view summary =
      "pulls scores toward the running mean of the other kind's scores; for small data sets";
  double weight = 0.1;
  double decay = 0.99;
  double from_kimg = 0;
  bool one_sided = false;

  /// State: scalars without a graph, undefined before the first step. They are replaced, never written in place, so
  /// copies of the policy may share them.
  Tensor real_mean{};
  Tensor fake_mean{};

  Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step);
  void save(StateWriter& writer) const;
  void load(StateReader& reader);

  static void describe(auto&& self, auto&& field) {
    field("weight", self.weight, "factor of the penalty, >= 0; a good value depends on the size of the scores");
    field("decay", self.decay, "share of the running means that is kept in each step, in [0, 1]");
    field("from_kimg", self.from_kimg,
          "thousands of images before the penalty starts, >= 0; the means run from the beginning");
    field("one_sided", self.one_sided,
          "penalize only real scores above the fakes' mean and fake scores below the reals' mean");
  }
  void validate() const;
  /// Compares the parameters, not the state.
  friend bool operator==(const LeCam& a, const LeCam& b) {
    return a.weight == b.weight && a.decay == b.decay && a.from_kimg == b.from_kimg && a.one_sided == b.one_sided;
  }
};

}  // namespace cspgan
