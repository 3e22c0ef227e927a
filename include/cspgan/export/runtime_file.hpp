// A generator as a file for cspgan::runtime.
#pragma once

#include <string>

#include "cspgan/export/graph.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The bytes of a file that RuntimeGenerator reads.
std::string runtime_file(const Graph& graph);

}  // namespace cspgan
