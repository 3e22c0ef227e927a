// What a generator's web page holds. page_in_browser.py, beside this file, uses the page.
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

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

TEST_CASE("a page has the directions that it is given", "[export]") {
  CHECK(directions_of(web_page(thin_graph("csp")), 8).size(0) == 0);
  const Tensor own = at::eye(2, 8);
  CHECK(directions_of(web_page(thin_graph("csp"), {.directions = own}), 8).equal(own.to(at::kDouble)));
}

TEST_CASE("what a page cannot hold is refused", "[export]") {
  CHECK(contains(message_of<Error>([] { web_page(thin_graph("csp"), {.directions = at::zeros({2, 7})}); }), "[K, 8]"));
  Graph graph(1);
  graph.convolution(graph.latents(), at::full({3, 1, 1, 1}, 7e4), {}, 0);
  CHECK(contains(message_of<Error>([&] { web_page(graph); }), "too large for the float16"));
}
