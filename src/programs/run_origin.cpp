#include "programs/run_origin.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <random>

#include "core/lookup.hpp"
#include "programs/output_paths.hpp"

namespace cspgan {

namespace {

constexpr std::string_view run_key = "run_id";
constexpr std::string_view from_key = "resumed_from";         // the path that a branch began at,
constexpr std::string_view from_run_key = "resumed_run";      // the run that was there,
constexpr std::string_view from_state_key = "resumed_state";  // and its state
constexpr std::string_view back_key = "went_back_to";         // the name of its own checkpoint that a run went back to

std::string text_of_path(const std::string& resume) { return text_in_json(resolved(resume).string()); }

std::string text_of_name(const std::filesystem::path& file) { return text_in_json(file.filename().string()); }

std::string new_run_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

/// A text in the description of a run; "" if it has none under this key, as those of earlier versions.
std::string text_of(const Value& run, std::string_view key) { return detail::text_at(run, {key}).value_or(""); }

/// What the header of a checkpoint says, or of the newest in a folder; nothing if there is none.
std::optional<Checkpoint> header_at(const std::filesystem::path& resume) {
  const auto files = checkpoints_at(resume);
  return files.empty() ? std::nullopt : checkpoint_header(files.front());
}

/// Whether the run began at what is there now, whose folder may have been moved. A copy of that folder goes its own
/// way.
bool began_with(const Value& own, const std::filesystem::path& resume) {
  const auto header = header_at(resume);
  if (!header) return false;
  std::error_code unknown;
  if (!std::filesystem::is_directory(resume, unknown)) return text_of(own, from_state_key) == identity_of(*header);
  const std::string run = run_id_of(header->run);
  return !run.empty() && text_of(own, from_run_key) == run && !std::filesystem::exists(text_of(own, from_key), unknown);
}

}  // namespace

std::vector<std::filesystem::path> checkpoints_at(const std::filesystem::path& resume) {
  std::error_code unknown;
  if (!std::filesystem::is_directory(resume, unknown)) return {resume};
  for (const auto& folder : {resume / "checkpoints", resume})
    if (auto files = list_checkpoints(folder, run_id_in(folder)); !files.empty()) return files;
  return {};
}

std::string identity_of(const Checkpoint& checkpoint) {
  const auto json_of = [&](std::string_view key) {
    const Value* const value = checkpoint.run.find(key);
    return value == nullptr ? "?" : to_json(*value);
  };
  const std::string run = run_id_of(checkpoint.run);
  return fmt::format("step {} of the run {} that was started {}", checkpoint.step,
                     run.empty() ? "of seed " + json_of("seed") : run, json_of("started"));
}

std::string identity_at(const std::filesystem::path& path) {
  const auto header = header_at(path);
  return header ? identity_of(*header) : "";
}

double first_step_of(const Value& run) {
  double step = 0;
  std::sscanf(text_of(run, from_state_key).c_str(), "step %lf", &step);
  return step;
}

bool is_in_checkpoints(const RunFolder& folder, const std::filesystem::path& resume) {
  return resolved(resume).parent_path() == resolved(folder.checkpoints());
}

bool began_at(const Value& own, const RunFolder& folder, const std::string& resume) {
  if (text_of(own, from_key) == text_of_path(resume) || began_with(own, resume)) return true;
  return is_in_checkpoints(folder, resume) && text_of(own, back_key) == text_of_name(resume);
}

bool is_another_run_there(const Value& own, const std::string& resume) {
  if (text_of(own, from_key) != text_of_path(resume)) return false;
  const auto header = header_at(resume);
  return header && are_two_runs(text_of(own, from_run_key), run_id_of(header->run));
}

Value::Object origin_of_new_run(const std::string& known_id) {
  return {{std::string(run_key), known_id.empty() ? new_run_id() : known_id}};
}

Value::Object origin_of_branch(const std::string& resume, const Checkpoint& checkpoint) {
  return {{std::string(run_key), new_run_id()},
          {std::string(from_key), text_of_path(resume)},
          {std::string(from_run_key), run_id_of(checkpoint.run)},
          {std::string(from_state_key), identity_of(checkpoint)}};
}

Value::Object origin_of_run(const std::string& own_id, const Checkpoint& checkpoint, const std::string& back_to) {
  Value::Object origin = origin_of_new_run(own_id.empty() ? run_id_of(checkpoint.run) : own_id);
  for (const std::string_view key : {from_key, from_run_key, from_state_key, init_state_key, back_key})
    if (const Value* const earlier = checkpoint.run.find(key);
        earlier != nullptr && (key != back_key || back_to.empty()))
      origin.emplace_back(key, *earlier);
  if (!back_to.empty()) origin.emplace_back(back_key, text_of_name(back_to));
  return origin;
}

}  // namespace cspgan
