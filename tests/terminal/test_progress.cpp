// When bars speak and what they leave on a terminal's line.
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "cspgan/terminal/progress.hpp"
#include "support/catch.hpp"
#include "support/terminal.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::erased;
using cspgan_test::on_file;
using cspgan_test::on_terminal;

TEST_CASE("a bar that is not drawn prints at each tenth, after 30 seconds at the soonest and 5 minutes at the latest",
          "[terminal]") {
  const auto printed = [](LineThrottle throttle, std::int64_t total, std::int64_t seconds_each) {
    std::vector<std::int64_t> lines;
    for (std::int64_t done = 1; done <= total; ++done)
      if (throttle.is_due(done, total, static_cast<double>(done * seconds_each))) lines.push_back(done);
    return lines;
  };
  CHECK(printed(LineThrottle(), 400, 1) == std::vector<std::int64_t>{40, 80, 120, 160, 200, 240, 280, 320, 360, 400});
  CHECK(printed(LineThrottle(), 100, 1) == std::vector<std::int64_t>{30, 60, 90});
  CHECK(printed(LineThrottle(), 29, 1).empty());
  CHECK(printed(LineThrottle(), 8000, 1).size() == 30);  // a tenth takes 800 seconds: at 300, 600, 800, 1100, ...
  CHECK(printed(LineThrottle(BarKind::transient), 299, 1).empty());
  CHECK(printed(LineThrottle(BarKind::transient), 700, 1) == std::vector<std::int64_t>{300, 600});
}

TEST_CASE("a bar is drawn on its line and ends it", "[terminal]") {
  const std::string written = on_terminal([] {
    ProgressBar bar;
    bar.update("training", 4, 10);
  });
  CHECK(contains(written, "training"));
  CHECK(contains(written, "4/10"));
  CHECK(written.ends_with("\n"));
}

TEST_CASE("each stage has its line, which ends with the stage", "[terminal]") {
  const std::string written = on_terminal([] {
    const StageProgress bars = stage_bars("evaluate ");
    bars("reals", 1, 2);
    bars("reals", 2, 2);
    bars("reals", 2, 2);  // over
    bars("fakes", 1, 2);
    bars("distance", 1, 2);
  });
  CHECK(std::ranges::count(written, '\n') == 3);
  const std::size_t reals = written.find("2/2"), fakes = written.find("evaluate fakes"),
                    distance = written.find("evaluate distance");
  CHECK(reals < fakes);
  CHECK(fakes < distance);
  CHECK(distance != std::string::npos);
}

TEST_CASE("a transient bar takes the line of another after two seconds and gives it back empty", "[terminal]") {
  const std::string written = on_terminal([] {
    ProgressBar training;
    training.update("training", 4, 10);
    ProgressBar evaluation(BarKind::transient, "evaluation: ");
    evaluation.update("fakes", 1, 5);
    std::this_thread::sleep_for(std::chrono::milliseconds(2050));
    evaluation.update("fakes", 2, 5);
    evaluation.update("kernel distance", 3, 5);
    evaluation.end();
    erase_progress();
  });
  const std::size_t begin = written.find("training"), passing = written.find("evaluation: fakes");
  REQUIRE(begin < passing);
  REQUIRE(passing != std::string::npos);
  const std::string between = written.substr(begin, passing - begin);
  CHECK_FALSE(contains(between, "\n"));
  CHECK(between.ends_with("\r"));  // over the other one
  const std::string after = written.substr(passing);
  CHECK(contains(after, "evaluation: kernel distance"));
  CHECK(contains(after, erased));
  CHECK(after.find(erased) < after.find("\n"));
}

TEST_CASE("nothing is seen of a transient bar whose work ends soon, also of the second time", "[terminal]") {
  const auto work = [](ProgressBar& bar) {
    for (int i = 1; i <= 5; ++i) bar.update("fakes", i, 5);
    bar.end();
  };
  CHECK(on_terminal([&] {
          ProgressBar bar(BarKind::transient);
          work(bar);
          std::this_thread::sleep_for(std::chrono::milliseconds(2050));  // the training goes on
          work(bar);
        }) == "");
}

TEST_CASE("without a terminal work that ends soon is not spoken of", "[terminal]") {
  for (const BarKind kind : {BarKind::lasting, BarKind::transient})
    CHECK(on_file([&] {
            ProgressBar bar(kind);
            for (int i = 1; i <= 5; ++i) bar.update("fakes", i, 5);
          }) == "");
}

TEST_CASE("without a terminal a training prints its first log record, and not each of those that follow",
          "[terminal]") {
  struct Started final : TrainerView {
    std::int64_t step() const override { return steps; }
    std::int64_t images() const override { return steps * 32; }
    std::int64_t total_images() const override { return 3200; }
    std::int64_t latent_size() const override { return 4; }
    Tensor sample(const Tensor& latents) const override { return latents; }
    void save(TensorFile&) const override {}
    std::int64_t steps = 0;
  };
  const std::string printed = on_file([] {
    ProgressObserver observer;
    Started trainer;
    observer.on_start(trainer);
    for (trainer.steps = 10; trainer.steps <= 100; trainer.steps += 10)
      observer.on_log(trainer, Value::Object{{"images_per_second", 64.0}, {"loss_d", 1.25}});
    observer.on_end(trainer, StopReason::finished);
  });
  CHECK(printed == "step 10  0.3/3.2 kimg  64.0 images/s  0:45 left  loss D 1.250\n");
}

TEST_CASE("times are written as a clock", "[terminal]") {
  CHECK(clock_text(7) == "0:07");
  CHECK(clock_text(3599.6) == "1:00:00");
  CHECK(clock_text(7509) == "2:05:09");
  CHECK(clock_text(-1) == "-:--");
}
