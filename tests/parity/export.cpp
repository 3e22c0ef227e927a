// Writes generators in each form, beside latents and the images of a Sampler, for export.py and, of the web pages,
// page_in_browser.py to run and compare.
//   parity_export FOLDER      generator.py, NAME.onnx, NAME.hpp, NAME.weights, NAME.html, NAME.generator (what
//                             generator.py loads) and NAME.safetensors (latents, images, bytes)
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

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
#include "cspgan/models/latent_directions.hpp"
#include "cspgan/models/sampler.hpp"
#include "support/generator_variations.hpp"

namespace {

using namespace cspgan;

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
void write_generator(const std::filesystem::path& folder, const std::string& name, const G& generator,
                     const OnnxOptions& onnx = {}) {
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
  write_file_atomically(folder / (name + ".html"),
                        web_page(graph, {.title = name, .directions = main_directions(generator, 8).directions}));
  write_file_atomically(folder / (name + ".hpp"), standalone.header);
  write_file_atomically(folder / (name + ".weights"), standalone.weights);
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
  write_strides(folder);
  cspgan_test::for_each_generator([&](const std::string& name, const auto& generator) {
    write_generator(folder, name, generator);
    if (name != "csp") return;
    write_generator(folder, "csp.uint8", generator, {.uint8 = true});
    write_generator(folder, "csp.half", generator, {.half_weights = true});
  });
}
