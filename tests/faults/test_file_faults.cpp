// Each call to the file system that a run makes fails in its turn, as SQLite tests itself: no state is torn, the run
// says what happened, and what it leaves goes on to the bits of an undisturbed run. The linker puts the functions below
// in the place of the system's (--wrap in CMakeLists.txt).
#include <ATen/ops/rand.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <map>

#include "cspgan/report/metrics_log.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/runs/tolerant_observer.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "training/small_networks.hpp"

namespace {

enum class Fault {
  once,        // one call fails
  torn,        // one call writes half of its bytes, and fails
  full,        // from one call on, nothing can be written
  read_only,   // from one call on, no file can be opened for writing or renamed
  unreadable,  // no checkpoint of step 2 can be opened
};

struct Faults {
  bool on = false;
  Fault kind = Fault::once;
  std::int64_t at = 0, calls = 0, failed = 0;

  /// Whether this call fails. `writes`: it is one that needs space.
  bool fails(bool writes, bool changes) {
    if (!on) return false;
    const std::int64_t call = ++calls;
    const bool now = kind == Fault::once        ? call == at
                     : kind == Fault::torn      ? call == at && writes
                     : kind == Fault::full      ? call >= at && writes
                     : kind == Fault::read_only ? call >= at && changes
                                                : false;
    if (now) ++failed;
    return now;
  }
} faults;

int fail_with(int error) {
  errno = error;
  return -1;
}

}  // namespace

extern "C" {
int __real_open(const char* path, int flags, ...);
ssize_t __real_write(int file, const void* bytes, size_t count);
ssize_t __real_pwrite(int file, const void* bytes, size_t count, off_t place);
int __real_fsync(int file);
int __real_rename(const char* from, const char* to);

int __wrap_open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    std::va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  const bool changes = (flags & (O_WRONLY | O_RDWR)) != 0;
  if (faults.on && faults.kind == Fault::unreadable &&
      std::string_view(path).find("step-00000002") != std::string::npos)
    return fail_with(EACCES);
  if (faults.fails(false, changes)) return fail_with(changes && faults.kind == Fault::read_only ? EROFS : EIO);
  return __real_open(path, flags, mode);
}
ssize_t __wrap_write(int file, const void* bytes, size_t count) {
  if (!faults.fails(true, false)) return __real_write(file, bytes, count);
  if (faults.kind == Fault::torn) (void)!__real_write(file, bytes, count / 2);
  return fail_with(faults.kind == Fault::full ? ENOSPC : EIO);
}
ssize_t __wrap_pwrite(int file, const void* bytes, size_t count, off_t place) {
  if (!faults.fails(true, false)) return __real_pwrite(file, bytes, count, place);
  if (faults.kind == Fault::torn) (void)!__real_pwrite(file, bytes, count / 2, place);
  return fail_with(faults.kind == Fault::full ? ENOSPC : EIO);
}
int __wrap_fsync(int file) { return faults.fails(false, false) ? fail_with(EIO) : __real_fsync(file); }
int __wrap_rename(const char* from, const char* to) {
  return faults.fails(false, true) ? fail_with(faults.kind == Fault::read_only ? EROFS : EIO) : __real_rename(from, to);
}
}

using namespace cspgan;
using namespace cspgan_test;

namespace {

constexpr std::int64_t steps = 6;

using States = std::map<std::int64_t, TensorFile>;

/// Keeps the state after each step.
struct StateKeeper final : Observer {
  States states;
  void on_step(const TrainerView& trainer, const StepResult&) override {
    TensorFile state;
    trainer.save(state);
    for (auto& [name, tensor] : state.tensors) tensor = tensor.clone();
    states[trainer.step()] = std::move(state);
  }
};

struct Ran {
  std::string error;  // "" if the run reached its end
  std::vector<std::string> warnings;
  States states;
  std::int64_t calls = 0, failed = 0;
};

/// Begins a run in the folder, or goes on with it. A page of the report costs more time than all the rest.
Ran run(const std::filesystem::path& path, Fault kind, std::int64_t at, bool with_report = false) {
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{UsersPolicy{}}, cpu_options());
  UsersBatches batches;
  const RunFolder folder{path};
  Ran ran;
  const WarningSink warn = [&](std::int64_t, std::string_view what, std::string_view message) {
    ran.warnings.push_back(std::string(what) + ": " + std::string(message));
  };
  const auto tolerant = [&](std::shared_ptr<Observer> observer) {
    return std::make_shared<TolerantObserver>(
        std::move(observer), [warn](std::int64_t step, const std::string& message) { warn(step, "file", message); });
  };
  const auto keeper = std::make_shared<StateKeeper>();
  const Value description = Value::Object{{"name", "faults"}};
  faults = {.on = true, .kind = kind, .at = at};
  try {
    if (const auto checkpoint = folder.checkpoint_to_resume("auto")) trainer.load(checkpoint->state);
    folder.create();
    Observers observers{tolerant(std::make_shared<MetricsObserver>(folder, 0.016)),
                        tolerant(std::make_shared<SampleObserver>(
                            folder, SampleOptions{.every_kimg = 0.016, .count = 1, .columns = 1}, GridSink{}, warn)),
                        std::make_shared<CheckpointObserver>(folder, CheckpointOptions{.every_kimg = 0.016, .keep = 2},
                                                             description, warn),
                        keeper};
    if (with_report) observers.push_back(tolerant(std::make_shared<ReportObserver>(folder, description, 1)));
    trainer.fit(batches, {.steps = steps, .log_every = 1}, observers);
  } catch (const Error& error) {
    ran.error = error.what();
  }
  faults.on = false;
  ran.calls = faults.calls;
  ran.failed = faults.failed;
  ran.states = std::move(keeper->states);
  return ran;
}

/// Throws if the newest checkpoint is not the state of an undisturbed run after the same step.
void check_checkpoint(const std::filesystem::path& path, const States& undisturbed) {
  std::vector<std::string> damaged;
  const auto newest = load_latest_checkpoint(RunFolder{path}.checkpoints(),
                                             [&](const std::string& reason) { damaged.push_back(reason); });
  CHECK(damaged.empty());
  if (newest) CHECK(first_difference(newest->state, undisturbed.at(newest->step)) == "");
}

void check_log(const std::filesystem::path& path) {
  if (!std::filesystem::exists(RunFolder{path}.metrics())) return;
  std::int64_t before = 0;
  for (const Value& row : read_metrics(RunFolder{path}.metrics()).rows) {
    CHECK(row.at("step").integer() > before);
    before = row.at("step").integer();
  }
}

/// Lets call after call fail, or every `stride`-th.
void fail_each_call(Fault kind, bool ends_run, std::int64_t stride = 1) {
  const TemporaryFolder whole;
  const bool with_report = kind == Fault::once && stride > 1;
  const Ran undisturbed = run(whole.path() / "run", Fault::once, 0, with_report);
  REQUIRE(undisturbed.error == "");
  REQUIRE(undisturbed.calls > 50);
  for (std::int64_t at = 1; at <= undisturbed.calls; at += stride) {
    INFO("call " << at << " of " << undisturbed.calls);
    const TemporaryFolder folder;
    const auto path = folder.path() / "run";
    const Ran disturbed = run(path, kind, at, with_report);
    if (disturbed.failed == 0) continue;  // no write
    check_checkpoint(path, undisturbed.states);
    check_log(path);
    for (const auto& [step, state] : disturbed.states)
      CHECK(first_difference(state, undisturbed.states.at(step)) == "");
    if (!ends_run && !disturbed.states.empty() && !disturbed.error.empty())
      CHECK(disturbed.states.rbegin()->first == steps);  // only the checkpoint at the end may end it
    // It is said, unless a folder could not be synced or asked for its locks.
    if (kind != Fault::once) CHECK_FALSE((disturbed.warnings.empty() && disturbed.error.empty()));
    const Ran resumed = run(path, Fault::once, 0);
    CHECK(resumed.error == "");
    check_checkpoint(path, undisturbed.states);
    check_log(path);
    const auto last = load_latest_checkpoint(RunFolder{path}.checkpoints());
    REQUIRE(last);
    CHECK(last->step == steps);
  }
}

}  // namespace

TEST_CASE("whichever call to the file system fails, the run goes on and nothing is torn", "[faults]") {
  fail_each_call(Fault::once, false);
  fail_each_call(Fault::once, false, 5);
}

TEST_CASE("whichever write is torn, the run goes on and no torn state is taken for a whole one", "[faults]") {
  fail_each_call(Fault::torn, false);
}

TEST_CASE("a disk that is full from some moment on ends the run, which goes on when there is space", "[faults]") {
  fail_each_call(Fault::full, true, 3);
}

TEST_CASE("a disk that is read-only from some moment on ends the run, which goes on when it is not", "[faults]") {
  fail_each_call(Fault::read_only, true, 3);
}

TEST_CASE("a checkpoint that cannot be read at the moment is not taken for a damaged one", "[faults]") {
  const TemporaryFolder folder;
  for (const std::int64_t step : {1, 2})
    save_checkpoint(folder.path() / (step_name(step) + ".safetensors"), {}, step, Value::Object{});
  std::int64_t damaged = 0;
  const auto latest = [&] {
    return load_latest_checkpoint(folder.path(), [&](const std::string&) { ++damaged; })->step;
  };
  faults = {.on = true, .kind = Fault::unreadable};
  const std::string message = message_of<UnreadableError>(latest);
  faults = {};
  CHECK(contains(message, "Permission denied; it may be whole"));
  CHECK(latest() == 2);
  CHECK(damaged == 0);
}

TEST_CASE("a run whose folder disappears ends with an error that names it", "[faults]") {
  const TemporaryFolder folder;
  struct Remover final : Observer {
    std::filesystem::path path;
    void on_step(const TrainerView& trainer, const StepResult&) override {
      if (trainer.step() == 3) std::filesystem::remove_all(path);
    }
  };
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  const RunFolder run{folder.path() / "run"};
  run.create();
  const auto remover = std::make_shared<Remover>();
  remover->path = run.root;
  std::int64_t warnings = 0;
  const WarningSink warn = [&](std::int64_t, std::string_view, std::string_view) { ++warnings; };
  const std::string error = message_of<Error>([&] {
    trainer.fit(batches, {.steps = 40, .log_every = 1},
                {std::make_shared<CheckpointObserver>(run, CheckpointOptions{.every_kimg = 0.008, .keep = 2},
                                                      Value(Value::Object{}), warn),
                 remover});
  });
  CHECK(contains(error, "No such file or directory"));
  CHECK(contains(error, run.root.string()));
  CHECK(warnings == 2);  // the third failure in a row is the error
  CHECK(trainer.steps() == 6);
}
