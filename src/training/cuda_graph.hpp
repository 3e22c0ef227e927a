// CUDA graphs behind LibTorch's interface for any device.
#pragma once

namespace cspgan::detail {

/// Makes at::create_graph_impl(at::kCUDA) give CUDA graphs, where this was built with CUDA's headers and LibTorch does
/// not do so itself (2.13 has the interface, but nothing of CUDA's behind it).
void register_cuda_graphs();

}  // namespace cspgan::detail
