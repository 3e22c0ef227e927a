// Policies that edit targets, i.e. the values that the discriminator learns for real and fake images. They act in the
// discriminator's update only, in the order in which they are given. Targets are [N] in [0, 1]; validate() throws
// OptionError, naming the field, if a value is out of range.
#pragma once

#include <cstdint>
#include <string_view>

#include "cspgan/core/range.hpp"
#include "cspgan/core/scores.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Targets drawn uniformly from a range for each image (widened from Salimans et al. 2016, section 3.4). Ranges lie in
/// [0, 1].
struct SoftLabels {
  static constexpr std::string_view name = "soft_labels";
  static constexpr std::string_view summary = "targets drawn from a range for each image";
  Range real{0.7, 0.9};
  Range fake{0.1, 0.3};

  Targets edit_targets(Targets targets, StepContext& step) const {
    return {step.uniform_like(targets.real, real), step.uniform_like(targets.fake, fake)};
  }

  static void describe(auto&& self, auto&& field) {
    field("real", self.real, "range [low, high] of the targets of real images, within [0, 1]");
    field("fake", self.fake, "range [low, high] of the targets of fake images, within [0, 1]");
  }
  void validate() const;
  friend bool operator==(const SoftLabels&, const SoftLabels&) = default;
};

/// Maps the targets 1 and 0 to `real` and `fake`, and values between linearly: t -> fake + (real - fake) t. One-sided
/// if fake = 0 (Salimans et al. 2016, section 3.4), two-sided otherwise.
struct LabelSmoothing {
  static constexpr std::string_view name = "label_smoothing";
  static constexpr std::string_view summary = "targets a little below 1 and, if two-sided, a little above 0";
  double real = 0.9;
  double fake = 0;

  Targets edit_targets(Targets targets, StepContext&) const {
    return {targets.real.mul(real - fake).add(fake), targets.fake.mul(real - fake).add(fake)};
  }

  static void describe(auto&& self, auto&& field) {
    field("real", self.real, "value that replaces a target of 1, in [0, 1]");
    field("fake", self.fake, "value that replaces a target of 0, in [0, 1] and below real; 0: one-sided smoothing");
  }
  void validate() const;
  friend bool operator==(const LabelSmoothing&, const LabelSmoothing&) = default;
};

/// Swaps the two targets in a random share of the pairs (real image i, fake image i). Throws Error if the numbers of
/// real and fake images differ.
struct LabelFlips {
  static constexpr std::string_view name = "label_flips";
  static constexpr std::string_view summary = "swaps the targets of real and fake images for a share of the pairs";
  double probability = 0.05;

  Targets edit_targets(Targets targets, StepContext& step) const;

  static void describe(auto&& self, auto&& field) {
    field("probability", self.probability, "share of the pairs whose targets are swapped, in [0, 1]");
  }
  void validate() const;
  friend bool operator==(const LabelFlips&, const LabelFlips&) = default;
};

/// Flips labels on one side: a random share of the real images get the targets of fakes. Real image i gets the target
/// of fake image i, which keeps its own. Throws Error if the numbers of real and fake images differ.
struct RealShownAsFake {
  static constexpr std::string_view name = "real_shown_as_fake";
  static constexpr std::string_view summary = "gives a share of the real images the targets of fakes";
  double probability = 0.05;

  Targets edit_targets(Targets targets, StepContext& step) const;

  static void describe(auto&& self, auto&& field) {
    field("probability", self.probability, "share of the real images that are shown as fake, in [0, 1]");
  }
  void validate() const;
  friend bool operator==(const RealShownAsFake&, const RealShownAsFake&) = default;
};

/// Adds normal noise to every target, then clamps it to [0, 1].
struct LabelNoise {
  static constexpr std::string_view name = "label_noise";
  static constexpr std::string_view summary = "normal noise on the targets, kept within [0, 1]";
  double sigma = 0.05;

  Targets edit_targets(Targets targets, StepContext& step) const;

  static void describe(auto&& self, auto&& field) {
    field("sigma", self.sigma, "standard deviation of the noise on the targets, >= 0");
  }
  void validate() const;
  friend bool operator==(const LabelNoise&, const LabelNoise&) = default;
};

}  // namespace cspgan
