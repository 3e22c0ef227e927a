// Metrics of fakes against reals, from a command line.
#include "cspgan/programs/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cspgan/core/device.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/evaluation/attribute_report.hpp"
#include "cspgan/evaluation/evaluation_pictures.hpp"
#include "cspgan/evaluation/evaluator.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/attribute_table.hpp"
#include "programs/evaluate_command.hpp"
#include "programs/evaluate_output.hpp"
#include "programs/open_words.hpp"
#include "programs/output_paths.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

constexpr std::string_view program_name = "evaluate";

/// The checkpoint's name and step, and its generator.
struct Loaded {
  std::string name;
  std::int64_t step;
  Generator generator;
};
Loaded load(const EvaluateCommand& command) {
  const Checkpoint checkpoint =
      load_checkpoint_at(command.checkpoint, [](const std::string& reason) { print_warning(program_name, reason); });
  return {checkpoint.path.filename().string(), checkpoint.step, load_generator(checkpoint, command.chosen_weights())};
}

Compared open_both(const EvaluateCommand& command) {
  OpenOptions options = command.open.options(command.image_size);
  const at::Device device = parse_device(command.device);
  Compared compared;
  compared.image_size = command.image_size;
  if (command.checkpoint.empty()) {
    const AnyImageSource fakes = open_images(command.fake, {.image_size = command.image_size, .crop = options.crop});
    say_found("fakes", fakes.contents());
    compared.fakes = without_grids(fakes);
  } else {
    const Loaded loaded = load(command);
    compared.image_size = loaded.generator->options.image_size;
    if (command.image_size != 0 && command.image_size != compared.image_size)
      throw OptionError(fmt::format("--image-size {}: the checkpoint's generator makes images of {} pixels",
                                    command.image_size, compared.image_size));
    compared.checkpoint = loaded.name;
    compared.step = loaded.step;
    compared.sampler.emplace(loaded.generator, device);
  }
  options.image_size = compared.image_size;
  compared.reals = open_images(command.data, options);
  say_found("reals", compared.reals->contents());
  return compared;
}

/// Throws OptionError if there are too few images for the metrics.
void require_enough(const EvaluateCommand& command, const EvaluationOptions& options, const Compared& compared) {
  const auto at_most = [](std::int64_t count, std::int64_t all) { return count == 0 ? all : std::min(count, all); };
  require_enough_images(options, at_most(command.real_count, compared.reals->size()),
                        compared.fakes ? at_most(command.count, compared.fakes->size()) : command.count,
                        "change --count, --real-count, --neighbors or --metrics, or give more images");
}

void prepare_pictures(const EvaluateCommand& command) {
  if (command.pictures.empty()) return;
  make_folder(command.pictures);
  const EvaluationPictures pictures = pictures_in(command.pictures);
  for (const auto& picture : {pictures.nearest, pictures.map}) require_writable(picture, "--pictures", {".png"});
}

int compare(const EvaluateCommand& command) {
  EvaluatorOptions options = command.evaluator_options();
  const Compared compared = open_both(command);
  options.image_size = compared.image_size;
  Evaluator evaluator(*compared.reals, options,
                      {.progress = stage_bars(),
                       .warning = [](const std::string& message) { print_warning(program_name, message); },
                       .note = [](const std::string& note) { say(stderr, "{}\n", note); }});
  require_enough(command, options.evaluation, compared);
  prepare_pictures(command);

  const ImageFeatures& reals = evaluator.reals();
  const ImageFeatures fakes =
      compared.sampler ? evaluator.features_of(*compared.sampler) : evaluator.features_of(*compared.fakes);
  const Evaluation evaluation = evaluator.compare(fakes);
  print_evaluation(evaluation, compared.image_size);
  write_evaluation(command, evaluation, compared, reals, fakes);
  draw_evaluation(command, compared, reals, fakes);
  return 0;
}

int measure_avatars(const EvaluateCommand& command) {
  const at::Device device = parse_device(command.device);
  const Loaded loaded = load(command);
  const AttributeReport report =
      report_attributes(Sampler(loaded.generator, device), loaded.generator->options.image_size,
                        {.count = command.count,
                         .seed = static_cast<std::uint64_t>(command.seed),
                         .batch_size = command.batch_size,
                         .cache = cache_of(command.cache, "classifiers"),
                         .progress = stage_bars()});
  print_attributes(report, program_name);
  if (!command.json.empty()) {
    Value json = to_value(report);
    json.set("checkpoint", loaded.name);
    json.set("command", command.typed);
    write_file_atomically(command.json, to_json(json, 2) + "\n");
  }
  return 0;
}

}  // namespace

int run_evaluate_program(int argc, char** argv) {
  return run_program(program_name, [&] {
    const auto command = parse_evaluate_command(argc, argv);
    if (!command) return 0;
    set_threads(command->threads);
    keep_freed_memory();
    return command->avatars ? measure_avatars(*command) : compare(*command);
  });
}

}  // namespace cspgan
