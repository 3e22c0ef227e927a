// The program `export_generator`.
#include "cspgan/programs/export_generator.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/export/onnx.hpp"
#include "cspgan/export/weights.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

struct ExportCommand {
  fs::path checkpoint;
  fs::path out = "shipped";
  bool onnx = false;
  bool weights = false;
  bool all = false;
  OnnxOptions options;
};

int export_generator(ExportCommand command) {
  if (command.all) command.onnx = command.weights = true;
  if (!command.onnx && !command.weights) command.onnx = true;
  const auto warn = [](const std::string& reason) { print_warning("export_generator", reason); };
  const Checkpoint checkpoint = load_checkpoint_at(command.checkpoint, warn);
  const Generator generator = load_generator(checkpoint);
  // All of it is made before any of it is written.
  std::vector<std::pair<fs::path, std::string>> files;
  if (command.onnx) files.emplace_back("generator.onnx", onnx_model(graph_of(generator), command.options));
  std::error_code problem;
  fs::create_directories(command.out, problem);
  if (problem) throw Error(fmt::format("'{}' cannot be made a folder: {}", command.out.string(), problem.message()));
  for (const auto& [name, bytes] : files) write_file_atomically(command.out / name, bytes);
  if (command.weights) save_generator(command.out / "generator.safetensors", generator);
  if (command.weights) files.emplace_back("generator.safetensors", "");
  for (const auto& [name, bytes] : files) {
    const fs::path file = command.out / name;
    say(stdout, "{}  {:.1f} MB\n", file.string(), static_cast<double>(fs::file_size(file)) / 1e6);
  }
  return 0;
}

}  // namespace

int run_export_generator_program(int argc, char** argv) {
  return run_program("export_generator", [&] {
    ExportCommand command;
    CLI::App app("Writes a trained generator for programs without LibTorch.", "export_generator");
    app.add_option("--checkpoint", command.checkpoint, "a checkpoint, or a run's folder, whose newest is taken")
        ->required();
    app.add_option("--out", command.out, "folder for the files")->capture_default_str();
    app.add_flag("--onnx", command.onnx, "generator.onnx, for ONNX Runtime, OpenVINO and others; the default");
    app.add_flag("--weights", command.weights,
                 "generator.safetensors: the averaged weights and the generator's options alone, which sample and "
                 "load_generator take as a checkpoint");
    app.add_flag("--all", command.all, "each of these");
    app.add_flag("--uint8", command.options.uint8, "ONNX: images as bytes [N, height, width, channels]");
    app.add_flag("--fp16", command.options.half_weights, "ONNX: weights as float16, in half the space");
    app.add_option("--opset", command.options.opset, "ONNX: version of the operators, 17 to 21")->capture_default_str();
    if (const auto done = parse(app, argc, argv, {})) return *done;
    return export_generator(command);
  });
}

}  // namespace cspgan
