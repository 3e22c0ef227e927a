// What a policy's hooks are given: where the run stands, randomness, and the update at hand.
#pragma once

#include <cstdint>
#include <functional>

#include "cspgan/core/random.hpp"
#include "cspgan/core/scores.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Which images an edit_images hook has before it.
enum class Domain { real, fake };

/// Where the run stands, and the generator of all of a policy's randomness.
struct StepContext {
  std::int64_t step = 0;    // counts from 0
  std::int64_t images = 0;  // real images shown before this step
  TensorRandom& random;
  std::int64_t update = 0;        // updates that the network at hand had before this one
  bool generator_update = false;  // whether the hook is called for the generator's update
  Domain domain = Domain::real;    // valid in edit_images

  double kimg() const { return static_cast<double>(images) / 1000.0; }
  /// Whether something that happens in every `every`-th update of a network happens in this one (0, every, 2 every, ...).
  bool due(std::int64_t every) const { return every <= 1 || update % every == 0; }

  /// Same shape, type and device as `like`.
  Tensor uniform_like(const Tensor& like, Range range = {0, 1}) {
    return random.uniform(like.sizes(), range, like.scalar_type());
  }
  Tensor normal_like(const Tensor& like) { return random.normal(like.sizes(), like.scalar_type()); }
  Tensor bernoulli_like(const Tensor& like, double probability) {
    return random.bernoulli(like.sizes(), probability, like.scalar_type());
  }
};

/// The discriminator's update as a penalty sees it. Images are [N, 3, H, W] before edit_images (fakes after edit_fakes),
/// without a graph to the generator; scores are of the edited images and carry the graph of the discriminator's
/// parameters. Images that require gradients are leaves and were scored as such: a penalty may differentiate `scores` by
/// them instead of scoring again (policies ask for this by needs_image_gradients).
struct DiscriminatorUpdate {
  const Tensor& real;
  const Tensor& fake;
  const Scores& scores;
  std::function<Tensor(const Tensor& images)> score;  // edits images, with fresh randomness, and scores them: logits [N]
};

/// The generator's update as a penalty sees it. Fakes carry the graph of the generator's parameters.
struct GeneratorUpdate {
  const Tensor& latents;  // [N, Z]
  const Tensor& fake;     // [N, 3, H, W], before edits
  const Scores& scores;   // scores.fake; scores.real where the loss asks for it
  std::function<Tensor(const Tensor& latents)> generate;
};

}  // namespace cspgan
