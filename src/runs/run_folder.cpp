// Creates a run's folder and finds its checkpoints.
#include "cspgan/runs/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <system_error>

#include "core/lookup.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "cspgan/training/checkpoints.hpp"

namespace cspgan {

void RunFolder::create() const {
  for (const auto& folder : {root, samples(), checkpoints()}) {
    make_folder(folder);
    remove_abandoned_files(folder);
  }
  const AtomicFile never_committed(root / "probe");  // whether the folder can be written to
}

namespace {

bool is_there(const std::filesystem::path& path) {
  std::error_code unknown;
  return std::filesystem::exists(path, unknown);
}

/// The file's content; nothing if it is not there or torn.
std::optional<Value> json_in(const std::filesystem::path& file) {
  if (!is_there(file)) return std::nullopt;
  require_regular_file(file);
  try {
    return parse_json(read_file(file), "run.json");
  } catch (const UnreadableError&) {
    throw;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool describes_run(const std::optional<Value>& json) { return json && json->find("libtorch") != nullptr; }

/// The step at which the run came to an end with a checkpoint, also one that is older than the mark; 0 if it did not.
double end_of(const std::optional<Value>& run) {
  const std::string status = detail::text_at(run.value_or(Value()), {"status"}).value_or("");
  const bool has_ended = status == "finished" || status == "stopped";
  return has_ended ? detail::number_at(*run, {"step"}).value_or(0) : 0;
}

bool holds_other_rows(const LoggedRows& logged) {
  return logged.rows.empty() ? logged.unreadable_lines > 1 : std::ranges::none_of(logged.rows, is_row_of_run);
}

/// What a run writes after it has made its log, its checkpoints last.
std::vector<std::filesystem::path> drawn_or_saved(const RunFolder& run) {
  return {run.samples(), run.tensorboard(), run.root / "curves", run.root / "animation.webp",
          run.avatars(), run.checkpoints()};
}

/// What tells of a run's end: of this kind of training, and of all.
std::vector<std::filesystem::path> results_of(const RunFolder& run) {
  std::vector<std::filesystem::path> left;
  for (const std::string& name : run.results) left.push_back(run.root / name);
  left.insert(left.end(), {run.avatars(), run.root / "curves", run.root / "animation.webp", run.report()});
  return left;
}

/// Renames what is there of these. An empty folder, or a link to one, is of no run.
void set_aside_what_is_there(std::vector<std::filesystem::path> paths) {
  std::erase_if(paths, [](const std::filesystem::path& path) {
    std::error_code unknown;
    return !is_there(path) ||
           (std::filesystem::is_directory(path, unknown) && std::filesystem::is_empty(path, unknown));
  });
  set_aside_all(paths);
}

/// Whether a power failure left nothing of a file's content: it is empty, or zeros.
bool is_torn(const std::string& content) { return content.find_first_not_of('\0') == std::string::npos; }

void require_free(const std::filesystem::path& path, bool is_of_another) {
  if (is_of_another)
    throw Error(fmt::format(
        "'{}' is of no run of cspgan, and this one would overwrite it: choose another folder (--out)", path.string()));
}

}  // namespace

std::optional<Value> RunFolder::description() const {
  std::optional<Value> json = json_in(run_json());
  return describes_run(json) ? json : std::nullopt;
}

std::string RunFolder::run_id() const {
  if (!id.empty()) return id;
  if (std::string described = run_id_of(json_in(run_json()).value_or(Value())); !described.empty()) return described;
  if (const std::set<std::string> ids = run_ids_in(checkpoints()); ids.size() == 1) return *ids.begin();
  require_regular_file(saved_mark());
  const std::string saved = is_there(saved_mark()) ? read_file(saved_mark()) : "";
  return is_torn(saved) ? "" : saved;
}

void RunFolder::remove_stale_mark() const {
  if (list_checkpoints(checkpoints()).empty()) remove_file(saved_mark());
}

void RunFolder::set_aside_run() const {
  std::vector<std::filesystem::path> left = results_of(*this);
  left.insert(left.end(), {samples(), tensorboard(), warnings(), metrics(), run_json(), saved_mark(),
                           checkpoints()});  // as long as the last are there, a start knows that it is a run's folder
  set_aside_what_is_there(std::move(left));
}

void RunFolder::set_aside_end() const {
  if (is_there(run_json())) copy_aside(run_json());  // first, since the disk may be full
  set_aside_what_is_there(results_of(*this));
}

void RunFolder::keep_damaged_description() const {
  if (is_there(run_json()) && !json_in(run_json()) && !is_torn(read_file(run_json()))) copy_aside(run_json());
}

void RunFolder::require_own_report() const {
  if (!is_there(report())) return;
  require_regular_file(report());
  const std::string content = read_file(report());
  require_free(report(), !is_torn(content) && content.find("cspgan") == std::string::npos);
}

void RunFolder::require_own_files() const {
  const std::optional<Value> json = json_in(run_json());  // a torn one may be ours
  require_free(run_json(), json && !describes_run(json));
  for (const auto& log : {metrics(), warnings()})  // if the folder is a run's, they are its logs, with notes perhaps
    require_free(log, !describes_run(json) && is_there(log) && holds_other_rows(read_metrics(log)));
  require_own_report();
}

void RunFolder::require_new() const {
  const bool has_run = is_there(run_json()), has_log = is_there(metrics());
  const std::optional<Value> json = json_in(run_json());
  const auto is_torn_one = [&] {
    return !json && (is_torn(read_file(run_json())) ||
                     (has_log && std::ranges::any_of(read_metrics(metrics()).rows, is_row_of_run)));
  };
  require_free(run_json(), has_run && !describes_run(json) && !is_torn_one());
  require_own_files();
  std::vector<std::filesystem::path> written = drawn_or_saved(*this);
  for (const std::string& name : results) written.push_back(root / name);
  for (const auto& path : written) {
    std::error_code unknown;
    require_free(path, !has_run && !has_log && is_there(path) && !std::filesystem::is_empty(path, unknown));
  }
  if ((is_there(saved_mark()) && (has_run || has_log)) || end_of(description()) > 0)
    throw Error(fmt::format(
        "'{}' holds a run that has saved checkpoints, but none of them is in '{}': bring them back to go on with "
        "it, or choose another folder for a new run (--out)",
        root.string(), checkpoints().string()));
}

bool RunFolder::goes_back_to(std::int64_t step) const {
  const auto files = own_checkpoints();
  if (!files.empty() && files.back().step > step) return true;
  return end_of(description()) > static_cast<double>(step);  // the later ones may be gone
}

double RunFolder::checkpoint_kimg() const {
  return detail::number_at(description().value_or(Value()), {"recipe", "checkpoints", "every_kimg"})
      .value_or(std::numeric_limits<double>::infinity());
}

void RunFolder::append_warning(std::int64_t step, std::string_view kind, std::string_view message) const {
  require_owned();
  append_row(warnings(), Value::Object{{"step", step}, {"kind", kind}, {"message", message}});
}

std::vector<std::string> RunFolder::warnings_of(std::string_view kind) const {
  std::vector<std::string> messages;
  std::set<std::string> known;
  if (!std::filesystem::exists(warnings())) return messages;
  for (const Value& row : read_metrics(warnings()).rows) {
    const std::optional<std::string> message = detail::text_at(row, {"message"});
    if (detail::text_at(row, {"kind"}) == kind && message && known.insert(*message).second)
      messages.push_back(*message);
  }
  return messages;
}

void RunFolder::drop_warnings_after(std::optional<std::int64_t> step) const {
  if (!std::filesystem::exists(warnings())) return;
  if (step && goes_back_to(*step)) copy_aside(warnings());
  MetricsLog(warnings(), step);
}

std::optional<Checkpoint> RunFolder::checkpoint_to_resume(
    const std::string& resume, const std::function<void(const std::string& reason)>& on_damaged,
    const std::function<bool(const Value& run)>& goes_on) const {
  if (resume == "never") {
    if (!list_checkpoints(checkpoints()).empty())
      throw OptionError(
          fmt::format("'{}' already holds a run; choose another folder for this one (--out), or go on with "
                      "the run there (resume = auto)",
                      root.string()));
    return std::nullopt;
  }
  if (is_path_to_resume(resume)) {
    try {
      if (auto own = goes_on ? load_latest_checkpoint(checkpoints(), on_damaged, run_id()) : std::nullopt;
          own && goes_on(own->run))
        return own;
    } catch (const UnreadableError&) {  // it may be whole
      throw;
    } catch (const Error&) {  // on_damaged was told; the one that was asked for may be whole
    }
    return load_checkpoint_at(resume, on_damaged);
  }
  auto found = load_latest_checkpoint(checkpoints(), on_damaged, run_id());
  if (!found && resume == "must")
    throw OptionError(fmt::format("there is nothing to resume in '{}': it holds no checkpoint", root.string()));
  return found;
}

std::string run_id_in(const std::filesystem::path& checkpoints) {
  const auto folder = std::filesystem::absolute(checkpoints / "").lexically_normal().parent_path();
  const RunFolder run{folder.parent_path()};
  return run.checkpoints() == folder ? run.run_id() : "";
}

bool is_path_to_resume(std::string_view resume) { return resume != "auto" && resume != "never" && resume != "must"; }

Checkpoint load_checkpoint_at(const std::filesystem::path& path,
                              const std::function<void(const std::string& reason)>& on_damaged) {
  if (!std::filesystem::is_directory(path)) return load_checkpoint(path);
  for (const auto& folder : {path / "checkpoints", path}) {
    const std::string id = run_id_in(folder);
    if (const std::size_t runs = id.empty() ? run_ids_in(folder).size() : 1; runs > 1)
      throw Error(
          fmt::format("'{}' holds checkpoints of {} runs, and nothing says whose the folder is: name one of them",
                      folder.string(), runs));
    if (auto found = load_latest_checkpoint(folder, on_damaged, id)) return *std::move(found);
  }
  throw Error(fmt::format("'{}' holds no checkpoint", path.string()));
}

}  // namespace cspgan
