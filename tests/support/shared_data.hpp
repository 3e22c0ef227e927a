// The folder of real face images, on machines that have them.
#pragma once

#include <filesystem>
#include <optional>

namespace cspgan_test {

/// The folder that holds celeba/ and ffhq256/, or nullopt; a test then says so and is skipped.
inline std::optional<std::filesystem::path> shared_data() {
  const auto path = std::filesystem::path(CSPGAN_SOURCE_DIR).parent_path() / "shared" / "data";
  if (std::filesystem::is_directory(path / "celeba")) return path;
  return std::nullopt;
}

}  // namespace cspgan_test
