// The programs `avatars_sheet` and `wells_sheet`.
#include "cspgan/programs/sheets.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <vector>

#include "cspgan/avatars/avatars.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/detection/wells.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"
#include "terminal/parse.hpp"

namespace cspgan {

namespace {

struct AvatarsSheet {
  AvatarOptions avatars{.count = 32, .image_size = 128};
  std::int64_t columns = 8;
  std::filesystem::path picture = "avatars.png";
};

void draw(const AvatarsSheet& sheet) {
  require_writable(sheet.picture, "picture", {".png"});
  const Avatars faces(sheet.avatars);
  std::vector<Tensor> pictures;
  for (std::int64_t index = 0; index < faces.size(); ++index) pictures.push_back(faces.image(index));
  write_png(sheet.picture, image_grid(at::stack(pictures), sheet.columns, {.padding = 0}));
}

struct WellsSheet {
  WellOptions wells{.count = 100'000, .height = 96, .width = 54, .bad_share = 1};
  std::int64_t columns = 8;
  std::int64_t good_rows = 1;
  std::int64_t bad_rows = 2;
  std::int64_t upscale = 1;
  std::filesystem::path picture = "wells.png";
};

void draw(const WellsSheet& sheet) {
  const WellOptions& options = sheet.wells;
  if (sheet.columns % 2 != 0) throw OptionError("--columns must be even: a mask stands beside each defective picture");
  if (sheet.good_rows + sheet.bad_rows == 0)
    throw OptionError("--good-rows and --bad-rows are both 0: nothing to draw");
  const GridLayout layout{.upscale = sheet.upscale};
  require_grid_fits(sheet.columns * (sheet.good_rows + sheet.bad_rows), sheet.columns,
                    std::max(options.height, options.width), layout, "the sheet");
  require_writable(sheet.picture, "picture", {".png"});

  std::vector<Tensor> pictures;
  WellOptions good = options;
  good.bad_share = 0;
  const Wells good_wells(good);
  std::int64_t index = 0;
  while (index < sheet.columns * sheet.good_rows) pictures.push_back(good_wells.image(index++));
  const Wells bad_wells(options);
  constexpr std::int64_t kinds = EnumNames<Defect>::names.size() - 1;
  for (std::int64_t i = 0; i < sheet.bad_rows * sheet.columns / 2; ++i, ++index) {
    while (bad_wells.defect(index) != static_cast<Defect>(1 + i % kinds)) ++index;
    pictures.push_back(bad_wells.image(index));
    pictures.push_back((bad_wells.mask(index) * 255).unsqueeze(0).expand({3, options.height, options.width}));
  }
  write_png(sheet.picture, image_grid(at::stack(pictures), sheet.columns, layout));
}

}  // namespace

int run_avatars_sheet_program(int argc, char** argv) {
  return run_program("avatars_sheet", [&] {
    AvatarsSheet sheet;
    CLI::App app{"Draws a sheet of avatars into a PNG file.", "avatars_sheet"};
    app.add_option("picture", sheet.picture, "PNG file to write")->capture_default_str();
    app.add_option("--count", sheet.avatars.count, "number of avatars")->capture_default_str();
    app.add_option("--columns", sheet.columns, "avatars per row")->capture_default_str();
    app.add_option("--size", sheet.avatars.image_size, "side of each avatar, in pixels")->capture_default_str();
    app.add_option("--seed", sheet.avatars.seed, "seed of the faces, >= 0")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    if (const auto done = parse(app, argc, argv)) return *done;
    draw(sheet);
    return 0;
  });
}

int run_wells_sheet_program(int argc, char** argv) {
  return run_program("wells_sheet", [&] {
    WellsSheet sheet;
    CLI::App app{"Draws a sheet of wells into a PNG file: good ones, and defective ones with their masks.",
                 "wells_sheet"};
    app.add_option("picture", sheet.picture, "PNG file to write")->capture_default_str();
    app.add_option("--columns", sheet.columns, "good pictures per row, or defective ones and masks; even")
        ->capture_default_str()
        ->check(CLI::Range(2, 100));
    app.add_option("--good-rows", sheet.good_rows, "rows of good pictures")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    app.add_option("--bad-rows", sheet.bad_rows, "rows of defective pictures; the kinds take turns")
        ->capture_default_str()
        ->check(CLI::Range(0, 100));
    app.add_option("--height", sheet.wells.height, "of each picture, in pixels")->capture_default_str();
    app.add_option("--width", sheet.wells.width, "of each picture, in pixels")->capture_default_str();
    app.add_option("--upscale", sheet.upscale, "shows each pixel as so many by so many")->capture_default_str();
    app.add_option("--difficulty", sheet.wells.difficulty, "how small and faint the defects are, in [0, 10]")
        ->capture_default_str();
    app.add_option("--seed", sheet.wells.seed, "seed of the pictures, >= 0")
        ->capture_default_str()
        ->check(CLI::NonNegativeNumber);
    if (const auto done = parse(app, argc, argv)) return *done;
    draw(sheet);
    return 0;
  });
}

}  // namespace cspgan
