// libFuzzer's entry. CSPGAN_FUZZ names the target:
//   cmake --preset fuzz && cmake --build --preset fuzz
//   CSPGAN_FUZZ=pictures build/fuzz/bin/fuzzer FOUND tests/fuzz/corpus/pictures -max_total_time=600
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "cspgan/core/error.hpp"
#include "fuzz/targets.hpp"

namespace {

const cspgan_fuzz::Target& chosen() {
  const char* const name = std::getenv("CSPGAN_FUZZ");
  for (const auto& target : cspgan_fuzz::targets())
    if (name != nullptr && target.name == name) return target;
  std::cerr << "CSPGAN_FUZZ must name a target:";
  for (const auto& target : cspgan_fuzz::targets()) std::cerr << ' ' << target.name;
  std::cerr << '\n';
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cspgan_fuzz::Target& target = chosen();
  try {
    target.read({reinterpret_cast<const char*>(data), size});
  } catch (const cspgan::Error&) {
    return 0;
  }
  return 0;
}
