// CSPup and the discriminators' blocks, in all their variations.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/module.h>

#include <initializer_list>
#include <memory>

#include "cspgan/core/error.hpp"
#include "cspgan/nn/concepts.hpp"
#include "cspgan/nn/cspup_block.hpp"
#include "cspgan/nn/downsampling_block.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

static_assert(UpBlock<CSPupBlock> && DownBlock<DownsamplingBlock>);
static_assert(!UpBlock<int> && !UpBlock<CSPupBlockImpl>);

namespace {

bool all_finite(const Tensor& tensor) { return at::isfinite(tensor).all().item<bool>(); }

/// Forward and backward: every parameter has a finite gradient, and the input has one that is not zero.
template <class Block>
void check_trains(Block& block, const Tensor& input, at::IntArrayRef expected_shape) {
  const Tensor leaf = input.detach().clone().requires_grad_(true);
  const Tensor output = block->forward(leaf);
  REQUIRE(output.sizes() == expected_shape);
  REQUIRE(all_finite(output));
  (output * at::randn_like(output)).sum().backward();
  CHECK(all_finite(leaf.grad()));
  CHECK(leaf.grad().abs().sum().item<double>() > 0);
  for (const auto& parameter : block->named_parameters()) {
    INFO(parameter.key());
    REQUIRE(parameter.value().grad().defined());
    CHECK(all_finite(parameter.value().grad()));
  }
}

template <class Block>
void check_clone_equals(Block& block, const Tensor& input) {
  block->eval();
  const auto clone = std::dynamic_pointer_cast<typename Block::Impl>(block->clone());
  REQUIRE(clone);
  CHECK(clone->options == block->options);
  CHECK(at::equal(clone->forward(input), block->forward(input)));
  const torch::NoGradGuard no_gradients;
  for (auto& parameter : clone->parameters()) parameter.add_(1);
  CHECK_FALSE(at::equal(clone->forward(input), block->forward(input)));
}

}  // namespace

TEST_CASE("the reference CSPup block has the parameters of its eleven tensors", "[nn]") {
  CSPupBlock block({.in_channels = 1024, .out_channels = 512});
  const std::int64_t transposed = 512 * 512 * 16 + 512;
  const std::int64_t conv3 = 512 * 512 * 9 + 512;
  CHECK(parameter_count(*block) == 2 * transposed + 2 * conv3 + 512 * 512 + 512);
}

TEST_CASE("the CSPup block computes A + B", "[nn]") {
  CSPupBlock block({.in_channels = 8, .out_channels = 6});
  const Tensor input = at::randn({2, 8, 4, 4});
  const auto parameters = block->named_parameters();
  const auto weight = [&](const std::string& name) { return parameters[name + "convolution.weight"]; };
  const auto bias = [&](const std::string& name) { return parameters[name + "convolution.bias"]; };
  const Tensor first = input.narrow(1, 0, 4);
  const Tensor second = input.narrow(1, 4, 4);
  const Tensor a = at::conv_transpose2d(first, weight("a_up.layer."), bias("a_up.layer."), 2, 1);
  Tensor b = at::relu(at::conv2d(second, weight("b_conv1."), bias("b_conv1.")));
  b = at::conv_transpose2d(b, weight("b_up.layer."), bias("b_up.layer."), 2, 1);
  b = at::relu(at::conv2d(b, weight("b_conv2."), bias("b_conv2."), 1, 1));
  b = at::conv2d(b, weight("b_conv3."), bias("b_conv3."), 1, 1);
  CHECK(at::allclose(block->forward(input), a + b, 1e-5, 1e-6));
}

TEST_CASE("every combination of CSPup options trains", "[nn]") {
  at::manual_seed(1);
  int combinations = 0;
  for (const Norm norm : {Norm::none, Norm::batch, Norm::group})
    for (const NormPlace place : {NormPlace::before_activation, NormPlace::after_activation})
      for (const Activation activation : {Activation::relu, Activation::leaky_relu})
        for (const std::int64_t kernel : {1, 3})
          for (const auto& [upsample, upsample_name] : EnumNames<Upsample>::names)
            for (const Halves halves : {Halves::split, Halves::projection})
              for (const Merge merge : {Merge::sum, Merge::concatenation})
                for (const bool spectral : {false, true})
                  for (const double sigma : {0.0, 0.1})
                    for (const std::int64_t padding : {1, 0}) {
                      if (padding == 0 && upsample != Upsample::transposed_4) continue;
                      if (place == NormPlace::after_activation && norm == Norm::none) continue;
                      ++combinations;
                      CSPupOptions options{.in_channels = 4,
                                           .out_channels = 3,
                                           .norm = norm,
                                           .norm_place = place,
                                           .activation = activation,
                                           .conv1_kernel = kernel,
                                           .upsample = upsample,
                                           .halves = halves,
                                           .merge = merge,
                                           .padding = padding,
                                           .bias = combinations % 2 == 0,
                                           .spectral_norm = spectral,
                                           .noise_sigma = sigma};
                      INFO(to_json(to_value(options)));
                      CHECK(from_value<CSPupOptions>(to_value(options), "block") == options);
                      CSPupBlock block(options);
                      const std::int64_t size = padding == 0 ? 1 : 2;
                      const Tensor input = at::randn({4, 4, size, size});
                      check_trains(block, input, {4, 3, 4, 4});
                      if (combinations % 7 == 0) check_clone_equals(block, input);
                    }
  CHECK(combinations == 2240);
}

TEST_CASE("every combination of downsampling options trains", "[nn]") {
  at::manual_seed(2);
  for (const auto& [shape, shape_name] : EnumNames<DownShape>::names)
    for (const std::int64_t kernel : {3, 4})
      for (const Norm norm : {Norm::none, Norm::batch, Norm::group})
        for (const NormPlace place : {NormPlace::before_activation, NormPlace::after_activation})
          for (const Activation activation : {Activation::relu, Activation::leaky_relu})
            for (const bool spectral : {false, true})
              for (const double sigma : {0.0, 0.1}) {
                const DownsamplingOptions options{.in_channels = 3,
                                                  .out_channels = 4,
                                                  .shape = shape,
                                                  .kernel = kernel,
                                                  .norm = norm,
                                                  .norm_place = place,
                                                  .activation = activation,
                                                  .bias = !spectral,
                                                  .spectral_norm = spectral,
                                                  .noise_sigma = sigma};
                INFO(to_json(to_value(options)));
                CHECK(from_value<DownsamplingOptions>(to_value(options), "block") == options);
                DownsamplingBlock block(options);
                const Tensor input = at::randn({4, 3, 8, 8});
                check_trains(block, input, {4, 4, 4, 4});
                check_clone_equals(block, input);
              }
}

TEST_CASE("a block gives the same result for a channels_last input, and keeps that layout", "[nn]") {
  at::manual_seed(3);
  for (const auto& [upsample, name] : EnumNames<Upsample>::names) {
    INFO(name);
    CSPupBlock block({.in_channels = 8, .out_channels = 4, .norm = Norm::batch, .upsample = upsample});
    const Tensor input = at::randn({3, 8, 4, 4});
    const Tensor expected = block->forward(input);
    const Tensor found = block->forward(input.contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(at::allclose(found, expected, 1e-4, 1e-5));
    CHECK(found.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST_CASE("a downsampling block can be differentiated twice", "[nn]") {
  for (const auto& [shape, name] : EnumNames<DownShape>::names) {
    INFO(name);
    DownsamplingBlock block({.in_channels = 2, .out_channels = 3, .shape = shape, .spectral_norm = true});
    const Tensor input = at::randn({2, 2, 4, 4}).requires_grad_(true);
    const Tensor output = block->forward(input);
    const Tensor gradient = torch::autograd::grad({output.square().sum()}, {input}, {}, true, true)[0];
    gradient.square().sum().backward();
    for (const auto& parameter : block->named_parameters()) {
      INFO(parameter.key());
      if (contains(parameter.key(), "weight")) CHECK(parameter.value().grad().abs().sum().item<double>() > 0);
    }
  }
}

TEST_CASE("a block whose upsampling has no weights has norm, spectral norm and noise at its convolutions", "[nn]") {
  CSPupBlock block({.in_channels = 8,
                    .out_channels = 4,
                    .norm = Norm::batch,
                    .upsample = Upsample::bilinear,
                    .spectral_norm = true,
                    .noise_sigma = 0.1});
  const auto children = block->named_children();
  for (const char* const name : {"b_conv1", "b_conv2", "b_conv3"}) CHECK(children[name]->named_children().size() == 3);
  for (const char* const name : {"a_up", "b_up"}) CHECK(children[name]->named_children().is_empty());
}

TEST_CASE("wrong options of a block are named with their value", "[nn]") {
  CHECK(contains(message_of<OptionError>([] { CSPupBlock({.in_channels = 25, .out_channels = 8}); }),
                 "in_channels is 25"));
  CHECK_NOTHROW(CSPupBlock({.in_channels = 25, .out_channels = 8, .halves = Halves::projection}));
  CHECK(contains(message_of<OptionError>([] { CSPupBlock({.in_channels = 8}); }),
                 "out_channels must be at least 1, not 0"));
  CHECK(contains(message_of<OptionError>([] { CSPupBlock({.in_channels = 8, .out_channels = 8, .conv1_kernel = 5}); }),
                 "conv1_kernel must be 1 or 3, not 5"));
  CHECK(contains(message_of<OptionError>([] {
                   CSPupBlock({.in_channels = 8, .out_channels = 8, .upsample = Upsample::nearest, .padding = 0});
                 }),
                 "not nearest"));
  CHECK(contains(message_of<OptionError>([] { DownsamplingBlock({.in_channels = 3, .out_channels = 8, .kernel = 5}); }),
                 "kernel must be 3 or 4, not 5"));
}

TEST_CASE("a wrong input of a block is named with its shape", "[nn]") {
  CSPupBlock up({.in_channels = 8, .out_channels = 4});
  CHECK(message_of<Error>([&] {
          up->forward(at::zeros({2, 6, 4, 4}));
        }) == "CSPupBlock: expected [N, 8, H, W], found [2, 6, 4, 4]");
  DownsamplingBlock down({.in_channels = 3, .out_channels = 4});
  CHECK(contains(message_of<Error>([&] { down->forward(at::zeros({2, 3, 5, 4})); }), "found [2, 3, 5, 4]"));
}
