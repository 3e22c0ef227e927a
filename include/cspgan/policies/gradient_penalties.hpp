// Penalties on g, the gradient of the discriminator's score with respect to an image before augmentation, as in
// StyleGAN2-ADA and R3GAN. |g| is the L2 norm over all pixels of one image, E the mean over the batch. The penalties
// are themselves differentiated with respect to the discriminator's parameters.
//
// `every` = n computes a penalty in every n-th update of the discriminator and adds n times its value to the loss of
// that update. StyleGAN2's lazy regularization (Karras et al. 2020, section 3.1) is different: it makes a separate
// optimizer step for the penalty and corrects the learning rate and Adam's betas. Here one Adam sees both terms, so its
// second moments rise in every n-th update. validate() throws OptionError if a value is out of range.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "cspgan/core/options.hpp"
#include "cspgan/policies/step_context.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Where the gradient is taken: at a random point between real image i and fake image i, or at the images themselves.
enum class PenaltyPoint { interpolated, real, fake };

template <>
struct EnumNames<PenaltyPoint> {
  static constexpr std::array names{std::pair{PenaltyPoint::interpolated, "interpolated"},
                                    std::pair{PenaltyPoint::real, "real"}, std::pair{PenaltyPoint::fake, "fake"}};
};

/// weight E[(|g| - target_norm)^2] (Gulrajani et al. 2017, equation 3: interpolated, weight 10, norm 1; at real images
/// as in Kodali et al. 2017). Do not use a discriminator with batch norm: it mixes the images of a batch, so no
/// gradient belongs to one image alone.
struct GradientPenalty {
  static constexpr std::string_view name = "gradient_penalty";
  static constexpr std::string_view summary = "pulls the norm of the score's gradient toward a target (WGAN-GP)";
  double weight = 10;
  double target_norm = 1;
  PenaltyPoint at = PenaltyPoint::interpolated;
  std::int64_t every = 1;

  Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) const;
  bool needs_image_gradients(Domain domain, const StepContext& step) const {
    return step.due(every) && at == (domain == Domain::real ? PenaltyPoint::real : PenaltyPoint::fake);
  }

  static void describe(auto&& self, auto&& field) {
    field("weight", self.weight, "factor of the penalty, >= 0");
    field("target_norm", self.target_norm, "norm that the gradients are pulled toward, >= 0");
    field("at", self.at, "images at which the gradient is taken");
    field("every", self.every,
          "discriminator updates from one computation to the next, >= 1; the penalty is multiplied by it");
  }
  void validate() const;
  friend bool operator==(const GradientPenalty&, const GradientPenalty&) = default;
};

/// The strength of R1 and R2 by StyleGAN2-ADA's rule of thumb (train.py, "heuristic formula"): 0.0002 H W / N for a
/// batch [N, C, H, W].
double recommended_gamma(const Tensor& images);

/// gamma / 2 E[|g|^2] at real images (Mescheder et al. 2018, equation 9).
struct R1 {
  static constexpr std::string_view name = "r1";
  static constexpr std::string_view summary = "flattens the discriminator at real images: gamma / 2 E[|g|^2]";
  std::optional<double> gamma = 1;  // none: recommended_gamma()
  std::int64_t every = 1;

  Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) const;
  bool needs_image_gradients(Domain domain, const StepContext& step) const {
    return step.due(every) && domain == Domain::real;
  }

  static void describe(auto&& self, auto&& field) {
    field("gamma", self.gamma,
          "strength of the penalty, >= 0; its factor is gamma / 2; none: 0.0002 times the pixels of an image, over the "
          "batch size");
    field("every", self.every,
          "discriminator updates from one computation to the next, >= 1; the penalty is multiplied by it");
  }
  void validate() const;
  friend bool operator==(const R1&, const R1&) = default;
};

/// gamma / 2 E[|g|^2] at fake images (Mescheder et al. 2018, equation 9).
struct R2 {
  static constexpr std::string_view name = "r2";
  static constexpr std::string_view summary = "flattens the discriminator at fake images: gamma / 2 E[|g|^2]";
  std::optional<double> gamma = 1;  // none: recommended_gamma()
  std::int64_t every = 1;

  Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext& step) const;
  bool needs_image_gradients(Domain domain, const StepContext& step) const {
    return step.due(every) && domain == Domain::fake;
  }

  static void describe(auto&& self, auto&& field) {
    field("gamma", self.gamma,
          "strength of the penalty, >= 0; its factor is gamma / 2; none: 0.0002 times the pixels of an image, over the "
          "batch size");
    field("every", self.every,
          "discriminator updates from one computation to the next, >= 1; the penalty is multiplied by it");
  }
  void validate() const;
  friend bool operator==(const R2&, const R2&) = default;
};

}  // namespace cspgan
