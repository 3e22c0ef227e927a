// Fills in the template of the header: the nodes, and where each value lies in the workspace.
#include "cspgan/export/standalone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "runtime/places.hpp"

namespace cspgan {

namespace {

constexpr std::string_view header_template =
#include "embedded/standalone_generator.hpp.in.inc"
    ;

/// Whether a node computes nothing: its output lies where its input does.
bool is_view(Operator kind) { return kind == Operator::reshape || kind == Operator::channels; }

/// Where the values of a graph lie in one array of floats: views lie in their input's place.
class Workspace {
 public:
  explicit Workspace(const Graph& graph) {
    std::vector<runtime::Lifetime> lives{{.floats = graph.latent_size()}};
    const auto reads = [&](int value, int node) { lives[index(owner_[index(value)])].dies = node; };
    for (const GraphNode& node : graph.nodes()) {
      const int number = node.output.number, input = node.inputs[0];
      const std::int64_t pixels = node.output.side * node.output.side;
      const bool view = is_view(node.kind);
      owner_.push_back(view ? owner_[index(input)] : number);
      first_.push_back(view ? first_[index(input)] + node.first * pixels : 0);
      lives.push_back({.floats = view ? 0 : node.output.channels * pixels, .born = number, .dies = number});
      for (const int read : node.inputs) reads(read, number);
    }
    reads(graph.image().number, static_cast<int>(owner_.size()));  // copied after the last node
    places_ = runtime::places_of(lives);
  }

  std::int64_t place_of(int value) const { return places_.begin[index(owner_[index(value)])] + first_[index(value)]; }
  std::int64_t size() const { return places_.size; }

 private:
  static std::size_t index(int value) { return static_cast<std::size_t>(value); }

  std::vector<int> owner_{0};           // the value whose place it shares
  std::vector<std::int64_t> first_{0};  // counted from the beginning of its owner
  runtime::Places places_;
};

void replace(std::string& text, std::string_view mark, std::string_view with) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) throw Error(fmt::format("the template of the header has no {}", mark));
  text.replace(at, mark.size(), with);
}

/// FNV-1a over the numbers' bits, as in the template.
std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037U;
  for (std::size_t k = 0; k < bytes.size(); k += sizeof(std::uint32_t)) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, bytes.data() + k, sizeof bits);
    hash = (hash ^ bits) * 1099511628211U;
  }
  return hash;
}

}  // namespace

StandaloneGenerator standalone_generator(const Graph& graph) {
  const auto [image, channels, side] = graph.image();
  const Workspace workspace(graph);
  StandaloneGenerator result{.header = std::string(header_template), .weights = {}};
  std::string nodes;
  std::int64_t widest = 1, scratch = 0;
  for (const GraphNode& node : graph.nodes()) {
    if (is_view(node.kind)) continue;
    if (node.padding > 1 || node.stride > (node.kind == Operator::transposed_convolution ? 2 : 1))
      throw Error(
          "C++ is written of convolutions with stride 1, or transposed with at most 2, and a padding of at most 1");
    const GraphValue input = graph.nodes()[static_cast<std::size_t>(node.inputs[0] - 1)].output;
    std::size_t places[2] = {};
    for (std::size_t k = 0; k < node.weights.size(); ++k) {
      places[k] = result.weights.size() / sizeof(float);
      const auto* const numbers = node.weights[k].const_data_ptr<float>();
      result.weights.append(reinterpret_cast<const char*>(numbers), node.weights[k].nbytes());
    }
    const std::int64_t kernel = node.weights.empty() || node.weights[0].dim() != 4 ? 0 : node.weights[0].size(2);
    nodes += fmt::format("    {{Kind::{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}F}},\n",
                         enum_name(node.kind), input.channels, input.side, node.output.channels, node.output.side,
                         workspace.place_of(node.inputs[0]), workspace.place_of(node.inputs.back()),
                         workspace.place_of(node.output.number), places[0], places[1], kernel, node.stride,
                         node.padding, node.groups, fmt::format("{:#}", static_cast<float>(node.slope)));
    if (node.kind == Operator::convolution) {  // the input with its border, as the template lays it out
      const std::int64_t padded = input.side + 2 * node.padding;
      scratch = std::max(scratch, input.channels * padded * (padded + 16) + 16);
    }
    widest = std::max({widest, node.output.side, input.side});
  }
  replace(result.header, "@nodes@", nodes);
  replace(result.header, "@constants@",
          fmt::format("constexpr int latent_size = {}, channels = {}, height = {}, width = {};\n"
                      "constexpr int widest = {};  // side of the largest map\n"
                      "constexpr std::size_t weight_count = {}, workspace_size = {};\n"
                      "constexpr std::size_t latents_place = {}, image_place = {}, scratch_place = {};\n"
                      "constexpr std::uint64_t weights_checksum = {}U;",
                      graph.latent_size(), channels, side, side, widest, result.weights.size() / sizeof(float),
                      workspace.size() + scratch, workspace.place_of(0), workspace.place_of(image), workspace.size(),
                      checksum(result.weights)));
  return result;
}

}  // namespace cspgan
