// The program `directions`.
#include "cspgan/programs/directions.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/evaluation/attribute_directions.hpp"
#include "cspgan/evaluation/image_features.hpp"
#include "cspgan/models/latent_directions.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/runs/picture_writer.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/directions_command.hpp"
#include "programs/directions_output.hpp"
#include "programs/open_words.hpp"
#include "programs/output_paths.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

std::optional<AttributeReader> make_reader(const DirectionsCommand& command, std::int64_t image_size, at::Device device,
                                           const StageProgress& progress) {
  if (command.avatars) return avatar_reader(image_size, cache_of(command.cache, "classifiers"), progress);
  if (command.data.empty()) return std::nullopt;
  const AnyImageSource images = open_images(command.data, command.open.options(image_size));
  say_found("directions", images.contents());
  return label_reader(images, image_size, make_extractor(command.features, device), command.count, progress);
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
  const at::Device device = command.set_up();
  const Generator generator = command.load("directions");
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
  require_writable(command.out / "directions.safetensors", "--out", {".safetensors"});

  const LatentDirections main = main_directions(generator, command.main);
  std::vector<NamedDirection> directions = numbered(main);
  if (const auto reader = make_reader(command, generator->options.image_size, device, progress)) {
    for (const std::string& problem : reader->problems) print_warning("directions", problem);
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
    const auto command = parse_directions(argc, argv);
    return command ? find_directions(*command) : 0;
  });
}

}  // namespace cspgan
