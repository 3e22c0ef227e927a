// Writes generators as ONNX, beside latents and the images of a Sampler, for export.py to run and compare.
//   parity_export FOLDER      generator.py, NAME.onnx, NAME.hpp, NAME.weights, NAME.generator (what generator.py
//                             loads) and NAME.safetensors (latents, images, bytes)
#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/export/onnx.hpp"
#include "cspgan/export/python.hpp"
#include "cspgan/export/standalone.hpp"
#include "cspgan/export/weights.hpp"
#include "cspgan/models/sampler.hpp"
#include "support/generator_variations.hpp"

namespace {

using namespace cspgan;

template <class G>
void write_generator(const std::filesystem::path& folder, const std::string& name, const G& generator,
                     const OnnxOptions& onnx = {}) {
  const Tensor latents = TensorRandom(3, at::kCPU).normal({3, generator->latent_size()});
  const Tensor images = Sampler(generator)(latents).contiguous();
  TensorFile file;
  file.tensors.emplace_back("latents", latents);
  file.tensors.emplace_back("images", images);
  file.tensors.emplace_back(
      "bytes", images.add(1).mul(127.5).round().clamp(0, 255).to(at::kByte).permute({0, 2, 3, 1}).contiguous());
  save_safetensors(folder / (name + ".safetensors"), file);
  const Graph graph = graph_of(generator);
  const StandaloneGenerator standalone = standalone_generator(graph);
  if constexpr (std::is_same_v<G, Generator>) {
    save_generator(folder / (name + ".generator"), generator);
    write_file_atomically(folder / "generator.py", python_generator());
  }
  write_file_atomically(folder / (name + ".onnx"), onnx_model(graph, onnx));
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
  const std::filesystem::path folder = argv[1];
  cspgan_test::for_each_generator([&](const std::string& name, const auto& generator) {
    write_generator(folder, name, generator);
    if (name != "csp") return;
    write_generator(folder, "csp.uint8", generator, {.uint8 = true});
    write_generator(folder, "csp.half", generator, {.half_weights = true});
  });
}
