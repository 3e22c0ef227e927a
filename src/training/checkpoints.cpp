// The checkpoints of a folder.
#include "cspgan/training/checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cspgan/core/error.hpp"

namespace cspgan {

std::string step_name(std::int64_t step) { return fmt::format("step-{:08}", step); }

std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  const auto newest_first = [](const std::filesystem::path& path) {  // a longer name is a later step
    const std::string name = path.filename().string();
    return std::pair(name.size(), name);
  };
  std::ranges::sort(files, std::ranges::greater{}, newest_first);
  return files;
}

std::optional<Checkpoint> load_latest_checkpoint(const std::filesystem::path& folder,
                                                 const std::function<void(const std::string& reason)>& on_damaged) {
  const auto files = list_checkpoints(folder);
  std::string first_reason;
  for (const auto& file : files) {
    try {
      return load_checkpoint(file);
    } catch (const Error& error) {
      if (first_reason.empty()) first_reason = error.what();
      if (on_damaged) on_damaged(error.what());
    }
  }
  if (!files.empty())
    throw Error(fmt::format("none of the {} checkpoint(s) in '{}' can be used: {}", files.size(), folder.string(),
                            first_reason));
  return std::nullopt;
}

}  // namespace cspgan
