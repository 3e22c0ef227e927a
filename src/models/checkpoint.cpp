// Reading and writing a checkpoint.
#include "cspgan/models/checkpoint.hpp"

#include <fmt/format.h>

#include "core/lookup.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"

namespace cspgan {

namespace {

constexpr std::string_view format_key = "cspgan.format";
constexpr std::string_view format_name = "checkpoint 1";
constexpr std::string_view step_key = "cspgan.step";
constexpr std::string_view run_key = "cspgan.run";

}  // namespace

std::string run_id_of(const Value& run) { return detail::text_at(run, {"run_id"}).value_or(""); }

bool are_two_runs(std::string_view id, std::string_view other) { return !id.empty() && !other.empty() && id != other; }

void save_checkpoint(const std::filesystem::path& path, TensorFile state, std::int64_t step, const Value& run) {
  state.metadata = {{std::string(format_key), std::string(format_name)},
                    {std::string(step_key), std::to_string(step)},
                    {std::string(run_key), to_json(run)}};
  save_safetensors(path, state);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  require_regular_file(path);
  Checkpoint checkpoint{.path = path, .step = 0, .run = {}, .state = load_safetensors(path)};
  if (!checkpoint.state.has_text(format_key))
    throw Error(fmt::format("'{}' is a safetensors file, but no cspgan checkpoint", path.string()));
  if (checkpoint.state.text(format_key) != format_name)
    throw Error(fmt::format("'{}' has the format '{}'; this version reads '{}'", path.string(),
                            checkpoint.state.text(format_key), format_name));
  const Value step = parse_json(checkpoint.state.text(step_key), path.string());
  if (!step.is_integer()) throw Error(fmt::format("'{}' has no valid step", path.string()));
  checkpoint.step = step.integer();
  checkpoint.run = parse_json(checkpoint.state.text(run_key), path.string());
  return checkpoint;
}

std::optional<Checkpoint> checkpoint_header(const std::filesystem::path& path) {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path, unknown)) return std::nullopt;
  try {
    TensorFile header;
    header.metadata = load_safetensors_metadata(path);
    return Checkpoint{.path = path,
                      .step = parse_json(header.text(step_key), path.string()).integer(),
                      .run = parse_json(header.text(run_key), path.string()),
                      .state = {}};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace cspgan
