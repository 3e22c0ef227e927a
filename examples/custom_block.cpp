// A block of one's own in a generator of the library's: an up block that makes four times the channels and shuffles
// them into space (Shi et al. 2016). Trains it on avatars for a few minutes and writes a picture.
//
//   custom_block [steps, default 600] [picture, default custom_block.png]
//
// The checkpoint, custom_block.safetensors, and the generator for ONNX runtimes, custom_block.onnx, stand beside the
// picture.
#include <ATen/ops/pixel_shuffle.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <cspgan/core/files.hpp>
#include <cspgan/cspgan.hpp>
#include <cspgan/export/onnx.hpp>
#include <cspgan/report/images.hpp>
#include <cspgan/terminal/program.hpp>
#include <cspgan/terminal/progress.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>

class ShuffleUpImpl : public torch::nn::Cloneable<ShuffleUpImpl> {
 public:
  ShuffleUpImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) { reset(); }

  void reset() override {
    convolution_ =
        register_module("convolution", torch::nn::Conv2d(torch::nn::Conv2dOptions(in_, 4 * out_, 3).padding(1)));
    norm_ = register_module("norm", torch::nn::BatchNorm2d(out_));
  }
  at::Tensor forward(const at::Tensor& x) { return norm_(at::pixel_shuffle(convolution_(x), 2)).relu(); }

  /// What forward() computes, for an exported graph.
  cspgan::GraphValue add_to(cspgan::Graph& graph, cspgan::GraphValue x) const {
    const at::Tensor scale = norm_->weight / (norm_->running_var + norm_->options.eps()).sqrt();
    const at::Tensor shift = norm_->bias - scale * norm_->running_mean;
    x = graph.pixel_shuffle(graph.convolution(x, convolution_->weight, convolution_->bias, /*padding=*/1));
    return graph.leaky_relu(graph.scale_shift(x, scale, shift), /*slope=*/0);
  }

 private:
  std::int64_t in_, out_;
  torch::nn::Conv2d convolution_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};
TORCH_MODULE(ShuffleUp);

int main(int argc, char** argv) {
  return cspgan::run_program("custom_block", [&] {
    const std::int64_t steps = argc > 1 ? std::atoll(argv[1]) : 600;
    if (steps < 1) throw cspgan::OptionError("usage: custom_block [steps] [picture.png]");
    const std::string picture = argc > 2 ? argv[2] : "custom_block.png";

    cspgan::Loader avatars(cspgan::Avatars({.count = 100'000, .image_size = 32}), {.batch_size = 32, .image_size = 32});
    cspgan::Trainer trainer(
        cspgan::BasicGenerator<ShuffleUp>({.latent_size = 64, .image_size = 32, .base_channels = 16}),
        cspgan::Discriminator(cspgan::discriminators::plain(32)), cspgan::NonSaturatingLoss{},
        cspgan::Policies{cspgan::R1{.gamma = 0.2, .every = 4}},
        {.generator_optimizer = cspgan::Adam{.learning_rate = 1e-3, .beta1 = 0, .beta2 = 0.99},
         .discriminator_optimizer = cspgan::Adam{.learning_rate = 1e-3, .beta1 = 0, .beta2 = 0.99}});
    trainer.fit(avatars, {.steps = steps}, {std::make_shared<cspgan::ProgressObserver>()});

    const auto latents = cspgan::TensorRandom(1, at::kCPU).normal({64, 64});
    cspgan::write_png(picture, cspgan::image_grid(cspgan::to_bytes(trainer.sample(latents)), 8, {.upscale = 3}));
    const auto checkpoint = std::filesystem::path(picture).replace_extension(".safetensors");
    cspgan::TensorFile state;
    trainer.save(state);
    cspgan::save_checkpoint(checkpoint, state, trainer.steps(), cspgan::Value::Object{});
    const auto onnx = std::filesystem::path(picture).replace_extension(".onnx");
    cspgan::write_file_atomically(onnx, cspgan::onnx_model(cspgan::graph_of(trainer.ema())));
    std::cout << "wrote " << picture << ", " << checkpoint.string() << " and " << onnx.string() << '\n';
    return 0;
  });
}
