// Lets a discriminator see how much the images of a batch differ: an answer to mode collapse (Karras et al. 2018, 3).
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// [N, C, H, W] -> [N, C + 1, H, W]: the new channel holds, for each group of images, the standard deviation over the
/// group averaged over C, H and W. Groups have the largest size up to `group` that divides N; image i belongs to group
/// i mod (N / size). `group` >= 1.
Tensor append_minibatch_stddev(const Tensor& features, std::int64_t group);

}  // namespace cspgan
