// Places of a graph's values and weights.
#include "export/placed_graph.hpp"

#include "runtime/places.hpp"

namespace cspgan {

namespace {

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
