// Curves as SVG files, for papers and slides; the page of a run draws its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cspgan {

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
  int width = 760;      // pixels, at least 200
  int height = 420;     // likewise

  void validate() const;
};

/// The plot as an SVG file with a white ground. Throws OptionError for sizes or lengths that do not fit.
std::string to_svg(const CurvePlot& plot);

/// Writes curves/losses.svg, scores.svg and so on into a run's folder: one plot for each kind of number in its
/// metrics.jsonl, over kimg. Throws Error naming the path where that file is missing or a plot cannot be written.
void write_curves(const std::filesystem::path& run_folder);

}  // namespace cspgan
