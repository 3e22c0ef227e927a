// Draws a sheet of wells: good pictures, and below them defective ones, each with its mask beside it.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>
#include <cspgan/core/error.hpp>
#include <cspgan/detection/wells.hpp>
#include <cspgan/report/images.hpp>
#include <cspgan/terminal/program.hpp>
#include <cspgan/version.hpp>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

namespace {

int draw_sheet(int argc, char** argv) {
  cspgan::WellOptions wells{.count = 100'000, .height = 96, .width = 54, .bad_share = 1};
  std::int64_t columns = 8;
  std::int64_t good_rows = 1;
  std::int64_t bad_rows = 2;
  std::int64_t upscale = 1;
  std::string picture = "wells.png";
  CLI::App program{"Draws a sheet of wells into a PNG file: good ones, and defective ones with their masks.",
                   "wells_sheet"};
  program.add_option("picture", picture, "PNG file to write")->capture_default_str();
  program.add_option("--columns", columns, "good pictures per row, or defective ones and masks; even")
      ->capture_default_str()
      ->check(CLI::Range(2, 100));
  program.add_option("--good-rows", good_rows, "rows of good pictures")
      ->capture_default_str()
      ->check(CLI::Range(0, 100));
  program.add_option("--bad-rows", bad_rows, "rows of defective pictures; the kinds take turns")
      ->capture_default_str()
      ->check(CLI::Range(0, 100));
  program.add_option("--height", wells.height, "of each picture, in pixels")->capture_default_str();
  program.add_option("--width", wells.width, "of each picture, in pixels")->capture_default_str();
  program.add_option("--upscale", upscale, "shows each pixel as so many by so many")->capture_default_str();
  program.add_option("--difficulty", wells.difficulty, "how small and faint the defects are, in [0, 10]")
      ->capture_default_str();
  program.add_option("--seed", wells.seed, "seed of the pictures, >= 0")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  program.set_version_flag("--version", std::string(cspgan::version));
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return program.exit(help);
  } catch (const CLI::ParseError& error) {
    throw cspgan::OptionError(error.what());
  }
  if (columns % 2 != 0)
    throw cspgan::OptionError("--columns must be even: a mask stands beside each defective picture");
  if (good_rows + bad_rows == 0) throw cspgan::OptionError("--good-rows and --bad-rows are both 0: nothing to draw");
  const cspgan::GridLayout layout{.upscale = upscale};
  cspgan::require_grid_fits(columns * (good_rows + bad_rows), columns, std::max(wells.height, wells.width), layout,
                            "the sheet");

  std::vector<cspgan::Tensor> pictures;
  cspgan::WellOptions good = wells;
  good.bad_share = 0;
  const cspgan::Wells good_wells(good);
  std::int64_t index = 0;
  while (index < columns * good_rows) pictures.push_back(good_wells.image(index++));
  const cspgan::Wells bad_wells(wells);
  constexpr std::int64_t kinds = cspgan::EnumNames<cspgan::Defect>::names.size() - 1;
  for (std::int64_t i = 0; i < bad_rows * columns / 2; ++i, ++index) {
    while (bad_wells.defect(index) != static_cast<cspgan::Defect>(1 + i % kinds)) ++index;
    pictures.push_back(bad_wells.image(index));
    pictures.push_back((bad_wells.mask(index) * 255).unsqueeze(0).expand({3, wells.height, wells.width}));
  }
  cspgan::write_png(picture, cspgan::image_grid(at::stack(pictures), columns, layout));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cspgan::run_program("wells_sheet", [&] { return draw_sheet(argc, argv); });
}
