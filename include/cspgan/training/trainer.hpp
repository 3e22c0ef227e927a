// The Trainer: two networks, a loss, policies and optimizers, and everything needed to stop and resume a run.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "cspgan/core/device.hpp"
#include "cspgan/losses/concepts.hpp"
#include "cspgan/nn/gaussian_noise.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/training/batch_source.hpp"
#include "cspgan/training/fit.hpp"
#include "cspgan/training/networks.hpp"
#include "cspgan/training/observer.hpp"
#include "cspgan/training/trainer_options.hpp"
#include "cspgan/training/training_step.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace detail {
/// Converts uint8 or float images on any device to the input of the networks: float on `device`, uint8 mapped to [-1,
/// 1]. Throws Error unless they are [N, C, H, W].
Tensor prepare_images(const Tensor& images, at::Device device, at::MemoryFormat format);
TrainerOptions validated(TrainerOptions options);
/// step, kimg, epoch if the size of the data is known, the means, and both learning rates.
Value log_record(std::int64_t step, const Progress& progress, bool data_size_known, ScalarMeans& means,
                 double learning_rate_g, double learning_rate_d);
}  // namespace detail

/// What Trainer::initialize took.
struct InitializedNetworks {
  FittedModule generator, ema, discriminator;
};

/// Trains a generator against a discriminator. The networks are shared with the caller (LibTorch holders are
/// references): the constructor moves them to the device, sets the memory layout of their weights (`channels_last`),
/// puts them into training mode and makes their noise layers draw from the trainer's random generator. `ema()` is the
/// copy to sample from.
///
/// Stopping after any step, saving, and loading into a Trainer with the same arguments continues the run to the same
/// bits, on the same machine (CPU or GPU) with the same number of threads, given the batches from position `images()`
/// on.
template <GeneratorNetwork Generator, DiscriminatorNetwork Discriminator, class Loss, class PolicySetType = Policies<>>
class Trainer {
 public:
  /// Throws OptionError if an option is out of range or a policy does not fit the loss.
  Trainer(Generator generator, Discriminator discriminator, Loss loss, PolicySetType policies = {},
          TrainerOptions options = {})
      : Trainer(detail::validated(std::move(options)), std::move(generator), std::move(discriminator), std::move(loss),
                std::move(policies)) {}

  /// One step on real images: uint8 [N, C, H, W], or float in [-1, 1]; on any device. Does not wait for a GPU.
  StepResult step(const Tensor& real_images) {
    const DeterministicScope same_bits(state_.device);
    return training_step(state_, detail::prepare_images(real_images, state_.device, memory_format()));
  }

  /// Trains on batches until the whole length of the run is reached or `should_stop` returns true. Batches start at the
  /// position of the trainer, so a resumed run sees the same images as an uninterrupted one.
  template <BatchSource Batches>
  RunSummary fit(Batches& batches, const RunOptions& run, const Observers& observers = {}) {
    state_.data_size = batches.size();
    state_.total_images = run.total_images(state_.data_size, batches.batch_size(), state_.step, state_.images);
    batches.seek(state_.images);
    return cspgan::fit(*this, batches, state_.total_images, run, observers, View(*this));
  }

  /// Images of the EMA generator, float32 [N, C, H, W] on the CPU, from latents [N, Z].
  Tensor sample(const Tensor& latents) const {
    const c10::AutoGradMode no_graph(false);
    const Autocast precision(state_.device, state_.options.precision);
    Generator network = state_.ema;  // a holder: forward() of a LibTorch module is never const
    return network->forward(latents.to(state_.device)).to(at::kCPU, at::kFloat).contiguous();
  }

  /// Puts all state into `file`: weights, EMA, optimizers, random generators, policies, position. This is a snapshot
  /// that further training does not change. Waits for the device. Throws NonFiniteError, instead of saving, if a value
  /// is not finite.
  void save(TensorFile& file) const { save(file, Copies::all); }

  /// Restores what `save` wrote. If a tensor is missing or has another shape, throws Error naming the first one and
  /// leaves the trainer unchanged. Also works after a NonFiniteError.
  void load(const TensorFile& file) {
    TensorFile before;
    write(before, Copies::all);
    try {
      read(file);
    } catch (...) {
      read(before);
      throw;
    }
    state_.guard = {};
  }

  /// Takes from what `save` wrote, of this or another run, the weights and the EMA that fit (the EMA for both if the
  /// file holds no other weights, as that of save_generator); everything else stays as it is: for fine-tuning, before
  /// the first step. Throws Error if less than a tenth of the generator's weights fit, and leaves the trainer
  /// unchanged.
  InitializedNetworks initialize(const TensorFile& file) {
    TensorFile before;
    write(before, Copies::all);
    const bool has_weights = file.has_tensors_of("generator.");
    const InitializedNetworks fitted{
        .generator = load_fitting(*state_.generator, StateReader(file, has_weights ? "generator." : "generator_ema.")),
        .ema = load_fitting(*state_.ema, StateReader(file, "generator_ema.")),
        .discriminator = load_fitting(*state_.discriminator, StateReader(file, "discriminator."))};
    if (fitted.generator.share >= 0.1) return fitted;
    read(before);
    throw Error("its generator is another: less than a tenth of this one's weights fit");
  }

  /// Draws other random numbers from here on, a function of the seed and `salt`: to go on differently from a point to
  /// which a run has come back.
  void draw_anew(std::uint64_t salt) {
    state_.latent_random.set_state(TensorRandom(mix_seeds({state_.options.seed, 1, salt}), state_.device).state());
    state_.policy_random.set_state(TensorRandom(mix_seeds({state_.options.seed, 2, salt}), state_.device).state());
  }

  Generator generator() const { return state_.generator; }
  Generator ema() const { return state_.ema; }
  Discriminator discriminator() const { return state_.discriminator; }
  const TrainerOptions& options() const { return state_.options; }
  at::Device device() const { return state_.device; }
  std::int64_t steps() const { return state_.step; }
  std::int64_t images() const { return state_.images; }

  /// The log record of the steps since the last call. Waits for the device. Throws NonFiniteError if a value was not
  /// finite.
  Value log_record(ScalarMeans& means) const {
    state_.guard.check();
    const auto rate = [&](const Optimizer& optimizer, const AnySchedule& schedule) {
      return optimizer.learning_rate() * schedule.factor(state_.progress());
    };
    return detail::log_record(state_.step, state_.progress(), state_.data_size > 0, means,
                              rate(state_.generator_optimizer, state_.options.generator_schedule),
                              rate(state_.discriminator_optimizer, state_.options.discriminator_schedule));
  }

 private:
  using State = TrainingState<Generator, Discriminator, Loss, PolicySetType>;

  class View final : public TrainerView {
   public:
    explicit View(const Trainer& trainer) : trainer_(trainer) {}
    std::int64_t step() const override { return trainer_.state_.step; }
    std::int64_t images() const override { return trainer_.state_.images; }
    std::int64_t total_images() const override { return trainer_.state_.total_images; }
    std::int64_t latent_size() const override { return trainer_.state_.generator->latent_size(); }
    Tensor sample(const Tensor& latents) const override { return trainer_.sample(latents); }
    void save(TensorFile& file) const override { trainer_.save(file, Copies::none); }

   private:
    const Trainer& trainer_;
  };

  Trainer(const TrainerOptions& options, Generator generator, Discriminator discriminator, Loss loss,
          PolicySetType policies)
      : state_(make_state(options, settle(std::move(generator), options), settle(std::move(discriminator), options),
                          std::move(loss), std::move(policies))) {
    static_assert(check_policies<Loss, PolicySetType>());
    require_compatible(state_.loss, state_.policies);
    if (options.channels_last) use_channels_last(*state_.ema);
    state_.ema->eval();
    state_.generator->train();
    state_.discriminator->train();
    set_noise_generator(*state_.generator, state_.policy_random.generator());
    set_noise_generator(*state_.discriminator, state_.policy_random.generator());
  }

  static State make_state(const TrainerOptions& options, Generator generator, Discriminator discriminator, Loss loss,
                          PolicySetType policies) {
    const at::Device device = parse_device(options.device);
    return {.options = options,
            .device = device,
            .generator = generator,
            .discriminator = discriminator,
            .ema = copy_network(generator),
            .loss = std::move(loss),
            .policies = std::move(policies),
            .generator_optimizer = Optimizer(options.generator_optimizer, generator->parameters()),
            .discriminator_optimizer = Optimizer(options.discriminator_optimizer, discriminator->parameters()),
            .latent_random = TensorRandom(mix_seeds({options.seed, 1}), device),
            .policy_random = TensorRandom(mix_seeds({options.seed, 2}), device)};
  }

  template <class Network>
  static Network settle(Network network, const TrainerOptions& options) {
    network->to(parse_device(options.device));
    if (options.channels_last) use_channels_last(*network);
    return network;
  }

  at::MemoryFormat memory_format() const {
    return state_.options.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  }

  void save(TensorFile& file, Copies copies) const {
    state_.guard.check();
    write(file, copies);
  }

  void write(TensorFile& file, Copies copies) const {
    save_module(*state_.generator, StateWriter(file, "generator.", copies));
    save_module(*state_.ema, StateWriter(file, "generator_ema.", copies));
    save_module(*state_.discriminator, StateWriter(file, "discriminator.", copies));
    state_.generator_optimizer.save(StateWriter(file, "optimizer_g.", copies));
    state_.discriminator_optimizer.save(StateWriter(file, "optimizer_d.", copies));
    StateWriter policies(file, "policies.", copies);
    state_.policies.save(policies);
    StateWriter own(file, "trainer.", copies);
    own.integer("step", state_.step);
    own.integer("images", state_.images);
    own.tensor("latent_random", state_.latent_random.state());
    own.tensor("policy_random", state_.policy_random.state());
  }

  void read(const TensorFile& file) {
    const StateReader own(file, "trainer.");
    const std::int64_t step = own.integer("step"), images = own.integer("images");
    if (step < 0 || images < 0) throw Error("the checkpoint's position is damaged: step " + std::to_string(step));
    load_module(*state_.generator, StateReader(file, "generator."));
    load_module(*state_.ema, StateReader(file, "generator_ema."));
    load_module(*state_.discriminator, StateReader(file, "discriminator."));
    state_.generator_optimizer.load(StateReader(file, "optimizer_g."));
    state_.discriminator_optimizer.load(StateReader(file, "optimizer_d."));
    StateReader policies(file, "policies.", state_.device);
    state_.policies.load(policies);
    state_.latent_random.set_state(own.tensor("latent_random"));
    state_.policy_random.set_state(own.tensor("policy_random"));
    state_.step = step;
    state_.images = images;
  }

  State state_;
};

}  // namespace cspgan
