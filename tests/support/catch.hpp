// Catch2, version 2 or 3, after LibTorch: include this last, since both define CHECK.
#pragma once

#include <c10/util/Logging.h>  // defines CHECK; included here so that no later include does
#undef CHECK
#undef CHECK_THROWS

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <string>
#include <string_view>

namespace cspgan_test {

/// The message of the exception of type E that `action` throws, or a text saying that there was none.
template <class E, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const E& error) {
    return error.what();
  }
  return "(nothing was thrown)";
}

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace cspgan_test
