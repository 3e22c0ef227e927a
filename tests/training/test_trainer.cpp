// The step: what it computes, what it leaves alone, and that stopping changes nothing.
#include <torch/nn/functional/loss.h>
#include <torch/optim/adam.h>
#include <torch/utils.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cspgan/losses/losses.hpp"
#include "cspgan/policies/adaptive_pseudo_augmentation.hpp"
#include "cspgan/policies/differentiable_augmentation.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/policies/labels.hpp"
#include "cspgan/policies/replay_buffer.hpp"
#include "small_networks.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

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
    for (const char* key :
         {"step", "kimg", "epoch", "loss_d", "loss_g", "score_real", "score_fake", "gradient_norm_d", "gradient_norm_g",
          "learning_rate_d", "learning_rate_g", "images_per_second", "wait_share", "observer_share"})
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
  std::vector<std::int64_t> penalized;
  for (int step = 0; step < 12; ++step)
    for (const auto& [name, value] : trainer.step(batches.next().images).scalars)
      if (name == "penalty_r1") penalized.push_back(step);
  CHECK(penalized == std::vector<std::int64_t>{0, 4, 8});
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
                   Policies{UsersPolicy{}, ReplayBuffer{.capacity = 20}, SoftLabels{}, R1{.every = 3},
                            AdaptivePseudoAugmentation{.target = -1, .ramp_kimg = 0.05},
                            DifferentiableAugmentation{.target = -1, .ramp_kimg = 0.05}},
                   options);
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

// ---- penalties and augmentation

namespace {

/// Images times 2: what an augmentation does to the scale of gradients.
struct Doubled {
  Tensor edit_images(const Tensor& images, StepContext&) const { return images * 2; }
};

/// sum(x^2) / 2 for each image: its gradient is x. The weight takes part with 0, so that there is something to train.
class HalfSquareImpl : public torch::nn::Cloneable<HalfSquareImpl> {
 public:
  HalfSquareImpl() { reset(); }
  void reset() override { weight_ = register_parameter("weight", torch::zeros({1})); }
  Tensor forward(const Tensor& images) { return images.flatten(1).square().sum(1) / 2 + 0 * weight_; }

 private:
  Tensor weight_;
};

}  // namespace

TEST_CASE("R1 differentiates by the images before augmentation: D(x) = |x|^2 / 2 behind x -> 2x has gradient 4x",
          "[training]") {
  const Tensor images = TensorRandom(4, at::kCPU).uniform({8, 3, 4, 4}, {-1, 1});
  const auto penalty = [&](auto... policies) {
    Trainer trainer(seeded_pair(1).generator, std::make_shared<HalfSquareImpl>(), UsersLoss{}, Policies{policies...},
                    cpu_options());
    return trainer.step(images).number("penalty_r1");
  };
  const double mean_square_norm = images.flatten(1).square().sum(1).mean().item<double>();
  CHECK(penalty(R1{.gamma = 2}) == Approx(mean_square_norm).epsilon(1e-5));
  CHECK(penalty(Doubled{}, R1{.gamma = 2}) == Approx(16 * mean_square_norm).epsilon(1e-5));
}

TEST_CASE("the interpolated penalty scores images as the discriminator sees them: augmented", "[training]") {
  const Tensor images = at::full({8, 3, 4, 4}, 0.5);
  const auto penalty = [&](auto... policies) {
    Trainer trainer(seeded_pair(1).generator, std::make_shared<HalfSquareImpl>(), UsersLoss{}, Policies{policies...},
                    cpu_options());
    return trainer.step(images).number("penalty_gradient_penalty");
  };
  const GradientPenalty toward_zero{.weight = 1, .target_norm = 0};
  CHECK(penalty(Doubled{}, toward_zero) == Approx(16 * penalty(toward_zero)).epsilon(1e-4));
}

// ---- latents

TEST_CASE("with fresh latents the generator's update has fakes of its own", "[training]") {
  struct Watch {
    std::vector<Tensor>* seen;
    Tensor edit_images(const Tensor& images, StepContext& step) const {
      if (step.domain == Domain::fake) seen->push_back(images.detach().clone());
      return images;
    }
  };
  const auto fakes = [](bool fresh) {
    auto pair = seeded_pair(1);
    auto options = cpu_options();
    options.fresh_latents = fresh;
    std::vector<Tensor> seen;
    Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{Watch{&seen}}, options);
    trainer.step(UsersBatches().next().images);
    return seen;
  };
  const auto shared = fakes(false), fresh = fakes(true);
  REQUIRE(shared.size() == 2);
  REQUIRE(fresh.size() == 2);
  CHECK(at::equal(shared[0], shared[1]));
  CHECK_FALSE(at::allclose(fresh[0], fresh[1]));
  CHECK(at::equal(fresh[0], shared[0]));
}

// ---- saving and loading

TEST_CASE("a saved state is a snapshot: training on does not change it", "[training]") {
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{UsersPolicy{}, ReplayBuffer{.capacity = 4}},
                  cpu_options());
  UsersBatches batches;
  trainer.step(batches.next().images);
  TensorFile saved;
  trainer.save(saved);  // without a copy made by the test
  const TensorFile as_it_was = state_of(trainer);
  for (int step = 0; step < 3; ++step) trainer.step(batches.next().images);
  CHECK(first_difference(saved, as_it_was) == "");
  trainer.load(saved);
  CHECK(first_difference(state_of(trainer), as_it_was) == "");
}

TEST_CASE("load takes all or nothing: a file without its last tensor changes no weight, no state and no position",
          "[training]") {
  const auto make = [](std::uint64_t seed) {
    auto pair = seeded_pair(seed);
    return Trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{ReplayBuffer{.capacity = 4}},
                   cpu_options());
  };
  auto other = make(2);
  UsersBatches batches;
  for (int step = 0; step < 3; ++step) other.step(batches.next().images);
  const TensorFile whole = state_of(other);
  auto trainer = make(1);
  trainer.step(batches.next().images);
  const TensorFile before = state_of(trainer);
  for (const std::string_view missing : {"trainer.policy_random", "trainer.latent_random", "policies.0.replay_buffer",
                                         "optimizer_d.", "discriminator.", "generator_ema."}) {
    TensorFile part = whole;
    std::erase_if(part.tensors, [&](const auto& tensor) { return tensor.first.starts_with(missing); });
    REQUIRE(part.tensors.size() < whole.tensors.size());
    CHECK_THROWS_AS(trainer.load(part), Error);
    CHECK(first_difference(state_of(trainer), before) == "");
  }
  trainer.step(batches.next().images);  // and it trains on
}

TEST_CASE("a good state can be loaded after a loss that is not finite, and training goes on from it", "[training]") {
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  const Tensor images = batches.next().images;
  trainer.step(images);
  const TensorFile good = state_of(trainer);
  const StepResult expected = trainer.step(images);
  CHECK_THROWS_AS(trainer.step(at::full({8, 3, 4, 4}, std::numeric_limits<float>::quiet_NaN())), NonFiniteError);
  trainer.load(good);
  CHECK(trainer.step(images).number("loss_g") == expected.number("loss_g"));
}
