// The program `export_generator`.
#include "cspgan/programs/export_generator.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/export/onnx.hpp"
#include "cspgan/export/page.hpp"
#include "cspgan/export/python.hpp"
#include "cspgan/export/runtime_file.hpp"
#include "cspgan/export/standalone.hpp"
#include "cspgan/export/weights.hpp"
#include "cspgan/models/checkpoint.hpp"
#include "cspgan/models/latent_directions.hpp"
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
  bool header = false;
  bool runtime = false;
  bool python = false;
  bool page = false;
  bool weights = false;
  bool all = false;
  std::string name = "cspgan_generator";
  OnnxOptions options;
};

/// What a page calls the pictures of a checkpoint: by the run's folder, or by the file if it lies in no run.
std::string name_of(const fs::path& checkpoint) {
  fs::path path = fs::weakly_canonical(checkpoint);
  if (path.parent_path().filename() == "checkpoints") path = path.parent_path().parent_path();
  return fs::is_directory(path) ? path.filename().string() : path.stem().string();
}

int export_generator(const ExportCommand& command) {
  const auto warn = [](const std::string& reason) { print_warning("export_generator", reason); };
  const Checkpoint checkpoint = load_checkpoint_at(command.checkpoint, warn);
  const Generator generator = load_generator(checkpoint);
  // All of it is made, and each place looked at, before any of it is written.
  std::vector<std::pair<fs::path, std::string>> files;
  const Graph graph = graph_of(generator);
  if (command.onnx) files.emplace_back("generator.onnx", onnx_model(graph, command.options));
  if (command.header) {
    StandaloneGenerator standalone = standalone_generator(graph, command.name);
    files.emplace_back("generator.hpp", std::move(standalone.header));
    files.emplace_back("generator.weights", std::move(standalone.weights));
  }
  if (command.runtime) files.emplace_back("generator.cspgan", runtime_file(graph));
  if (command.python) files.emplace_back("generator.py", std::string(python_generator()));
  if (command.page) {
    const std::int64_t sliders = std::min<std::int64_t>(8, generator->latent_size());
    files.emplace_back("generator.html",
                       web_page(graph, {.title = "Pictures by " + name_of(command.checkpoint),
                                        .directions = main_directions(generator, sliders).directions}));
  }
  std::error_code problem;
  fs::create_directories(command.out, problem);
  if (problem) throw Error(fmt::format("'{}' cannot be made a folder: {}", command.out.string(), problem.message()));
  const fs::path weights = "generator.safetensors";
  const auto require_free = [&](const fs::path& name) {
    if (const auto header = checkpoint_header(command.out / name); header && header->run.find("started") != nullptr)
      throw OptionError(fmt::format("--out: '{}' is a run's checkpoint and is not overwritten; choose another folder",
                                    (command.out / name).string()));
    if (fs::is_directory(command.out / name, problem))
      throw Error(fmt::format("'{}' is a folder, and a file is to be written there", (command.out / name).string()));
  };
  for (const auto& [name, bytes] : files) require_free(name);
  if (command.weights) require_free(weights);
  // Each under its name only when all are whole: on a full disk, an older set stays as it is.
  std::deque<AtomicFile> waiting;
  for (const auto& [name, bytes] : files) waiting.emplace_back(command.out / name).append(bytes);
  const fs::path fresh = command.out / "generator.safetensors.new";
  if (command.weights) save_generator(fresh, generator);
  for (AtomicFile& file : waiting) file.commit();
  if (command.weights) {
    fs::rename(fresh, command.out / weights);
    files.emplace_back(weights, "");
  }
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
    app.add_flag("--header", command.header,
                 "generator.hpp and generator.weights: C++17 that needs the standard library alone");
    app.add_flag("--runtime", command.runtime,
                 "generator.cspgan, for C++ with cspgan::runtime: the library's kernels without LibTorch");
    app.add_flag("--python", command.python, "generator.py, the same network as a PyTorch module, and --weights");
    app.add_flag("--page", command.page, "generator.html, which draws in a browser, without a network");
    app.add_flag("--weights", command.weights,
                 "generator.safetensors: the averaged weights and the generator's options alone, which sample and "
                 "load_generator take as a checkpoint");
    app.add_flag("--all", command.all, "each of these");
    app.add_option("--namespace", command.name, "C++ header: its namespace; two headers in one program need two")
        ->capture_default_str();
    app.add_flag("--uint8", command.options.uint8, "ONNX: images as bytes [N, height, width, channels]");
    app.add_flag("--fp16", command.options.half_weights, "ONNX: weights as float16, in half the space");
    app.add_option("--opset", command.options.opset, "ONNX: version of the operators, 17 to 21")->capture_default_str();
    if (const auto done = parse(app, argc, argv, {})) return *done;
    if (command.all) command.onnx = command.header = command.runtime = command.python = command.page = true;
    if (command.python) command.weights = true;
    if (!command.header && !command.runtime && !command.page && !command.weights) command.onnx = true;
    if (app.count("--namespace") > 0 && !command.header)
      throw OptionError("--namespace is of the C++ header, which is not asked for: add --header");
    for (const char* option : {"--uint8", "--fp16", "--opset"})
      if (app.count(option) > 0 && !command.onnx)
        throw OptionError(fmt::format("{} is of ONNX, which is not asked for: add --onnx", option));
    return export_generator(command);
  });
}

}  // namespace cspgan
