// A generator as one C++17 header and a file of weights, for programs that have neither LibTorch nor cspgan.
#pragma once

#include <string>

#include "cspgan/export/graph.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct StandaloneGenerator {
  std::string header;   // C++17, the standard library alone; says in its first lines how it is used
  std::string weights;  // float32, little-endian; the header refuses any others
};

/// Plain loops, which need as much memory as the largest maps of one picture. All of it is in the namespace `name`: two
/// generators in one program need two. Throws OptionError if that is no identifier.
StandaloneGenerator standalone_generator(const Graph& graph, const std::string& name = "cspgan_generator");

}  // namespace cspgan
