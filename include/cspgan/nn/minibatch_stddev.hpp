// Shows a discriminator how much the images of a batch differ, against mode collapse (Karras et al. 2018, section 3).
#pragma once

#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Maps [N, C, H, W] to [N, C + 1, H, W]. The new channel holds the standard deviation over a group of images, averaged
/// over C, H and W. The group size is the largest divisor of N in [2, group]; if there is none, the smallest one above
/// `group`, such as N itself if N is prime. Image i belongs to group i mod (N / size). A batch of one image has no
/// deviation: the channel is then constant. `group` must be >= 1, and 1 counts as 2.
Tensor append_minibatch_stddev(const Tensor& features, std::int64_t group);

}  // namespace cspgan
