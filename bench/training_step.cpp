// Our side of the benchmark training_step: steps of a Trainer. The script of the same name starts and drives it.
//   bench_training_step NETWORKS BATCH THREADS plain|r1|gradient_penalty
// Answers "step" with the seconds of one step, "losses" with those of the last step (discriminator, generator,
// penalty), "parameters" with both networks' counts, and "save FILE" with ok after saving the trainer's state and the
// images, from which the other sides start.
#include <ATen/Parallel.h>

#include <iostream>
#include <sstream>
#include <string>

#include "cspgan/core/memory.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/losses/losses.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/training/any_trainer.hpp"
#include "networks.hpp"
#include "serving.hpp"

namespace {

using namespace cspgan;

PolicyList policies_of(std::string_view penalty) {
  if (penalty == "r1") return {AnyPolicy(R1{})};
  if (penalty == "gradient_penalty") return {AnyPolicy(GradientPenalty{})};
  if (penalty == "plain") return {};
  throw Error("no penalty is called '" + std::string(penalty) + "'");
}

std::string losses_of(const StepResult& result) {
  double penalty = 0;
  for (const auto& [name, value] : result.scalars)
    if (name.starts_with("penalty_")) penalty += result.number(name);
  std::ostringstream text;
  text << result.number("loss_d") << ' ' << result.number("loss_g") << ' ' << penalty;
  return text.str();
}

void run(const bench::Pair& pair, std::int64_t batch, std::string_view penalty) {
  AnyTrainer trainer(Generator(pair.generator), Discriminator(pair.discriminator), NonSaturatingLoss{},
                     policies_of(penalty), {.device = "cpu"});
  const std::int64_t size = pair.generator.image_size;
  const Tensor images = TensorRandom(1, at::kCPU).integers({batch, 3, size, size}, 0, 256).to(at::kByte);
  StepResult last;

  bench::serve([&](std::string_view request, std::string_view rest) -> std::string {
    if (request == "step") return std::to_string(bench::seconds_of([&] { last = trainer.step(images); }));
    if (request == "losses") return losses_of(last);
    if (request == "parameters")
      return std::to_string(parameter_count(*trainer.generator())) + " " +
             std::to_string(parameter_count(*trainer.discriminator()));
    if (request == "save") {
      TensorFile file;
      trainer.save(file);
      file.tensors.emplace_back("images", images);
      save_safetensors(std::string(rest), file);
      return "ok";
    }
    throw Error("what is '" + std::string(request) + "'?");
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: bench_training_step NETWORKS BATCH THREADS plain|r1|gradient_penalty\n";
    return 2;
  }
  cspgan::keep_freed_memory();
  try {
    at::set_num_threads(std::stoi(argv[3]));
    run(bench::find_pair(argv[1]), std::stoll(argv[2]), argv[4]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
