// The kernel distance, which is unbiased for any number of samples; with Inception's features, it is the KID.
#pragma once

#include <cstdint>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct KernelDistanceOptions {
  std::int64_t subsets = 100;
  std::int64_t subset_size = 1000;
  std::uint64_t seed = 0;

  static void describe(auto&& self, auto&& field) {
    field("subsets", self.subsets, "number of random subsets to average over, >= 1");
    field("subset_size", self.subset_size, "images of each set in a subset, >= 2; at most the size of the smaller set");
    field("seed", self.seed, "seed of the choice of subsets");
  }
  /// Throws OptionError naming the value.
  void validate() const;
  friend bool operator==(const KernelDistanceOptions&, const KernelDistanceOptions&) = default;
};

struct KernelDistance {
  double mean = 0;                // over the subsets; may be slightly negative
  double standard_deviation = 0;  // over the subsets, divided by their number, as NumPy's std
  std::int64_t subsets = 0;
  std::int64_t subset_size = 0;
};

/// The unbiased squared maximum mean discrepancy of [N, D] and [M, D] with the kernel (x.y / D + 1)^3, in float64
/// (Binkowski et al. 2018, sections 3 and 4). Throws Error for other shapes, values that are not finite, or fewer than
/// 2 rows.
double polynomial_discrepancy(const Tensor& first, const Tensor& second);

/// The mean of polynomial_discrepancy over random subsets, each drawn without replacement. Throws as
/// polynomial_discrepancy does.
KernelDistance kernel_distance(const Tensor& real, const Tensor& fake, const KernelDistanceOptions& options = {},
                               const OnProgress& progress = {});

}  // namespace cspgan
