// Our side of bench/training_step: does one step of the Trainer for each line "step" on standard input and answers with
// its seconds; "memory" answers with the peak resident bytes. The Python script of the same name drives it.
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "cspgan/core/memory.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/losses/losses.hpp"
#include "cspgan/models/presets.hpp"
#include "cspgan/training/trainer.hpp"

int main(int argc, char** argv) {
  const std::int64_t batch = argc > 1 ? std::atoll(argv[1]) : 32;
  at::set_num_threads(argc > 2 ? std::atoi(argv[2]) : 2);

  cspgan::Trainer trainer(cspgan::Generator(cspgan::generators::csp128()),
                          cspgan::Discriminator(cspgan::discriminators::r2(128)), cspgan::NonSaturatingLoss{},
                          cspgan::Policies{}, cspgan::TrainerOptions{.device = "cpu"});
  const cspgan::Tensor images = cspgan::TensorRandom(1, at::kCPU).integers({batch, 3, 128, 128}, 0, 256).to(at::kByte);
  for (std::string request; std::getline(std::cin, request);) {
    if (request == "memory") {
      std::cout << cspgan::peak_resident_bytes() << std::endl;
      continue;
    }
    const auto start = std::chrono::steady_clock::now();
    trainer.step(images);
    std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << std::endl;
  }
}
