// A generator's weights alone.
#include "cspgan/export/weights.hpp"

#include "cspgan/core/options.hpp"
#include "cspgan/models/checkpoint.hpp"
#include "cspgan/nn/module_state.hpp"

namespace cspgan {

void save_generator(const std::filesystem::path& path, const Generator& generator) {
  TensorFile state;
  save_module(*generator, StateWriter(state, "generator_ema."));
  Value run{Value::Object{}};
  run.set("generator", to_value(generator->options));
  save_checkpoint(path, std::move(state), 0, run);
}

}  // namespace cspgan
