#include "programs/generator_words.hpp"

#include <CLI/CLI.hpp>

#include "cspgan/core/device.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

void GeneratorWords::add_checkpoint_to(CLI::App& app) {
  app.add_option("--checkpoint", checkpoint, "a checkpoint, or a run's folder, whose newest is taken")->required();
}

void GeneratorWords::add_to(CLI::App& app) {
  app.add_option("--weights", weights, "ema: the average of the weights; latest: those of the last step")
      ->capture_default_str()
      ->check(CLI::IsMember({"ema", "latest"}));
  app.add_option("--device", device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
  app.add_option("--threads", threads, "CPU threads; 0 is LibTorch's choice");
}

at::Device GeneratorWords::set_up() const {
  set_threads(threads);
  keep_freed_memory();
  return parse_device(device);
}

Generator GeneratorWords::load(std::string_view program) const {
  return load_generator(
      load_checkpoint_at(checkpoint, [&](const std::string& reason) { print_warning(program, reason); }),
      chosen_weights());
}

}  // namespace cspgan
