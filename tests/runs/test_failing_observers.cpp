// Observers that fail, or take long.

#include <chrono>
#include <thread>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/runs/tolerant_observer.hpp"
#include "support/catch.hpp"
#include "support/played_trainer.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;

using cspgan_test::PlayedTrainer;

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
