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

/// exp of the mean Kullback-Leibler divergence of p(class | image) from p(class) (Salimans et al. 2016, 4), over
/// `splits` runs of consecutive images, in float64. `probabilities`: [N, classes], each row of sum 1. Throws Error for
/// another shape, negative values, rows of another sum or fewer images than splits; OptionError for splits < 1.
InceptionScore inception_score(const Tensor& probabilities, std::int64_t splits = 10);

}  // namespace cspgan
