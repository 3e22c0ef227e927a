// What is said and written in a run's folder, told by a trainer that draws what the test says.
#include <ATen/ops/full.h>

#include <set>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/runs/tolerant_observer.hpp"
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
