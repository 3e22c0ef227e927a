// What a newcomer writes: a block of one's own, two steps of training, a policy of one's own, a picture.
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/upsampling.h>

#include <cspgan/cspgan.hpp>
#include <iostream>

// Nearest neighbors, then a convolution: [N, in, H, W] -> [N, out, 2H, 2W].
class PlainUpImpl : public torch::nn::Cloneable<PlainUpImpl> {
 public:
  PlainUpImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) { reset(); }

  void reset() override {
    convolution_ = register_module(
        "convolution", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_, out_, /*kernel_size=*/3).padding(1)));
    upsample_ = register_module(
        "upsample", torch::nn::Upsample(torch::nn::UpsampleOptions().scale_factor(std::vector<double>{2, 2})));
  }
  torch::Tensor forward(const torch::Tensor& x) { return convolution_(upsample_(x)).relu(); }

 private:
  std::int64_t in_, out_;
  torch::nn::Conv2d convolution_{nullptr};
  torch::nn::Upsample upsample_{nullptr};
};
TORCH_MODULE(PlainUp);

// Shows the discriminator darker images.
struct Dim {
  double factor = 0.9;
  cspgan::Tensor edit_images(cspgan::Tensor images, cspgan::StepContext&) const { return images * factor; }
};

int main() {
  auto generator = cspgan::BasicGenerator<PlainUp>({.latent_size = 16, .image_size = 32, .base_channels = 8});
  auto discriminator = cspgan::Discriminator(cspgan::discriminators::plain(32));
  auto trainer = cspgan::Trainer(generator, discriminator, cspgan::NonSaturatingLoss{},
                                 cspgan::Policies{cspgan::SoftLabels{.real = {0.7, 0.9}, .fake = {0.1, 0.3}}, Dim{}},
                                 cspgan::TrainerOptions{.seed = 1});

  for (int step = 0; step < 2; ++step) trainer.step(torch::rand({4, 3, 32, 32}) * 2 - 1);
  const auto images = trainer.sample(torch::randn({2, 16}));
  std::cout << "steps " << trainer.steps() << ", images " << images.sizes() << '\n';

  const bool good = trainer.steps() == 2 && images.size(2) == 32 && images.isfinite().all().item<bool>();
  return good ? 0 : 1;
}
