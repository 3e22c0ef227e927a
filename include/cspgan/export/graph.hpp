// A generator as a short list of operators with their weights: what every exported form is written from.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/runtime/operators.hpp"

namespace [[gnu::visibility("default")]] cspgan {

template <>
struct EnumNames<Operator> {
  static constexpr std::array names{std::pair{Operator::reshape, "reshape"},
                                    std::pair{Operator::convolution, "convolution"},
                                    std::pair{Operator::transposed_convolution, "transposed_convolution"},
                                    std::pair{Operator::scale_shift, "scale_shift"},
                                    std::pair{Operator::group_norm, "group_norm"},
                                    std::pair{Operator::leaky_relu, "leaky_relu"},
                                    std::pair{Operator::nearest, "nearest"},
                                    std::pair{Operator::bilinear, "bilinear"},
                                    std::pair{Operator::pixel_shuffle, "pixel_shuffle"},
                                    std::pair{Operator::channels, "channels"},
                                    std::pair{Operator::add, "add"},
                                    std::pair{Operator::concatenate, "concatenate"},
                                    std::pair{Operator::tanh, "tanh"},
                                    std::pair{Operator::sigmoid, "sigmoid"}};
};

/// A value: [N, channels, side, side].
struct GraphValue {
  int number = 0;  // 0: the latents; k: the output of the k-th node, counted from 1
  std::int64_t channels = 0;
  std::int64_t side = 1;  // pixels
};

/// One operator. Attributes that it does not have are 0.
struct GraphNode {
  Operator kind;
  std::vector<int> inputs;        // numbers of values
  std::vector<Tensor> weights{};  // float32, contiguous, on the CPU
  std::int64_t stride = 0;
  std::int64_t padding = 0;
  std::int64_t output_padding = 0;
  std::int64_t groups = 0;
  std::int64_t first = 0;
  double slope = 0;
  GraphValue output{};
};

/// A generator's operators in the order of their computation. The functions that add one return its output, and throw
/// Error if it does not fit its input.
class Graph {
 public:
  explicit Graph(std::int64_t latent_size) : latent_size_(latent_size) {}

  std::int64_t latent_size() const { return latent_size_; }
  const std::vector<GraphNode>& nodes() const { return nodes_; }
  /// The output of the last node, unless end_with() named another. Throws Error if there is none.
  GraphValue image() const;
  void end_with(GraphValue image) { image_ = image; }

  /// The latents as [N, Z, 1, 1].
  GraphValue latents();
  /// A Convolution, ConvolutionLayer or Upsampling of the library, prepared as a Sampler prepares it.
  GraphValue module(GraphValue x, const torch::nn::Module& module);
  /// weight [out, in, k, k], bias [out] or undefined.
  GraphValue convolution(GraphValue x, const Tensor& weight, const Tensor& bias, std::int64_t padding,
                         std::int64_t stride = 1);
  GraphValue transposed_convolution(GraphValue x, const Tensor& weight, const Tensor& bias, std::int64_t stride,
                                    std::int64_t padding, std::int64_t output_padding);
  GraphValue scale_shift(GraphValue x, const Tensor& scale, const Tensor& shift);
  GraphValue group_norm(GraphValue x, std::int64_t groups, const Tensor& scale, const Tensor& shift);
  GraphValue leaky_relu(GraphValue x, double slope);
  /// [N, C s s, 1, 1] to [N, C, s, s].
  GraphValue reshape(GraphValue x, std::int64_t side);
  GraphValue nearest(GraphValue x);
  GraphValue bilinear(GraphValue x);
  GraphValue pixel_shuffle(GraphValue x);
  GraphValue channels(GraphValue x, std::int64_t first, std::int64_t count);
  GraphValue add(GraphValue a, GraphValue b);
  GraphValue concatenate(GraphValue a, GraphValue b);
  GraphValue tanh(GraphValue x);
  GraphValue sigmoid(GraphValue x);

 private:
  GraphValue push(GraphNode node, std::int64_t channels, std::int64_t side);

  std::int64_t latent_size_;
  std::vector<GraphNode> nodes_;
  GraphValue image_{};
};

namespace detail {

/// Adds a block, or another module that is not the library's own, to a graph.
using AddBlock = std::function<GraphValue(Graph& graph, const torch::nn::Module& block, GraphValue x)>;

/// `prepared` is what inference_copy() made of a BasicGenerator, `channels` its feature counts. Throws Error if a block
/// does not double its input to them.
Graph generator_graph(const torch::nn::Module& prepared, std::int64_t latent_size,
                      const std::vector<std::int64_t>& channels, const AddBlock& add_block);
GraphValue add_cspup_block(Graph& graph, const torch::nn::Module& block, GraphValue x);
[[noreturn]] void refuse_block(const torch::nn::Module& block);

}  // namespace detail

/// The operators of a generator in evaluation mode, with batch norms folded into the convolutions and spectral norms
/// into the weights, as in a Sampler. A block of your own has to describe itself by a member of its module,
///   GraphValue add_to(Graph& graph, GraphValue x) const;
/// which adds its operators and returns their output; without one, throws Error naming the block.
template <class Block>
Graph graph_of(const BasicGenerator<Block>& generator) {
  const auto copy = detail::inference_copy(*generator, at::kCPU);
  return detail::generator_graph(*copy, generator->latent_size(), generator->options.channels,
                                 [](Graph& graph, const torch::nn::Module& block, GraphValue x) -> GraphValue {
                                   using Module = typename Block::ContainedType;
                                   if constexpr (std::is_same_v<Block, CSPupBlock>) {
                                     return detail::add_cspup_block(graph, block, x);
                                   } else if constexpr (requires(const Module& own) {
                                                          { own.add_to(graph, x) } -> std::same_as<GraphValue>;
                                                        }) {
                                     return dynamic_cast<const Module&>(block).add_to(graph, x);
                                   } else {
                                     detail::refuse_block(block);
                                   }
                                 });
}

}  // namespace cspgan
