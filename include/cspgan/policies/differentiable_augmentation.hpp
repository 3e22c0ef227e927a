// Differentiable augmentation: random changes of all images that the discriminator sees, real and fake, through which
// the generator learns.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

#include "cspgan/policies/adaptive_probability.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Color, then translation, then cutout, drawn anew for each image (Zhao et al. 2020, "DiffAugment"). The value 0 turns
/// a part off. Images are [N, C, H, W] in [-1, 1]; uncovered and cut-out pixels are 0. With a `target`, the share of
/// images that are augmented adapts to the scores (AdaptiveProbability). validate() throws OptionError,
/// naming the field, if a value is out of range. With m the mean over the channels of a pixel and M the mean over the
/// image:
///   brightness  x + u,             u in [-brightness, brightness]
///   saturation  (x - m) u + m,     u in [1 - saturation, 1 + saturation]
///   contrast    (x - M) u + M,     u in [1 - contrast, 1 + contrast]
///   translation by whole pixels, each axis up to `translation` of its side
///   cutout      of a rectangle whose sides are the share `cutout` of the image's, centered anywhere in the image
struct DifferentiableAugmentation {
  static constexpr std::string_view name = "differentiable_augmentation";
  static constexpr std::string_view summary =
      "random color, translation and cutout on all images that the discriminator sees";
  double brightness = 0.5;
  double saturation = 1;
  double contrast = 0.5;
  double translation = 0.125;
  double cutout = 0.5;
  double probability = 1;
  std::optional<double> until_kimg{};
  std::optional<double> target{};
  double ramp_kimg = 500;

  AdaptiveProbability adaptive{};  // state, if there is a target

  Tensor edit_images(Tensor images, StepContext& step) const;
  /// Whether the augmentation still runs, i.e. kimg < until_kimg.
  bool active(const StepContext& step) const { return !until_kimg || step.kimg() < *until_kimg; }
  void observe_scores(const Scores& scores, StepContext& step) {
    if (target && active(step)) adaptive.observe(scores.real, *target, ramp_kimg, probability);
  }
  void save(StateWriter& writer) const {
    if (target) adaptive.save(writer);
  }
  void load(StateReader& reader) {
    if (target && reader.has("updates")) adaptive.load(reader);  // a run may be given a target when it goes on
  }

  static void describe(auto&& self, auto&& field) {
    field("brightness", self.brightness, "largest shift of all pixel values, in [0, 1]; 0: off");
    field("saturation", self.saturation, "largest relative change of saturation, in [0, 1]; 0: off");
    field("contrast", self.contrast, "largest relative change of contrast, in [0, 1]; 0: off");
    field("translation", self.translation, "largest shift of the image as a share of its side, in [0, 1]; 0: off");
    field("cutout", self.cutout, "side of the erased rectangle as a share of the image's side, in [0, 1]; 0: off");
    field("probability", self.probability,
          "share of the images that are augmented, in [0, 1]; the largest share if there is a target");
    field("until_kimg", self.until_kimg, "thousands of images after which augmentation stops, > 0; none: never");
    field("target", self.target,
          "mean sign of the scores of real images, in [-1, 1], above which the share of augmented images rises from 0, "
          "as in ADA, and below which it falls; none: it is fixed; for non_saturating, "
          "saturating and hinge");
    field("ramp_kimg", self.ramp_kimg, "thousands of images in which a share with a target can rise from 0 to 1, > 0");
  }
  void validate() const;
  /// Compares the parameters, not the state.
  friend bool operator==(const DifferentiableAugmentation& a, const DifferentiableAugmentation& b) {
    const auto parameters = [](const DifferentiableAugmentation& all) {
      return std::tie(all.brightness, all.saturation, all.contrast, all.translation, all.cutout, all.probability,
                      all.until_kimg, all.target, all.ramp_kimg);
    };
    return parameters(a) == parameters(b);
  }
};

}  // namespace cspgan
