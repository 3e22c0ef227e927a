// A map in two dimensions in which rows that were near each other are near each other: t-SNE.
//
// Exact, in float64; time and memory grow with the square of N. 1,200 rows take some 20 s on one core and 60 MiB.
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
  double exaggeration = 4;  // what affinities are multiplied by at first, so that clusters can pass each other
  std::int64_t exaggerated_iterations = 50;
  std::uint64_t seed = 0;  // seed of the points' first places

  static void describe(auto&& self, auto&& field) {
    field("perplexity", self.perplexity, "about how many neighbors a row has; in [1, N - 1]");
    field("iterations", self.iterations, "gradient steps");
    field("learning_rate", self.learning_rate, "step size, before gains and momentum");
    field("exaggeration", self.exaggeration, "factor of the affinities at first");
    field("exaggerated_iterations", self.exaggerated_iterations, "how many steps it lasts");
    field("seed", self.seed, "seed of the points' first places");
  }
  /// Throws OptionError naming the value.
  void validate() const;
  friend bool operator==(const TsneOptions&, const TsneOptions&) = default;
};

/// p(j | i), float64 [N, N], rows of sum 1, 0 on the diagonal: a Gaussian around row i of `features`, float32 or
/// float64 [N, D], as wide as gives 2^entropy = perplexity (equation 1). Where more rows than that are equal, no width
/// does, and they share alike. Throws Error for other shapes, fewer than 3 rows or values that are not finite;
/// OptionError for a perplexity outside [1, N - 1].
Tensor conditional_affinities(const Tensor& features, double perplexity);

/// The gradient, float64 [N, 2], of KL(P || Q) with respect to the map, float64 [N, 2] (equations 4 and 5). P: joint
/// affinities, float64 [N, N], symmetric, of sum 1, 0 on the diagonal.
Tensor tsne_gradient(const Tensor& affinities, const Tensor& map);

/// The map, float64 [N, 2], of mean 0: from small random places by gradient steps with momentum and gains. Its axes and
/// lengths mean nothing, neighborhoods do. The same bits for the same seed, machine and number of threads. Throws as
/// conditional_affinities.
Tensor tsne(const Tensor& features, const TsneOptions& options = {}, const OnProgress& progress = {});

}  // namespace cspgan
