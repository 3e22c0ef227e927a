// A run's folder: run.json, metrics.jsonl, samples/, checkpoints/, tensorboard/, report.html.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/training/checkpoints.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The folder is another run's by now, or nobody knows whose: nothing may be written there.
class FolderLostError : public Error {
 public:
  using Error::Error;
};

/// The paths within a run's folder.
struct RunFolder {
  std::filesystem::path root;
  /// Throws FolderLostError if the folder is no longer this run's; RunLock::require_held, for example. Empty: it is.
  std::function<void()> check_owner = {};
  /// The run's id; empty: what is in the folder says it.
  std::string id = {};
  /// The names of what this kind of training writes at its end, beside what all of them write.
  std::vector<std::string> results = {};

  /// To be called before each write by those who write more than once.
  void require_owned() const {
    if (check_owner) check_owner();
  }

  std::filesystem::path run_json() const { return root / "run.json"; }
  std::filesystem::path metrics() const { return root / "metrics.jsonl"; }
  std::filesystem::path warnings() const { return root / "warnings.jsonl"; }
  std::filesystem::path samples() const { return root / "samples"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path best_checkpoint() const { return checkpoints() / "best.safetensors"; }
  std::filesystem::path tensorboard() const { return root / "tensorboard"; }
  std::filesystem::path report() const { return root / "report.html"; }
  std::filesystem::path avatars() const { return root / "avatars.json"; }
  /// A file with the run's id that is there once the run has saved a checkpoint, whatever becomes of the others.
  std::filesystem::path saved_mark() const { return root / ".saved"; }

  /// Creates the folders, checks that they are writable, and removes files that a killed run left half-written. Throws
  /// Error naming the path that cannot be used.
  void create() const;

  /// Appends {step, kind, message} to warnings.jsonl, which the report shows. Throws Error if it cannot be written.
  void append_warning(std::int64_t step, std::string_view kind, std::string_view message) const;

  /// The checkpoint that training goes on from; nothing for a new run. `resume` is a recipe's: auto takes the newest
  /// whole checkpoint if there is one; never throws OptionError if the folder holds a run; must throws OptionError if
  /// there is no checkpoint. Any other word is the path of a checkpoint or of another run's folder, which is taken
  /// unless `goes_on` says of the folder's own newest checkpoint, by the description of its run, that it came from
  /// there: a cluster starts the same command again. `on_damaged` is told of each newer checkpoint that cannot be used.
  /// Throws Error if none can.
  std::optional<Checkpoint> checkpoint_to_resume(const std::string& resume,
                                                 const std::function<void(const std::string& reason)>& on_damaged = {},
                                                 const std::function<bool(const Value& run)>& goes_on = {}) const;

  /// The run's id: `id`, or that in run.json, in all checkpoints, or in the mark; "" if none says it. Throws Error if
  /// one cannot be read.
  std::string run_id() const;
  /// What run.json says; nothing if it is not there, torn or of no run.
  std::optional<Value> description() const;
  /// The run's checkpoints, sorted by step, without those of other runs that somebody has put there.
  std::vector<StepFile> own_checkpoints() const { return checkpoint_files(checkpoints(), run_id()); }

  /// The messages of this kind in warnings.jsonl, each once, in order.
  std::vector<std::string> warnings_of(std::string_view kind) const;

  /// Throws Error if a new run would overwrite something here: a file under one of a run's names that no run has
  /// written, or a run that has saved a checkpoint, where there is none any more.
  void require_new() const;
  /// Removes the mark that an earlier run has left here, of which nothing else is left. For a new run, after
  /// require_new.
  void remove_stale_mark() const;
  /// Throws Error if a run that goes on would overwrite a file under one of a run's names that no run has written.
  void require_own_files() const;
  /// Throws Error if report.html is somebody else's.
  void require_own_report() const;
  /// Renames all that a run has left here to *.replaced, whatever its steps. Throws Error.
  void set_aside_run() const;
  /// Renames the results so, and copies run.json, of a run that is going back. Throws Error.
  void set_aside_end() const;
  /// Copies a run.json that is no JSON, which the run will write anew: somebody may have edited it. Throws Error.
  void keep_damaged_description() const;

  /// Whether the folder has a checkpoint of a later step, or had one as its run ended: a run that goes on from `step`
  /// leaves it, and keeps it aside.
  bool goes_back_to(std::int64_t step) const;

  /// How often the run that is here saves a checkpoint, in thousands of images; infinity if run.json does not say it.
  double checkpoint_kimg() const;

  /// Drops the warnings of steps after `step`, which the run will do again; all of them if a new run begins. A run that
  /// goes back keeps a copy of all.
  void drop_warnings_after(std::optional<std::int64_t> step) const;
};

/// The id of the run whose checkpoints/ that folder is; "" if it is no run's, or was set aside.
std::string run_id_in(const std::filesystem::path& checkpoints);

/// Whether a recipe's `resume` is a path, and not one of its words: auto, never and must.
bool is_path_to_resume(std::string_view resume);

/// The checkpoint in the file `path`; the newest whole one of the run if `path` is its folder or its checkpoints/,
/// after `on_damaged` was told of each newer one. Throws Error naming the path if there is none, or those of several
/// runs in a folder that is no run's.
Checkpoint load_checkpoint_at(const std::filesystem::path& path,
                              const std::function<void(const std::string& reason)>& on_damaged = {});

}  // namespace cspgan
