// Numbers as people read them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace cspgan {

/// 4400 as "4,400"; the number is at least 0.
inline std::string grouped_digits(std::int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

/// A finite number, rounded to so many significant digits.
inline double rounded_to_digits(double number, int digits) {
  return std::strtod(fmt::format("{:.{}g}", number, digits).c_str(), nullptr);
}

}  // namespace cspgan
