// The training loop: one discriminator turn and one generator turn a step, on one batch of real images.
#pragma once

#include <ATen/ops/full_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <chrono>
#include <string>
#include <utility>

#include "cspgan/core/device.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/core/scores.hpp"
#include "cspgan/data/batch_source.hpp"
#include "cspgan/losses/concepts.hpp"
#include "cspgan/nn/gaussian_noise.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/training/autocast.hpp"
#include "cspgan/training/average.hpp"
#include "cspgan/training/networks.hpp"
#include "cspgan/training/observer.hpp"
#include "cspgan/training/step_result.hpp"
#include "cspgan/training/trainer_options.hpp"

namespace cspgan {

/// Trains a generator against a discriminator. The networks are shared with the caller (LibTorch holders are
/// references), moved to the device, and left in training mode; `averaged()` is the copy to sample from.
///
/// Stopping after any step, saving, and loading into a Trainer built alike continues to the same bits, on the same
/// machine with the same number of threads, given the batches from `images()` on.
template <GeneratorNetwork Generator, DiscriminatorNetwork Discriminator, class Loss, class PolicySetType = Policies<>>
class Trainer {
 public:
  Trainer(Generator generator, Discriminator discriminator, Loss loss, PolicySetType policies = {},
          TrainerOptions options = {})
      : options_(validated(std::move(options))),
        device_(parse_device(options_.device)),
        format_(options_.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous),
        generator_(settle(std::move(generator))),
        discriminator_(settle(std::move(discriminator))),
        averaged_(copy_network(generator_)),
        loss_(std::move(loss)),
        policies_(std::move(policies)),
        generator_optimizer_(options_.generator_optimizer, generator_->parameters()),
        discriminator_optimizer_(options_.discriminator_optimizer, discriminator_->parameters()),
        latent_random_(mix({options_.seed, 1}), device_),
        policy_random_(mix({options_.seed, 2}), device_) {
    static_assert(check_policies<Loss, PolicySetType>());
    require_compatible(loss_, policies_);
    if (options_.channels_last) use_channels_last(*averaged_);
    averaged_->eval();
    generator_->train();
    discriminator_->train();
    set_noise_generator(*generator_, policy_random_.generator());
    set_noise_generator(*discriminator_, policy_random_.generator());
    keep_freed_memory();
  }

  /// One step on real images: uint8 [N, C, H, W], or float in [-1, 1]; on any device. Does not wait for a GPU.
  StepResult step(const Tensor& real_images) {
    const Tensor real = prepare(real_images);
    StepResult result{.step = step_, .images = images_ + real.size(0), .scalars = {}};
    StepContext context{
        .step = step_, .images = images_, .random = policy_random_, .turn = step_ / options_.discriminator_every};
    const bool generator_due = step_ % options_.generator_every == 0;
    const bool discriminator_due = step_ % options_.discriminator_every == 0;

    const Tensor latents = latent_random_.normal({real.size(0), generator_->latent_size()});
    const Tensor fake = [&] {
      const c10::AutoGradMode graph(generator_due);
      return generate(latents);
    }();
    if (discriminator_due) discriminator_turn(real, fake.detach(), context, result);
    if (generator_due) generator_turn(real, fake, latents, context, result);

    ++step_;
    images_ += real.size(0);
    return result;
  }

  /// Trains on batches until the run's whole length is reached or `should_stop` says so. Batches start at the trainer's
  /// own position, so a resumed run sees what the unbroken one would have seen.
  template <BatchSource Batches>
  RunSummary fit(Batches& batches, const RunOptions& run, const Observers& observers = {}) {
    data_size_ = batches.size();
    total_images_ = run.total_images(data_size_, batches.batch_size());
    batches.seek(images_);
    const View view(*this);
    for (const auto& observer : observers) observer->on_start(view);

    StopReason reason = StopReason::finished;
    try {
      reason = run_steps(batches, run, observers, view);
    } catch (...) {
      for (const auto& observer : observers) observer->on_end(view, StopReason::failed);
      throw;
    }
    for (const auto& observer : observers) observer->on_end(view, reason);
    return {reason, step_, images_};
  }

  /// Images of the averaged generator, float32 [N, C, H, W] on the CPU, from latents [N, Z].
  Tensor sample(const Tensor& latents) const {
    const c10::AutoGradMode no_graph(false);
    const Autocast precision(device_, options_.precision);
    Generator network = averaged_;  // a holder: forward() of a LibTorch module is never const
    return network->forward(latents.to(device_)).to(at::kCPU, at::kFloat).contiguous();
  }

  /// Puts all state into `file`: weights, averages, optimisers, random generators, policies, position.
  void save(TensorFile& file) const {
    watch_.check();
    save_module(*generator_, StateWriter(file, "generator."));
    save_module(*averaged_, StateWriter(file, "generator_ema."));
    save_module(*discriminator_, StateWriter(file, "discriminator."));
    generator_optimizer_.save(StateWriter(file, "optimizer_g."));
    discriminator_optimizer_.save(StateWriter(file, "optimizer_d."));
    StateWriter policies(file, "policies.");
    policies_.save(policies);
    StateWriter own(file, "trainer.");
    own.integer("step", step_);
    own.integer("images", images_);
    own.tensor("latent_random", latent_random_.state());
    own.tensor("policy_random", policy_random_.state());
  }

  /// Takes back what `save` put there. Throws Error naming the first tensor that is missing or of another shape.
  void load(const TensorFile& file) {
    load_module(*generator_, StateReader(file, "generator."));
    load_module(*averaged_, StateReader(file, "generator_ema."));
    load_module(*discriminator_, StateReader(file, "discriminator."));
    generator_optimizer_.load(StateReader(file, "optimizer_g."));
    discriminator_optimizer_.load(StateReader(file, "optimizer_d."));
    StateReader policies(file, "policies.");
    policies_.load(policies);
    const StateReader own(file, "trainer.");
    step_ = own.integer("step");
    images_ = own.integer("images");
    if (step_ < 0 || images_ < 0) throw Error("the checkpoint's position is damaged: step " + std::to_string(step_));
    latent_random_.set_state(own.tensor("latent_random"));
    policy_random_.set_state(own.tensor("policy_random"));
  }

  Generator generator() const { return generator_; }
  Generator averaged() const { return averaged_; }
  Discriminator discriminator() const { return discriminator_; }
  const TrainerOptions& options() const { return options_; }
  at::Device device() const { return device_; }
  std::int64_t steps() const { return step_; }
  std::int64_t images() const { return images_; }

 private:
  struct Stopwatch {
    using Clock = std::chrono::steady_clock;
    Clock::time_point start = Clock::now();
    Clock::duration waited{};
    std::int64_t images = 0;
  };

  class View final : public TrainerView {
   public:
    explicit View(const Trainer& trainer) : trainer_(trainer) {}
    std::int64_t step() const override { return trainer_.step_; }
    std::int64_t images() const override { return trainer_.images_; }
    std::int64_t total_images() const override { return trainer_.total_images_; }
    std::int64_t latent_size() const override { return trainer_.generator_->latent_size(); }
    Tensor sample(const Tensor& latents) const override { return trainer_.sample(latents); }
    void save(TensorFile& file) const override { trainer_.save(file); }

   private:
    const Trainer& trainer_;
  };

  template <BatchSource Batches>
  StopReason run_steps(Batches& batches, const RunOptions& run, const Observers& observers, const View& view) {
    StopReason reason = StopReason::finished;
    ScalarMeans means;
    Stopwatch interval;
    while (images_ < total_images_ && reason != StopReason::asked) {
      const auto before_wait = Stopwatch::Clock::now();
      const Tensor batch = static_cast<Batch>(batches.next()).images;
      interval.waited += Stopwatch::Clock::now() - before_wait;

      const StepResult result = step(batch);
      means.add(result);
      interval.images += batch.size(0);
      for (const auto& observer : observers) observer->on_step(view, result);

      if (run.should_stop && run.should_stop()) reason = StopReason::asked;
      if (step_ % run.log_every == 0 || reason == StopReason::asked || images_ >= total_images_) {
        const Value record = log_record(means, interval);
        for (const auto& observer : observers) observer->on_log(view, record);
        interval = {};
      }
    }
    return reason;
  }

  static TrainerOptions validated(TrainerOptions options) {
    options.validate();
    return options;
  }

  template <class Network>
  Network settle(Network network) const {
    network->to(device_);
    if (options_.channels_last) use_channels_last(*network);
    return network;
  }

  Tensor prepare(const Tensor& images) const {
    if (images.dim() != 4)
      throw Error("a batch must be [N, C, H, W], not of " + std::to_string(images.dim()) + " dimensions");
    Tensor on_device = images.to(device_, /*non_blocking=*/true);
    if (on_device.scalar_type() == at::kByte) on_device = on_device.to(at::kFloat).div_(127.5).sub_(1);
    return on_device.contiguous(format_);
  }

  Tensor generate(const Tensor& latents) {
    const Autocast precision(device_, options_.precision);
    return generator_->forward(latents).to(at::kFloat);
  }

  Tensor score(const Tensor& images) {
    const Autocast precision(device_, options_.precision);
    return discriminator_->forward(images).to(at::kFloat);
  }

  Tensor shown(const Tensor& images, Shown kind, StepContext& context) {
    context.shown = kind;
    return policies_.edit_images(images, context);
  }

  /// Images of the discriminator's turn; they ask for gradients of their own where a penalty of this step will.
  Tensor shown_to_discriminator(const Tensor& images, Shown kind, StepContext& context) {
    const Tensor edited = shown(images, kind, context);
    return policies_.needs_image_gradients(kind, context) ? edited.detach().requires_grad_(true) : edited;
  }

  void discriminator_turn(const Tensor& real, const Tensor& fake, StepContext& context, StepResult& result) {
    const Tensor real_shown = shown_to_discriminator(real, Shown::real, context);
    const Tensor fake_shown = shown_to_discriminator(policies_.edit_fakes(fake, context), Shown::fake, context);
    const Scores scores{score(real_shown), score(fake_shown)};
    const Targets targets = policies_.edit_targets({at::ones_like(scores.real), at::zeros_like(scores.fake)}, context);
    const Tensor loss = discriminator_loss(loss_, scores, targets);
    const DiscriminatorTurn turn{real_shown, fake_shown, scores,
                                 [this](const Tensor& images) { return score(images); }};

    const Penalties penalties = policies_.discriminator_penalty(turn, context);
    result.add("loss_d", loss);
    for (const auto& [name, penalty] : penalties.parts) result.add("penalty_" + name, penalty);
    const Tensor total = penalties.sum.defined() ? loss + penalties.sum : loss;
    result.add("score_real", scores.real.mean());
    result.add("score_fake", scores.fake.mean());
    update(total, "the discriminator's loss", discriminator_optimizer_, options_.discriminator_schedule,
           "gradient_norm_d", result);
  }

  void generator_turn(const Tensor& real, const Tensor& fake, const Tensor& latents, StepContext& context,
                      StepResult& result) {
    const FrozenWeights frozen(*discriminator_);
    context.generator_turn = true;
    context.turn = step_ / options_.generator_every;
    Scores scores{Tensor(), score(shown(fake, Shown::fake, context))};
    if (loss_needs_real_scores(loss_)) {
      const c10::AutoGradMode no_graph(false);
      scores.real = score(shown(real, Shown::real, context));
    }
    const Targets targets{at::ones_like(scores.fake), at::zeros_like(scores.fake)};
    const Tensor loss = generator_loss(loss_, scores, targets);
    const GeneratorTurn turn{latents, fake, scores, [this](const Tensor& z) { return generate(z); }};

    const Penalties penalties = policies_.generator_penalty(turn, context);
    result.add("loss_g", loss);
    for (const auto& [name, penalty] : penalties.parts) result.add("penalty_" + name, penalty);
    const Tensor total = penalties.sum.defined() ? loss + penalties.sum : loss;
    update(total, "the generator's loss", generator_optimizer_, options_.generator_schedule, "gradient_norm_g", result);
    update_average(*averaged_, *generator_, options_.average.decay(images_, real.size(0) * options_.generator_every));
  }

  void update(const Tensor& total, const std::string& what, Optimizer& optimizer, const AnySchedule& schedule,
              std::string norm_name, StepResult& result) {
    watch_.observe(step_, what, total);
    optimizer.zero_gradients();
    total.backward();
    const Tensor norm = optimizer.gradient_norm();
    watch_.observe(step_, "the gradient of " + what, norm);
    optimizer.step(schedule.factor(progress()));
    optimizer.zero_gradients();
    result.add(std::move(norm_name), norm);
  }

  Progress progress() const {
    return {.images = images_,
            .epoch = data_size_ > 0 ? static_cast<double>(images_) / static_cast<double>(data_size_) : 0.0,
            .fraction = total_images_ > 0 ? static_cast<double>(images_) / static_cast<double>(total_images_) : 0.0};
  }

  Value log_record(ScalarMeans& means, const Stopwatch& interval) {
    watch_.check();
    const std::chrono::duration<double> elapsed = Stopwatch::Clock::now() - interval.start;
    const std::chrono::duration<double> waited = interval.waited;
    Value record{Value::Object{}};
    record.set("step", step_);
    record.set("kimg", static_cast<double>(images_) / 1000);
    if (data_size_ > 0) record.set("epoch", progress().epoch);
    const Value scalars = means.take();
    for (const auto& [name, mean] : scalars.object()) record.set(name, mean);
    record.set("learning_rate_g",
               generator_optimizer_.learning_rate() * options_.generator_schedule.factor(progress()));
    record.set("learning_rate_d",
               discriminator_optimizer_.learning_rate() * options_.discriminator_schedule.factor(progress()));
    record.set("images_per_second", static_cast<double>(interval.images) / elapsed.count());
    record.set("wait_share", waited / elapsed);
    return record;
  }

  TrainerOptions options_;
  at::Device device_;
  at::MemoryFormat format_;
  Generator generator_;
  Discriminator discriminator_;
  Generator averaged_;
  Loss loss_;
  PolicySetType policies_;
  Optimizer generator_optimizer_;
  Optimizer discriminator_optimizer_;
  TensorRandom latent_random_;
  TensorRandom policy_random_;
  FiniteWatch watch_;
  std::int64_t step_ = 0;
  std::int64_t images_ = 0;
  std::int64_t data_size_ = 0;
  std::int64_t total_images_ = 0;
};

}  // namespace cspgan
