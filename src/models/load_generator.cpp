// Rebuilds a generator from its checkpoint.
#include "cspgan/models/load_generator.hpp"

#include "cspgan/core/error.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/nn/module_state.hpp"

namespace cspgan {

Generator load_generator(const Checkpoint& checkpoint, Weights weights) {
  const Value* const described = checkpoint.run.find("generator");
  if (described == nullptr)
    throw Error("'" + checkpoint.path.string() + "' does not describe its generator: build it and use load_module");
  Generator generator{nullptr};
  try {
    generator = Generator(from_value<GeneratorOptions>(with_present_names(*described), "generator"));
  } catch (const OptionError& error) {  // the file is wrong, not an option of the user
    throw Error("'" + checkpoint.path.string() + "': " + error.what());
  }
  if (weights == Weights::latest && !checkpoint.state.has_tensors_of("generator."))
    throw Error("'" + checkpoint.path.string() + "' holds the averaged weights alone, not those of the last step");
  load_module(*generator, StateReader(checkpoint.state, weights == Weights::ema ? "generator_ema." : "generator."));
  generator->eval();
  for (at::Tensor& parameter : generator->parameters()) parameter.requires_grad_(false);
  return generator;
}

Generator load_generator(const std::filesystem::path& path, Weights weights) {
  return load_generator(load_checkpoint(path), weights);
}

}  // namespace cspgan
