// The latents whose images come closest to given pictures.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/models/generator.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// How latents are searched. validate() throws OptionError, naming the field, if a value is out of range.
struct ProjectionOptions {
  std::int64_t candidates = 4096;
  std::int64_t starts = 8;
  std::int64_t steps = 300;
  double learning_rate = 0.2;
  double prior = 0.1;
  std::uint64_t seed = 0;
  std::int64_t batch_size = 64;

  static void describe(auto&& self, auto&& field) {
    field("candidates", self.candidates, "random latents, the best of which are starts, >= starts");
    field("starts", self.starts, "latents that are improved for each picture, of which the best is kept, >= 1");
    field("steps", self.steps, "steps of each start, >= 0");
    field("learning_rate", self.learning_rate, "first step size of Adam, > 0; it falls to 0 along a cosine");
    field("prior", self.prior,
          "weight of (|z|^2 / Z - 1)^2, which keeps latents as long as random ones, >= 0; 0: none");
    field("seed", self.seed, "seed of the candidates");
    field("batch_size", self.batch_size, "images drawn at once, >= 1");
  }
  void validate() const;

  friend bool operator==(const ProjectionOptions&, const ProjectionOptions&) = default;
};

/// What was found for N pictures. Residuals are root mean square differences of the pixels' values, in gray levels.
struct Projection {
  Tensor start_latents;    // float32 [N, Z]: of the candidates, the best
  Tensor latents;          // float32 [N, Z]: the best that was found
  Tensor start_residuals;  // float32 [N]
  Tensor residuals;        // float32 [N]
};

/// Searches, for each of uint8 [N, C, S, S], S that of the generator, the latent whose image is closest: by the mean
/// squared difference of the pixels, plus that of both pictures at half and at a quarter of their size. Adam follows
/// the gradient from the best candidates. The same options give the same bits on the same machine with as many threads.
/// Throws Error for images of another shape or type.
Projection project(const Generator& generator, const Tensor& images, const ProjectionOptions& options = {},
                   at::Device device = at::kCPU, const StageProgress& progress = {});

}  // namespace cspgan
