// Puts the page together: its parts are in src/export/page/.
#include "cspgan/export/page.hpp"

#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "core/html_page.hpp"
#include "cspgan/core/value.hpp"
#include "export/placed_graph.hpp"

namespace cspgan {

namespace {

constexpr std::string_view page_body =
#include "embedded/page.html.inc"
    ;
constexpr std::string_view page_style =
#include "embedded/page.css.inc"
    ;
constexpr std::string_view page_script =
#include "embedded/page.js.inc"
    ;
constexpr std::string_view worker_script =
#include "embedded/page_worker.js.inc"
    ;
constexpr std::string_view kernel =  // hexadecimal digits; empty if there was no compiler for it
#include "embedded/page_kernel.wasm.inc"
    ;
constexpr std::string_view page_policy =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; "
    "worker-src blob:";

Value rows_of(const Tensor& matrix) {
  Value::Array rows;
  const Tensor values = matrix.to(at::kCPU, at::kFloat).contiguous();
  for (std::int64_t row = 0; row < values.size(0); ++row) {
    Value::Array numbers;
    for (std::int64_t k = 0; k < values.size(1); ++k)
      numbers.emplace_back(std::round(1e5 * values.const_data_ptr<float>()[row * values.size(1) + k]) / 1e5);
    rows.emplace_back(std::move(numbers));
  }
  return rows;
}

Value node_of(const PlacedNode& at) {
  const GraphNode& node = *at.node;
  Value::Array weights;
  for (std::size_t k = 0; k < node.weights.size(); ++k) weights.emplace_back(at.weights[k]);
  return Value::Object{{"kind", enum_name(node.kind)},  {"in_channels", at.input.channels},
                       {"in_side", at.input.side},      {"out_channels", node.output.channels},
                       {"out_side", node.output.side},  {"in", at.in},
                       {"second", at.second},           {"out", at.out},
                       {"weights", std::move(weights)}, {"kernel", at.kernel},
                       {"stride", node.stride},         {"padding", node.padding},
                       {"groups", node.groups},         {"slope", node.slope}};
}

Value network_of(const Graph& graph, const PlacedGraph& placed) {
  Value::Array nodes;
  for (const PlacedNode& node : placed.nodes) nodes.push_back(node_of(node));
  return Value::Object{{"latent_size", graph.latent_size()}, {"channels", graph.image().channels},
                       {"side", graph.image().side},         {"values", placed.size},
                       {"latents", placed.latents},          {"image", placed.image},
                       {"nodes", std::move(nodes)}};
}

std::string half_bytes(const std::vector<Tensor>& weights) {
  std::string bytes;
  for (const Tensor& weight : weights) {
    const Tensor half = weight.to(at::kHalf);
    if (!half.isfinite().all().item<bool>()) throw Error("a weight is too large for the float16 of a web page");
    bytes.append(static_cast<const char*>(half.const_data_ptr()), half.nbytes());
  }
  return bytes;
}

}  // namespace

bool web_page_has_kernel() { return !kernel.empty(); }

std::string web_page(const Graph& graph, const WebPageOptions& options) {
  const Tensor directions = options.directions.defined() ? options.directions : at::zeros({0, graph.latent_size()});
  if (directions.dim() != 2 || directions.size(1) != graph.latent_size())
    throw Error(fmt::format("the directions of a web page must be [K, {}]", graph.latent_size()));
  const PlacedGraph placed = place_values(graph);
  const std::string weights = detail::base64(half_bytes(placed.weights));
  const Value data = Value::Object{{"network", network_of(graph, placed)}, {"directions", rows_of(directions)}};
  return detail::html_page({.title = options.title,
                            .body = page_body,
                            .style = page_style,
                            .data = data,
                            .scripts = {page_script},
                            .texts = {{"weights", weights}, {"kernel", kernel}, {"worker", worker_script}},
                            .policy = page_policy});
}

}  // namespace cspgan
