// Our side of the benchmark sampling: a Sampler applied to fixed latents. The script of the same name starts and drives
// it.
//   bench_sampling NETWORKS BATCH THREADS
// Answers "step" with the seconds of one batch, and "save FILE" with ok after saving weights, latents and our images of
// them, which the other sides load and are compared with.
#include <ATen/Parallel.h>

#include <iostream>
#include <string>

#include "cspgan/core/random.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/nn/module_state.hpp"
#include "networks.hpp"
#include "serving.hpp"

namespace {

using namespace cspgan;

void run(const bench::Pair& pair, std::int64_t batch) {
  keep_freed_memory();
  const Generator generator(pair.generator);
  const Sampler sample(generator);
  const Tensor latents = TensorRandom(1, at::kCPU).normal({batch, sample.latent_size()});

  bench::serve([&](std::string_view request, std::string_view rest) -> std::string {
    if (request == "step") return std::to_string(bench::seconds_of([&] { sample(latents); }));
    if (request == "save") {
      TensorFile file;
      save_module(*generator, StateWriter(file, "generator."));
      file.tensors.emplace_back("latents", latents);
      file.tensors.emplace_back("images", sample(latents).contiguous());
      save_safetensors(std::string(rest), file);
      return "ok";
    }
    throw Error("what is '" + std::string(request) + "'?");
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: bench_sampling NETWORKS BATCH THREADS\n";
    return 2;
  }
  try {
    at::set_num_threads(std::stoi(argv[3]));
    run(bench::find_pair(argv[1]), std::stoll(argv[2]));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
