// Latents and directions, from words.
#include "programs/latent_words.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <ranges>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/data/latent_file.hpp"
#include "cspgan/models/latent_directions.hpp"

namespace cspgan {

namespace {

/// An integer >= 0 of decimal digits alone; -1 for anything else.
std::int64_t whole_number(std::string_view text) {
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && !text.starts_with('-') ? number : -1;
}

/// "3,17,100-115".
std::vector<std::uint64_t> parse_seeds(std::string_view text) {
  std::vector<std::uint64_t> seeds;
  for (const auto part : std::views::split(text, ',')) {
    const std::string_view word(part.begin(), part.end());
    const std::size_t dash = word.find('-');
    const std::int64_t low = whole_number(word.substr(0, dash));
    const std::int64_t high = dash == std::string_view::npos ? low : whole_number(word.substr(dash + 1));
    if (low < 0 || high < low)
      throw OptionError(fmt::format("--seeds takes integers >= 0 and ranges, such as 3,17,100-115, not '{}'", text));
    if (high - low >= most_images - static_cast<std::int64_t>(seeds.size()))
      throw OptionError(fmt::format("--seeds takes at most {} seeds", most_images));
    for (std::int64_t i = 0; i <= high - low; ++i) seeds.push_back(static_cast<std::uint64_t>(low + i));
  }
  return seeds;
}

Tensor direction_in(const std::filesystem::path& path, const std::string& name, std::int64_t latent_size) {
  const TensorFile file = load_safetensors(path);
  if (!file.has_tensor(name)) {
    std::vector<std::string> names;
    for (const auto& [known, vector] : file.tensors) names.push_back(known);
    const std::string closest = closest_match(name, names);
    throw OptionError(fmt::format("--direction: '{}' has no direction '{}'{}", path.string(), name,
                                  closest.empty() ? "" : fmt::format("; did you mean '{}'?", closest)));
  }
  const Tensor& vector = file.tensor(name);
  if (vector.scalar_type() != at::kFloat || vector.dim() != 1 || vector.size(0) != latent_size)
    throw Error(fmt::format("'{}': the direction '{}' must be float32 [{}], not {}", path.string(), name, latent_size,
                            describe_tensor(vector)));
  return vector;
}

}  // namespace

void LatentWords::add_to(CLI::App& app) {
  auto* const of_seed =
      app.add_option("--seed", seed, "seed of the latents; image k depends only on it and on k")->capture_default_str();
  auto* const of_first =
      app.add_option("--first", first, "number of the first image of the seed")->capture_default_str();
  auto* const of_seeds = app.add_option("--seeds", seeds, "image 0 of each of these seeds, such as 3,17,100-115");
  auto* const of_file = app.add_option(
      "--latents", file, "latents of your own: float32 [N, Z] in a file .npy, or .safetensors as the tensor latents");
  app.add_option("--truncation", truncation, "factor of the latents: below 1, images are more typical and more alike")
      ->capture_default_str();
  for (auto* const option : {of_seeds, of_file}) option->excludes(of_seed)->excludes(of_first);
  of_seeds->excludes(of_file);
}

LatentSequence LatentWords::latents(std::int64_t latent_size) const {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  detail::require_at_least(seed, 0, "--seed");
  detail::require_from_to(first, 0, most - most_images, "--first");
  detail::require(truncation >= 0 && truncation <= 1000, "--truncation", "from 0 to 1000", truncation);
  LatentSequence chosen = !seeds.empty()  ? latents_of_seeds(parse_seeds(seeds), latent_size)
                          : !file.empty() ? latents_of_rows(load_latents(file, latent_size))
                                          : latents_of_seed(static_cast<std::uint64_t>(seed), latent_size, first);
  return truncation == 1 ? chosen : scaled(std::move(chosen), truncation);
}

void DirectionWords::add_to(CLI::App& app) {
  auto* const of_direction = app.add_option("--direction", direction,
                                            "write rows of images along a direction of the latents: the number of a "
                                            "main direction, from 1, the strongest; or "
                                            "a name in --directions");
  for (auto* const option :
       {app.add_option("--directions", file, "a file that the program directions has written"),
        app.add_option("--from", steps.low, "first step along --direction, in standard deviations of the latents")
            ->capture_default_str(),
        app.add_option("--to", steps.high, "last step along --direction")->capture_default_str(),
        app.add_option("--columns", columns, "images in each row of --direction")->capture_default_str()})
    option->needs(of_direction);
  for (const char* other : {"--count", "--grid", "--interpolate", "--animation"})
    of_direction->excludes(app.get_option(other));
}

Tensor DirectionWords::vector(const Generator& generator) const {
  for (const double step : {steps.low, steps.high})
    detail::require(std::abs(step) <= 1000, "--from, --to", "from -1000 to 1000", step);
  detail::require_from_to(columns, 2, 10'000, "--columns");
  const std::int64_t size = generator->latent_size();
  if (!file.empty()) return direction_in(file, direction, size);
  const std::int64_t number = whole_number(direction);
  if (number < 1 || number > size)
    throw OptionError(
        fmt::format("--direction takes the number of a main direction, from 1 to {}, or a name together with "
                    "--directions, not '{}'",
                    size, direction));
  return main_directions(generator, number).directions[number - 1];
}

}  // namespace cspgan
