// The options of programs that choose which images they open.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <string_view>

#include "cspgan/data/open_images.hpp"

namespace cspgan {

/// What a progress bar calls the reading of all images' sizes, which min_side asks for.
inline constexpr const char* sizes_stage = "sizes of images";

/// The words of the command line that OpenOptions are made from.
struct OpenWords {
  std::string partition = "all";
  double holdout = 0;
  std::string where;
  std::int64_t min_side = 0;
  std::string crop = "center";

  /// `images` is what the help texts call them, such as "real images".
  void add_to(CLI::App& app, std::string_view images);
  /// Throws OptionError naming a word that is none.
  OpenOptions options(std::int64_t image_size) const;
};

/// Says on standard error what was found and what is left out: "reals: found 4,400 images (JPEG 4,400)".
void say_found(std::string_view whose, std::string_view contents);

/// Without the grids that `sample` writes beside single images; says on standard error how many were left out.
AnyImageSource without_grids(const AnyImageSource& images);

}  // namespace cspgan
