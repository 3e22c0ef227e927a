// Optimizers, schedules, averages, lengths.
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/utils.h>

#include <cmath>

#include "cspgan/core/random.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/training/ema.hpp"
#include "cspgan/training/observer.hpp"
#include "cspgan/training/optimizers.hpp"
#include "cspgan/training/schedules.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// Twenty steps of ours and of LibTorch's on the same gradients; the largest difference of a weight.
template <class Reference, class ReferenceOptions, class Rule>
double compare(const Rule& rule, const ReferenceOptions& reference_options, bool channels_last) {
  torch::manual_seed(4);
  torch::nn::Conv2d ours(torch::nn::Conv2dOptions(6, 5, 3));
  auto theirs = std::dynamic_pointer_cast<torch::nn::Conv2dImpl>(ours->clone());
  if (channels_last) use_channels_last(*ours);
  Optimizer optimizer(rule, ours->parameters());
  Reference reference(theirs->parameters(), reference_options);
  TensorRandom random(1, at::kCPU);
  for (int step = 0; step < 20; ++step) {
    const Tensor input = random.normal({4, 6, 9, 9});
    reference.zero_grad();
    theirs->forward(input).square().sum().backward();
    reference.step();
    optimizer.zero_gradients();
    const Tensor own_input = channels_last ? input.contiguous(at::MemoryFormat::ChannelsLast) : input;
    ours->forward(own_input).square().sum().backward();
    optimizer.step(1);
  }
  return (ours->weight - theirs->weight).abs().max().item<double>();
}

}  // namespace

TEST_CASE("Adam and AdamW take the steps of LibTorch's own, in both memory layouts", "[training]") {
  const auto layout = GENERATE(false, true);
  CHECK(compare<torch::optim::Adam>(Adam{.learning_rate = 0.01, .beta1 = 0.5, .beta2 = 0.99, .weight_decay = 0.1},
                                    torch::optim::AdamOptions(0.01).betas({0.5, 0.99}).weight_decay(0.1),
                                    layout) < 2e-5);
  CHECK(compare<torch::optim::AdamW>(AdamW{.learning_rate = 0.01, .beta1 = 0.5, .beta2 = 0.99, .weight_decay = 0.1},
                                     torch::optim::AdamWOptions(0.01).betas({0.5, 0.99}).weight_decay(0.1),
                                     layout) < 2e-5);
}

TEST_CASE("the gradient norm is the Euclidean norm over all parameters", "[training]") {
  torch::nn::Conv2d layer(torch::nn::Conv2dOptions(2, 3, 3));
  Optimizer optimizer(Adam{}, layer->parameters());
  CHECK(!optimizer.gradient_norm().defined());
  layer->forward(TensorRandom(1, at::kCPU).normal({1, 2, 5, 5})).sum().backward();
  const double expected =
      std::sqrt(layer->weight.grad().square().sum().item<double>() + layer->bias.grad().square().sum().item<double>());
  CHECK(optimizer.gradient_norm().item<double>() == Approx(expected).epsilon(1e-6));
}

TEST_CASE("wrong optimizer parameters are refused with their value", "[training]") {
  CHECK(contains(message_of<OptionError>([] { AnyOptimizer(Adam{.learning_rate = -1}); }),
                 "learning_rate must be > 0, not -1"));
  CHECK(contains(message_of<OptionError>([] { AnyOptimizer(Adam{.beta1 = 1}); }), "[0, 1)"));
}

TEST_CASE("schedules follow their formulas", "[training]") {
  CHECK(StepDecay{.gamma = 0.9, .every_epochs = 2}.factor({.epoch = 5.99}) == Approx(0.81));
  CHECK(StepDecay{.gamma = 0.9, .every_epochs = 2}.factor({.epoch = 6}) == Approx(0.729));
  const LinearDecay linear{.start = 0.5, .final_factor = 0.2};
  CHECK(linear.factor({.fraction = 0.4}) == 1);
  CHECK(linear.factor({.fraction = 0.75}) == Approx(0.6));
  CHECK(linear.factor({.fraction = 1}) == Approx(0.2));
  const CosineDecay cosine{};
  CHECK(cosine.factor({.fraction = 0}) == Approx(1));
  CHECK(cosine.factor({.fraction = 0.5}) == Approx(0.5));
  CHECK(cosine.factor({.fraction = 1}) == Approx(0).margin(1e-12));
  CHECK(contains(message_of<OptionError>([] { AnySchedule(StepDecay{.gamma = 2}); }), "gamma"));
}

TEST_CASE("an average halves an old weight's share over its half-life, whatever the batch", "[training]") {
  const EmaOptions options{.half_life_kimg = 2, .ramp_up = 0};
  CHECK(options.decay(0, 2000) == Approx(0.5));
  double kept = 1;
  for (int i = 0; i < 20; ++i) kept *= options.decay(0, 100);
  CHECK(kept == Approx(0.5));
  CHECK(EmaOptions{.half_life_kimg = 2, .ramp_up = 0.1}.decay(1000, 100) == Approx(0.5));
  CHECK(EmaOptions{.half_life_kimg = 0}.decay(1000, 100) == 0);
}

TEST_CASE("the average takes in weights and running statistics and copies other buffers", "[training]") {
  torch::nn::BatchNorm2d average(2), module(2);
  module->weight.data().fill_(3);
  module->running_mean.fill_(4);
  module->num_batches_tracked.fill_(17);
  update_ema(*average, *module, 0.75);
  CHECK(average->weight[0].item<double>() == Approx(0.75 * 1 + 0.25 * 3));
  CHECK(average->running_mean[0].item<double>() == Approx(0.25 * 4));
  CHECK(average->num_batches_tracked.item<std::int64_t>() == 17);
}

TEST_CASE("a run's length is given exactly once, in kimg, epochs or steps", "[training]") {
  CHECK(RunOptions{.kimg = 1.5}.total_images(100, 8) == 1500);
  CHECK(RunOptions{.epochs = 2.5}.total_images(100, 8) == 250);
  CHECK(RunOptions{.steps = 7}.total_images(100, 8) == 56);
  CHECK_THROWS_AS(RunOptions{}.total_images(100, 8), OptionError);
  CHECK_THROWS_AS((RunOptions{.kimg = 1, .steps = 1}.total_images(100, 8)), OptionError);
  CHECK_THROWS_AS(RunOptions{.kimg = -1}.total_images(100, 8), OptionError);
}
