// The parts into which a data set is published.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "cspgan/core/options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// A part of a data set; `all` means all of its images.
enum class Partition { train, validation, test, all };

template <>
struct EnumNames<Partition> {
  static constexpr std::array<std::pair<Partition, std::string_view>, 4> names{{{Partition::train, "train"},
                                                                                {Partition::validation, "validation"},
                                                                                {Partition::test, "test"},
                                                                                {Partition::all, "all"}}};
};

}  // namespace cspgan
