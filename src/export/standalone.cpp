// Fills in the template of the header: the nodes, and where each value lies in the workspace.
#include "cspgan/export/standalone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace cspgan {

namespace {

constexpr std::string_view header_template =
#include "embedded/standalone_generator.hpp.in.inc"
    ;

/// Whether a node computes nothing: its output lies where its input does.
bool is_view(Operator kind) { return kind == Operator::reshape || kind == Operator::channels; }

/// Where the values of a graph lie in one array of floats: values that are not needed at the same time share places.
class Workspace {
 public:
  explicit Workspace(const Graph& graph) : graph_(graph) {
    const auto count = graph.nodes().size() + 1;
    first_.resize(count);
    owner_.resize(count);
    last_use_.resize(count);
    for (const GraphNode& node : graph.nodes()) share(node);
    for (const GraphNode& node : graph.nodes())
      for (const int input : node.inputs) last_use_[index(owner_[index(input)])] = node.output.number;
    last_use_[index(owner_[index(graph.image().number)])] = graph.image().number + 1;  // copied after the last node
    place(0);
    for (const GraphNode& node : graph.nodes())
      if (owner_[index(node.output.number)] == node.output.number) place(node.output.number);
  }

  std::int64_t place_of(int value) const {
    const int owner = owner_[index(value)];
    const auto found = std::ranges::find(buffers_, owner, &Buffer::value);
    return found->begin + first_[index(value)];
  }
  std::int64_t size() const { return size_; }

 private:
  struct Buffer {
    int value;
    std::int64_t begin, end;
    int born, dies;  // numbers of nodes
  };

  static std::size_t index(int value) { return static_cast<std::size_t>(value); }
  GraphValue value(int number) const {
    return number == 0 ? GraphValue{0, graph_.latent_size(), 1} : graph_.nodes()[index(number - 1)].output;
  }

  /// Views share their input's place; all others have one of their own.
  void share(const GraphNode& node) {
    const int number = node.output.number, input = node.inputs[0];
    owner_[index(number)] = number;
    if (!is_view(node.kind)) return;
    owner_[index(number)] = owner_[index(input)];
    first_[index(number)] = first_[index(input)] + node.first * node.output.side * node.output.side;
  }

  /// At the lowest place that is free as long as the value lives.
  void place(int number) {
    const auto [unused, channels, side] = value(number);
    const std::int64_t need = channels * side * side;
    const int born = number, dies = last_use_[index(number)];
    std::int64_t begin = 0;
    std::ranges::sort(buffers_, {}, &Buffer::begin);
    for (const Buffer& other : buffers_)
      if (other.dies >= born && other.born <= dies && other.begin < begin + need && begin < other.end)
        begin = other.end;
    buffers_.push_back({number, begin, begin + need, born, dies});
    size_ = std::max(size_, begin + need);
  }

  const Graph& graph_;
  std::vector<std::int64_t> first_;  // of a value, counted from the beginning of its owner
  std::vector<int> owner_;           // the value whose place it shares
  std::vector<int> last_use_;        // number of the node that needs an owner last
  std::vector<Buffer> buffers_;
  std::int64_t size_ = 0;
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
