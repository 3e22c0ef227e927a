// The standard deviation over groups of images, as one more channel.
#include "cspgan/nn/minibatch_stddev.hpp"

#include <ATen/ops/cat.h>

#include <algorithm>

namespace cspgan {

namespace {

/// The size of the groups that `images` are divided into.
std::int64_t group_size(std::int64_t images, std::int64_t group) {
  for (std::int64_t size = std::min(group, images); size > 1; --size)
    if (images % size == 0) return size;
  for (std::int64_t size = std::max<std::int64_t>(group, 2); size < images; ++size)
    if (images % size == 0) return size;
  return std::max<std::int64_t>(images, 1);
}

}  // namespace

Tensor append_minibatch_stddev(const Tensor& features, std::int64_t group) {
  const std::int64_t images = features.size(0);
  const std::int64_t size = group_size(images, group);

  const Tensor grouped = features.unflatten(0, {size, images / size});   // [size, N / size, C, H, W]
  const Tensor from_mean = grouped - grouped.mean(0, /*keepdim=*/true);  // at::var takes five times as long
  // The small number keeps the gradient of the square root finite if all images of a group are equal.
  const Tensor deviation = from_mean.square().mean(0).add(1e-8).sqrt().mean({1, 2, 3});  // [N / size]
  const Tensor channel = deviation.repeat({size})
                             .reshape({images, 1, 1, 1})
                             .expand({images, 1, features.size(2), features.size(3)})
                             .contiguous(features.suggest_memory_format());
  return at::cat({features, channel}, 1);
}

}  // namespace cspgan
