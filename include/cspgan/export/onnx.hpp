// ONNX files, for runtimes that need no LibTorch.
#pragma once

#include <cstdint>
#include <string>

#include "cspgan/export/graph.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct OnnxOptions {
  std::int64_t opset = 17;    // version of ONNX's operators, 17 to 21: what is written means the same in each
  bool uint8 = false;         // images as uint8 [N, S, S, C], round((x + 1) * 127.5), for floats [N, C, S, S]
  bool half_weights = false;  // weights as float16, which halves the file; the computation stays in float32
};

/// The bytes of an ONNX model (ir_version 8) with one input, "latents" [batch, Z], and one output, "images": float32
/// [batch, C, S, S], which in [-1, 1] is black to white, or uint8. `batch` is free. Throws OptionError for another
/// opset.
std::string onnx_model(const Graph& graph, const OnnxOptions& options = {});

}  // namespace cspgan
