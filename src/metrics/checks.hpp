// Checks of features for the metrics.
#pragma once

#include <cstdint>
#include <string_view>

#include "cspgan/core/tensor.hpp"

namespace cspgan {

/// Throws Error, naming the function, unless `features` is float32 or float64 [N >= least, D >= 1] and all finite.
void require_features(const Tensor& features, std::int64_t least, std::string_view function);
/// The same for both sets; also throws Error if their dimensions differ.
void require_features(const Tensor& real, const Tensor& fake, std::int64_t least, std::string_view function);

}  // namespace cspgan
