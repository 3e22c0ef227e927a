#include "programs/open_words.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cspgan/data/image_sets.hpp"
#include "cspgan/runs/picture_writer.hpp"
#include "cspgan/terminal/progress.hpp"
#include "terminal/print.hpp"

namespace cspgan {

void OpenWords::add_to(CLI::App& app, std::string_view images) {
  app.add_option("--partition", partition, "the part of the images: train, validation, test (CelebA) or all")
      ->capture_default_str();
  app.add_option(
      "--holdout", holdout,
      "share of images without published parts that is their validation part: the training's source.holdout");
  app.add_option(
      "--where", where,
      fmt::format("conditions on the {}' labels, such as Smiling=1,Eyeglasses=-1: others are left out", images));
  app.add_option("--min-side", min_side, fmt::format("{} whose shorter side has fewer pixels are left out", images));
  app.add_option("--crop", crop, "how images become square: center, top, pad or stretch")->capture_default_str();
}

OpenOptions OpenWords::options(std::int64_t image_size) const {
  OpenOptions options{.image_size = image_size,
                      .holdout = holdout,
                      .where = where,
                      .min_side = min_side,
                      .on_progress = stage_of(stage_bars("", BarKind::transient), sizes_stage)};
  assign(options.partition, Value(partition), "--partition");
  assign(options.crop, Value(crop), "--crop");
  return options;
}

void say_found(std::string_view whose, std::string_view contents) { say(stderr, "{}: found {}\n", whose, contents); }

AnyImageSource without_grids(const AnyImageSource& images) {
  std::vector<std::int64_t> singles;
  bool is_of_sample = false;
  for (std::int64_t i = 0; i < images.size(); ++i) {
    const std::string name = std::filesystem::path(images.name(i)).filename().string();
    is_of_sample = is_of_sample || name.starts_with("sample-") || name.starts_with("seed-");
    if (!is_grid_name(name)) singles.push_back(i);
  }
  const std::int64_t grids = images.size() - static_cast<std::int64_t>(singles.size());
  if (!is_of_sample || grids == 0) return images;
  say(stderr, "fakes: {} left out, which {} of several images\n",
      grids == 1 ? "1 grid is" : fmt::format("{} grids are", grids), grids == 1 ? "is made" : "are made");
  return ImageSubset(images, std::move(singles), "without grids");
}

}  // namespace cspgan
