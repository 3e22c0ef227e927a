// Networks, a loss, a policy and a batch source that are not part of the library, as a user might write them.
#pragma once

#include <ATen/ops/equal.h>
#include <ATen/ops/softplus.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>
#include <torch/utils.h>

#include "cspgan/policies/step_context.hpp"
#include "cspgan/training/batch_source.hpp"
#include "cspgan/training/trainer.hpp"
#include "support/trainer_state.hpp"

namespace cspgan_test {

using cspgan::Tensor;

/// Two linear layers to a 4x4 image; a user's own module, which uses no option type of the library.
class UsersGeneratorImpl : public torch::nn::Cloneable<UsersGeneratorImpl> {
 public:
  explicit UsersGeneratorImpl(std::int64_t latents) : latents_(latents) { reset(); }
  void reset() override {
    hidden_ = register_module("hidden", torch::nn::Linear(latents_, 16));
    image_ = register_module("image", torch::nn::Linear(16, 3 * 4 * 4));
  }
  Tensor forward(const Tensor& z) { return image_(hidden_(z).relu()).tanh().view({-1, 3, 4, 4}); }
  std::int64_t latent_size() const { return latents_; }

 private:
  std::int64_t latents_;
  torch::nn::Linear hidden_{nullptr}, image_{nullptr};
};
TORCH_MODULE(UsersGenerator);

/// A plain module in a shared pointer instead of a holder.
class UsersDiscriminator : public torch::nn::Module {
 public:
  UsersDiscriminator() {
    hidden_ = register_module("hidden", torch::nn::Linear(3 * 4 * 4, 16));
    score_ = register_module("score", torch::nn::Linear(16, 1));
  }
  Tensor forward(const Tensor& images) { return score_(hidden_(images.flatten(1)).tanh()).flatten(); }

 private:
  torch::nn::Linear hidden_{nullptr}, score_{nullptr};
};

/// The non-saturating loss without targets, as a user might write it.
struct UsersLoss {
  Tensor discriminator(const cspgan::Scores& scores) const {
    return at::softplus(-scores.real).mean() + at::softplus(scores.fake).mean();
  }
  Tensor generator(const cspgan::Scores& scores) const { return at::softplus(-scores.fake).mean(); }
};

/// Noise on images, whose strength is state that must be restored on resuming.
struct UsersPolicy {
  double sigma = 0.5;
  Tensor edit_images(const Tensor& images, cspgan::StepContext& step) {
    if (!step.generator_update) sigma *= 0.99;
    return images + step.normal_like(images) * sigma;
  }
  void save(cspgan::StateWriter& writer) const { writer.number("sigma", sigma); }
  void load(cspgan::StateReader& reader) { sigma = reader.number("sigma"); }
};

/// Batches that are functions of the position.
class UsersBatches {
 public:
  explicit UsersBatches(std::int64_t batch = 8) : batch_(batch) {}
  cspgan::Batch next() {
    cspgan::TensorRandom random(static_cast<std::uint64_t>(1000 + position_), at::kCPU);
    position_ += batch_;
    return {random.integers({batch_, 3, 4, 4}, 100, 256).to(at::kByte)};
  }
  void seek(std::int64_t position) { position_ = position; }
  std::int64_t position() const { return position_; }
  std::int64_t size() const { return 40; }
  std::int64_t batch_size() const { return batch_; }

 private:
  std::int64_t batch_;
  std::int64_t position_ = 0;
};

struct Pair {
  UsersGenerator generator{4};
  std::shared_ptr<UsersDiscriminator> discriminator = std::make_shared<UsersDiscriminator>();
};

inline Pair seeded_pair(std::uint64_t seed) {
  torch::manual_seed(seed);
  return {};
}

inline cspgan::TrainerOptions cpu_options() { return {.seed = 3, .device = "cpu"}; }

}  // namespace cspgan_test
