// The losses of the library. r and f are the scores of real and fake images, t_r and t_f their targets, all of shape
// [N]; E is the mean over the batch. Scores of another shape throw an Error that names the shape, because [N, 1, 1, 1]
// would broadcast against [N]. `discriminator_weight`, > 0, multiplies the discriminator's loss but not its penalties;
// validate() throws OptionError for other values.
#pragma once

#include <string_view>

#include "cspgan/core/scores.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace detail {
inline constexpr std::string_view discriminator_weight_help = "factor of the discriminator's loss, > 0";
void validate_loss_weight(double weight, std::string_view loss);
}  // namespace detail

/// Binary cross-entropy on logits, B(s, t) = softplus(s) - t s (Goodfellow et al. 2014, section 3).
/// Discriminator: E[B(r, t_r)] + E[B(f, t_f)]. Generator: E[B(f, t_r)], whose gradient is largest for fakes that the
/// discriminator recognizes.
struct NonSaturatingLoss {
  static constexpr std::string_view name = "non_saturating";
  static constexpr std::string_view summary = "binary cross-entropy with targets; the generator maximizes log D(G(z))";
  double discriminator_weight = 1;

  Tensor discriminator(const Scores& scores, const Targets& targets) const;
  Tensor generator(const Scores& scores, const Targets& targets) const;

  static void describe(auto&& self, auto&& field) {
    field("discriminator_weight", self.discriminator_weight, detail::discriminator_weight_help);
  }
  void validate() const { detail::validate_loss_weight(discriminator_weight, name); }
  friend bool operator==(const NonSaturatingLoss&, const NonSaturatingLoss&) = default;
};

/// The minimax game as first written (Goodfellow et al. 2014, equation 1): the discriminator as in NonSaturatingLoss,
/// the generator minimizes -E[B(f, t_f)] = E[log(1 - D(G(z)))], whose gradient vanishes when the discriminator is
/// confident.
struct SaturatingLoss {
  static constexpr std::string_view name = "saturating";
  static constexpr std::string_view summary =
      "binary cross-entropy with targets; the generator minimizes log(1 - D(G(z)))";
  double discriminator_weight = 1;

  Tensor discriminator(const Scores& scores, const Targets& targets) const;
  Tensor generator(const Scores& scores, const Targets& targets) const;

  static void describe(auto&& self, auto&& field) {
    field("discriminator_weight", self.discriminator_weight, detail::discriminator_weight_help);
  }
  void validate() const { detail::validate_loss_weight(discriminator_weight, name); }
  friend bool operator==(const SaturatingLoss&, const SaturatingLoss&) = default;
};

/// Squared distance between the raw score, not its sigmoid, and the target (Mao et al. 2017, equation 2 with b = c =
/// 1). Discriminator: E[(r - t_r)^2] / 2 + E[(f - t_f)^2] / 2. Generator: E[(f - t_r)^2] / 2.
struct LeastSquaresLoss {
  static constexpr std::string_view name = "least_squares";
  static constexpr std::string_view summary = "squared distance of raw scores to targets (LSGAN)";
  double discriminator_weight = 1;

  Tensor discriminator(const Scores& scores, const Targets& targets) const;
  Tensor generator(const Scores& scores, const Targets& targets) const;

  static void describe(auto&& self, auto&& field) {
    field("discriminator_weight", self.discriminator_weight, detail::discriminator_weight_help);
  }
  void validate() const { detail::validate_loss_weight(discriminator_weight, name); }
  friend bool operator==(const LeastSquaresLoss&, const LeastSquaresLoss&) = default;
};

/// Hinge loss with margins of 1 (Lim and Ye 2017; Miyato et al. 2018). Discriminator: E[max(0, 1 - r)] + E[max(0, 1 +
/// f)]. Generator: -E[f]. No targets.
struct HingeLoss {
  static constexpr std::string_view name = "hinge";
  static constexpr std::string_view summary = "margins of 1 around zero, without targets";
  double discriminator_weight = 1;

  Tensor discriminator(const Scores& scores) const;
  Tensor generator(const Scores& scores) const;

  static void describe(auto&& self, auto&& field) {
    field("discriminator_weight", self.discriminator_weight, detail::discriminator_weight_help);
  }
  void validate() const { detail::validate_loss_weight(discriminator_weight, name); }
  friend bool operator==(const HingeLoss&, const HingeLoss&) = default;
};

/// The critic's estimate of the earth mover's distance (Arjovsky et al. 2017, equation 2); use it with
/// GradientPenalty. Discriminator: E[f] - E[r]. Generator: -E[f]. No targets.
struct WassersteinLoss {
  static constexpr std::string_view name = "wasserstein";
  static constexpr std::string_view summary = "difference of mean scores, without targets; use with gradient_penalty";
  double discriminator_weight = 1;

  Tensor discriminator(const Scores& scores) const;
  Tensor generator(const Scores& scores) const;

  static void describe(auto&& self, auto&& field) {
    field("discriminator_weight", self.discriminator_weight, detail::discriminator_weight_help);
  }
  void validate() const { detail::validate_loss_weight(discriminator_weight, name); }
  friend bool operator==(const WassersteinLoss&, const WassersteinLoss&) = default;
};

/// Compares real image i with fake image i (Jolicoeur-Martineau 2019; R3GAN, Huang et al. 2024, equation 2); use it
/// with R1 and R2. Discriminator: E[softplus(-(r - f))]. Generator: E[softplus(-(f - r))], so its update needs real
/// scores too. No targets. The numbers of real and fake images must be equal.
struct RelativisticPairingLoss {
  static constexpr std::string_view name = "relativistic_pairing";
  static constexpr std::string_view summary =
      "each real image against a fake one (R3GAN), without targets; use with r1 and r2";
  static constexpr bool generator_needs_real_scores = true;
  double discriminator_weight = 1;

  Tensor discriminator(const Scores& scores) const;
  Tensor generator(const Scores& scores) const;

  static void describe(auto&& self, auto&& field) {
    field("discriminator_weight", self.discriminator_weight, detail::discriminator_weight_help);
  }
  void validate() const { detail::validate_loss_weight(discriminator_weight, name); }
  friend bool operator==(const RelativisticPairingLoss&, const RelativisticPairingLoss&) = default;
};

}  // namespace cspgan
