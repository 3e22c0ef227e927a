// The built-in feature network.
#include "cspgan/metrics/builtin_features.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/leaky_relu.h>

#include <array>
#include <cmath>
#include <optional>

#include "cspgan/core/random.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t side = 64;
constexpr std::array<std::int64_t, 5> channels{3, 16, 16, 32, 64};
constexpr double least_deviation = 0.01;  // keeps the logarithm of a flat map small
constexpr std::uint64_t weights_seed = 20'260'101;

/// A 3 x 3 convolution's weights that keep the variance (He et al. 2015), functions of the seed. The second half of the
/// kernels sums to zero over the pixels: they see edges and texture, which flat color would drown.
Tensor draw_weights(std::size_t layer) {
  const std::int64_t in = channels[layer], out = channels[layer + 1];
  Tensor weights = at::empty({out, in, 3, 3});
  auto* const values = weights.mutable_data_ptr<float>();
  HostRandom random({weights_seed, layer});
  const double scale = std::sqrt(2.0 / static_cast<double>(9 * in));
  for (std::int64_t i = 0; i < weights.numel(); ++i) values[i] = static_cast<float>(scale * random.normal());
  const Tensor edges = weights.slice(0, out / 2);
  edges.sub_(edges.mean({2, 3}, /*keepdim=*/true));
  return weights;
}

}  // namespace

BuiltinFeatures::BuiltinFeatures(at::Device device) {
  for (std::size_t layer = 0; layer + 1 < channels.size(); ++layer) weights_.push_back(draw_weights(layer).to(device));
}

Tensor BuiltinFeatures::features(const Tensor& images) const {
  const at::NoGradGuard no_gradients;
  Tensor maps = images.to(weights_[0].device(), at::kFloat) / 127.5 - 1;
  maps = at::_upsample_bilinear2d_aa(maps.contiguous(), {{side, side}}, false, std::nullopt, std::nullopt);
  std::vector<Tensor> parts;
  for (const Tensor& weights : weights_) {
    maps = at::leaky_relu(at::conv2d(maps, weights, {}, /*stride=*/2, /*padding=*/1), 0.2);
    parts.push_back(maps.mean({2, 3}));
    parts.push_back((maps.flatten(2).std(2) + least_deviation).log());
  }
  return at::cat(parts, 1).to(at::kCPU);
}

std::string BuiltinFeatures::identity() const { return "builtin 1"; }

}  // namespace cspgan
