// Adaptive pseudo augmentation: fakes among the reals, more of them as the discriminator overfits.
#pragma once

#include <string_view>

#include "cspgan/policies/adaptive_probability.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Shows the discriminator fakes as if they were real, each real image being replaced with an adaptive probability
/// (Jiang et al. 2021, "Deceive D: Adaptive Pseudo Augmentation"). Their fakes are drawn apart; these are the fakes of
/// the same update, each in the place of its neighbor's real image, which costs no pass of the generator. For losses
/// whose scores part at 0 (AdaptiveProbability). validate() throws OptionError, naming the field, if a value is out of
/// range.
struct AdaptivePseudoAugmentation {
  static constexpr std::string_view name = "adaptive_pseudo_augmentation";
  static constexpr std::string_view summary =
      "shows the discriminator fakes as real, more of them as it overfits; for small data sets";
  double target = 0.6;
  double ramp_kimg = 500;
  double limit = 0.8;

  AdaptiveProbability probability{};  // state

  Tensor edit_reals(Tensor reals, const Tensor& fakes, StepContext& step) const;
  void observe_scores(const Scores& scores, StepContext& step);
  void save(StateWriter& writer) const { probability.save(writer); }
  void load(StateReader& reader) { probability.load(reader); }

  static void describe(auto&& self, auto&& field) {
    field(
        "target", self.target,
        "mean sign of the scores of real images above which the probability rises, in [-1, 1]; for losses whose scores "
        "part at 0: non_saturating, saturating, hinge");
    field("ramp_kimg", self.ramp_kimg, "thousands of images in which the probability can rise from 0 to 1, > 0");
    field("limit", self.limit, "largest probability, in [0, 1]");
  }
  void validate() const;
  /// Compares the parameters, not the state.
  friend bool operator==(const AdaptivePseudoAugmentation& a, const AdaptivePseudoAugmentation& b) {
    return a.target == b.target && a.ramp_kimg == b.ramp_kimg && a.limit == b.limit;
  }
};

}  // namespace cspgan
