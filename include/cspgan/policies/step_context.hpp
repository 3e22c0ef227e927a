// The arguments of a policy's hooks: the position of the run, randomness, and the current update.
#pragma once

#include <cstdint>
#include <functional>

#include "cspgan/core/random.hpp"
#include "cspgan/core/scores.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Whether images are real or fake.
enum class Domain { real, fake };

/// The position of the run, and the random generator that every policy must use.
struct StepContext {
  std::int64_t step = 0;    // index of the step, from 0
  std::int64_t images = 0;  // real images shown before this step
  TensorRandom& random;
  std::int64_t update = 0;        // number of earlier updates of the network that is being updated
  bool generator_update = false;  // whether the hook is called for the generator's update
  Domain domain = Domain::real;   // valid in edit_images

  double kimg() const { return static_cast<double>(images) / 1000.0; }
  /// Whether something that happens in the updates 0, every, 2 every, ... of a network is due in this one.
  bool due(std::int64_t every) const { return every <= 1 || update % every == 0; }

  /// Random tensors with the shape and type of `like`, on the training device.
  Tensor uniform_like(const Tensor& like, Range range = {0, 1}) {
    return random.uniform(like.sizes(), range, like.scalar_type());
  }
  Tensor normal_like(const Tensor& like) { return random.normal(like.sizes(), like.scalar_type()); }
  Tensor bernoulli_like(const Tensor& like, double probability) {
    return random.bernoulli(like.sizes(), probability, like.scalar_type());
  }
};

/// The discriminator's update as a penalty sees it. Images are [N, C, H, W] before edit_images (reals
/// after edit_reals, fakes after edit_fakes), without a graph to the generator; scores are of the edited images and
/// carry the graph of the discriminator's parameters. Images that require gradients are leaves and were scored as such:
/// a penalty may differentiate `scores` with respect to them instead of scoring again. Policies request this by
/// needs_image_gradients.
struct DiscriminatorUpdate {
  const Tensor& real;
  const Tensor& fake;
  const Scores& scores;
  std::function<Tensor(const Tensor& images)> score;  // edits images anew, then scores them: logits [N]
};

/// The generator's update as a penalty sees it. Fakes carry the graph of the generator's parameters.
struct GeneratorUpdate {
  const Tensor& latents;  // [N, Z]
  const Tensor& fake;     // [N, C, H, W], before edits
  const Scores& scores;   // scores.fake; scores.real if the loss needs it
  std::function<Tensor(const Tensor& latents)> generate;
};

}  // namespace cspgan
