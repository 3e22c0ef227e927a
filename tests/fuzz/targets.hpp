// What reads bytes that nobody vouches for, as functions of the bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cspgan_fuzz {

struct Target {
  std::string name;                      // also of its folder in corpus/
  void (*read)(std::string_view bytes);  // throws cspgan::Error for what it refuses, and nothing else
};

const std::vector<Target>& targets();

}  // namespace cspgan_fuzz
