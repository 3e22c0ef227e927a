// The training loop: one discriminator turn and one generator turn a step, on one batch of real images.
#pragma once

#include <ATen/ops/full_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
#include "cspgan/training/device_graph.hpp"
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
    if (options_.capture) {
      require_captures(device_);
      stream_.emplace(device_);
    }
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
    const DeviceStream::Scope on_stream(stream_ ? &*stream_ : nullptr);
    const Tensor real = prepare(real_images);
    const Due due{.generator = step_ % options_.generator_every == 0,
                  .discriminator = step_ % options_.discriminator_every == 0};
    StepResult result{.step = step_, .images = images_ + real.size(0), .scalars = {}};

    CapturedStep* const captured = captured_step(real, due);
    try {
      Passes own;
      Passes& passes = captured != nullptr ? captured->passes : own;
      passes.real = captured != nullptr ? passes.real.copy_(real.detach()) : real;
      compute(captured, passes, due, result);
    } catch (...) {  // its two graphs would no longer be of one step
      if (captured != nullptr) std::erase_if(captured_, [&](const auto& one) { return &one.second == captured; });
      throw;
    }

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
      const auto before_observers = Stopwatch::Clock::now();
      for (const auto& observer : observers) observer->on_step(view, result);
      interval.start += Stopwatch::Clock::now() - before_observers;  // pictures and evaluations are no training

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

  static void require_captures(at::Device device) {
    if (!captures_graphs(device))
      throw OptionError("capture: needs a CUDA GPU, and this library built with CUDA's headers, but the device is " +
                        device.str() + "; set capture = false");
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

  // ---- a step: passes of the networks, which a graph may repeat, and updates, whose numbers change from step to step

  struct Due {
    bool generator, discriminator;
  };

  /// What a turn leaves for the update after it; the gradients are in the parameters.
  struct Turn {
    std::string network;  // "discriminator" or "generator"
    Tensor loss;          // with penalties
    Tensor gradient_norm;
    std::vector<std::pair<std::string, Tensor>> scalars;
  };

  struct Passes {
    Tensor real, latents, fake;
    Turn discriminator{.network = "discriminator", .loss = {}, .gradient_norm = {}, .scalars = {}};
    Turn generator{.network = "generator", .loss = {}, .gradient_norm = {}, .scalars = {}};
  };

  /// Kinds of steps that are captured, since each has memory of its own; others run as they are.
  static constexpr std::size_t most_captured = 8;

  /// The passes of steps that are alike, on the memory that stays theirs.
  struct CapturedStep {
    Passes passes;
    DeviceGraph first;   // up to the gradients of the discriminator
    DeviceGraph second;  // up to those of the generator
  };

  void compute(CapturedStep* captured, Passes& passes, const Due& due, StepResult& result) {
    run(captured, &CapturedStep::first, [&] { first_passes(passes, due); });
    if (due.discriminator)
      update(passes.discriminator, captured != nullptr, discriminator_optimizer_, options_.discriminator_schedule,
             result);
    if (!due.generator) return;
    run(captured, &CapturedStep::second, [&] { generator_turn(passes); });
    update(passes.generator, captured != nullptr, generator_optimizer_, options_.generator_schedule, result);
    const std::int64_t shown = passes.real.size(0) * options_.generator_every;
    update_average(*averaged_, *generator_, options_.average.decay(images_, shown));
  }

  StepContext context_of(bool generator_turn) {
    const std::int64_t every = generator_turn ? options_.generator_every : options_.discriminator_every;
    return {.step = step_,
            .images = images_,
            .random = policy_random_,
            .turn = step_ / every,
            .generator_turn = generator_turn};
  }

  /// That of steps with such images, such turns and such variants of all policies; nullptr where a step runs as it is.
  CapturedStep* captured_step(const Tensor& real, const Due& due) {
    if (!options_.capture) return nullptr;
    std::vector<std::int64_t> key = real.sizes().vec();
    key.push_back(static_cast<std::int64_t>(real.scalar_type()));
    for (const bool generator_turn : {false, true}) {
      const bool in_this_step = generator_turn ? due.generator : due.discriminator;
      key.push_back(in_this_step);
      if (!in_this_step) continue;
      const auto variants = policies_.variants(context_of(generator_turn));
      if (!variants) return nullptr;
      key.insert(key.end(), variants->begin(), variants->end());
    }
    const auto known = captured_.find(key);
    if (known != captured_.end()) return &known->second;
    if (captured_.size() == most_captured) return nullptr;
    const auto state = [generator = generator_, discriminator = discriminator_] {
      std::vector<Tensor> tensors = tensors_of(*generator);
      for (Tensor& tensor : tensors_of(*discriminator)) tensors.push_back(std::move(tensor));
      return tensors;
    };
    CapturedStep made{{}, {device_, discriminator_->parameters(), state}, {device_, generator_->parameters(), state}};
    made.passes.real = at::empty_like(real.detach());
    return &captured_.emplace(std::move(key), std::move(made)).first->second;
  }

  void run(CapturedStep* captured, DeviceGraph CapturedStep::*part, const std::function<void()>& work) {
    if (captured != nullptr)
      (captured->*part).run(work);
    else
      work();
  }

  /// Fakes, and the discriminator's turn where it is due.
  void first_passes(Passes& passes, const Due& due) {
    passes.latents = latent_random_.normal({passes.real.size(0), generator_->latent_size()});
    passes.fake = [&] {
      const c10::AutoGradMode graph(due.generator);
      return generate(passes.latents);
    }();
    if (due.discriminator) discriminator_turn(passes);
  }

  void discriminator_turn(Passes& passes) {
    StepContext context = context_of(false);
    const Tensor real_shown = shown_to_discriminator(passes.real, Shown::real, context);
    const Tensor fake_shown =
        shown_to_discriminator(policies_.edit_fakes(passes.fake.detach(), context), Shown::fake, context);
    const Scores scores{score(real_shown), score(fake_shown)};
    const Targets targets = policies_.edit_targets({at::ones_like(scores.real), at::zeros_like(scores.fake)}, context);
    const Tensor loss = discriminator_loss(loss_, scores, targets);
    const DiscriminatorTurn turn{real_shown, fake_shown, scores,
                                 [this](const Tensor& images) { return score(images); }};
    const Penalties penalties = policies_.discriminator_penalty(turn, context);
    finish(passes.discriminator, "loss_d", loss, penalties, discriminator_optimizer_);
    passes.discriminator.scalars.emplace_back("score_real", scores.real.detach().mean());
    passes.discriminator.scalars.emplace_back("score_fake", scores.fake.detach().mean());
    passes.discriminator.scalars.emplace_back("gradient_norm_d", passes.discriminator.gradient_norm);
  }

  void generator_turn(Passes& passes) {
    StepContext context = context_of(true);
    const FrozenWeights frozen(*discriminator_);
    Scores scores{Tensor(), score(shown(passes.fake, Shown::fake, context))};
    if (loss_needs_real_scores(loss_)) {
      const c10::AutoGradMode no_graph(false);
      scores.real = score(shown(passes.real, Shown::real, context));
    }
    const Targets targets{at::ones_like(scores.fake), at::zeros_like(scores.fake)};
    const Tensor loss = generator_loss(loss_, scores, targets);
    const GeneratorTurn turn{passes.latents, passes.fake, scores, [this](const Tensor& z) { return generate(z); }};
    const Penalties penalties = policies_.generator_penalty(turn, context);
    finish(passes.generator, "loss_g", loss, penalties, generator_optimizer_);
    passes.generator.scalars.emplace_back("gradient_norm_g", passes.generator.gradient_norm);
    passes.fake = passes.fake.detach();  // its graph is spent
  }

  /// Gradients of a loss with its penalties.
  void finish(Turn& turn, std::string loss_name, const Tensor& loss, const Penalties& penalties, Optimizer& optimizer) {
    const Tensor total = penalties.sum.defined() ? loss + penalties.sum : loss;
    if (!options_.capture) watch_loss(turn.network, total);
    optimizer.zero_gradients();
    total.backward();
    turn.loss = total.detach();
    turn.gradient_norm = optimizer.gradient_norm();
    turn.scalars = {{std::move(loss_name), loss.detach()}};
    for (const auto& [name, penalty] : penalties.parts) turn.scalars.emplace_back("penalty_" + name, penalty);
  }

  void watch_loss(const std::string& network, const Tensor& loss) {
    watch_.observe(step_, "the " + network + "'s loss", loss);
  }

  /// `repeated`: the next step writes to the turn's tensors, so the result has copies.
  void update(const Turn& turn, bool repeated, Optimizer& optimizer, const AnySchedule& schedule, StepResult& result) {
    if (options_.capture) watch_loss(turn.network, turn.loss);  // which no graph may do
    watch_.observe(step_, "the gradient of the " + turn.network + "'s loss", turn.gradient_norm);
    optimizer.step(schedule.factor(progress()));
    optimizer.zero_gradients();
    for (const auto& [name, scalar] : turn.scalars)
      if (scalar.defined()) result.add(name, repeated ? scalar.clone() : scalar);
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
  std::optional<DeviceStream> stream_;  // where steps are captured
  std::map<std::vector<std::int64_t>, CapturedStep> captured_;
  FiniteWatch watch_;
  std::int64_t step_ = 0;
  std::int64_t images_ = 0;
  std::int64_t data_size_ = 0;
  std::int64_t total_images_ = 0;
};

}  // namespace cspgan
