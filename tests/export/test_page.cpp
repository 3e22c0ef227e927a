// What a generator's web page holds. page_in_browser.py, beside this file, uses the page.
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/export/page.hpp"
#include "cspgan/models/generator.hpp"
#include "support/catch.hpp"
#include "support/thin_preset.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

std::string element(const std::string& page, const std::string& id) {
  const std::string begin = "id=\"" + id + "\">";
  const std::size_t at = page.find(begin) + begin.size();
  return page.substr(at, page.find("</script>", at) - at);
}

Value data_of(const std::string& page) { return parse_json(element(page, "data"), "the page's data"); }

Tensor directions_of(const std::string& page, std::int64_t latent_size) {
  std::vector<double> numbers;
  const Value data = data_of(page);
  for (const Value& row : data.at("directions").array())
    for (const Value& number : row.array()) numbers.push_back(number.number());
  return at::tensor(numbers, at::kDouble).reshape({-1, latent_size});
}

Graph thin_graph(const std::string& preset) { return graph_of(Generator(cspgan_test::thin(preset))); }

}  // namespace

TEST_CASE("a page holds the network and its weights, and nothing of its title is markup", "[export]") {
  const Graph graph = thin_graph("csp");
  const std::string page = web_page(graph, {.title = "</script><b>&{{data}}"});
  CHECK(contains(page, "<title>&lt;/script&gt;&lt;b&gt;&amp;{{data}}</title>"));
  CHECK_FALSE(contains(page, "</script><b>"));
  const Value network = data_of(page).at("network");
  CHECK(network.at("latent_size").integer() == graph.latent_size());
  CHECK(network.at("side").integer() == 32);
  CHECK(network.at("channels").integer() == 3);
  std::int64_t weights = 0;
  for (const GraphNode& node : graph.nodes())
    for (const Tensor& weight : node.weights) weights += weight.numel();
  CHECK(static_cast<std::int64_t>(element(page, "weights").size()) == (2 * weights + 2) / 3 * 4);
  CHECK(element(page, "kernel").empty() == !web_page_has_kernel());
}

TEST_CASE("the page's directions are orthonormal, and the first change the first layer's output most", "[export]") {
  const Graph graph = thin_graph("csp");
  const Tensor directions = directions_of(web_page(graph), graph.latent_size());
  REQUIRE(directions.size(0) == 8);
  CHECK((directions.mm(directions.t()) - at::eye(8, at::kDouble)).abs().max().item<double>() < 1e-3);
  const Tensor weight = graph.nodes()[1].weights[0].flatten(1).to(at::kDouble);  // after the latents
  const Tensor changes = weight.mm(directions.t()).norm(2, at::IntArrayRef{0});
  CHECK((changes.narrow(0, 0, 7) >= changes.narrow(0, 1, 7)).all().item<bool>());
  CHECK(changes[0].item<double>() > 1.01 * weight.norm().item<double>() / std::sqrt(8.0));  // more than the average
}

TEST_CASE("all that the latents enter first counts for the directions of a page", "[export]") {
  Graph graph(3);  // its layers take two latents, and one
  const GraphValue latents = graph.latents();
  const auto strong = [](std::int64_t inputs, double weight) { return at::full({1, inputs, 1, 1}, weight); };
  const GraphValue a = graph.convolution(graph.channels(latents, 0, 2), strong(2, 1), {}, 0);
  graph.add(a, graph.convolution(graph.channels(latents, 2, 1), strong(1, 5), {}, 0));
  const Tensor directions = directions_of(web_page(graph), 3);
  REQUIRE(directions.size(0) == 3);
  CHECK((directions[0].abs() - at::tensor({0., 0., 1.}, at::kDouble)).abs().max().item<double>() < 1e-4);
}

TEST_CASE("a page has no directions if its first layer is not a matrix or none are given", "[export]") {
  Graph graph(8);
  graph.convolution(graph.reshape(graph.latents(), 2), at::full({3, 2, 3, 3}, 0.1), {}, 1);
  CHECK(directions_of(web_page(graph), 8).size(0) == 0);
  CHECK(directions_of(web_page(thin_graph("csp"), {.directions = at::zeros({0, 8})}), 8).size(0) == 0);
  const Tensor own = at::eye(2, 8);
  CHECK(directions_of(web_page(thin_graph("csp"), {.directions = own}), 8).equal(own.to(at::kDouble)));
}

TEST_CASE("what a page cannot hold is refused", "[export]") {
  CHECK(contains(message_of<Error>([] { web_page(thin_graph("csp"), {.directions = at::zeros({2, 7})}); }), "[K, 8]"));
  Graph graph(1);
  graph.convolution(graph.latents(), at::full({3, 1, 1, 1}, 7e4), {}, 0);
  CHECK(contains(message_of<Error>([&] { web_page(graph); }), "too large for the float16"));
}
