// A generator as a web page that draws in the browser, without a network.
#pragma once

#include <string>

#include "cspgan/core/tensor.hpp"
#include "cspgan/export/graph.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct WebPageOptions {
  std::string title = "Pictures";
  /// [K, Z], rows of length 1, such as main_directions() gives: each is a slider of the page. Undefined: none.
  Tensor directions{};
};

/// One HTML file with the weights as float16. The browser computes in float32, as WebAssembly if this library was built
/// with a clang that makes it (web_page_has_kernel) and the browser takes it, else in JavaScript, several times slower.
/// Throws Error if a weight is too large for float16, or if the directions do not fit.
std::string web_page(const Graph& graph, const WebPageOptions& options = {});

bool web_page_has_kernel();

}  // namespace cspgan
