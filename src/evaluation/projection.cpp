// Searching latents by their images.
#include "cspgan/evaluation/projection.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/training/optimizers.hpp"

namespace cspgan {

namespace {

/// Images [N, C, S, S] as vectors [N, F] whose squared distance is the mean squared difference of the pixels, plus that
/// of both images at half and at a quarter of their size.
Tensor pyramid(Tensor images) {
  std::vector<Tensor> levels;
  for (int level = 0; level < 3; ++level) {
    if (level > 0 && images.size(2) > 1) images = at::avg_pool2d(images, 2);
    const Tensor values = images.flatten(1);
    levels.push_back(values / std::sqrt(static_cast<double>(values.size(1))));
  }
  return at::cat(levels, 1);
}

/// In evaluation mode, on `device`, and without gradients of its weights.
std::shared_ptr<GeneratorImpl> frozen_copy(const Generator& generator, at::Device device) {
  auto copy = std::dynamic_pointer_cast<GeneratorImpl>(generator->clone(device));
  copy->eval();
  for (Tensor& parameter : copy->parameters()) parameter.requires_grad_(false);
  return copy;
}

/// The search for the latents of some pictures.
class LatentSearch {
 public:
  LatentSearch(const Generator& generator, const Tensor& images, const ProjectionOptions& options, at::Device device)
      : options_(options),
        device_(device),
        generator_(frozen_copy(generator, device)),
        targets_(pyramid(images.to(device).to(at::kFloat) / 127.5 - 1)) {}

  /// The best candidates for each picture, the best first: [N, starts, Z].
  Tensor starts(const OnProgress& progress) const {
    const c10::AutoGradMode no_graph(false);
    std::vector<Tensor> losses;  // [N, some]
    for (std::int64_t first = 0; first < options_.candidates; first += options_.batch_size) {
      const std::int64_t some = std::min(options_.batch_size, options_.candidates - first);
      const Tensor images = drawn(candidates(first, some));
      losses.push_back(images.square().sum(1) - 2 * targets_.matmul(images.t()));  // plus that of the target alone
      if (progress) progress(first + some, options_.candidates);
    }
    const Tensor best = at::cat(losses, 1).argsort(/*stable=*/true, 1).slice(1, 0, options_.starts);  // [N, starts]
    return candidates(0, options_.candidates).index_select(0, best.flatten()).view({best.size(0), best.size(1), -1});
  }

  /// The best latent on the way from any of one picture's starts [starts, Z]: [Z].
  Tensor improved(std::int64_t picture, const Tensor& starts, const std::function<void(std::int64_t)>& tell) const {
    Tensor latents = starts.clone().requires_grad_(true);
    Optimizer optimizer(Adam{.learning_rate = options_.learning_rate, .beta1 = 0.9}, {latents});
    Tensor best = starts.clone();
    Tensor least = at::full({starts.size(0)}, std::numeric_limits<float>::infinity(), starts.options());
    for (std::int64_t step = 0; step <= options_.steps; ++step) {
      const Tensor distances = (drawn(latents) - targets_[picture]).square().sum(1);
      const Tensor lengths = latents.square().mean(1);
      {
        const c10::AutoGradMode no_graph(false);
        const Tensor better = distances < least;
        best = at::where(better.unsqueeze(1), latents, best);
        least = at::where(better, distances, least);
      }
      if (step == options_.steps) break;
      optimizer.zero_gradients();
      (distances + options_.prior * (lengths - 1).square()).sum().backward();
      optimizer.step(
          (1 + std::cos(std::numbers::pi * static_cast<double>(step) / static_cast<double>(options_.steps))) / 2);
      tell(step + 1);
    }
    return best[least.argmin().item<std::int64_t>()].detach();
  }

  /// The root mean square difference of each picture and its latent's, as files show them, in gray levels: [N].
  Tensor residuals(const Tensor& images, const Tensor& latents) const {
    const c10::AutoGradMode no_graph(false);
    std::vector<Tensor> found;
    for (std::int64_t i = 0; i < latents.size(0); ++i) {
      const Tensor image = to_bytes(generator_->forward(latents.slice(0, i, i + 1)))[0];
      found.push_back((image.to(at::kFloat) - images[i].to(device_)).square().mean().sqrt().view({1}));
    }
    return at::cat(found).cpu();
  }

 private:
  Tensor candidates(std::int64_t first, std::int64_t count) const {
    return indexed_latents(options_.seed, first, count, generator_->latent_size()).to(device_);
  }
  Tensor drawn(const Tensor& latents) const { return pyramid(generator_->forward(latents)); }

  ProjectionOptions options_;
  at::Device device_;
  std::shared_ptr<GeneratorImpl> generator_;
  Tensor targets_;
};

}  // namespace

void ProjectionOptions::validate() const {
  detail::require_from_to(starts, 1, 1024, "projection: starts");
  detail::require_from_to(candidates, starts, 1'000'000, "projection: candidates");
  detail::require_from_to(steps, 0, 1'000'000, "projection: steps");
  detail::require_positive(learning_rate, "projection: learning_rate");
  detail::require_not_negative(prior, "projection: prior");
  detail::require_from_to(batch_size, 1, 4096, "projection: batch_size");
}

Projection project(const Generator& generator, const Tensor& images, const ProjectionOptions& options,
                   at::Device device, const StageProgress& progress) {
  options.validate();
  const GeneratorOptions& drawn = generator->options;
  const std::vector<std::int64_t> shape{images.defined() ? images.size(0) : 0, drawn.image_channels, drawn.image_size,
                                        drawn.image_size};
  if (!images.defined() || images.scalar_type() != at::kByte || images.sizes() != shape || shape[0] < 1)
    throw Error(fmt::format("projection: images must be uint8 [N >= 1, {}, {}, {}], not {}", shape[1], shape[2],
                            shape[3], describe_tensor(images)));
  const FullPrecisionScope exact;
  const DeterministicScope repeatable(device);
  const LatentSearch search(generator, images, options, device);
  const Tensor starts = search.starts(stage_of(progress, "candidates"));
  std::vector<Tensor> found;
  for (std::int64_t i = 0; i < shape[0]; ++i)
    found.push_back(search.improved(i, starts[i], [&](std::int64_t step) {
      if (progress) progress("steps", i * options.steps + step, shape[0] * options.steps);
    }));
  const Tensor best = at::stack(found), first = starts.select(1, 0);
  return {.start_latents = first.cpu().contiguous(),
          .latents = best.cpu(),
          .start_residuals = search.residuals(images, first),
          .residuals = search.residuals(images, best)};
}

}  // namespace cspgan
