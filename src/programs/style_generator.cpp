// The program `style_generator`.
#include "cspgan/programs/style_generator.hpp"

#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/avatars/avatars.hpp"
#include "cspgan/density/categorical_model.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

struct StyleCommand {
  std::filesystem::path table;
  double smoothing = 1;
  std::string probability;
  std::int64_t columns = 8;
  std::filesystem::path out = "styles.png";
  AvatarOptions avatars{.count = 16, .image_size = 128};
};

void print_features(const CategoricalModel& model) {
  for (std::size_t feature = 0; feature < model.features().size(); ++feature) {
    const auto& [name, values, counts] = model.features()[feature];
    say(stdout, "{}\n", name);
    for (std::size_t value = 0; value < values.size(); ++value)
      say(stdout, "  {:<16}{:>8} {:>8.4f}\n", values[value], counts[value], model.probability(feature, value));
  }
  say(stdout, "{:.0f} combinations\n", model.combinations());
}

std::string words_of(const AvatarStyle& style) {
  return fmt::format("hair={},hair_color={},glasses={},clothes={},clothes_color={}", enum_name(style.hair),
                     enum_name(style.hair_color), enum_name(style.glasses), enum_name(style.clothes),
                     enum_name(style.clothes_color));
}

int generate_styles(StyleCommand command) {
  detail::require_from_to(command.avatars.count, 1, 10'000, "--count");
  detail::require_from_to(command.columns, 1, 1000, "--columns");
  const CategoricalModel model =
      command.table.empty()
          ? CategoricalModel(observed_avatar_styles().features(), command.smoothing)
          : fit_categorical(command.table, {.smoothing = command.smoothing, .known = avatar_features()});
  command.avatars.weights = avatar_weights(model);
  const Avatars avatars(command.avatars);
  const double asked = command.probability.empty() ? 0 : model.probability(command.probability);

  print_features(model);
  if (!command.probability.empty()) say(stdout, "{}  {:.6g}\n", command.probability, asked);
  std::vector<Tensor> pictures;
  for (std::int64_t index = 0; index < avatars.size(); ++index) {
    const AvatarStyle style = avatars.style(index);
    say(stdout, "{:>6}  {}  {:.3g}\n", index, words_of(style), command.avatars.weights.probability(style));
    pictures.push_back(avatars.image(index));
  }
  write_png(command.out, image_grid(at::stack(pictures), std::min(command.columns, avatars.size()), {.padding = 0}));
  say(stdout, "picture  {}\n", command.out.string());
  return 0;
}

}  // namespace

int run_style_generator_program(int argc, char** argv) {
  return run_program("style_generator", [&] {
    StyleCommand command;
    CLI::App app("Counts styles, tells their probabilities, and draws avatars of sampled ones.", "style_generator");
    app.add_option("--table", command.table,
                   "a table (.csv, .tsv) whose first row names features (hair, hair_color, glasses, clothes, "
                   "clothes_color) and whose others have a person each; without one: 50 people that were observed");
    app.add_option("--smoothing", command.smoothing, "what is added to each count, 0 or more")->capture_default_str();
    app.add_option("--probability", command.probability,
                   "say how likely this is, such as hair=bald,glasses=none; other features may have any value");
    app.add_option("--count", command.avatars.count, "avatars to draw")->capture_default_str();
    app.add_option("--seed", command.avatars.seed, "seed of the avatars")->capture_default_str();
    app.add_option("--size", command.avatars.image_size, "side of each avatar, in pixels")->capture_default_str();
    app.add_option("--columns", command.columns, "avatars per row")->capture_default_str();
    app.add_option("--out", command.out, "PNG file to write")->capture_default_str();
    if (const auto done = parse(app, argc, argv)) return *done;
    require_writable(command.out, "--out", {".png"});
    return generate_styles(command);
  });
}

}  // namespace cspgan
