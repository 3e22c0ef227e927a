// A graph in the form of the runtime's file.
#include "cspgan/export/runtime_file.hpp"

#include "runtime/plan.hpp"

namespace cspgan {

std::string runtime_file(const Graph& graph) {
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  runtime::PlanFile file{.latent_size = narrow(graph.latent_size()), .image = graph.image().number};
  for (const GraphNode& node : graph.nodes()) {
    const bool has_kernel = !node.weights.empty() && node.weights[0].dim() == 4;
    runtime::PlanNode plan{.kind = narrow(static_cast<int>(node.kind)),
                           .channels = narrow(node.output.channels),
                           .side = narrow(node.output.side),
                           .kernel = has_kernel ? narrow(node.weights[0].size(2)) : 0,
                           .stride = narrow(node.stride),
                           .padding = narrow(node.padding),
                           .output_padding = narrow(node.output_padding),
                           .groups = narrow(node.groups),
                           .first = narrow(node.first),
                           .slope = static_cast<float>(node.slope)};
    std::ranges::copy(node.inputs, plan.inputs.begin());
    for (std::size_t k = 0; k < node.weights.size(); ++k) {
      plan.weights[k] = static_cast<std::int64_t>(file.weights.size());
      const auto* const numbers = node.weights[k].const_data_ptr<float>();
      file.weights.insert(file.weights.end(), numbers, numbers + node.weights[k].numel());
    }
    file.nodes.push_back(plan);
  }
  return to_bytes(file);
}

}  // namespace cspgan
