// Fills in the template of the header: the nodes, and where each value lies in the workspace.
#include "cspgan/export/standalone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "export/placed_graph.hpp"
#include "runtime/plan.hpp"

namespace cspgan {

namespace {

constexpr std::string_view header_template =
#include "embedded/standalone_generator.hpp.in.inc"
    ;

void replace(std::string& text, std::string_view mark, std::string_view with) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) throw Error(fmt::format("the template of the header has no {}", mark));
  text.replace(at, mark.size(), with);
}

void require_identifier(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || !std::ranges::all_of(name, fits) || (name[0] >= '0' && name[0] <= '9'))
    throw OptionError(fmt::format("the namespace of a header must be a C++ identifier, not '{}'", name));
}

void replace_all(std::string& text, std::string_view word, std::string_view with) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + with.size()))
    text.replace(at, word.size(), with);
}

}  // namespace

StandaloneGenerator standalone_generator(const Graph& graph, const std::string& name) {
  require_identifier(name);
  const auto [image, channels, side] = graph.image();
  const PlacedGraph placed = place_values(graph);
  StandaloneGenerator result{.header = std::string(header_template), .weights = {}};
  std::string nodes;
  std::int64_t widest = 1, scratch = 0;
  for (const PlacedNode& at : placed.nodes) {
    const GraphNode& node = *at.node;
    if (node.padding > 1 || node.stride > (node.kind == Operator::transposed_convolution ? 2 : 1))
      throw Error(
          "C++ is written of convolutions with stride 1, or transposed with at most 2, and a padding of at most 1");
    nodes += fmt::format("    {{Kind::{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}F}},\n",
                         enum_name(node.kind), at.input.channels, at.input.side, node.output.channels, node.output.side,
                         at.in, at.second, at.out, at.weights[0], at.weights[1], at.kernel, node.stride, node.padding,
                         node.groups, fmt::format("{:#}", static_cast<float>(node.slope)));
    if (node.kind == Operator::convolution) {  // the input with its border, as the template lays it out
      const std::int64_t padded = at.input.side + 2 * node.padding;
      scratch = std::max(scratch, at.input.channels * padded * (padded + 16) + 16);
    }
    widest = std::max({widest, node.output.side, at.input.side});
  }
  for (const Tensor& weight : placed.weights)
    result.weights.append(reinterpret_cast<const char*>(weight.const_data_ptr<float>()), weight.nbytes());
  replace(result.header, "@nodes@", nodes);
  replace(
      result.header, "@constants@",
      fmt::format("constexpr int latent_size = {}, channels = {}, height = {}, width = {};\n"
                  "constexpr int widest = {};  // side of the largest map\n"
                  "constexpr std::size_t weight_count = {}, workspace_size = {};\n"
                  "constexpr std::size_t latents_place = {}, image_place = {}, scratch_place = {};\n"
                  "constexpr std::uint64_t weights_checksum = {}U;",
                  graph.latent_size(), channels, side, side, widest, result.weights.size() / sizeof(float),
                  placed.size + scratch, placed.latents, placed.image, placed.size, runtime::checksum(result.weights)));
  if (name != "cspgan_generator") {
    replace_all(result.header, "CSPGAN_STANDALONE_GENERATOR_HPP", "CSPGAN_STANDALONE_GENERATOR_HPP_" + name);
    replace_all(result.header, "cspgan_generator", name);
  }
  return result;
}

}  // namespace cspgan
