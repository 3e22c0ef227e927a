// Curves as PNG and SVG files, for papers, slides and mails; the page of a run draws its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// One line of a plot: as many x as y, x ascending. Where y is not finite the line goes straight on to its next value.
struct Curve {
  std::string label;
  std::vector<double> x;
  std::vector<double> y;
};

struct CurvePlot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<Curve> curves;
  bool smooth = false;  // draw a smoothed line, over a fainter one of the values themselves
  int width = 760;      // of the SVG, in pixels, 200 to 10000; the PNG has twice as many each way
  int height = 420;     // likewise

  void validate() const;
};

/// The bytes of a PNG or an SVG file of the plot, drawn alike on a white ground; in the SVG letters are outlines, so
/// that it looks the same everywhere. Throws OptionError for sizes or lengths that do not fit, Error where cairo cannot
/// draw it, with cairo's reason.
std::string to_png(const CurvePlot& plot);
std::string to_svg(const CurvePlot& plot);

/// Writes curves/losses.png, losses.svg, scores.png and so on into a run's folder: one plot for each kind of number in
/// its metrics.jsonl, over kimg. Throws Error naming the path where that file is missing or a plot cannot be written.
void write_curves(const std::filesystem::path& run_folder);

}  // namespace cspgan
