// What a start leaves of the runs that were in its folder before.

#include <chrono>
#include <set>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "cspgan/runs/run_lock.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "support/catch.hpp"
#include "support/played_trainer.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;

using cspgan_test::PlayedTrainer;

TEST_CASE("a run that goes back keeps its log and its warnings whole, beside what it cuts", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path() / "run"};
  run.create();
  for (const std::int64_t step : {10, 20}) {
    append_row(run.metrics(), Value::Object{{"step", step}, {"kimg", 1.0}});
    run.append_warning(step, "skipped", "of step " + std::to_string(step));
    write_file_atomically(run.checkpoints() / (step_name(step) + ".safetensors"), "a checkpoint");
  }
  const std::string log = read_file(run.metrics()), warnings = read_file(run.warnings());
  PlayedTrainer trainer;
  trainer.steps = 10;
  CHECK(run.goes_back_to(10));
  run.drop_warnings_after(10);
  MetricsObserver(run, 1).on_start(trainer);
  CHECK(read_metrics(run.metrics()).rows.size() == 1);
  CHECK(read_metrics(run.warnings()).rows.size() == 1);
  CHECK(read_file(run.metrics().string() + ".replaced") == log);
  CHECK(read_file(run.warnings().string() + ".replaced") == warnings);
  CHECK_FALSE(run.goes_back_to(20));
}

TEST_CASE("a start whose folder is another run's by now sets nothing aside", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path() / "run"};
  run.create();
  append_row(run.metrics(), Value::Object{{"step", 10}, {"kimg", 1.0}});
  for (const auto& file : {run.run_json(), run.report(), run.samples() / "step-00000010.png",
                           run.checkpoints() / "step-00000010.safetensors"})
    write_file_atomically(file, "of another run");
  const auto files = [&] {
    std::set<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run.root)) found.insert(entry.path());
    return found;
  };
  const auto before = files();
  PlayedTrainer trainer;
  trainer.steps = 5;
  const WriteGuard guard([] { throw FolderLostError("lost"); });
  CHECK_THROWS_AS(run.set_aside_run(), FolderLostError);
  CHECK_THROWS_AS(run.set_aside_end(), FolderLostError);
  CHECK_THROWS_AS(run.create(), FolderLostError);
  CHECK_THROWS_AS(MetricsObserver(run, 1).on_start(trainer), FolderLostError);
  CHECK_THROWS_AS(SampleObserver(run, {}).on_start(trainer), FolderLostError);
  CHECK_THROWS_AS(CheckpointObserver(run, {}, Value(Value::Object{})).on_start(trainer), FolderLostError);
  CHECK_THROWS_AS(EventLog(run.root, std::nullopt), FolderLostError);
  CHECK_THROWS_AS(remove_file(run.run_json()), FolderLostError);
  CHECK(files() == before);
}

TEST_CASE("setting aside is all or nothing", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const auto first = folder.path() / "a", second = folder.path() / "b", missing = folder.path() / "c";
  for (const auto& file : {first, second}) write_file_atomically(file, "x");
  CHECK_THROWS_AS(set_aside_all({first, second, missing}), Error);
  CHECK(std::filesystem::exists(first));
  CHECK(std::filesystem::exists(second));
  CHECK(asides_of(first).empty());
  set_aside_all({first, second});
  CHECK(asides_of(second).size() == 1);
  for (int copy = 0; copy < 2; ++copy) {
    write_file_atomically(first, std::to_string(copy));
    set_aside(first);
  }
  CHECK(asides_of(folder.path() / "not there" / "file").empty());
  CHECK_THROWS_AS(asides_of(asides_of(second).front() / "file"),
                  UnreadableError);       // a folder that cannot be listed is not an empty one
  remove_file(asides_of(first).front());  // somebody makes room: the last one is the newest all the same
  write_file_atomically(first, "newest");
  set_aside(first);
  REQUIRE(asides_of(first).size() == 3);
  CHECK(read_file(asides_of(first).back()) == "newest");
}

TEST_CASE("lines of a log that no stop leaves are kept in a copy", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const auto log = folder.path() / "metrics.jsonl";
  const std::string rows = "{\"step\":1}\n{\"step\":2}\n", torn = "{\"step\":3";
  write_file_atomically(log, rows + torn);
  MetricsLog(log, 9);
  CHECK(read_file(log) == rows);
  CHECK(asides_of(log).empty());
  write_file_atomically(log, "a note\n" + rows + torn);
  for (int start = 0; start < 2; ++start) MetricsLog(log, 9);
  CHECK(read_file(log) == rows);
  REQUIRE(asides_of(log).size() == 1);
  CHECK(read_file(asides_of(log).front()) == "a note\n" + rows + torn);
  for (const std::string& notes : {"{\"note\":1}\n", "a second note\n"}) {  // before a new run
    write_file_atomically(log, notes + torn);
    MetricsLog fresh(log);
    CHECK(read_file(log).empty());
    CHECK(read_file(asides_of(log).back()) == notes + torn);
  }
  write_file_atomically(log,
                        "{\"step\":1,\"kimg\":1}\n" + torn);  // of a run that was killed before its first checkpoint
  MetricsLog fresh(log);
  CHECK(asides_of(log).size() == 3);
}

TEST_CASE("a run whose checkpoints are gone is not taken for none", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path() / "run"};
  run.create();
  PlayedTrainer trainer;
  trainer.steps = 1;
  std::filesystem::remove(run.checkpoints());
  write_file_atomically(run.checkpoints(), "no folder");
  CheckpointObserver observer(run, CheckpointOptions{}, Value(Value::Object{}));
  CHECK_THROWS_AS(observer.on_end(trainer, StopReason::finished), Error);
  std::filesystem::remove(run.checkpoints());
  CHECK_NOTHROW(run.require_new());  // nothing was saved
  observer.on_end(trainer, StopReason::finished);
  std::filesystem::remove_all(run.checkpoints());
  CHECK_NOTHROW(run.require_new());  // somebody emptied the folder, and did not see the mark
  const auto message = [&] { return cspgan_test::message_of<Error>([&] { run.require_new(); }); };
  append_row(run.metrics(), Value::Object{{"step", 1}, {"kimg", 0.1}});
  CHECK(cspgan_test::contains(message(), "none of them is in"));
  std::filesystem::remove(run.saved_mark());
  CHECK_NOTHROW(run.require_new());  // killed before its first
  write_file_atomically(run.run_json(), R"({"libtorch": "2", "step": 5, "status": "stopped"})");
  CHECK(cspgan_test::contains(message(), "none of them is in"));
}

TEST_CASE("a new run overwrites nothing that no run has written", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path()};
  CHECK_NOTHROW(run.require_new());
  const std::vector<std::pair<std::filesystem::path, std::string>> others{
      {run.metrics(), "{\"epoch\": 1, \"loss\": 3}\n"},
      {run.metrics(), "epoch,loss\n1,3\n"},
      {run.warnings(), "{\"text\": \"a note\"}\n"},
      {run.run_json(), "{\"speed\": 3}"},
      {run.run_json(), "no JSON"},
      {run.report(), "<p>thesis</p>"}};
  for (const auto& [file, content] : others) {
    CAPTURE(file, content);
    write_file_atomically(file, content);
    CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { run.require_new(); }), "is of no run"));
    std::filesystem::remove(file);
  }
  for (const auto& file : {run.samples() / "step-00000000.png", folder.path() / "curves" / "losses.png"}) {
    std::filesystem::create_directory(file.parent_path());
    CHECK_NOTHROW(run.require_new());
    write_file_atomically(file, "the user's");
    CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { run.require_new(); }), "is of no run"));
    std::filesystem::remove(file);
  }
  append_row(run.metrics(), Value::Object{{"step", 1}, {"kimg", 0.1}});
  run.append_warning(1, "skipped", "an image");
  write_file_atomically(run.run_json(), "{\"libtorch\": \"2\"}");
  write_file_atomically(folder.path() / ".writable", "the user's");
  write_file_atomically(folder.path() / "run.lock", "the user's");
  CHECK_NOTHROW(run.require_new());
  run.create();
  CHECK(read_file(folder.path() / ".writable") == "the user's");
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { RunLock lock(run); }), "is no lock of cspgan's"));
  CHECK(read_file(folder.path() / "run.lock") == "the user's");
}

TEST_CASE("what a killed run left half-written goes when the next begins", "[training]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path() / "run"};
  run.create();
  const auto half = run.checkpoints() / "step-00000003.safetensors.cspgan-4711-1.part";
  write_file_atomically(half, "half of it");
  std::filesystem::last_write_time(half, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  write_file_atomically(run.checkpoints() / "step-00000002.safetensors", "all of it");
  run.create();
  CHECK_FALSE(std::filesystem::exists(half));
  CHECK(std::filesystem::exists(run.checkpoints() / "step-00000002.safetensors"));
}

TEST_CASE("what an earlier branch of a run left is kept beside what a later one leaves", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  PlayedTrainer trainer;
  const auto checkpoints = folder.path() / "checkpoints";
  std::filesystem::create_directories(checkpoints);
  const auto branch = [&](const std::string& content) {
    write_file_atomically(checkpoints / "step-00000009.safetensors", content);
    trainer.steps = 5;
    CheckpointObserver observer({folder.path()}, {}, Value(Value::Object{}));
    observer.on_start(trainer);
  };
  branch("first");
  branch("second");
  branch("third");
  CHECK(read_file(checkpoints / "step-00000009.safetensors.replaced") == "first");
  CHECK(read_file(checkpoints / "step-00000009.safetensors.replaced-2") == "second");
  CHECK(read_file(checkpoints / "step-00000009.safetensors.replaced-3") == "third");
}
