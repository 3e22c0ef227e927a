// The Inception score.
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct InceptionScore {
  double mean = 0;                // over the splits; in [1, number of classes]
  double standard_deviation = 0;  // over the splits, divided by their number
  std::int64_t splits = 0;
};

/// exp of the mean Kullback-Leibler divergence of p(class | image) from p(class) (Salimans et al. 2016, section 4), in
/// float64, for each of `splits` runs of consecutive images. `probabilities` is [N, classes], and each row sums to 1.
/// Throws Error for another shape, negative values, rows with another sum, or fewer images than splits; OptionError for
/// splits < 1.
InceptionScore inception_score(const Tensor& probabilities, std::int64_t splits = 10);

}  // namespace cspgan
