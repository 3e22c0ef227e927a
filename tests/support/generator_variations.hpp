// Generators of every preset and variation, small, and with weights as if they were trained.
#pragma once

#include <ATen/core/grad_mode.h>
#include <ATen/ops/pixel_shuffle.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>

#include <string>
#include <utility>

#include "cspgan/core/random.hpp"
#include "cspgan/export/graph.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/nn/convolution.hpp"
#include "support/thin_preset.hpp"

namespace cspgan_test {

using namespace cspgan;

/// A block of one's own, which describes itself: pixel shuffle, and LibTorch's own batch norm.
class OwnUpImpl : public torch::nn::Cloneable<OwnUpImpl> {
 public:
  OwnUpImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) { reset(); }
  void reset() override {
    convolution_ = register_module(
        "convolution", Convolution({.in_channels = in_, .out_channels = 4 * out_, .kernel = 3, .padding = 1}));
    norm_ = register_module("norm", torch::nn::BatchNorm2d(out_));
  }
  Tensor forward(const Tensor& x) { return norm_(at::pixel_shuffle(convolution_->forward(x), 2)).relu(); }
  GraphValue add_to(Graph& graph, GraphValue x) const {
    const Tensor scale = norm_->weight / (norm_->running_var + norm_->options.eps()).sqrt();
    x = graph.pixel_shuffle(graph.module(x, *convolution_));
    return graph.leaky_relu(graph.scale_shift(x, scale, norm_->bias - scale * norm_->running_mean), 0);
  }

 private:
  std::int64_t in_, out_;
  Convolution convolution_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};
TORCH_MODULE(OwnUp);

/// Weights, biases and running statistics far from their first values.
template <class G>
void pretend_training(G& generator) {
  const c10::AutoGradMode no_gradients(false);
  TensorRandom random(2, at::kCPU);
  for (const Tensor& parameter : generator->parameters())
    parameter.detach().add_(random.normal(parameter.sizes()), parameter.dim() == 1 ? 0.3 : 0.02);
  generator->train();
  for (int i = 0; i < 5; ++i) generator->forward(random.normal({4, generator->latent_size()}));
}

/// Calls use(name, generator) for each.
template <class Use>
void for_each_generator(const Use& use) {
  const auto with = [&](const std::string& name, auto generator) {
    pretend_training(generator);
    use(name, generator);
  };
  for (const std::string& preset : generators::preset_names()) {
    with(preset, Generator(thin(preset)));
    with(preset + ".spectral", Generator(generators::with_spectral_norm(thin(preset))));
  }
  GeneratorOptions groups = thin("csp");  // 64 features in 8 groups, 32 in 4, 16 in 2
  groups.base_channels = 16;
  groups.stem.norm = groups.block.norm = groups.head.norm = Norm::group;
  with("groups", Generator(groups));
  with("own_block",
       BasicGenerator<OwnUp>({.latent_size = 8, .image_size = 32, .base_channels = 12, .max_channels = 24}));
  std::size_t round = 0;
  for (const auto& [norm, norm_name] : EnumNames<Norm>::names)
    for (const auto& [place, place_name] : EnumNames<NormPlace>::names)
      for (const auto& [upsample, upsample_name] : EnumNames<Upsample>::names) {
        GeneratorOptions options{.latent_size = 8, .image_size = 16, .base_channels = 12, .max_channels = 24};
        const auto [stem, stem_name] = EnumNames<StemKind>::names[round % 4];  // six in a row meet all four
        const bool first = round / 4 % 2 == 0;
        if (stem != StemKind::block)
          options.stem = {
              .kind = stem, .norm = norm, .norm_place = place, .activation = Activation::leaky_relu, .bias = first};
        options.block = {.norm = norm,
                         .norm_place = place,
                         .activation = first ? Activation::relu : Activation::leaky_relu,
                         .conv1_kernel = first ? 1 : 3,
                         .upsample = upsample,
                         .halves = first ? Halves::projection : Halves::split,
                         .merge = first ? Merge::concatenation : Merge::sum,
                         .bias = first};
        options.head = {.kind = EnumNames<HeadKind>::names[round % 4].first,  // but none
                        .norm = norm,
                        .activation = Activation::relu,
                        .output = EnumNames<OutputActivation>::names[round % 4].first,
                        .centered = first,
                        .bias = first};
        with(std::string(norm_name) + "." + place_name + "." + upsample_name, Generator(options));
        ++round;
      }
}

}  // namespace cspgan_test
