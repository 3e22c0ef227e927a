// Steps that a graph repeats: their bits, and what is refused. On the CPU, whose graphs are GraphRecorder's.
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <torch/nn/modules/linear.h>
#include <torch/utils.h>

#include "cspgan/losses/any_loss.hpp"
#include "cspgan/losses/losses.hpp"
#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/policies/differentiable_augmentation.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/policies/instance_noise.hpp"
#include "cspgan/policies/labels.hpp"
#include "cspgan/policies/lecam.hpp"
#include "cspgan/training/device_graph.hpp"
#include "graph_recorder.hpp"
#include "small_networks.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;
using Catch::Matchers::Contains;

namespace {

const at::Device cpu = at::kCPU;

TrainerOptions on_the_cpu() {
  TrainerOptions options{.seed = 3, .device = "cpu"};
  options.channels_last = false;  // in which our own kernels would work, which the recorder does not see
  return options;
}

/// What a graph could get wrong: batch norm's and spectral norm's state, noise inside.
struct Networks {
  Generator generator{
      GeneratorOptions{.latent_size = 6, .image_size = 16, .base_channels = 4, .block = {.noise_sigma = 0.1}}};
  Discriminator discriminator{
      DiscriminatorOptions{.image_size = 16, .base_channels = 4, .block = {.spectral_norm = true}}};
};

Networks networks() {
  torch::manual_seed(7);
  return {};
}

Tensor images(std::int64_t step, std::int64_t count) {
  TensorRandom random(static_cast<std::uint64_t>(100 + step), cpu);
  return random.integers({count, 3, 16, 16}, 0, 256).to(at::kByte);
}

struct Run {
  TensorFile state;
  std::vector<double> scalars;
  int captures;
};

/// Each fourth step is on fewer images.
template <class Loss, class PolicySetType>
Run run(const Loss& loss, const PolicySetType& policies, TrainerOptions options, bool capture) {
  options.capture = capture;
  const int before = GraphRecorder::captures();
  Networks pair = networks();
  Trainer trainer(pair.generator, pair.discriminator, loss, policies, options);
  std::vector<std::pair<std::string, Tensor>> kept;  // read at the end, when later steps have written their own
  for (std::int64_t step = 0; step < 24; ++step)
    for (auto& scalar : trainer.step(images(step, step % 4 == 3 ? 3 : 5)).scalars) kept.push_back(scalar);
  Run result{state_of(trainer), {}, GraphRecorder::captures() - before};
  for (const auto& [name, scalar] : kept) result.scalars.push_back(scalar.template item<double>());
  return result;
}

template <class Loss, class PolicySetType>
int captures_with_equal_bits(const Loss& loss, const PolicySetType& policies, const TrainerOptions& options) {
  GraphRecorder::install();
  const Run captured = run(loss, policies, options, true);
  const Run plain = run(loss, policies, options, false);
  CHECK(first_difference(captured.state, plain.state) == "");
  CHECK(captured.scalars == plain.scalars);
  CHECK(plain.captures == 0);
  return captured.captures;
}

/// Says that its turns are alike, which they are not from a step on.
struct Liar {
  std::int64_t from = 1;
  bool changes_its_numbers = false;
  Tensor edit_images(const Tensor& images, StepContext& step) const {
    if (step.step < from) return images.mul(2);
    return changes_its_numbers ? images.mul(3) : images.add(2);
  }
  std::optional<std::int64_t> variant(const StepContext&) const { return 0; }
};

/// Fails once.
struct Fragile {
  std::shared_ptr<std::int64_t> fails_at = std::make_shared<std::int64_t>(-1);
  Targets edit_targets(Targets targets, StepContext& step) const {
    if (step.step == *fails_at) {
      *fails_at = -1;
      throw Error("fragile");
    }
    return targets;
  }
  std::optional<std::int64_t> variant(const StepContext&) const { return 0; }
};

template <class Policy>
auto capturing_trainer(Policy policy) {
  GraphRecorder::install();
  auto options = on_the_cpu();
  options.capture = true;
  Networks pair = networks();
  return Trainer(pair.generator, pair.discriminator, NonSaturatingLoss{}, Policies{policy}, options);
}

template <class Policy>
void steps_with(Policy policy) {
  auto trainer = capturing_trainer(policy);
  for (std::int64_t step = 0; step < 6; ++step) trainer.step(images(step, 4));
}

}  // namespace

TEST_CASE("captured work is repeated on what its memory holds, without the host's code", "[training]") {
  GraphRecorder::install();
  Tensor in = at::ones({2}), out;
  Tensor weight = at::full({2}, 3.0).requires_grad_(true);
  int calls = 0;
  DeviceGraph graph(cpu, {weight}, [&] { return std::vector<Tensor>{weight}; });
  const auto work = [&] {
    ++calls;
    weight.mutable_grad() = Tensor();
    out = (in * weight).square();
    out.sum().backward();
  };
  for (int run = 1; run <= 6; ++run) {
    in.fill_(run);
    graph.run(work);
    CHECK(graph.captured() == (run >= 4));
    CHECK(calls == std::min(run, 4));
    CHECK(out[0].item<double>() == 9.0 * run * run);
    CHECK(weight.grad()[1].item<double>() == 6.0 * run * run);
    weight.mutable_grad() = Tensor();  // as an optimiser leaves it
  }
}

TEST_CASE("steps from captured graphs have the bits of steps without", "[training]") {
  auto options = on_the_cpu();
  SECTION("no policies: two graphs for each of two shapes") {
    CHECK(captures_with_equal_bits(NonSaturatingLoss{}, Policies{}, options) == 4);
  }
  SECTION("labels, noise, augmentation, and a penalty in every second step") {
    const Policies policies{SoftLabels{}, LabelFlips{}, InstanceNoise{.sigma = 0.1},
                            DifferentiableAugmentation{.probability = 0.5}, R1{.gamma = 1, .every = 2}};
    CHECK(captures_with_equal_bits(NonSaturatingLoss{}, policies, options) == 6);
  }
  SECTION("a loss that pairs scores, chosen at run time like its policies") {
    const PolicyList policies{GradientPenalty{.every = 2}, LabelSmoothing{}};
    CHECK(captures_with_equal_bits(AnyLoss(NonSaturatingLoss{}), policies, options) == 6);
    CHECK(captures_with_equal_bits(RelativisticPairingLoss{}, Policies{R2{}}, options) == 4);
  }
  SECTION("turns of different periods, rates and averages that change with each step") {
    options.discriminator_every = 2;
    options.generator_schedule = LinearDecay{};
    CHECK(captures_with_equal_bits(NonSaturatingLoss{}, Policies{}, options) == 6);
  }
  SECTION("policies that are like themselves in no step are never captured") {
    CHECK(captures_with_equal_bits(NonSaturatingLoss{}, Policies{LeCam{}}, options) == 0);
    CHECK(captures_with_equal_bits(NonSaturatingLoss{}, PolicyList{InstanceNoise{.until_kimg = 1.0}}, options) == 0);
  }
}

TEST_CASE("a trainer that loads into captured steps goes on as the one that saved", "[training]") {
  auto unbroken = capturing_trainer(SoftLabels{}), resumed = capturing_trainer(SoftLabels{});
  for (std::int64_t step = 0; step < 6; ++step) {
    unbroken.step(images(step, 4));
    resumed.step(images(20 + step, 4));  // elsewhere
  }
  resumed.load(state_of(unbroken));
  for (std::int64_t step = 6; step < 12; ++step) {
    unbroken.step(images(step, 4));
    resumed.step(images(step, 4));
  }
  CHECK(first_difference(state_of(unbroken), state_of(resumed)) == "");
}

TEST_CASE("steps that are not alike are refused before they are captured, with what differs", "[training]") {
  const std::int64_t from = GENERATE(2, 3);  // the third run is compared with the second, the fourth is captured
  CHECK_THROWS_WITH(steps_with(Liar{.from = from, .changes_its_numbers = true}),
                    Contains("cannot be captured") && Contains("aten::mul, was given other numbers") &&
                        Contains("set capture = false"));
  CHECK_THROWS_WITH(steps_with(Liar{.from = from}), Contains("was aten::mul, then aten::add"));

  auto trainer = capturing_trainer(Liar{.from = from});
  for (std::int64_t step = 0; step < from; ++step) trainer.step(images(step, 4));
  const int before = GraphRecorder::captures();
  CHECK_THROWS(trainer.step(images(from, 4)));
  const int refused = GraphRecorder::captures() - before;
  trainer.step(images(from, 4));  // what was refused is not captured by the next call
  CHECK(GraphRecorder::captures() - before == refused);
}

TEST_CASE("a step that fails midway leaves no graph of another step behind", "[training]") {
  const std::int64_t fails_at = GENERATE(1, 3, 5);
  auto options = on_the_cpu();
  const auto final_state = [&](bool capture) {
    GraphRecorder::install();
    options.capture = capture;
    Networks pair = networks();
    const Fragile policy;
    *policy.fails_at = fails_at;
    Trainer trainer(pair.generator, pair.discriminator, NonSaturatingLoss{}, Policies{policy}, options);
    for (std::int64_t step = 0; step < 14; ++step) {
      try {
        trainer.step(images(step, 4));
      } catch (const Error& error) {
        CHECK(error.what() == std::string("fragile"));
      }
    }
    return state_of(trainer);
  };
  if (fails_at == 5) {  // captured by then: the host's code is not run
    CHECK_NOTHROW(final_state(true));
    return;
  }
  CHECK(first_difference(final_state(true), final_state(false)) == "");
}

TEST_CASE("parameters that move after the capture are noticed", "[training]") {
  auto trainer = capturing_trainer(SoftLabels{});
  for (std::int64_t step = 0; step < 5; ++step) trainer.step(images(step, 4));
  Tensor weight = trainer.discriminator()->parameters().front();
  weight.set_data(weight.detach().clone());
  CHECK_THROWS_WITH(trainer.step(images(5, 4)), Contains("new tensors in the place of"));
}

TEST_CASE("work that puts new tensors in the place of its state cannot be captured", "[training]") {
  GraphRecorder::install();
  Tensor state = at::ones({2});
  DeviceGraph graph(cpu, {}, [&] { return std::vector<Tensor>{state}; });
  const auto run = [&] { graph.run([&] { state = state * 2; }); };
  for (int i = 0; i < 3; ++i) run();
  CHECK_THROWS_WITH(run(), Contains("new tensors in the place of its parameters or buffers"));
}
