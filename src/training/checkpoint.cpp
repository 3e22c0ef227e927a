// Reading and writing checkpoints.
#include "cspgan/training/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

constexpr std::string_view format_key = "cspgan.format";
constexpr std::string_view format_name = "checkpoint 1";
constexpr std::string_view step_key = "cspgan.step";
constexpr std::string_view run_key = "cspgan.run";

}  // namespace

std::string step_name(std::int64_t step) { return fmt::format("step-{:08}", step); }

void save_checkpoint(const std::filesystem::path& path, TensorFile state, std::int64_t step, const Value& run) {
  state.metadata = {{std::string(format_key), std::string(format_name)},
                    {std::string(step_key), std::to_string(step)},
                    {std::string(run_key), to_json(run)}};
  save_safetensors(path, state);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  Checkpoint checkpoint{.path = path, .step = 0, .run = {}, .state = load_safetensors(path)};
  if (!checkpoint.state.has_text(format_key))
    throw Error(fmt::format("'{}' is a safetensors file, but no cspgan checkpoint", path.string()));
  if (checkpoint.state.text(format_key) != format_name)
    throw Error(fmt::format("'{}' has the format '{}'; this version reads '{}'", path.string(),
                            checkpoint.state.text(format_key), format_name));
  checkpoint.step = parse_json(checkpoint.state.text(step_key), path.string()).integer();
  checkpoint.run = parse_json(checkpoint.state.text(run_key), path.string());
  return checkpoint;
}

std::vector<std::filesystem::path> list_checkpoints(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("step-") && entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  const auto newest_first = [](const std::filesystem::path& path) {  // longer names are later steps
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
