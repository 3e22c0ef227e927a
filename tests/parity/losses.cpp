// Writes the inputs, values and gradients of every loss, penalty and augmentation to a safetensors file, for losses.py
// to recompute with PyTorch. Usage: parity_losses FILE
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>

#include <exception>
#include <iostream>
#include <string>

#include "cspgan/core/random.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/losses/any_loss.hpp"
#include "cspgan/losses/registry.hpp"
#include "cspgan/policies/differentiable_augmentation.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/policies/lecam.hpp"

using namespace cspgan;

namespace {

constexpr std::int64_t batch = 8;

/// A discriminator of two dense layers, images [N, 3, 4, 4] -> logits [N]: enough for second derivatives.
struct Network {
  Tensor in, bias, out;
  Tensor operator()(const Tensor& images) const {
    const Tensor hidden = images.flatten(1).matmul(in.t()).add(bias);
    return hidden.sigmoid().mul(hidden).matmul(out);  // hidden times its sigmoid: smooth, unlike a ReLU
  }
};

class Record {
 public:
  Record(at::ScalarType type, std::string prefix, TensorFile& file)
      : type_(type), prefix_(std::move(prefix)), file_(file) {}

  Tensor normal(at::IntArrayRef shape) { return random_.normal(shape, at::kDouble).to(type_); }
  Tensor uniform(at::IntArrayRef shape) { return random_.uniform(shape, {0, 1}, at::kDouble).to(type_); }
  void put(const std::string& name, const Tensor& tensor) {
    file_.tensors.emplace_back(prefix_ + name, tensor.detach().clone());
  }

  void losses_and_gradients() {
    const Tensor real = normal({batch}).mul(2), fake = normal({batch}).mul(2);
    const Targets targets{uniform({batch}), uniform({batch})};
    put("real", real), put("fake", fake), put("target_real", targets.real), put("target_fake", targets.fake);
    for (const auto& entry : losses().entries()) {
      const AnyLoss loss = losses().make(Value(entry.name), "loss");
      for (const bool discriminator : {true, false}) {
        const Scores scores{real.detach().requires_grad_(true), fake.detach().requires_grad_(true)};
        const Tensor value = discriminator ? loss.discriminator(scores, targets) : loss.generator(scores, targets);
        value.backward();
        const std::string name = entry.name + (discriminator ? ".discriminator" : ".generator");
        put(name, value);
        put(name + ".real", scores.real.grad().defined() ? scores.real.grad() : at::zeros({batch}, type_));
        put(name + ".fake", scores.fake.grad().defined() ? scores.fake.grad() : at::zeros({batch}, type_));
      }
    }
  }

  template <class P>
  void penalty(const std::string& name, P policy) {
    Network network{in_.detach().requires_grad_(true), bias_.detach().requires_grad_(true),
                    out_.detach().requires_grad_(true)};
    TensorRandom random(5, at::kCPU);
    StepContext step{.random = random};
    const Scores scores{network(images_), network(fakes_)};
    const Tensor value = policy.discriminator_penalty({images_, fakes_, scores, network}, step);
    value.backward();
    put(name, value);
    put(name + ".in", network.in.grad());
    put(name + ".bias", network.bias.grad());
    put(name + ".out", network.out.grad());
  }

  void penalties() {
    images_ = normal({batch, 3, 4, 4}), fakes_ = normal({batch, 3, 4, 4}).mul(0.5);
    in_ = normal({16, 48}).mul(0.2), bias_ = normal({16}), out_ = normal({16});
    put("images", images_), put("fakes", fakes_), put("in", in_), put("bias", bias_), put("out", out_);
    put("share", TensorRandom(5, at::kCPU).uniform({batch, 1, 1, 1}, {0, 1}, type_));
    penalty("gradient_penalty", GradientPenalty{});
    penalty("gradient_penalty_real", GradientPenalty{.weight = 3, .at = PenaltyPoint::real});
    penalty("r1", R1{.gamma = 0.7});
    penalty("r2", R2{.gamma = 0.7});
    const Tensor real_mean = normal({1}).squeeze(0), fake_mean = normal({1}).squeeze(0);
    put("real_mean", real_mean), put("fake_mean", fake_mean);
    const LeCam lecam{.weight = 0.3, .decay = 0.9, .real_mean = real_mean, .fake_mean = fake_mean};
    penalty("lecam", lecam);
    LeCam one_sided = lecam;
    one_sided.one_sided = true;
    penalty("lecam_one_sided", one_sided);
  }

  void augmentation() {
    const Tensor images = normal({batch, 3, 16, 16}).requires_grad_(true), weights = normal({batch, 3, 16, 16});
    TensorRandom random(6, at::kCPU);
    StepContext step{.random = random};
    const Tensor result = DifferentiableAugmentation{}.edit_images(images, step);
    result.mul(weights).sum().backward();
    put("augmentation.images", images), put("augmentation.weights", weights);
    put("augmentation", result), put("augmentation.gradient", images.grad());
    // The same draws in the same order, for the other side to apply as the paper says.
    TensorRandom again(6, at::kCPU);
    put("augmentation.saturation", again.uniform({batch, 1, 1, 1}, {-1, 1}, type_));
    put("augmentation.contrast", again.uniform({batch, 1, 1, 1}, {-0.5, 0.5}, type_));
    put("augmentation.brightness", again.uniform({batch, 1, 1, 1}, {-0.5, 0.5}, type_));
    put("augmentation.rows", again.integers({batch, 1}, -2, 3));
    put("augmentation.columns", again.integers({batch, 1}, -2, 3));
    put("augmentation.cut_row", again.integers({batch, 1}, 0, 17));
    put("augmentation.cut_column", again.integers({batch, 1}, 0, 17));
  }

 private:
  at::ScalarType type_;
  std::string prefix_;
  TensorFile& file_;
  TensorRandom random_{1, at::kCPU};
  Tensor images_, fakes_, in_, bias_, out_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: parity_losses FILE\n";
    return 2;
  }
  try {
    TensorFile file;
    for (const auto& [type, prefix] : {std::pair{at::kDouble, "float64."}, std::pair{at::kFloat, "float32."}}) {
      Record record(type, prefix, file);
      record.losses_and_gradients();
      record.penalties();
      record.augmentation();
    }
    save_safetensors(argv[1], file);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "parity_losses: error: " << error.what() << "\n";
    return 1;
  }
}
