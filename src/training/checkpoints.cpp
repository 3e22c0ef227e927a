// The checkpoints of a folder.
#include "cspgan/training/checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cspgan/core/error.hpp"

namespace cspgan {

std::string step_name(std::int64_t step) { return fmt::format("step-{:08}", step); }

std::vector<StepFile> checkpoint_files(const std::filesystem::path& folder, std::string_view run_id) {
  std::vector<StepFile> files = step_files(folder, ".safetensors");
  if (run_id.empty()) return files;
  std::erase_if(files, [&](const StepFile& file) {
    const auto header = checkpoint_header(file.path);  // of a damaged one there may be none
    return header && (header->step != file.step || are_two_runs(run_id_of(header->run), run_id));
  });
  return files;
}

std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder, std::string_view run_id) {
  std::vector<std::filesystem::path> files;
  for (const StepFile& file : checkpoint_files(folder, run_id)) files.push_back(file.path);
  std::ranges::reverse(files);
  return files;
}

std::set<std::string> run_ids_in(const std::filesystem::path& folder) {
  std::set<std::string> ids;
  for (const StepFile& file : checkpoint_files(folder))
    if (const auto header = checkpoint_header(file.path); header && !run_id_of(header->run).empty())
      ids.insert(run_id_of(header->run));
  return ids;
}

std::optional<Checkpoint> load_latest_checkpoint(const std::filesystem::path& folder,
                                                 const std::function<void(const std::string& reason)>& on_damaged,
                                                 std::string_view run_id) {
  const auto files = list_checkpoints(folder, run_id);
  std::string first_reason;
  for (const auto& file : files) {
    try {
      return load_checkpoint(file);
    } catch (const UnreadableError& error) {
      throw UnreadableError(fmt::format(
          "{}; it may be whole, so no older one takes its place: make it readable, or move it away", error.what()));
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
