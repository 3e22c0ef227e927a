// The operators of generators.
#include "cspgan/export/graph.hpp"

#include <fmt/format.h>
#include <torch/nn/module.h>

#include <cmath>
#include <memory>

#include "cspgan/models/generator_parts.hpp"
#include "cspgan/nn/convolution_layer.hpp"
#include "cspgan/nn/cspup_block.hpp"
#include "cspgan/nn/normalization.hpp"
#include "cspgan/nn/upsampling.hpp"

namespace cspgan {

namespace {

Tensor plain(const Tensor& weight) { return weight.detach().to(at::kCPU, at::kFloat).contiguous(); }

std::vector<Tensor> with_bias(const Tensor& weight, const Tensor& bias, std::int64_t out) {
  return {plain(weight), bias.defined() ? plain(bias) : at::zeros({out})};
}

/// Throws Error unless `holds`: what a block of one's own adds is as wrong as any input.
void require_fit(bool holds, std::string_view what, GraphValue x) {
  if (!holds)
    throw Error(fmt::format("a graph's {} does not fit its input [N, {}, {}, {}]", what, x.channels, x.side, x.side));
}

void require_convolution(const Tensor& weight, const Tensor& bias, std::int64_t in_dimension, GraphValue x) {
  require_fit(weight.dim() == 4 && weight.size(2) == weight.size(3) && weight.size(in_dimension) == x.channels &&
                  (!bias.defined() || bias.numel() == weight.size(1 - in_dimension)),
              "convolution (of square kernels, without groups or dilation)", x);
}

/// The child of this name; null if there is none.
const torch::nn::Module* child(const torch::nn::Module& module, const std::string& name) {
  for (const auto& item : module.named_children())
    if (item.key() == name) return item.value().get();
  return nullptr;
}

template <class Module>
const Module& child_as(const torch::nn::Module& module, const std::string& name) {
  return dynamic_cast<const Module&>(*child(module, name));
}

GraphValue activated(Graph& graph, GraphValue x, Activation activation) {
  return activation == Activation::none ? x : graph.leaky_relu(x, negative_slope(activation));
}

GraphValue normalized(Graph& graph, GraphValue x, const NormalizationImpl& norm) {
  if (norm.options.norm == Norm::group) return graph.group_norm(x, norm.groups(), norm.weight, norm.bias);
  const auto [scale, shift] = norm.scale_and_shift();
  return graph.scale_shift(x, scale, shift);
}

GraphValue convolved(Graph& graph, GraphValue x, const ConvolutionImpl& layer) {
  const ConvolutionOptions& o = layer.options;
  if (o.transposed)
    return graph.transposed_convolution(x, layer.weight, layer.bias, o.stride, o.padding, o.output_padding);
  return graph.convolution(x, layer.weight, layer.bias, o.padding, o.stride);
}

GraphValue layered(Graph& graph, GraphValue x, const ConvolutionLayerImpl& layer) {
  const auto* const norm = dynamic_cast<const NormalizationImpl*>(child(layer, "norm"));
  x = convolved(graph, x, child_as<ConvolutionImpl>(layer, "convolution"));
  if (norm == nullptr) return activated(graph, x, layer.options.activation);
  if (layer.options.norm_place == NormPlace::before_activation)
    return activated(graph, normalized(graph, x, *norm), layer.options.activation);
  return normalized(graph, activated(graph, x, layer.options.activation), *norm);
}

GraphValue upsampled(Graph& graph, GraphValue x, const UpsamplingImpl& module) {
  const Upsample kind = module.options.upsample;
  if (kind == Upsample::nearest_convolution) x = graph.nearest(x);
  if (const torch::nn::Module* const layer = child(module, "layer")) x = graph.module(x, *layer);
  if (kind == Upsample::nearest) return graph.nearest(x);
  if (kind == Upsample::bilinear) return graph.bilinear(x);
  return x;
}

GraphValue stem_of(Graph& graph, GraphValue x, const GeneratorStemImpl& stem) {
  const auto* const norm = dynamic_cast<const NormalizationImpl*>(child(stem, "norm"));
  const Activation activation = stem.options.activation;
  const bool norm_is_next = norm != nullptr && stem.options.norm_place == NormPlace::before_activation;
  x = convolved(graph, x, child_as<ConvolutionImpl>(stem, "convolution"));
  if (!norm_is_next) x = activated(graph, x, activation);
  if (stem.options.kind == StemKind::linear) x = graph.reshape(x, stem.options.size());
  if (norm == nullptr) return x;
  return activated(graph, normalized(graph, x, *norm), norm_is_next ? activation : Activation::none);
}

GraphValue head_of(Graph& graph, GraphValue x, const GeneratorHeadImpl& head) {
  const GeneratorHeadOptions& o = head.options;
  if (const auto* const norm = dynamic_cast<const NormalizationImpl*>(child(head, "norm")))
    x = normalized(graph, x, *norm);
  x = activated(graph, x, o.activation);
  if (o.kind == HeadKind::nearest_convolution) x = graph.nearest(x);
  if (const torch::nn::Module* const layer = child(head, "layer")) x = graph.module(x, *layer);
  const auto scaled = [&graph](GraphValue value, double scale, double shift) {
    return graph.scale_shift(value, at::full({value.channels}, scale), at::full({value.channels}, shift));
  };
  switch (o.output) {
    case OutputActivation::tanh:
      return graph.tanh(x);
    case OutputActivation::relu:
      x = graph.leaky_relu(x, 0);
      return o.centered ? scaled(x, 1, -1) : x;
    case OutputActivation::sigmoid:
      x = graph.sigmoid(x);
      return o.centered ? scaled(x, 2, -1) : x;
    case OutputActivation::none:
      return x;
  }
  return x;
}

}  // namespace

GraphValue Graph::push(GraphNode node, std::int64_t channels, std::int64_t side) {
  for (const int input : node.inputs)
    if (input < 0 || input > static_cast<int>(nodes_.size()))
      throw Error("a graph's operator takes a value that is not in it");
  if (channels < 1 || side < 1 || !std::isfinite(node.slope))
    throw Error(fmt::format("a graph's {} gives [N, {}, {}, {}], or has a slope that is no number",
                            enum_name(node.kind), channels, side, side));
  node.output = {static_cast<int>(nodes_.size()) + 1, channels, side};
  nodes_.push_back(std::move(node));
  image_ = nodes_.back().output;
  return image_;
}

GraphValue Graph::image() const {
  if (nodes_.empty()) throw Error("the graph is empty");
  return image_;
}

GraphValue Graph::latents() { return push({.kind = Operator::reshape, .inputs = {0}}, latent_size_, 1); }

GraphValue Graph::module(GraphValue x, const torch::nn::Module& module) {
  if (const auto* layer = dynamic_cast<const ConvolutionImpl*>(&module)) return convolved(*this, x, *layer);
  if (const auto* layer = dynamic_cast<const ConvolutionLayerImpl*>(&module)) return layered(*this, x, *layer);
  if (const auto* layer = dynamic_cast<const UpsamplingImpl*>(&module)) return upsampled(*this, x, *layer);
  throw Error(fmt::format("'{}' cannot be exported: only Convolution, ConvolutionLayer and Upsampling", module.name()));
}

GraphValue Graph::convolution(GraphValue x, const Tensor& weight, const Tensor& bias, std::int64_t padding,
                              std::int64_t stride) {
  require_convolution(weight, bias, 1, x);
  require_fit(stride >= 1 && padding >= 0, "convolution's stride or padding", x);
  const std::int64_t out = weight.size(0);
  return push({.kind = Operator::convolution,
               .inputs = {x.number},
               .weights = with_bias(weight, bias, out),
               .stride = stride,
               .padding = padding},
              out, (x.side + 2 * padding - weight.size(2)) / stride + 1);
}

GraphValue Graph::transposed_convolution(GraphValue x, const Tensor& weight, const Tensor& bias, std::int64_t stride,
                                         std::int64_t padding, std::int64_t output_padding) {
  require_convolution(weight, bias, 0, x);
  require_fit(stride >= 1 && padding >= 0 && output_padding >= 0, "transposed convolution's stride or padding", x);
  const std::int64_t out = weight.size(1);
  return push({.kind = Operator::transposed_convolution,
               .inputs = {x.number},
               .weights = with_bias(weight, bias, out),
               .stride = stride,
               .padding = padding,
               .output_padding = output_padding},
              out, (x.side - 1) * stride - 2 * padding + weight.size(2) + output_padding);
}

GraphValue Graph::scale_shift(GraphValue x, const Tensor& scale, const Tensor& shift) {
  require_fit(scale.numel() == x.channels && shift.numel() == x.channels, "scale_shift", x);
  return push({.kind = Operator::scale_shift, .inputs = {x.number}, .weights = {plain(scale), plain(shift)}},
              x.channels, x.side);
}

GraphValue Graph::group_norm(GraphValue x, std::int64_t groups, const Tensor& scale, const Tensor& shift) {
  require_fit(groups > 0 && x.channels % groups == 0 && scale.numel() == x.channels && shift.numel() == x.channels,
              "group_norm", x);
  return push(
      {.kind = Operator::group_norm, .inputs = {x.number}, .weights = {plain(scale), plain(shift)}, .groups = groups},
      x.channels, x.side);
}

GraphValue Graph::leaky_relu(GraphValue x, double slope) {
  return push({.kind = Operator::leaky_relu, .inputs = {x.number}, .slope = slope}, x.channels, x.side);
}

GraphValue Graph::reshape(GraphValue x, std::int64_t side) {
  require_fit(x.side == 1 && side > 0 && x.channels % (side * side) == 0, "reshape", x);
  return push({.kind = Operator::reshape, .inputs = {x.number}}, x.channels / (side * side), side);
}

GraphValue Graph::nearest(GraphValue x) {
  return push({.kind = Operator::nearest, .inputs = {x.number}}, x.channels, 2 * x.side);
}

GraphValue Graph::bilinear(GraphValue x) {
  return push({.kind = Operator::bilinear, .inputs = {x.number}}, x.channels, 2 * x.side);
}

GraphValue Graph::pixel_shuffle(GraphValue x) {
  require_fit(x.channels % 4 == 0, "pixel_shuffle", x);
  return push({.kind = Operator::pixel_shuffle, .inputs = {x.number}}, x.channels / 4, 2 * x.side);
}

GraphValue Graph::channels(GraphValue x, std::int64_t first, std::int64_t count) {
  require_fit(first >= 0 && count > 0 && first + count <= x.channels, "choice of channels", x);
  return push({.kind = Operator::channels, .inputs = {x.number}, .first = first}, count, x.side);
}

GraphValue Graph::add(GraphValue a, GraphValue b) {
  require_fit(a.channels == b.channels && a.side == b.side, "second term", a);
  return push({.kind = Operator::add, .inputs = {a.number, b.number}}, a.channels, a.side);
}

GraphValue Graph::concatenate(GraphValue a, GraphValue b) {
  require_fit(a.side == b.side, "second part of a concatenation", a);
  return push({.kind = Operator::concatenate, .inputs = {a.number, b.number}}, a.channels + b.channels, a.side);
}

GraphValue Graph::tanh(GraphValue x) {
  return push({.kind = Operator::tanh, .inputs = {x.number}}, x.channels, x.side);
}

GraphValue Graph::sigmoid(GraphValue x) {
  return push({.kind = Operator::sigmoid, .inputs = {x.number}}, x.channels, x.side);
}

GraphValue detail::add_cspup_block(Graph& graph, const torch::nn::Module& module, GraphValue x) {
  const auto& block = dynamic_cast<const CSPupBlockImpl&>(module);
  const auto through = [&](const std::string& name, GraphValue value) {
    return graph.module(value, *child(block, name));
  };
  const std::int64_t half = block.options.in_channels / 2;
  const bool projected = block.options.halves == Halves::projection;
  const GraphValue a_input = projected ? through("a_projection", x) : graph.channels(x, 0, half);
  const GraphValue b_input = projected ? through("b_projection", x) : graph.channels(x, half, half);
  const GraphValue a = through("a_up", a_input);
  const GraphValue b = through("b_conv3", through("b_conv2", through("b_up", through("b_conv1", b_input))));
  return block.options.merge == Merge::concatenation ? through("merge", graph.concatenate(a, b)) : graph.add(b, a);
}

Graph detail::generator_graph(const torch::nn::Module& prepared, std::int64_t latent_size,
                              const std::vector<std::int64_t>& channels, const AddBlock& add_block) {
  Graph graph(latent_size);
  GraphValue x = graph.latents();
  std::size_t maps = 0;  // of which the sizes are known: the stem's, then each block's
  for (const auto& item : prepared.named_children()) {
    const torch::nn::Module& part = *item.value();
    if (const auto* stem = dynamic_cast<const GeneratorStemImpl*>(&part)) {
      x = stem_of(graph, x, *stem);
      ++maps;
    } else if (const auto* head = dynamic_cast<const GeneratorHeadImpl*>(&part)) {
      x = head_of(graph, x, *head);
    } else {
      const std::int64_t side = maps == 0 ? 4 : 2 * x.side;
      x = add_block(graph, part, x);
      if (x.channels != channels.at(maps) || x.side != side)
        throw Error(fmt::format("what '{}' adds to the graph gives [N, {}, {}, {}] in place of [N, {}, {}, {}]",
                                part.name(), x.channels, x.side, x.side, channels.at(maps), side, side));
      ++maps;
    }
  }
  graph.end_with(x);
  return graph;
}

void detail::refuse_block(const torch::nn::Module& block) {
  throw Error(
      fmt::format("a generator of blocks '{}' cannot be exported: give the block a member GraphValue add_to(Graph& "
                  "graph, GraphValue x) const, which adds its operators (cspgan/export/graph.hpp)",
                  block.name()));
}

}  // namespace cspgan
