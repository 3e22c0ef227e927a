// Metrics during a training: what is told, what is written, what is kept, and that the training does not notice.
#include <ATen/ops/full.h>
#include <torch/csrc/jit/api/module.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "cspgan/core/files.hpp"
#include "cspgan/data/image_error.hpp"
#include "cspgan/evaluation/evaluation_observer.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "cspgan/training/checkpoints.hpp"
#include "support/catch.hpp"
#include "support/played_trainer.hpp"
#include "support/temporary_folder.hpp"
#include "support/terminal.hpp"
#include "training/small_networks.hpp"

using namespace cspgan;

namespace {

/// Gray images around a level.
Tensor images_around(double level, std::int64_t count, std::uint64_t seed) {
  return (TensorRandom(seed, at::kCPU).normal({count, 3, 8, 8}) * 20 + level).clamp(0, 255).to(at::kByte);
}

struct GraySource {
  Tensor images = images_around(100, 24, 1);
  std::int64_t size() const { return images.size(0); }
  Tensor image(std::int64_t index) const { return images[index]; }
};

/// Draws gray images around a level.
class PlayedTrainer final : public cspgan_test::PlayedTrainer {
 public:
  Tensor sample(const Tensor& latents) const override {
    std::this_thread::sleep_for(takes);
    return images_around(level, latents.size(0), 2).to(at::kFloat) / 127.5 - 1;
  }
  void save(TensorFile& file) const override { file.tensors.emplace_back("level", at::full({1}, level)); }

  double level = 0;
  std::chrono::milliseconds takes{0};
};

struct Setting {
  cspgan_test::TemporaryFolder folder;
  RunFolder run{folder.path() / "run"};
  TrainingEvaluationOptions options{.every_kimg = 1, .count = 20, .real_count = 0};

  Setting() {
    setenv("XDG_CACHE_HOME", (folder.path() / "cache").c_str(), 1);
    run.create();
  }
  EvaluationObserver observer(EvaluationHooks hooks = {}) const {
    return {options, GraySource{}, 8, std::move(hooks), EvaluatedRun{run}};
  }
  /// The value of a metric in each row of metrics.jsonl.
  std::vector<double> values(const std::string& key) const {
    std::vector<double> found;
    for (const Value& row : read_metrics(run.metrics()).rows)
      for (const Value& metric : row.at("metrics").array())
        if (metric.at("key").string() == key) found.push_back(metric.at("value").number());
    return found;
  }
};

}  // namespace

TEST_CASE("the best checkpoint is the one with the best metric, whatever came after it", "[evaluation]") {
  Setting setting;
  PlayedTrainer trainer;
  EvaluationObserver observer = setting.observer();
  observer.on_start(trainer);
  for (const double level : {160.0, 102.0, 130.0}) {
    ++trainer.steps;
    trainer.level = level;
    observer.on_step(trainer, {});
  }
  const std::vector<double> distances = setting.values("fid");
  REQUIRE(distances.size() == 3);
  CHECK(distances[1] < distances[2]);
  CHECK(distances[2] < distances[0]);
  CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 2);

  SECTION("a resumed run knows what the best was") {
    EvaluationObserver again = setting.observer();
    again.on_start(trainer);
    ++trainer.steps;
    trainer.level = 140;
    again.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 2);
    ++trainer.steps;
    trainer.level = 100.5;
    again.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 5);
  }
  SECTION("a best of a later step is set aside, until the run comes to it again") {
    trainer.steps = 0;
    EvaluationObserver again = setting.observer();
    again.on_start(trainer);
    const std::filesystem::path aside = setting.run.checkpoints() / "best.safetensors.replaced";
    CHECK(load_checkpoint(aside).step == 2);
    trainer.steps = 1;
    trainer.level = 160;
    again.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 1);
    CHECK(std::filesystem::exists(aside));
    trainer.steps = 2;
    trainer.level = 102;
    again.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 2);
    CHECK_FALSE(std::filesystem::exists(aside));
  }
  SECTION("a damaged best is set aside") {
    std::filesystem::resize_file(setting.run.checkpoints() / "best.safetensors", 100);
    EvaluationObserver again = setting.observer();
    again.on_start(trainer);
    CHECK(std::filesystem::exists(setting.run.checkpoints() / "best.safetensors.replaced"));
    ++trainer.steps;
    again.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 4);
  }
  SECTION("a metric of another number of images does not compare") {
    setting.options.count = 22;
    EvaluationObserver again = setting.observer();
    again.on_start(trainer);
    ++trainer.steps;
    trainer.level = 200;
    again.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 4);
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors.replaced").step == 2);
    setting.options.count = 23;
    EvaluationObserver third = setting.observer();
    third.on_start(trainer);
    ++trainer.steps;
    third.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors.replaced-2").step == 4);
  }
  SECTION("what a killed run had no time to evaluate is evaluated by the next") {
    ++trainer.steps;
    EvaluationObserver again = setting.observer();
    again.on_start(trainer);
    CHECK(setting.values("fid").size() == 4);
    again.on_end(trainer, StopReason::finished);
    CHECK(setting.values("fid").size() == 4);
    EvaluationObserver once_more = setting.observer();
    once_more.on_start(trainer);
    CHECK(setting.values("fid").size() == 4);
  }
  SECTION("a run that is asked to stop cancels its evaluation, says so, and the next one makes up for it") {
    bool stop = false;
    std::vector<double> canceled;
    EvaluationObserver again =
        setting.observer({.should_stop = [&] { return stop; },
                          .canceled = [&](std::int64_t, double kimg) { canceled.push_back(kimg); }});
    again.on_start(trainer);
    ++trainer.steps;
    stop = true;
    again.on_step(trainer, {});
    CHECK(setting.values("fid").size() == 3);
    CHECK(canceled == std::vector<double>{4});
    EvaluationObserver stopped_at_once = setting.observer({.should_stop = [] { return true; }});
    stopped_at_once.on_start(trainer);
    stopped_at_once.on_step(trainer, {});
    CHECK(setting.values("fid").size() == 3);
    setting.observer().on_start(trainer);
    CHECK(setting.values("fid").size() == 4);
  }
  SECTION("where the best cannot be written the run goes on, and says so") {
    std::filesystem::remove_all(setting.run.checkpoints());
    write_file_atomically(setting.run.checkpoints(), "no folder");
    std::vector<std::string> warnings;
    EvaluationObserver again =
        setting.observer({.warning = [&](std::int64_t, const std::string& message) { warnings.push_back(message); }});
    again.on_start(trainer);
    ++trainer.steps;
    again.on_step(trainer, {});
    CHECK(setting.values("fid").size() == 4);
    REQUIRE_FALSE(warnings.empty());
    CHECK(cspgan_test::contains(warnings.back(), "the best checkpoint is not kept"));
  }
  SECTION("a run resumed before the best forgets it") {
    trainer.steps = 1;
    MetricsLog(setting.run.metrics(), 1);  // as the observer of the log does
    EvaluationObserver again = setting.observer();
    again.on_start(trainer);
    CHECK_FALSE(std::filesystem::exists(setting.run.checkpoints() / "best.safetensors"));
    ++trainer.steps;
    trainer.level = 150;
    again.on_step(trainer, {});
    CHECK(load_checkpoint(setting.run.checkpoints() / "best.safetensors").step == 2);
  }
}

TEST_CASE("evaluation changes no bit of a training", "[evaluation]") {
  const auto trained = [](bool evaluated) {
    Setting setting;
    setting.options.every_kimg = 0.016;
    torch::manual_seed(3);
    cspgan_test::UsersGenerator generator(6);
    auto discriminator = std::make_shared<cspgan_test::UsersDiscriminator>();
    Trainer trainer(generator, discriminator, cspgan_test::UsersLoss{}, Policies(cspgan_test::UsersPolicy{}),
                    {.device = "cpu"});
    cspgan_test::UsersBatches batches;
    Observers observers;
    if (evaluated) observers.push_back(std::make_shared<EvaluationObserver>(setting.observer()));
    trainer.fit(batches, {.steps = 9}, observers);
    if (evaluated) CHECK(setting.values("fid").size() == 5);  // after each second step, and at the end
    return cspgan_test::state_of(trainer);
  };
  CHECK(cspgan_test::first_difference(trained(false), trained(true)) == "");
}

TEST_CASE("metrics that the images are too few for are refused before a run starts, with the options to change",
          "[evaluation]") {
  const auto message = [](TrainingEvaluationOptions options) {  // of 24 real images
    options.every_kimg = 1;
    Setting setting;
    setting.options = options;
    return cspgan_test::message_of<OptionError>([&] { setting.observer(); });
  };
  const TrainingEvaluationOptions manifold{.metrics = {Metric::prdc}, .best = "coverage"};
  auto few_fakes = manifold, few_reals = manifold, enough = manifold;
  few_fakes.count = 5;
  few_reals.real_count = 5;
  enough.count = enough.real_count = 6;
  CHECK(cspgan_test::contains(message(few_fakes), "more than 5 images of each kind"));
  CHECK(cspgan_test::contains(message(few_fakes), "there are 24 real and 5 generated ones; change evaluation.count"));
  CHECK(cspgan_test::contains(message(few_reals), "5 real and 2000 generated ones"));
  CHECK(message(enough) == "(nothing was thrown)");
  CHECK(cspgan_test::contains(message({.metrics = {Metric::inception_score}, .best = "inception_score"}),
                              "evaluation.metrics: an Inception score needs the probabilities"));
}

TEST_CASE("real images that cannot be read count as missing before a run starts", "[evaluation]") {
  struct OneTorn : GraySource {
    std::int64_t size() const { return 6; }
    Tensor image(std::int64_t index) const {
      if (index == 3) throw ImageError("torn");
      return GraySource::image(index);
    }
  };
  Setting setting;
  setting.options.metrics = {Metric::prdc};
  setting.options.best = "coverage";
  EvaluationObserver observer(setting.options, OneTorn{}, 8, {}, EvaluatedRun{setting.run});
  const std::string message = cspgan_test::message_of<OptionError>([&] { observer.on_start(PlayedTrainer()); });
  CHECK(cspgan_test::contains(message, "5 real and 20 generated ones; change evaluation.count"));
  CHECK_FALSE(std::filesystem::exists(setting.run.metrics()));
}

TEST_CASE("a network whose classes are no probabilities is refused before a run starts", "[evaluation]") {
  Setting setting;
  const auto file = setting.folder.path() / "scores.pt";
  torch::jit::Module module("scores");
  module.define(R"(
def forward(self, img, return_features: bool = False):
    x = img.to(dtype=6).mean([2, 3])
    return x if return_features else x * 2.0
)");
  module.save(file.string());
  setting.options.features = file.string();
  setting.options.metrics = {Metric::inception_score};
  setting.options.best = "inception_score";
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { setting.observer(); }),
                              "scores.pt': its results without return_features are not probabilities"));
}

TEST_CASE("without a folder an observer tells all metrics, keeps nothing and prints nothing", "[evaluation]") {
  std::vector<TrainingEvaluation> told;
  std::vector<std::string> stages;
  int ends = 0;
  PlayedTrainer trainer;
  EvaluationObserver observer({.every_kimg = 1, .count = 20, .real_count = 0}, GraySource{}, 8,
                              {.evaluated = [&](const TrainingEvaluation& taken) { told.push_back(taken); },
                               .progress =
                                   [&](std::string_view stage, std::int64_t done, std::int64_t total) {
                                     CHECK(done <= total);
                                     if (stages.empty() || stages.back() != stage) stages.emplace_back(stage);
                                   },
                               .progress_ended = [&] { ++ends; }});
  const std::string printed = cspgan_test::on_terminal([&] {
    observer.on_start(trainer);
    ++trainer.steps;
    trainer.level = 150;
    observer.on_step(trainer, {});
    observer.on_end(trainer, StopReason::finished);  // of this step there are metrics already
  });
  CHECK(printed == "");
  REQUIRE(told.size() == 1);
  CHECK(told[0].step == 1);
  CHECK(told[0].kimg == 1);
  std::vector<std::string> keys;
  for (const MetricValue& metric : told[0].evaluation.metrics) keys.push_back(metric.key);
  CHECK(keys == std::vector<std::string>{"fid", "kid", "precision", "recall", "density", "coverage", "one_nn",
                                         "one_nn_real", "one_nn_fake"});
  CHECK(told[0].evaluation.metric("fid").value > 0);
  CHECK(std::ranges::find(stages, "features of real images") == stages.begin());
  CHECK(std::ranges::find(stages, "kernel distance") != stages.end());
  CHECK(ends == 2);  // of the real images, and of the evaluation
}

TEST_CASE("at the start it is said why metrics of so few images are unreliable, and not again", "[evaluation]") {
  std::vector<std::string> reasons, warnings;
  Setting setting;
  PlayedTrainer trainer;
  EvaluationObserver observer =
      setting.observer({.warning = [&](std::int64_t, const std::string& message) { warnings.push_back(message); },
                        .few_images = [&](std::int64_t, const std::vector<std::string>& told) { reasons = told; }});
  observer.on_start(trainer);
  REQUIRE(reasons.size() == 2);
  CHECK(cspgan_test::contains(reasons[0], "20 images in 256 dimensions"));
  CHECK(cspgan_test::contains(reasons[1], "each of its subsets takes 20 of the 20 images"));
  reasons.clear();
  ++trainer.steps;
  observer.on_step(trainer, {});
  CHECK(reasons.empty());
  CHECK(warnings.empty());
}

TEST_CASE("evaluation options that cannot work are refused before a run starts", "[evaluation]") {
  const auto message = [](TrainingEvaluationOptions options) {
    return cspgan_test::message_of<OptionError>([&] { options.validate(); });
  };
  CHECK(cspgan_test::contains(message({.count = 1}), "count must lie in [2, "));
  for (const double tiny : {1e-20, 0.0009, -1.0})
    CHECK(cspgan_test::contains(message({.every_kimg = tiny}), "every_kimg must be in [0.001, 1e9], or 0"));
  CHECK_NOTHROW(TrainingEvaluationOptions{.every_kimg = 0.001}.validate());
  CHECK(cspgan_test::contains(message({.metrics = {Metric::kid}, .best = "fid"}), "not one of the computed metrics"));
  CHECK(cspgan_test::contains(message({.metrics = {Metric::nearest}, .best = "nearest"}), "better or worse"));
  CHECK_NOTHROW(TrainingEvaluationOptions{.metrics = {Metric::prdc}, .best = "coverage"}.validate());
}
