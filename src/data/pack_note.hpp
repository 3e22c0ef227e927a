// What stands beside a packed set: names, labels and the checksum of its images.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/core/value.hpp"
#include "cspgan/data/labels.hpp"

namespace cspgan::detail {

std::filesystem::path note_of(const std::filesystem::path& file);

Value labels_to_value(const Labels& labels);
/// Throws Error if they are not labels of so many images.
Labels labels_from_value(const Value& value, std::int64_t images);

}  // namespace cspgan::detail
