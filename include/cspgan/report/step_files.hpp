// The files of a run that belong to its steps, such as samples/step-00001000.png.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

struct StepFile {
  std::int64_t step = 0;
  std::filesystem::path path;
};

/// The files of a folder named "step-", digits and the extension, by step; empty where there is no such folder.
std::vector<StepFile> step_files(const std::filesystem::path& folder, std::string_view extension);

/// `count` indices of [0, size), evenly spaced with both ends (the last alone for a count of 1); all of them where
/// size <= count.
std::vector<std::size_t> evenly_spaced(std::size_t size, std::size_t count);

}  // namespace cspgan
