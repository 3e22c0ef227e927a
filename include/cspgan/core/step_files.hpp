// The files of a run that belong to its steps, such as samples/step-00001000.png.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// A file and the step in its name.
struct StepFile {
  std::int64_t step = 0;
  std::filesystem::path path;
};

/// The files in a folder whose names are "step-", digits and `extension`, sorted by step; empty if there is no such
/// folder.
std::vector<StepFile> step_files(const std::filesystem::path& folder, std::string_view extension);

/// `count` evenly spaced indices in [0, size), including both ends (only the last for a count of 1); all of them if
/// size <= count.
std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count);

}  // namespace cspgan
