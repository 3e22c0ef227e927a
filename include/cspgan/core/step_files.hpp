// The files of a run that belong to its steps, such as samples/step-00001000.png.
#pragma once

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

}  // namespace cspgan
