// A generator's operators and weights as one file, which needs no library to be read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/runtime/operators.hpp"

namespace [[gnu::visibility("default")]] cspgan {
namespace runtime {

/// One operator. Attributes that it does not have are 0, inputs and weights that it does not have -1. Values are
/// numbered: 0 the latents, k the output of the k-th node, counted from 1.
struct PlanNode {
  std::int32_t kind = 0;  // an Operator
  std::array<std::int32_t, 2> inputs{-1, -1};
  std::int32_t channels = 0;  // of the output, [N, channels, side, side]
  std::int32_t side = 0;
  std::int32_t kernel = 0;
  std::int32_t stride = 0;
  std::int32_t padding = 0;
  std::int32_t output_padding = 0;
  std::int32_t groups = 0;
  std::int32_t first = 0;
  float slope = 0;
  std::array<std::int64_t, 2> weights{-1, -1};  // where they begin among all numbers
};

struct PlanFile {
  std::int32_t latent_size = 0;
  std::int32_t image = 0;  // the number of a value
  std::vector<PlanNode> nodes{};
  std::vector<float> weights{};
};

/// FNV-1a over words of 32 bits, of which `bytes` are a whole number: the checksum of a file, and of the C++ header's
/// weights.
std::uint64_t checksum(std::string_view bytes);

/// Throws Error, naming the operator, if the runtime would refuse it.
std::string to_bytes(const PlanFile& plan);

/// Throws Error, naming `name`, if the bytes are not such a file, are damaged, or do not make sense.
PlanFile plan_from_bytes(std::string_view bytes, std::string_view name);

}  // namespace runtime
}  // namespace cspgan
