// The program `directions`.
#include "cspgan/programs/directions.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/device.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/evaluation/attribute_directions.hpp"
#include "cspgan/evaluation/image_features.hpp"
#include "cspgan/models/latent_directions.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/runs/picture_writer.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/open_words.hpp"
#include "programs/output_paths.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

struct DirectionsCommand {
  std::filesystem::path checkpoint;
  std::filesystem::path out = "directions";
  std::int64_t main = 10;
  bool avatars = false;
  bool raw = false;
  std::string data;
  OpenWords open;
  std::string features = "builtin";
  std::int64_t count = 8000;
  std::int64_t test_count = 256;
  double step = 3;
  std::int64_t columns = 7;
  std::int64_t seed = 0;
  std::string weights = "ema";
  std::int64_t batch_size = 64;
  std::string device = "auto";
  int threads = 0;
  std::string cache;
};

std::optional<AttributeReader> make_reader(const DirectionsCommand& command, std::int64_t image_size, at::Device device,
                                           const StageProgress& progress) {
  if (command.avatars) return avatar_reader(image_size, cache_of(command.cache, "classifiers"), progress);
  if (command.data.empty()) return std::nullopt;
  return label_reader(open_images(command.data, command.open.options(image_size)), image_size,
                      make_extractor(command.features, device), command.count, progress);
}

/// Prints a row for each direction; `scores` may be empty.
void print_directions(const std::vector<NamedDirection>& directions, const Tensor& strengths,
                      const std::vector<DirectionScore>& scores, const std::optional<AttributeReader>& reader) {
  const auto accuracy_of = [&](const std::string& name) {
    return std::ranges::find(reader->attributes, name, &ReadableAttribute::name)->accuracy;
  };
  std::size_t width = 9;
  for (const NamedDirection& direction : directions) width = std::max(width, direction.name.size());
  say(stdout, "{:<{}}  {:>8}", "direction", width, "strength");
  say(stdout, "{}\n",
      scores.empty()
          ? ""
          : fmt::format("  {:<20}  {:>7}  {:>7}  {:>7}  {}", "attribute", "changes", "others", "right", "has it"));
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    say(stdout, "{:<{}}  {:>8}", directions[i].name, width,
        place < strengths.size(0) ? fmt::format("{:.3f}", strengths[place].item<float>()) : "");
    if (i < scores.size())
      say(stdout, "  {:<20}  {:>5.1f} %  {:>5.1f} %  {:>5.1f} %{}", scores[i].attribute, 100 * scores[i].changed,
          100 * scores[i].others, 100 * accuracy_of(scores[i].attribute),
          scores[i].shares
              ? fmt::format("  {:.1f} % to {:.1f} %", 100 * scores[i].shares->low, 100 * scores[i].shares->high)
              : "");
    say(stdout, "\n");
  }
}

void print_scores_meaning(const DirectionsCommand& command) {
  say(stdout,
      "attribute: the one that the direction is of, or that it changes most; changes: share of {} images in which it "
      "differs\nbetween the steps {} and {}; others: the same, mean over the other attributes; right: how often the "
      "attribute is read\nright in {}; has it: share of the images at either end with this value; random: a direction "
      "for comparison\n",
      command.test_count, -command.step, command.step,
      command.avatars ? "avatars" : "real images, mean of those with it and those without (50 % by chance)");
}

/// Throws OptionError naming the option.
void check_directions(const DirectionsCommand& command) {
  detail::require_at_least(command.seed, 0, "--seed");
  detail::require_from_to(command.count, 100, most_images, "--count");
  detail::require_from_to(command.test_count, 1, most_images, "--test-count");
  detail::require_from_to(command.columns, 2, 10'000, "--columns");
  detail::require_from_to(command.batch_size, 1, 4096, "--batch-size");
  detail::require(command.step > 0 && command.step <= 1000, "--step", "above 0 and at most 1000", command.step);
}

std::vector<NamedDirection> numbered(const LatentDirections& main) {
  std::vector<NamedDirection> directions;
  for (std::int64_t i = 0; i < main.directions.size(0); ++i)
    directions.push_back({std::to_string(i + 1), main.directions[i]});
  return directions;
}

/// A direction of no attribute, with which others can be compared.
NamedDirection random_direction(const AttributeDirectionOptions& options, std::int64_t latent_size) {
  const Tensor unused = indexed_latents(options.seed, options.count + options.test_count, 1, latent_size)[0];
  return {"random", unused / unused.norm()};
}

void save_directions(const std::filesystem::path& path, const std::vector<NamedDirection>& directions) {
  TensorFile file;
  for (const auto& [name, vector] : directions) file.tensors.emplace_back(name, vector);
  save_safetensors(path, file);
}

Tensor vectors_of(const std::vector<NamedDirection>& directions) {
  std::vector<Tensor> vectors;
  for (const NamedDirection& direction : directions) vectors.push_back(direction.vector);
  return at::stack(vectors);
}

int find_directions(const DirectionsCommand& command) {
  check_directions(command);
  set_threads(command.threads);
  keep_freed_memory();
  const at::Device device = parse_device(command.device);
  const auto warn = [](const std::string& reason) { print_warning("directions", reason); };
  const Generator generator = load_generator(load_checkpoint_at(command.checkpoint, warn),
                                             command.weights == "latest" ? Weights::latest : Weights::ema);
  const std::int64_t size = generator->latent_size();
  detail::require_from_to(command.main, 1, size, "--main");
  const Sampler sampler(generator, device);
  const StageProgress progress = stage_bars();
  const AttributeDirectionOptions options{.count = command.count,
                                          .conditional = !command.raw,
                                          .test_count = command.test_count,
                                          .step = command.step,
                                          .seed = static_cast<std::uint64_t>(command.seed),
                                          .batch_size = command.batch_size,
                                          .progress = progress};
  PictureWriter writer(sampler, command.out, options.seed, command.batch_size, progress);

  const LatentDirections main = main_directions(generator, command.main);
  std::vector<NamedDirection> directions = numbered(main);
  if (const auto reader = make_reader(command, generator->options.image_size, device, progress)) {
    for (const std::string& problem : reader->problems) warn(problem);
    std::ranges::move(attribute_directions(sampler, *reader, options), std::back_inserter(directions));
    std::vector<NamedDirection> compared = directions;
    compared.push_back(random_direction(options, size));
    print_directions(compared, main.strengths, score_directions(sampler, *reader, compared, options), reader);
    print_scores_meaning(command);
  } else {
    print_directions(directions, main.strengths, {}, reader);
  }
  say(stdout, "strength: how far the stem's output moves for a step of length 1\n");
  save_directions(command.out / "directions.safetensors", directions);
  writer.write_moves("directions.png", indexed_latents(options.seed, 0, 1, size), vectors_of(directions),
                     {-command.step, command.step}, command.columns);
  say(stdout, "directions and a picture with a row for each are in {}\n", command.out.string());
  return 0;
}

}  // namespace

int run_directions_program(int argc, char** argv) {
  return run_program("directions", [&] {
    DirectionsCommand command;
    CLI::App app("Finds directions of the latents: the main ones from the weights, and those of attributes.",
                 "directions");
    app.add_option("--checkpoint", command.checkpoint, "a checkpoint, or a run's folder, whose newest is taken")
        ->required();
    app.add_option("--out", command.out, "folder for directions.safetensors and directions.png")->capture_default_str();
    app.add_option("--main", command.main, "number of main directions")->capture_default_str();
    auto* const avatars = app.add_flag("--avatars", command.avatars,
                                       "also directions of the attributes that a classifier reads in avatars");
    auto* const data = app.add_option(
        "--data", command.data,
        "also directions of the labels of these real images, which a regression from --features learns to read");
    avatars->excludes(data);
    command.open.add_to(app, "real images");
    app.add_option("--features", command.features,
                   "of --data: a TorchScript network, or builtin, a small one with fixed weights")
        ->capture_default_str();
    app.add_flag("--raw", command.raw,
                 "leave in an attribute's direction what it shares with those of other attributes");
    app.add_option("--count", command.count, "images from which attributes' directions are learned")
        ->capture_default_str();
    app.add_option("--test-count", command.test_count, "images by which directions are scored")->capture_default_str();
    app.add_option("--step", command.step, "how far latents are moved, both ways, in their standard deviations")
        ->capture_default_str();
    app.add_option("--columns", command.columns, "images in each row of the picture")->capture_default_str();
    app.add_option("--seed", command.seed, "seed of the latents")->capture_default_str();
    app.add_option("--weights", command.weights, "ema: the average of the weights; latest: those of the last step")
        ->capture_default_str()
        ->check(CLI::IsMember({"ema", "latest"}));
    app.add_option("--batch-size", command.batch_size, "images drawn at once")->capture_default_str();
    app.add_option("--device", command.device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
    app.add_option("--threads", command.threads, "CPU threads; 0 is LibTorch's choice");
    app.add_option("--cache", command.cache,
                   "folder that keeps the classifier of avatars (default: the user's cache), or none");
    if (const auto done = parse(app, argc, argv)) return *done;
    return find_directions(command);
  });
}

}  // namespace cspgan
