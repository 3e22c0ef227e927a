// What an exported graph holds, and what cannot be exported. tests/parity/export.py runs the files in other runtimes.
#include <ATen/ops/ones.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <algorithm>
#include <cmath>

#include "cspgan/core/error.hpp"
#include "cspgan/export/onnx.hpp"
#include "cspgan/export/weights.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/models/presets.hpp"
#include "cspgan/nn/upsampling.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

class SilentUpImpl : public torch::nn::Cloneable<SilentUpImpl> {
 public:
  SilentUpImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) { reset(); }
  void reset() override { up_ = register_module("up", Upsampling({.in_channels = in_, .out_channels = out_})); }
  Tensor forward(const Tensor& x) { return up_->forward(x); }

 private:
  std::int64_t in_, out_;
  Upsampling up_{nullptr};
};
TORCH_MODULE(SilentUp);

/// Says that it keeps the size, which a block must not.
class StillUpImpl : public SilentUpImpl {
 public:
  using SilentUpImpl::SilentUpImpl;
  GraphValue add_to(Graph& graph, GraphValue x) const { return graph.leaky_relu(x, 0); }
};
TORCH_MODULE(StillUp);

std::int64_t count(const Graph& graph, Operator kind) {
  return std::ranges::count(graph.nodes(), kind, &GraphNode::kind);
}

}  // namespace

TEST_CASE("a graph refuses what cannot be computed", "[export]") {
  Graph graph(2);
  const GraphValue x = graph.latents();
  const auto refusal = [](const auto& add) { return message_of<Error>(add); };
  const Tensor weight = at::ones({3, 2, 3, 3});
  CHECK(contains(refusal([&] { graph.convolution(x, weight, {}, 1, 0); }), "stride"));
  CHECK(contains(refusal([&] { graph.convolution(x, weight, {}, 0); }), "gives [N, 3, "));
  CHECK(contains(refusal([&] { graph.convolution(x, weight, {}, -1); }), "padding"));
  CHECK(contains(refusal([&] {
                   graph.transposed_convolution(x, at::ones({2, 3, 2, 2}), {}, 1, 3, 0);
                 }),
                 "gives [N, 3, -4"));
  CHECK(contains(refusal([&] { graph.add(x, GraphValue{77, 2, 1}); }), "not in it"));
  CHECK(contains(refusal([&] { graph.leaky_relu(x, std::nan("")); }), "slope"));
}

TEST_CASE("a graph has folded norms, and the sizes of the generator", "[export]") {
  const GeneratorOptions options = generators::csp(32);
  const Generator generator(options);
  const Graph graph = graph_of(generator);
  CHECK(graph.latent_size() == options.latent_size);
  CHECK(graph.image().channels == 3);
  CHECK(graph.image().side == 32);
  CHECK(count(graph, Operator::scale_shift) == 1);  // the head's, which acts on a sum
  CHECK(count(graph, Operator::bilinear) == 6);     // two in each of three blocks
  CHECK(count(graph, Operator::add) == 3);
  CHECK(count(graph, Operator::tanh) == 1);
  for (const GraphNode& node : graph.nodes())
    for (const int input : node.inputs) CHECK(input < node.output.number);
}

TEST_CASE("a block of one's own that does not describe itself is refused with its name and the member to add",
          "[export]") {
  const BasicGenerator<SilentUp> generator({.latent_size = 4, .image_size = 16, .base_channels = 4});
  const std::string message = message_of<Error>([&] { graph_of(generator); });
  CHECK(contains(message, "SilentUp"));
  CHECK(contains(message, "GraphValue add_to(Graph& graph, GraphValue x) const"));
}

TEST_CASE("what a block adds has to fit its input and to double it", "[export]") {
  Graph graph(8);
  const GraphValue x = graph.reshape(graph.latents(), 2);  // [N, 2, 2, 2]
  CHECK(graph.convolution(x, at::ones({4, 2, 3, 3}), {}, /*padding=*/1, /*stride=*/2).side == 1);
  for (const auto& weight : {at::ones({4, 3, 3, 3}), at::ones({4, 2, 3, 1})})
    CHECK(contains(message_of<Error>([&] { graph.convolution(x, weight, {}, 1); }), "does not fit its input"));
  CHECK_THROWS_AS(graph.scale_shift(x, at::ones({3}), at::ones({3})), Error);
  CHECK_THROWS_AS(graph.channels(x, 1, 2), Error);
  CHECK_THROWS_AS(graph.pixel_shuffle(x), Error);
  CHECK_THROWS_AS(graph.add(x, graph.nearest(x)), Error);

  const BasicGenerator<StillUp> generator({.latent_size = 4, .image_size = 16, .base_channels = 4});
  const std::string message = message_of<Error>([&] { graph_of(generator); });
  CHECK(contains(message, "StillUp"));
  CHECK(contains(message, "[N, 8, 4, 4] in place of [N, 4, 8, 8]"));
}

TEST_CASE("an opset that is not there is refused", "[export]") {
  const Graph graph = graph_of(Generator(generators::csp(8)));
  CHECK(contains(message_of<OptionError>([&] { onnx_model(graph, {.opset = 12}); }), "opset"));
  CHECK(message_of<Error>([&] { onnx_model(Graph(4)); }) == "the graph is empty");
}

TEST_CASE("a generator's weights alone give the same generator", "[export]") {
  const cspgan_test::TemporaryFolder folder;
  Generator generator(generators::csp(8));
  generator->eval();
  save_generator(folder.path() / "generator.safetensors", generator);
  Generator loaded = load_generator(folder.path() / "generator.safetensors");
  const Tensor latents = at::ones({2, generator->latent_size()});
  CHECK(loaded->forward(latents).equal(generator->forward(latents)));
  const Checkpoint checkpoint = load_checkpoint(folder.path() / "generator.safetensors");
  for (const auto& [name, tensor] : checkpoint.state.tensors) CHECK(name.starts_with("generator_ema."));
  CHECK(checkpoint.run.object().size() == 1);
}
