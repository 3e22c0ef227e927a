// Going back to a checkpoint, with the trainer and the observers of a run.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randint.h>

#include <fstream>
#include <limits>
#include <memory>

#include "cspgan/losses/losses.hpp"
#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/runs/rollback.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/training/trainer.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

/// Turns the images of some calls into what no loss survives.
struct Poison {
  std::shared_ptr<std::int64_t> calls = std::make_shared<std::int64_t>(0);
  std::int64_t first = 0, last = 0;

  Tensor edit_images(const Tensor& images, StepContext&) const {
    const std::int64_t call = ++*calls;
    return call >= first && call <= last ? images * std::numeric_limits<float>::quiet_NaN() : images;
  }
};

struct Noise {
  std::int64_t at = 0;
  Batch next() {
    at += 4;
    return {at::randint(0, 256, {4, 3, 32, 32}, at::kByte)};
  }
  void seek(std::int64_t position) { at = position; }
  std::int64_t position() const { return at; }
  std::int64_t size() const { return 1000; }
  std::int64_t batch_size() const { return 4; }
};

struct Outcome {
  RunSummary summary{};
  std::vector<std::string> said;
  std::vector<std::int64_t> logged;
  std::string error;
};

/// 20 steps, checkpoints after each fourth.
Outcome run(const std::filesystem::path& folder, std::int64_t first, std::int64_t last, std::int64_t most) {
  Trainer trainer(
      Generator(GeneratorOptions{.latent_size = 8, .image_size = 32, .base_channels = 4, .max_channels = 8}),
      Discriminator(DiscriminatorOptions{.image_size = 32, .base_channels = 4, .max_channels = 8}), NonSaturatingLoss{},
      Policies{Poison{.first = first, .last = last}});
  const RunFolder here{folder};
  here.create();
  const Observers observers{std::make_shared<MetricsObserver>(here, 0.016),
                            std::make_shared<CheckpointObserver>(
                                here, CheckpointOptions{.every_kimg = 0.016, .keep = 9}, Value(Value::Object{}))};
  Noise batches;
  Outcome outcome;
  try {
    outcome.summary =
        fit_with_rollback(trainer, batches, {.steps = 20, .log_every = 2}, observers, here,
                          {.most = most, .rolled_back = [&](const auto& said) { outcome.said.push_back(said); }});
  } catch (const Error& error) {
    outcome.error = error.what();
  }
  std::ifstream log(here.metrics());
  for (std::string line; std::getline(log, line);)
    outcome.logged.push_back(parse_json(line, "row").at("step").integer());
  return outcome;
}

}  // namespace

TEST_CASE("a run that may goes back to its last checkpoint after a value that is not finite, and on to its end",
          "[runs]") {
  const TemporaryFolder folder;
  const Outcome outcome = run(folder.path(), 30, 30, 3);  // three calls a step: in the tenth
  CHECK(outcome.error == "");
  CHECK(outcome.summary.steps == 20);
  REQUIRE(outcome.said.size() == 1);
  CHECK(contains(outcome.said[0], "step-00000008.safetensors', and on with other random numbers (rollback 1 of 3)"));
  CHECK(outcome.logged == std::vector<std::int64_t>{2, 4, 6, 8, 10, 12, 14, 16, 18, 20});
}

TEST_CASE("a value that is never finite ends a run after so many rollbacks", "[runs]") {
  const TemporaryFolder folder, never, none;
  const Outcome outcome = run(folder.path(), 30, 1'000'000, 2);
  CHECK(outcome.said.size() == 2);
  CHECK(contains(outcome.error, "the last good checkpoint is '"));
  CHECK(run(never.path(), 30, 30, 0).said.empty());
  CHECK(contains(run(none.path(), 2, 2, 3).error, "there is no checkpoint yet"));
}
