// A label policy beside a loss that uses no targets does not compile.
// expected: a policy that edits targets (soft labels, smoothing, flips, ...) has no effect on a loss that uses no
// targets
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "cspgan/losses/losses.hpp"
#include "cspgan/policies/labels.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/training/trainer.hpp"

class PictureImpl : public torch::nn::Cloneable<PictureImpl> {
 public:
  void reset() override {}
  cspgan::Tensor forward(const cspgan::Tensor& latents) { return latents; }
  std::int64_t latent_size() const { return 1; }
};
TORCH_MODULE(Picture);

class JudgeImpl : public torch::nn::Cloneable<JudgeImpl> {
 public:
  void reset() override {}
  cspgan::Tensor forward(const cspgan::Tensor& images) { return images; }
};
TORCH_MODULE(Judge);

#ifdef WRONG
using LossInUse = cspgan::HingeLoss;
#else
using LossInUse = cspgan::NonSaturatingLoss;
#endif

auto trainer() {
  return cspgan::Trainer(Picture(), Judge(), LossInUse{}, cspgan::Policies{cspgan::LabelFlips{}, cspgan::SoftLabels{}});
}
