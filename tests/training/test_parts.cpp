// Optimizers, schedules, averages, lengths.
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linalg_svdvals.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>
#include <vector>

#include "cspgan/core/random.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/module_state.hpp"
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

/// The elements in their order, whatever lies where in memory.
std::vector<double> elements(const Tensor& tensor) {
  const Tensor flat = tensor.detach().to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

/// Adam on numbers, as Kingma and Ba write it.
struct PlainAdam {
  Adam rule;
  std::vector<double> values, means, squares;
  int steps = 0;

  PlainAdam(const Adam& given, const Tensor& start)
      : rule(given), values(elements(start)), means(values.size()), squares(values.size()) {}
  void step(const Tensor& gradient) {
    const std::vector<double> gradients = elements(gradient);
    ++steps;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double g = gradients[i] + rule.weight_decay * values[i];
      means[i] = rule.beta1 * means[i] + (1 - rule.beta1) * g;
      squares[i] = rule.beta2 * squares[i] + (1 - rule.beta2) * g * g;
      const double mean = means[i] / (1 - std::pow(rule.beta1, steps));
      const double square = squares[i] / (1 - std::pow(rule.beta2, steps));
      values[i] -= rule.learning_rate * mean / (std::sqrt(square) + rule.epsilon);
    }
  }
  double error(const Tensor& parameter) const {
    const std::vector<double> found = elements(parameter);
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::abs(found[i] - values[i]));
    return worst;
  }
};

const Adam some_adam{.learning_rate = 0.01, .beta1 = 0.5, .beta2 = 0.99, .weight_decay = 0.1};

double largest_singular_value(const Tensor& weight, std::int64_t output_dimension) {
  return at::linalg_svdvals(weight.detach().movedim(output_dimension, 0).flatten(1)).max().item<double>();
}

/// The number by which a convolution's spectral norm divides its weight.
double sigma_of(Convolution& convolution) {
  convolution->spectral_norm->eval();
  return (convolution->weight / convolution->spectral_norm->forward(convolution->weight)).mean().item<double>();
}

}  // namespace

TEST_CASE("Adam takes its formula's steps whatever the layout of the gradients", "[training]") {
  TensorRandom random(3, at::kCPU);
  const auto layout = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  Tensor parameter = random.normal({4, 3, 2, 5}, at::kDouble).contiguous(layout).requires_grad_(true);
  PlainAdam plain(some_adam, parameter);
  Optimizer optimizer(some_adam, {parameter});
  for (int step = 0; step < 12; ++step) {
    const Tensor drawn = random.normal({4, 3, 2, 5}, at::kDouble);
    const std::vector<Tensor> layouts{drawn, drawn.contiguous(at::MemoryFormat::ChannelsLast),
                                      drawn.transpose(0, 3).contiguous().transpose(0, 3),
                                      random.normal({1, 3, 1, 5}, at::kDouble).expand({4, 3, 2, 5})};
    const Tensor& gradient = layouts[static_cast<std::size_t>(step) % layouts.size()];
    parameter.mutable_grad() = gradient;
    optimizer.step(1);
    plain.step(gradient);
    CHECK(plain.error(parameter) < 1e-12);
  }
}

TEST_CASE("Adam goes on rightly after a network's memory format has changed", "[training]") {
  torch::manual_seed(5);
  torch::nn::Conv2d network(torch::nn::Conv2dOptions(6, 5, 3));
  network->to(at::kDouble);
  PlainAdam weight(some_adam, network->weight), bias(some_adam, network->bias);
  Optimizer optimizer(some_adam, network->parameters());
  TensorRandom random(1, at::kCPU);
  TensorFile before;
  for (int step = 0; step < 6; ++step) {
    if (step == 1) {
      optimizer.save(StateWriter(before, ""));
      use_channels_last(*network);
    }
    optimizer.zero_gradients();
    network->forward(random.normal({4, 6, 9, 9}, at::kDouble)).square().sum().backward();
    weight.step(network->weight.grad());
    bias.step(network->bias.grad());
    optimizer.step(1);
    CHECK(weight.error(network->weight) < 1e-12);
    CHECK(bias.error(network->bias) < 1e-12);
  }
  REQUIRE(network->weight.is_contiguous(at::MemoryFormat::ChannelsLast));
  TensorFile after;
  optimizer.save(StateWriter(after, ""));
  for (const auto& [name, tensor] : after.tensors) {
    INFO(name);
    if (tensor.dim() == 4) CHECK(tensor.strides() == network->weight.strides());
  }
}

TEST_CASE("a parameter whose numbers share memory is named and refused", "[training]") {
  const Tensor expanded = at::arange(3, at::kFloat).expand({4, 3}).requires_grad_(true);
  for (const AnyOptimizer& rule : {AnyOptimizer(Adam{}), AnyOptimizer(AdamW{})}) {
    Optimizer optimizer(rule, {expanded});
    expanded.mutable_grad() = at::arange(12, at::kFloat).view({4, 3});
    CHECK(contains(message_of<Error>([&] { optimizer.step(1); }),
                   "parameter 0 of this step, of shape [4, 3] and strides [0, 1]"));
  }
  CHECK(at::equal(expanded.detach()[0], at::arange(3, at::kFloat)));
}

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
                 "learning_rate must be finite and above 0, not -1"));
  CHECK(contains(message_of<OptionError>([] { AnyOptimizer(Adam{.beta1 = 1}); }), "[0, 1)"));
}

TEST_CASE("infinity and what is no number are refused as parameters of optimizers and averages", "[training]") {
  for (const double value : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(contains(message_of<OptionError>([&] { Adam{.learning_rate = value}.validate(); }), "learning_rate"));
    CHECK(contains(message_of<OptionError>([&] { Adam{.epsilon = value}.validate(); }), "epsilon"));
    CHECK(contains(message_of<OptionError>([&] { AdamW{.weight_decay = value}.validate(); }), "weight_decay"));
    CHECK(contains(message_of<OptionError>([&] { AdamW{.beta2 = value}.validate(); }), "beta2 must be in [0, 1)"));
    CHECK(contains(message_of<OptionError>([&] { EmaOptions{.half_life_kimg = value}.validate(); }), "half_life_kimg"));
    CHECK(contains(message_of<OptionError>([&] { EmaOptions{.ramp_up = value}.validate(); }), "ramp_up"));
  }
  CHECK_NOTHROW(EmaOptions{.half_life_kimg = 0, .ramp_up = 0}.validate());
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

TEST_CASE("spectral norm divides an averaged weight by that weight's own largest singular value", "[training]") {
  const bool transposed = GENERATE(false, true);
  torch::manual_seed(6);
  const ConvolutionOptions options{
      .in_channels = 12, .out_channels = 8, .kernel = 4, .transposed = transposed, .spectral_norm = true};
  Convolution live(options), average(options);
  const std::int64_t dimension = transposed ? 1 : 0;
  update_ema(*average, *live, 0);
  CHECK(at::equal(average->weight, live->weight));
  CHECK(at::equal(average->spectral_norm->u, live->spectral_norm->u));  // without averaging, a copy to the bit
  CHECK(at::equal(average->spectral_norm->v, live->spectral_norm->v));

  TensorRandom random(2, at::kCPU);
  const Tensor drift = random.normal(live->weight.sizes()).mul(2e-4);
  const double decay = EmaOptions{.half_life_kimg = 64, .ramp_up = 0}.decay(0, 64);  // a thousand updates
  const auto run = [&](Convolution& to, int updates) {
    for (int update = 0; update < updates; ++update) {
      live->weight.detach().add_(drift);
      live->spectral_norm->forward(live->weight.detach());  // as a pass of training does
      update_ema(*to, *live, decay);
    }
  };
  run(average, 500);
  const auto state_of = [](const Convolution& network) {
    TensorFile file;
    save_module(*network, StateWriter(file, ""));
    for (auto& [name, tensor] : file.tensors) tensor = tensor.clone();
    return file;
  };
  const TensorFile at_half = state_of(average), live_at_half = state_of(live);
  run(average, 500);
  Convolution resumed(options);
  load_module(*resumed, StateReader(at_half, ""));
  load_module(*live, StateReader(live_at_half, ""));
  run(resumed, 500);

  const double truth = largest_singular_value(average->weight, dimension);
  REQUIRE(std::abs(largest_singular_value(live->weight, dimension) / truth - 1) > 0.05);
  CHECK(std::abs(sigma_of(average) / truth - 1) < 1e-3);
  CHECK(at::equal(resumed->weight, average->weight));
  CHECK(at::equal(resumed->spectral_norm->u, average->spectral_norm->u));
  CHECK(at::equal(resumed->spectral_norm->v, average->spectral_norm->v));
}

TEST_CASE("a run's length is given exactly once, in kimg, epochs or steps", "[training]") {
  CHECK(RunOptions{.kimg = 1.5}.total_images(100, 8) == 1500);
  CHECK(RunOptions{.epochs = 2.5}.total_images(100, 8) == 250);
  CHECK(RunOptions{.steps = 7}.total_images(100, 8) == 56);
  CHECK(RunOptions{.steps = 7}.total_images(100, 8, 3, 24) == 56);
  CHECK(RunOptions{.steps = 7}.total_images(100, 16, 3, 24) == 88);  // batches grew at a resume
  CHECK(RunOptions{.steps = 7}.total_images(100, 16, 9, 72) == 72);
  CHECK_THROWS_AS(RunOptions{}.total_images(100, 8), OptionError);
  CHECK_THROWS_AS((RunOptions{.kimg = 1, .steps = 1}.total_images(100, 8)), OptionError);
  CHECK_THROWS_AS(RunOptions{.kimg = -1}.total_images(100, 8), OptionError);
}
