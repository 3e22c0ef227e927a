// The options of programs that use a trained generator.
#pragma once

#include <c10/core/Device.h>

#include <CLI/App.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "cspgan/models/generator.hpp"
#include "cspgan/models/load_generator.hpp"

namespace cspgan {

/// The words of the command line that say which generator is used, and on what.
struct GeneratorWords {
  std::filesystem::path checkpoint;
  std::string weights = "ema";
  std::string device = "auto";
  int threads = 0;

  /// --checkpoint, which is then required.
  void add_checkpoint_to(CLI::App& app);
  /// --weights, --device and --threads.
  void add_to(CLI::App& app);

  Weights chosen_weights() const { return weights == "latest" ? Weights::latest : Weights::ema; }
  /// Sets the number of threads, keeps freed memory, and returns the device. Throws OptionError if there is none such.
  at::Device set_up() const;
  /// Throws Error; the program's name stands before warnings of damaged checkpoints.
  Generator load(std::string_view program) const;
};

}  // namespace cspgan
