// Where the values of a graph lie in one array of floats, and its weights in another: for forms of a generator that
// compute by themselves.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cspgan/export/graph.hpp"

namespace cspgan {

struct PlacedNode {
  const GraphNode* node;                  // of the graph
  GraphValue input;                       // the first
  std::int64_t in, second, out;           // places of the values; `second` is `in` if there is one input
  std::array<std::int64_t, 2> weights{};  // places among the weights
  std::int64_t kernel = 0;                // side of a convolution's
};

/// Places are counted in floats. Values that are not needed at the same time share places.
struct PlacedGraph {
  std::vector<PlacedNode> nodes{};  // without those that compute nothing: reshape and channels
  std::vector<Tensor> weights{};    // one after the other
  std::int64_t size = 0;            // of the array of values
  std::int64_t latents = 0;
  std::int64_t image = 0;
};

/// The graph has to outlive the result.
PlacedGraph place_values(const Graph& graph);

}  // namespace cspgan
