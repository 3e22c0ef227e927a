// Closed-form factorization of the stem.
#include "cspgan/models/latent_directions.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <string>
#include <tuple>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/models/generator_parts.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/cspup_block.hpp"

namespace cspgan {

namespace {

/// What a convolution of the stem makes of latents `first`, ..., `first + in - 1`, where they are one pixel: float64
/// [outputs, latent_size], 0 for the latents that it does not see. Its answers to unit vectors are the columns,
/// whatever its kind.
Tensor weight_at_one_pixel(const torch::nn::Module& stem, const std::string& name, std::int64_t first,
                           std::int64_t latent_size) {
  const auto modules = stem.named_modules();
  const auto layer = std::dynamic_pointer_cast<ConvolutionImpl>(modules[name]);
  const std::int64_t in = layer->options.in_channels;
  const auto answer = [&](const Tensor& latents) { return layer->forward(latents.view({-1, in, 1, 1})).flatten(1); };
  const Tensor seen = (answer(at::eye(in)) - answer(at::zeros({1, in}))).to(at::kDouble).t();
  Tensor weight = at::zeros({seen.size(0), latent_size}, at::kDouble);
  weight.slice(1, first, first + in).copy_(seen);
  return weight;
}

}  // namespace

Tensor detail::stem_weight(const torch::nn::Module& generator, std::int64_t latent_size) {
  const c10::AutoGradMode no_graph(false);
  const auto prepared = inference_copy(generator, at::kCPU);
  const auto stem = prepared->named_children()["stem"];
  const auto weight_of = [&](const std::string& name, std::int64_t first = 0) {
    return weight_at_one_pixel(*stem, name, first, latent_size);
  };
  if (dynamic_cast<const GeneratorStemImpl*>(stem.get()) != nullptr) return weight_of("convolution");
  const auto* const block = dynamic_cast<const CSPupBlockImpl*>(stem.get());
  if (block == nullptr) throw Error("the main directions of a stem '" + stem->name() + "' are not known");
  if (block->options.halves == Halves::projection)
    return at::cat({weight_of("a_projection.convolution"), weight_of("b_projection.convolution")});
  return at::cat({weight_of("a_up.layer.convolution"), weight_of("b_conv1.convolution", latent_size / 2)});
}

LatentDirections detail::main_directions(const torch::nn::Module& generator, std::int64_t latent_size,
                                         std::int64_t count) {
  require_from_to(count, 0, latent_size, "main directions: count");
  const Tensor weight = stem_weight(generator, latent_size);
  const auto [squares, columns] = at::linalg_eigh(weight.t().matmul(weight));  // in ascending order
  const Tensor all = columns.t().flip(0);
  const Tensor largest = all.gather(1, all.abs().argmax(1, /*keepdim=*/true));
  const std::int64_t kept = count == 0 ? latent_size : count;
  return {.directions = at::where(largest < 0, -all, all).slice(0, 0, kept).to(at::kFloat).contiguous(),
          .strengths = squares.flip(0).clamp_min(0).sqrt().slice(0, 0, kept).to(at::kFloat).contiguous()};
}

}  // namespace cspgan
