// t-SNE: a two-dimensional map of features in which near rows stay near each other.
//
// The computation is exact, in float64. Time and memory grow with the square of N; 1,200 rows take about 20 s on one
// core and 60 MiB.
#pragma once

#include <cstdint>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The schedule of van der Maaten and Hinton 2008, 3.4.
struct TsneOptions {
  double perplexity = 30;  // about how many neighbors a row has; in [1, N - 1]
  std::int64_t iterations = 1000;
  double learning_rate = 100;
  double exaggeration = 4;  // factor of the affinities at first, so that clusters can pass each other
  std::int64_t exaggerated_iterations = 50;
  std::uint64_t seed = 0;  // seed of the points' initial positions

  static void describe(auto&& self, auto&& field) {
    field("perplexity", self.perplexity, "about how many neighbors a row has; in [1, N - 1]");
    field("iterations", self.iterations, "gradient steps");
    field("learning_rate", self.learning_rate, "step size, before gains and momentum");
    field("exaggeration", self.exaggeration, "factor of the affinities at first");
    field("exaggerated_iterations", self.exaggerated_iterations, "number of steps with the exaggeration");
    field("seed", self.seed, "seed of the points' initial positions");
  }
  /// Throws OptionError naming the value.
  void validate() const;
  friend bool operator==(const TsneOptions&, const TsneOptions&) = default;
};

/// p(j | i), float64 [N, N]; each row sums to 1, and the diagonal is 0. It is a Gaussian around row i of `features`,
/// float32 or float64 [N, D], whose width makes 2^entropy equal to the perplexity (equation 1). If more rows than that
/// are equal to row i, no width does so; then they share the probability equally. Throws Error for other shapes, fewer
/// than 3 rows, or values that are not finite; OptionError for a perplexity outside [1, N - 1].
Tensor conditional_affinities(const Tensor& features, double perplexity);

/// The gradient, float64 [N, 2], of KL(P || Q) with respect to the map, float64 [N, 2] (equations 4 and 5). P holds the
/// joint affinities, float64 [N, N]: symmetric, with sum 1 and a diagonal of 0.
Tensor tsne_gradient(const Tensor& affinities, const Tensor& map);

/// The map, float64 [N, 2], with mean 0. It starts at small random positions and takes gradient steps with momentum and
/// gains. Its axes and lengths have no meaning, but its neighborhoods do. The result is the same to the bit for the
/// same seed, machine and number of threads. Throws as conditional_affinities does.
Tensor tsne(const Tensor& features, const TsneOptions& options = {}, const OnProgress& progress = {});

}  // namespace cspgan
