// Writes generators in each form, beside latents and the images of a Sampler, for export.py and, of the web pages,
// page_in_browser.py to run and compare.
//   parity_export FOLDER      generator.py, NAME.onnx, NAME.hpp, NAME.weights, NAME.html, NAME.generator (what
//                             generator.py loads) and NAME.safetensors (latents, images, bytes)
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/export/onnx.hpp"
#include "cspgan/export/page.hpp"
#include "cspgan/export/python.hpp"
#include "cspgan/export/standalone.hpp"
#include "cspgan/export/weights.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/models/sampler.hpp"
#include "support/thin_preset.hpp"

namespace {

using namespace cspgan;
using cspgan_test::thin;

/// A block of one's own, which describes itself: pixel shuffle, and LibTorch's own batch norm.
class OwnUpImpl : public torch::nn::Cloneable<OwnUpImpl> {
 public:
  OwnUpImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) { reset(); }
  void reset() override {
    convolution_ = register_module(
        "convolution", Convolution({.in_channels = in_, .out_channels = 4 * out_, .kernel = 3, .padding = 1}));
    norm_ = register_module("norm", torch::nn::BatchNorm2d(out_));
  }
  Tensor forward(const Tensor& x) { return norm_(at::pixel_shuffle(convolution_->forward(x), 2)).relu(); }
  GraphValue add_to(Graph& graph, GraphValue x) const {
    const Tensor scale = norm_->weight / (norm_->running_var + norm_->options.eps()).sqrt();
    x = graph.pixel_shuffle(graph.module(x, *convolution_));
    return graph.leaky_relu(graph.scale_shift(x, scale, norm_->bias - scale * norm_->running_mean), 0);
  }

 private:
  std::int64_t in_, out_;
  Convolution convolution_{nullptr};
  torch::nn::BatchNorm2d norm_{nullptr};
};
TORCH_MODULE(OwnUp);

/// Weights, biases and running statistics far from their first values.
template <class G>
void pretend_training(G& generator) {
  const torch::NoGradGuard no_gradients;
  TensorRandom random(2, at::kCPU);
  for (const Tensor& parameter : generator->parameters())
    parameter.detach().add_(random.normal(parameter.sizes()), parameter.dim() == 1 ? 0.3 : 0.02);
  generator->train();
  for (int i = 0; i < 5; ++i) generator->forward(random.normal({4, generator->latent_size()}));
}

void write_expected(const std::filesystem::path& folder, const std::string& name, const Tensor& latents,
                    const Tensor& images) {
  TensorFile file;
  file.tensors.emplace_back("latents", latents);
  file.tensors.emplace_back("images", images);
  file.tensors.emplace_back(
      "bytes", images.add(1).mul(127.5).round().clamp(0, 255).to(at::kByte).permute({0, 2, 3, 1}).contiguous());
  save_safetensors(folder / (name + ".safetensors"), file);
}

/// What the library's generators do not have: strides of convolutions, and of 3 with a padding beyond 1. A page alone.
void write_strides(const std::filesystem::path& folder) {
  TensorRandom random(4, at::kCPU);
  const Tensor latents = random.normal({3, 4}), first = random.normal({4, 6, 5, 5}),
               up = random.normal({6, 5, 4, 4}) / 5, down = random.normal({3, 5, 3, 3}) / 5, bias = random.normal({5});
  Graph graph(4);
  GraphValue x = graph.transposed_convolution(graph.latents(), first, {}, 1, 0, 0);
  x = graph.transposed_convolution(x, up, bias, 3, 2, 1);
  graph.tanh(graph.convolution(x, down, {}, 1, 2));
  Tensor images = at::conv_transpose2d(latents.reshape({3, 4, 1, 1}), first);
  images = at::conv_transpose2d(images, up, bias, 3, 2, 1);
  write_expected(folder, "strides", latents, at::conv2d(images, down, {}, 2, 1).tanh().contiguous());
  write_file_atomically(folder / "strides.html", web_page(graph));
}

template <class G>
void write_generator(const std::filesystem::path& folder, const std::string& name, G generator,
                     const OnnxOptions& onnx = {}) {
  pretend_training(generator);
  const Tensor latents = TensorRandom(3, at::kCPU).normal({3, generator->latent_size()});
  const Tensor images = Sampler(generator)(latents).contiguous();
  write_expected(folder, name, latents, images);
  const Graph graph = graph_of(generator);
  const StandaloneGenerator standalone = standalone_generator(graph);
  if constexpr (std::is_same_v<G, Generator>) {
    save_generator(folder / (name + ".generator"), generator);
    write_file_atomically(folder / "generator.py", python_generator());
  }
  write_file_atomically(folder / (name + ".onnx"), onnx_model(graph, onnx));
  write_file_atomically(folder / (name + ".html"), web_page(graph, {.title = name}));
  write_file_atomically(folder / (name + ".hpp"), standalone.header);
  write_file_atomically(folder / (name + ".weights"), standalone.weights);
}

void write(const std::filesystem::path& folder, const std::string& name, const GeneratorOptions& options,
           const OnnxOptions& onnx = {}) {
  write_generator(folder, name, Generator(options), onnx);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: parity_export FOLDER\n";
    return 2;
  }
  at::manual_seed(1);
  at::set_num_threads(1);  // the networks are tiny: threads would mostly wait for each other
  const std::filesystem::path folder = argv[1];
  for (const std::string& preset : generators::preset_names()) {
    write(folder, preset, thin(preset));
    write(folder, preset + ".spectral", generators::with_spectral_norm(thin(preset)));
  }
  write(folder, "csp.uint8", thin("csp"), {.uint8 = true});
  write(folder, "csp.half", thin("csp"), {.half_weights = true});
  GeneratorOptions groups = thin("csp");  // 64 features in 8 groups, 32 in 4, 16 in 2
  groups.base_channels = 16;
  groups.stem.norm = groups.block.norm = groups.head.norm = Norm::group;
  write(folder, "groups", groups);
  write_generator(folder, "own_block",
                  BasicGenerator<OwnUp>({.latent_size = 8, .image_size = 32, .base_channels = 12, .max_channels = 24}));
  write_strides(folder);
  std::size_t round = 0;
  for (const auto& [norm, norm_name] : EnumNames<Norm>::names)
    for (const auto& [place, place_name] : EnumNames<NormPlace>::names)
      for (const auto& [upsample, upsample_name] : EnumNames<Upsample>::names) {
        GeneratorOptions options{.latent_size = 8, .image_size = 16, .base_channels = 12, .max_channels = 24};
        const auto [stem, stem_name] = EnumNames<StemKind>::names[round % 4];  // six in a row meet all four
        const bool first = round / 4 % 2 == 0;
        if (stem != StemKind::block)
          options.stem = {
              .kind = stem, .norm = norm, .norm_place = place, .activation = Activation::leaky_relu, .bias = first};
        options.block = {.norm = norm,
                         .norm_place = place,
                         .activation = first ? Activation::relu : Activation::leaky_relu,
                         .conv1_kernel = first ? 1 : 3,
                         .upsample = upsample,
                         .halves = first ? Halves::projection : Halves::split,
                         .merge = first ? Merge::concatenation : Merge::sum,
                         .bias = first};
        options.head = {.kind = EnumNames<HeadKind>::names[round % 4].first,  // but none
                        .norm = norm,
                        .activation = Activation::relu,
                        .output = EnumNames<OutputActivation>::names[round % 4].first,
                        .centered = first,
                        .bias = first};
        write(folder, std::string(norm_name) + "." + place_name + "." + upsample_name, options);
        ++round;
      }
}
