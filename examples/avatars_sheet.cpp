// Draws a sheet of avatars: what the embedded data set looks like, at any size.
#include <ATen/ops/stack.h>
#include <cspgan/avatars/avatars.hpp>
#include <cspgan/core/error.hpp>
#include <cspgan/report/images.hpp>
#include <cspgan/terminal/program.hpp>
#include <cspgan/version.hpp>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace {

int draw_sheet(int argc, char** argv) {
  cspgan::AvatarOptions avatars{.count = 32, .image_size = 128};
  std::int64_t columns = 8;
  std::string picture = "avatars.png";
  CLI::App program{"Draws a sheet of avatars into a PNG file.", "avatars_sheet"};
  program.add_option("picture", picture, "PNG file to write")->capture_default_str();
  program.add_option("--count", avatars.count, "number of avatars")->capture_default_str();
  program.add_option("--columns", columns, "avatars per row")->capture_default_str();
  program.add_option("--size", avatars.image_size, "side of each avatar, in pixels")->capture_default_str();
  program.add_option("--seed", avatars.seed, "seed of the faces, >= 0")
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

  const cspgan::Avatars faces(avatars);
  std::vector<cspgan::Tensor> pictures;
  for (std::int64_t index = 0; index < faces.size(); ++index) pictures.push_back(faces.image(index));
  cspgan::write_png(picture, cspgan::image_grid(at::stack(pictures), columns, {.padding = 0}));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return cspgan::run_program("avatars_sheet", [&] { return draw_sheet(argc, argv); });
}
