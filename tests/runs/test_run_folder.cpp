// What the observers of a run's folder write, told by a trainer that draws what the test says.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>

#include <chrono>
#include <set>
#include <thread>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "cspgan/runs/run_lock.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/runs/tolerant_observer.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "support/catch.hpp"
#include "support/played_trainer.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;

using cspgan_test::PlayedTrainer;

TEST_CASE("samples that become alike are warned of once, and again after they have differed", "[training]") {
  const cspgan_test::TemporaryFolder folder;
  PlayedTrainer trainer;
  std::vector<std::int64_t> warned, grids;
  std::string said;
  SampleObserver observer(
      {folder.path()}, {.every_kimg = 1, .count = 8, .columns = 4},
      [&](std::int64_t step, const Tensor& grid) {
        grids.push_back(step);
        CHECK(grid.dim() == 3);
      },
      [&](std::int64_t step, std::string_view kind, std::string_view message) {
        CHECK(kind == "collapse");
        warned.push_back(step);
        said = message;
      },
      /*real_diversity=*/75);
  std::filesystem::create_directories(folder.path() / "samples");
  const Tensor different = trainer.picture;
  const Tensor alike = different.narrow(0, 0, 1).expand({8, 3, 8, 8});
  const auto play = [&](const Tensor& picture) {
    ++trainer.steps;
    trainer.picture = picture;
    observer.on_step(trainer, {});
  };
  trainer.picture = alike;  // an untrained generator may draw what it likes
  observer.on_start(trainer);
  play(different);
  play(different * 0.5);
  CHECK(warned.empty());
  play(alike + 0.001 * different);
  CHECK(warned == std::vector<std::int64_t>{3});
  CHECK(cspgan_test::contains(said, "nearly alike"));
  CHECK(cspgan_test::contains(said, "real images: 75.0"));
  play(alike);
  play(different);
  play(different * 0.2);  // 15 gray levels, which is nothing unusual so early
  play(different);
  trainer.steps = 9;      // of 100
  play(different * 0.2);  // less than a quarter of what real images differ
  CHECK(warned == std::vector<std::int64_t>{3, 10});
  CHECK(grids == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 10});
}

TEST_CASE("a resume repeats no warning of collapse that the folder has, and says one that it lacks", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path()};
  run.create();
  PlayedTrainer trainer;
  trainer.picture = trainer.picture.narrow(0, 0, 1).expand({8, 3, 8, 8});  // all alike
  std::vector<std::int64_t> warned;
  const auto resume_and_step = [&] {
    SampleObserver observer(run, {.every_kimg = 1, .count = 8, .columns = 4}, {},
                            [&](std::int64_t step, std::string_view, std::string_view) { warned.push_back(step); });
    trainer.steps = 20;
    observer.on_start(trainer);
    ++trainer.steps;
    observer.on_step(trainer, {});
  };
  resume_and_step();
  CHECK(warned == std::vector<std::int64_t>{21});
  run.append_warning(21, "collapse", "of a step that the run will do again");
  resume_and_step();
  CHECK(warned == std::vector<std::int64_t>{21, 21});
  run.append_warning(19, "collapse", "of before");
  resume_and_step();
  CHECK(warned == std::vector<std::int64_t>{21, 21});
}

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

TEST_CASE("a write in the middle of which its folder is moved reaches no other", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const std::filesystem::path run = folder.path() / "run", moved = folder.path() / "moved",
                              other = folder.path() / "other";
  for (const auto& path : {run, other}) {
    std::filesystem::create_directory(path);
    write_file_atomically(path / "log", path.filename().string() + "\n");
  }
  const auto move = [&] {
    std::filesystem::rename(run, moved);
    std::filesystem::rename(other, run);
  };
  const auto move_back = [&] {
    std::filesystem::rename(run, other);
    std::filesystem::rename(moved, run);
  };
  const auto writes_nothing = [&](const std::function<void()>& write) {
    CHECK_THROWS_AS(write(), Error);
    CHECK(read_file(run / "log") == "other\n");
    CHECK(std::distance(std::filesystem::directory_iterator(run), {}) == 1);
    move_back();
    CHECK(read_file(run / "log") == "run\n");
  };
  bool is_lost = false;
  const WriteGuard asks([&] {
    if (is_lost) throw FolderLostError("lost");
  });
  writes_nothing([&] {  // before the new file is there
    move();
    is_lost = true;
    write_file_atomically(run / "log", "new");
  });
  writes_nothing([&] {  // or a row
    move();
    append_row(run / "log", Value::Object{{"step", 1}});
  });
  writes_nothing([&] {  // between the new file and the question
    is_lost = false;
    AtomicFile file(run / "log");
    move();
    is_lost = true;
    file.commit();
  });
  writes_nothing([&] {  // after the question
    const WriteGuard moves(move);
    write_file_atomically(run / "log", "new");
  });
}

TEST_CASE("a folder that is another run's by now is not written to", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  RunFolder run{folder.path() / "run"};
  run.create();
  bool is_lost = false;
  run.check_owner = [&] {
    if (is_lost) throw FolderLostError("lost");
  };
  PlayedTrainer trainer;
  trainer.steps = 1;
  SampleOptions samples;
  samples.count = 4;
  std::vector<std::shared_ptr<Observer>> observers{
      std::make_shared<MetricsObserver>(run, 1), std::make_shared<SampleObserver>(run, samples),
      std::make_shared<CheckpointObserver>(run, CheckpointOptions{}, Value(Value::Object{})),
      std::make_shared<ReportObserver>(run, Value(Value::Object{}), 1)};
  for (const auto& observer : observers) observer->on_start(trainer);
  is_lost = true;
  trainer.steps = 2;
  const auto written = [&] {
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(run.root)) files.insert(entry.path());
    return files;
  };
  const auto before = written();
  const std::string description = read_file(run.run_json());
  for (const auto& observer : observers) {
    const auto all = [&] {
      observer->on_log(trainer, Value::Object{{"step", 2}});
      observer->on_end(trainer, StopReason::asked);
    };
    CHECK_THROWS_AS(all(), FolderLostError);
    TolerantObserver tolerant(observer, [](std::int64_t, const std::string&) {});
    CHECK_THROWS_AS((tolerant.on_log(trainer, Value::Object{{"step", 2}}), tolerant.on_end(trainer, StopReason::asked)),
                    FolderLostError);
  }
  CHECK_THROWS_AS(run.append_warning(2, "file", "a word"), FolderLostError);
  CHECK((written() == before));
  CHECK(read_file(run.run_json()) == description);
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

TEST_CASE("TensorBoard's file holds the numbers of each log record under grouped tags", "[training]") {
  const cspgan_test::TemporaryFolder folder;
  PlayedTrainer trainer;
  TensorBoardObserver observer({folder.path()}, Value::Object{{"recipe", Value::Object{{"name", "faces"}}}});
  observer.add_grid(0, at::full({3, 4, 4}, 7, at::kByte));  // before the start: nothing
  observer.on_start(trainer);
  observer.on_log(trainer,
                  Value::Object{{"step", 3}, {"kimg", 1.5}, {"loss_d", 0.5}, {"penalty_r1", 2}, {"text", "x"}});
  observer.add_grid(3, at::full({3, 4, 4}, 7, at::kByte));
  std::string events;
  for (const auto& file : std::filesystem::directory_iterator(folder.path() / "tensorboard")) events += read_file(file);
  for (const char* part :
       {"brain.Event:2", "\"name\": \"faces\"", "loss/d", "penalty/r1", "other/kimg", "samples", "PNG"})
    CHECK(cspgan_test::contains(events, part));
  CHECK(!cspgan_test::contains(events, "step"));
}

TEST_CASE("a checkpoint that cannot be written is tried again, and the third failure in a row ends the run", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  PlayedTrainer trainer;
  const auto checkpoints = folder.path() / "checkpoints";
  std::vector<std::int64_t> warned;
  CheckpointObserver observer({folder.path()}, {.every_kimg = 1}, Value(Value::Object{}),
                              [&](std::int64_t step, std::string_view kind, std::string_view message) {
                                CHECK(kind == "checkpoint");
                                CHECK(cspgan_test::contains(message, "step-0000000"));
                                warned.push_back(step);
                              });
  observer.on_start(trainer);
  const auto step = [&] {
    ++trainer.steps;
    observer.on_step(trainer, {});
  };
  write_file_atomically(checkpoints, "a file");
  step();
  step();
  std::filesystem::remove(checkpoints);
  step();  // makes the folder again
  CHECK(list_checkpoints(checkpoints).size() == 1);
  std::filesystem::remove_all(checkpoints);
  write_file_atomically(checkpoints, "a file");
  step();
  step();
  CHECK_THROWS_AS(step(), Error);
  CHECK(warned == std::vector<std::int64_t>{1, 2, 4, 5});
  CHECK_THROWS_AS(observer.on_end(trainer, StopReason::finished), Error);
}

TEST_CASE("what only draws or logs ends no run, and says three times that it failed", "[runs]") {
  struct Failing final : Observer {
    void on_step(const TrainerView&, const StepResult&) override { throw Error("no space"); }
    void on_end(const TrainerView&, StopReason) override { throw NonFiniteError("loss_d is not finite"); }
  };
  struct Unable final : Observer {
    void on_start(const TrainerView&) override { throw Error("no folder"); }
  };
  PlayedTrainer trainer;
  std::vector<std::string> said;
  const auto warn = [&](std::int64_t, const std::string& message) { said.push_back(message); };
  TolerantObserver observer(std::make_shared<Failing>(), warn);
  observer.on_start(trainer);
  for (int i = 0; i < 5; ++i) observer.on_step(trainer, {});
  CHECK(said == std::vector<std::string>(3, "no space; the run goes on"));
  CHECK_THROWS_AS(observer.on_end(trainer, StopReason::finished), NonFiniteError);
  CHECK_THROWS_AS(TolerantObserver(std::make_shared<Unable>(), warn).on_start(trainer), Error);
}

TEST_CASE("pages of a report take a small share of a run's time, however long one takes", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  PlayedTrainer trainer;
  int pages = 0;
  ReportObserver observer({folder.path()}, Value(Value::Object{}), 1, [&](const std::filesystem::path&) {
    ++pages;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  observer.on_start(trainer);
  for (trainer.steps = 1; trainer.steps <= 100; ++trainer.steps) observer.on_step(trainer, {});  // each of them due
  CHECK(pages == 1);  // the one of the start: no time has passed that a second one would be a small share of
  observer.on_end(trainer, StopReason::finished);
  CHECK(pages == 2);
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
