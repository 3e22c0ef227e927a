// One training step, from top to bottom: fakes, an update of the discriminator, an update of the generator.
#pragma once

#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <string>
#include <utility>

#include "cspgan/core/scores.hpp"
#include "cspgan/losses/concepts.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/training/autocast.hpp"
#include "cspgan/training/ema.hpp"
#include "cspgan/training/step_result.hpp"
#include "cspgan/training/trainer_options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Everything that a step reads and changes. The Trainer owns, saves and loads it.
template <class Generator, class Discriminator, class Loss, class PolicySetType>
struct TrainingState {
  TrainerOptions options;
  at::Device device;
  Generator generator;
  Discriminator discriminator;
  Generator ema;  // of the generator
  Loss loss;
  PolicySetType policies;
  Optimizer generator_optimizer;
  Optimizer discriminator_optimizer;
  TensorRandom latent_random;
  TensorRandom policy_random;
  NonFiniteGuard guard{};
  std::int64_t step = 0;          // steps done
  std::int64_t images = 0;        // real images shown
  std::int64_t data_size = 0;     // images in the data set; 0 if unknown
  std::int64_t total_images = 0;  // length of the run; 0 if unknown

  Progress progress() const {
    return {.images = images,
            .epoch = data_size > 0 ? static_cast<double>(images) / static_cast<double>(data_size) : 0.0,
            .fraction = total_images > 0 ? static_cast<double>(images) / static_cast<double>(total_images) : 0.0};
  }
};

namespace detail {
/// Runs the backward pass and the optimizer step. Returns the norm of the gradient, a scalar. Adds the loss and each
/// penalty to `result`, as loss_g, penalty_r1, ... If a value is not finite, throws NonFiniteError on the CPU and
/// records it in the guard on a GPU.
Tensor update_network(const std::string& network, const Tensor& loss, const Penalties& penalties, Optimizer& optimizer,
                      double learning_rate_factor, NonFiniteGuard& guard, StepResult& result);
}  // namespace detail

/// One step on real images, float [N, C, H, W] in [-1, 1] on the state's device. Does not wait for a GPU. The scalars
/// of the result are named as they are logged (see StepResult).
template <class State>
StepResult training_step(State& state, const Tensor& real) {
  const TrainerOptions& options = state.options;
  const bool updates_discriminator = state.step % options.discriminator_interval == 0;
  const bool updates_generator = state.step % options.generator_interval == 0;
  StepResult result{.step = state.step, .images = state.images + real.size(0), .scalars = {}};

  const auto generate = [&](const Tensor& latents) {
    const Autocast precision(state.device, options.precision);
    return state.generator->forward(latents).to(at::kFloat);
  };
  const auto score = [&](const Tensor& images) {
    const Autocast precision(state.device, options.precision);
    return state.discriminator->forward(images).to(at::kFloat);
  };
  const auto edit = [&](const Tensor& images, Domain domain, StepContext& context) {
    context.domain = domain;
    return state.policies.edit_images(images, context);
  };

  // Fakes: the generator runs once per step and keeps its graph for its own update, unless that uses fresh latents.
  Tensor latents = state.latent_random.normal({real.size(0), state.generator->latent_size()});
  Tensor fake = [&] {
    const c10::AutoGradMode graph(updates_generator && !(options.fresh_latents && updates_discriminator));
    return generate(latents);
  }();

  if (updates_discriminator) {
    StepContext context{.step = state.step,
                        .images = state.images,
                        .random = state.policy_random,
                        .update = state.step / options.discriminator_interval};
    // A penalty on image gradients differentiates with respect to the images before they are edited, as StyleGAN2-ADA
    // (loss.py) and R3GAN (Trainer.py) do. So a published gamma means the same here, whatever the augmentation.
    const auto as_penalty_needs = [&](const Tensor& images, Domain domain) {
      return state.policies.needs_image_gradients(domain, context) ? images.detach().requires_grad_(true) : images;
    };
    const Tensor real_images = as_penalty_needs(state.policies.edit_reals(real, fake.detach(), context), Domain::real);
    const Tensor real_seen = edit(real_images, Domain::real, context);
    const Tensor fake_images = as_penalty_needs(state.policies.edit_fakes(fake.detach(), context), Domain::fake);
    const Tensor fake_seen = edit(fake_images, Domain::fake, context);
    const Scores scores{score(real_seen), score(fake_seen)};  // after all edits: noise layers draw from the same stream
    state.policies.observe_scores({scores.real.detach(), scores.fake.detach()}, context);
    const Targets targets =
        state.policies.edit_targets({at::ones_like(scores.real), at::zeros_like(scores.fake)}, context);
    const Tensor loss = discriminator_loss(state.loss, scores, targets);
    const Penalties penalties = state.policies.discriminator_penalty(
        {real_images, fake_images, scores,
         [&](const Tensor& images) { return score(edit(images, Domain::fake, context)); }},
        context);
    const Tensor gradient_norm =
        detail::update_network("discriminator", loss, penalties, state.discriminator_optimizer,
                               options.discriminator_schedule.factor(state.progress()), state.guard, result);
    result.add("score_real", scores.real.detach().mean());
    result.add("score_fake", scores.fake.detach().mean());
    result.add("gradient_norm_d", gradient_norm);
  }

  if (updates_generator) {
    StepContext context{.step = state.step,
                        .images = state.images,
                        .random = state.policy_random,
                        .update = state.step / options.generator_interval,
                        .generator_update = true};
    if (options.fresh_latents && updates_discriminator) {
      latents = state.latent_random.normal({real.size(0), state.generator->latent_size()});
      fake = generate(latents);
    }
    const FrozenWeights frozen(*state.discriminator);
    Scores scores{Tensor(), score(edit(fake, Domain::fake, context))};
    if (loss_needs_real_scores(state.loss)) {
      const c10::AutoGradMode no_graph(false);
      scores.real = score(edit(real, Domain::real, context));
    }
    const Targets targets{at::ones_like(scores.fake), at::zeros_like(scores.fake)};
    const Tensor loss = generator_loss(state.loss, scores, targets);
    const Penalties penalties = state.policies.generator_penalty({latents, fake, scores, generate}, context);
    const Tensor gradient_norm =
        detail::update_network("generator", loss, penalties, state.generator_optimizer,
                               options.generator_schedule.factor(state.progress()), state.guard, result);
    result.add("gradient_norm_g", gradient_norm);
    update_ema(*state.ema, *state.generator,
               options.ema.decay(state.images, real.size(0) * options.generator_interval));
  }

  ++state.step;
  state.images += real.size(0);
  return result;
}

}  // namespace cspgan
