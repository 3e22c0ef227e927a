// The step: what it computes, what it leaves alone, and that stopping changes nothing.
#include <torch/nn/functional/loss.h>
#include <torch/optim/adam.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>

#include "cspgan/losses/losses.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/policies/labels.hpp"
#include "cspgan/policies/replay_buffer.hpp"
#include "small_networks.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

struct Pair {
  UsersGenerator generator{4};
  std::shared_ptr<UsersDiscriminator> discriminator = std::make_shared<UsersDiscriminator>();
};

Pair seeded_pair(std::uint64_t seed) {
  torch::manual_seed(seed);
  return {};
}

std::vector<Tensor> copies(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> result;
  for (const Tensor& tensor : tensors) result.push_back(tensor.detach().clone());
  return result;
}

bool equal(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!at::equal(a[i], b[i])) return false;
  return a.size() == b.size();
}

double largest_difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  return largest;
}

TrainerOptions cpu_options() { return {.seed = 3, .device = "cpu"}; }

struct Curious final : Observer {
  int steps = 0, logs = 0, ends = 0;
  void on_step(const TrainerView& trainer, const StepResult&) override {
    ++steps;
    trainer.sample(TensorRandom(1, at::kCPU).normal({2, trainer.latent_size()}));
    TensorFile file;
    trainer.save(file);
  }
  void on_log(const TrainerView&, const Value& record) override {
    ++logs;
    for (const char* key : {"step", "kimg", "epoch", "loss_d", "loss_g", "score_real", "score_fake", "gradient_norm_d",
                            "gradient_norm_g", "learning_rate_d", "learning_rate_g", "images_per_second", "wait_share"})
      CHECK(record.at(key).is_number());
  }
  void on_end(const TrainerView&, StopReason) override { ++ends; }
};

}  // namespace

TEST_CASE("steps of the Trainer equal the same steps written out with LibTorch's own Adam", "[training]") {
  auto ours = seeded_pair(1), theirs = seeded_pair(1);
  auto options = cpu_options();
  options.generator_optimizer = Adam{.learning_rate = 1e-3, .beta1 = 0.5, .beta2 = 0.9};
  options.discriminator_optimizer = Adam{.learning_rate = 2e-3, .beta1 = 0.5, .beta2 = 0.9};
  Trainer trainer(ours.generator, ours.discriminator, NonSaturatingLoss{}, Policies{}, options);

  const auto reference_options = [](double rate) {
    return torch::optim::AdamOptions(rate).betas({0.5, 0.9}).eps(1e-8);
  };
  torch::optim::Adam generator_optimizer(theirs.generator->parameters(), reference_options(1e-3));
  torch::optim::Adam discriminator_optimizer(theirs.discriminator->parameters(), reference_options(2e-3));
  TensorRandom latents(mix_seeds({3, 1}), at::kCPU);
  const auto cross_entropy = [](const Tensor& scores, double target) {
    return torch::nn::functional::binary_cross_entropy_with_logits(scores, torch::full_like(scores, target));
  };

  UsersBatches batches;
  for (int step = 0; step < 5; ++step) {
    const Tensor images = batches.next().images;
    const StepResult result = trainer.step(images);

    const Tensor real = images.to(at::kFloat) / 127.5 - 1;
    const Tensor fake = theirs.generator->forward(latents.normal({8, 4}));
    discriminator_optimizer.zero_grad();
    const Tensor loss_d = cross_entropy(theirs.discriminator->forward(real), 1) +
                          cross_entropy(theirs.discriminator->forward(fake.detach()), 0);
    loss_d.backward();
    discriminator_optimizer.step();
    generator_optimizer.zero_grad();
    const Tensor loss_g = cross_entropy(theirs.discriminator->forward(fake), 1);
    loss_g.backward();
    generator_optimizer.step();

    CHECK(result.number("loss_d") == Approx(loss_d.item<double>()).epsilon(1e-5));
    CHECK(result.number("loss_g") == Approx(loss_g.item<double>()).epsilon(1e-5));
  }
  CHECK(largest_difference(ours.generator->parameters(), theirs.generator->parameters()) < 1e-5);
  CHECK(largest_difference(ours.discriminator->parameters(), theirs.discriminator->parameters()) < 1e-5);
}

TEST_CASE("each network changes in its own updates only, as often as the ratios say", "[training]") {
  auto pair = seeded_pair(1);
  auto options = cpu_options();
  options.generator_interval = 2;
  options.discriminator_interval = 3;
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, options);
  UsersBatches batches;
  for (int step = 0; step < 7; ++step) {
    const auto generator = copies(pair.generator->parameters());
    const auto discriminator = copies(pair.discriminator->parameters());
    const StepResult result = trainer.step(batches.next().images);
    CHECK(equal(generator, pair.generator->parameters()) == (step % 2 != 0));
    CHECK(equal(discriminator, pair.discriminator->parameters()) == (step % 3 != 0));
    if (step % 3 != 0) CHECK_THROWS_AS(result.number("loss_d"), Error);
  }
  for (const Tensor& parameter : pair.discriminator->parameters()) CHECK(parameter.requires_grad());
}

TEST_CASE("a lazy penalty counts the discriminator's updates, not the steps", "[training]") {
  auto pair = seeded_pair(1);
  auto options = cpu_options();
  options.discriminator_interval = 2;
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{R1{.every = 2}}, options);
  UsersBatches batches;
  std::vector<std::int64_t> penalised;
  for (int step = 0; step < 12; ++step)
    for (const auto& [name, value] : trainer.step(batches.next().images).scalars)
      if (name == "penalty_r1") penalised.push_back(step);
  CHECK(penalised == std::vector<std::int64_t>{0, 4, 8});
}

TEST_CASE("own generator, discriminator, loss and policy train: the fakes approach the data", "[training]") {
  auto pair = seeded_pair(2);
  auto options = cpu_options();
  options.generator_optimizer = Adam{.learning_rate = 5e-3};
  options.discriminator_optimizer = Adam{.learning_rate = 5e-3};
  options.ema.half_life_kimg = 0.05;
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{UsersPolicy{}}, options);
  const Tensor latents = TensorRandom(5, at::kCPU).normal({64, 4});
  const double before = trainer.sample(latents).mean().item<double>();
  UsersBatches batches(16);
  const RunSummary summary = trainer.fit(batches, {.steps = 400});
  const double after = trainer.sample(latents).mean().item<double>();
  const double truth = 177.5 / 127.5 - 1;  // of pixels uniform in [100, 255]
  CHECK(summary.steps == 400);
  CHECK(std::abs(after - truth) < 0.12);
  CHECK(std::abs(before - truth) > 0.2);
}

TEST_CASE("2n steps and n steps, a save, a load into a new trainer and n more give the same bits", "[training]") {
  const auto make = [](std::uint64_t seed) {
    auto pair = seeded_pair(seed);
    auto options = cpu_options();
    options.generator_schedule = CosineDecay{};
    options.generator_interval = 2;
    return Trainer(pair.generator, pair.discriminator, NonSaturatingLoss{},
                   Policies{UsersPolicy{}, ReplayBuffer{.capacity = 20}, SoftLabels{}, R1{.every = 3}}, options);
  };
  auto unbroken = make(1);
  UsersBatches batches;
  unbroken.fit(batches, {.steps = 14});

  auto first = make(1);
  UsersBatches first_batches;
  first.fit(first_batches, {.steps = 14, .should_stop = [&] { return first.steps() == 7; }});
  REQUIRE(first.steps() == 7);
  const TensorFile saved = state_of(first);

  auto second = make(77);  // other first weights: all must come from the file
  second.load(saved);
  UsersBatches second_batches;
  second.fit(second_batches, {.steps = 14});
  CHECK(first_difference(state_of(unbroken), state_of(second)) == "");
  CHECK(first_difference(state_of(unbroken), saved) != "");
}

TEST_CASE("observers change no bit of a run, and are told of every step", "[training]") {
  const auto run = [](const Observers& observers) {
    auto pair = seeded_pair(1);
    Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{UsersPolicy{}}, cpu_options());
    UsersBatches batches;
    trainer.fit(batches, {.steps = 6, .log_every = 2}, observers);
    return state_of(trainer);
  };
  const auto curious = std::make_shared<Curious>();
  CHECK(first_difference(run({}), run({curious})) == "");
  CHECK(curious->steps == 6);
  CHECK(curious->logs == 3);
  CHECK(curious->ends == 1);
}

TEST_CASE("a loss that is not finite stops the run before it ruins a weight, and names step and culprit",
          "[training]") {
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  trainer.step(batches.next().images);
  const auto generator = copies(pair.generator->parameters());
  const auto discriminator = copies(pair.discriminator->parameters());
  Tensor poisoned = TensorRandom(1, at::kCPU).uniform({8, 3, 4, 4});
  poisoned[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  const auto message = message_of<NonFiniteError>([&] { trainer.step(poisoned); });
  CHECK(contains(message, "the discriminator's loss is not finite in step 1"));
  CHECK(equal(generator, pair.generator->parameters()));
  CHECK(equal(discriminator, pair.discriminator->parameters()));
}

TEST_CASE("a state of another network is refused with the tensor and both shapes, and changes nothing", "[training]") {
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  Trainer other(UsersGenerator(5), std::make_shared<UsersDiscriminator>(), UsersLoss{}, Policies{}, cpu_options());
  const TensorFile saved = state_of(other);
  const auto before = copies(pair.generator->parameters());
  const auto message = message_of<Error>([&] { trainer.load(saved); });
  CHECK(contains(message, "generator.hidden.weight"));
  CHECK(contains(message, "[16, 5]"));
  CHECK(contains(message, "[16, 4]"));
  CHECK(equal(before, pair.generator->parameters()));
}

TEST_CASE("the relativistic loss sees real scores in the generator's update", "[training]") {
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, RelativisticPairingLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  CHECK(std::isfinite(trainer.step(batches.next().images).number("loss_g")));
}
