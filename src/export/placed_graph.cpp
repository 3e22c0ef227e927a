// Places for values whose lives do not overlap.
#include "export/placed_graph.hpp"

#include <algorithm>

namespace cspgan {

namespace {

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

}  // namespace

PlacedGraph place_values(const Graph& graph) {
  const Workspace workspace(graph);
  PlacedGraph placed{
      .size = workspace.size(), .latents = workspace.place_of(0), .image = workspace.place_of(graph.image().number)};
  std::int64_t weights = 0;
  for (const GraphNode& node : graph.nodes()) {
    if (is_view(node.kind)) continue;
    PlacedNode at{.node = &node,
                  .input = graph.nodes()[static_cast<std::size_t>(node.inputs[0] - 1)].output,
                  .in = workspace.place_of(node.inputs[0]),
                  .second = workspace.place_of(node.inputs.back()),
                  .out = workspace.place_of(node.output.number)};
    for (std::size_t k = 0; k < node.weights.size(); ++k) {
      at.weights[k] = weights;
      weights += node.weights[k].numel();
      placed.weights.push_back(node.weights[k]);
    }
    if (!node.weights.empty() && node.weights[0].dim() == 4) at.kernel = node.weights[0].size(2);
    placed.nodes.push_back(at);
  }
  return placed;
}

}  // namespace cspgan
