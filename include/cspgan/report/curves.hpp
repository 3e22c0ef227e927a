// Curves as PNG and SVG files, for papers, slides and e-mail; a run's HTML page draws its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// One line of a plot: x and y have equal lengths, and x ascends. Values of y that are not finite are skipped: the line
/// goes straight to the next finite one.
struct Curve {
  std::string label;
  std::vector<double> x;
  std::vector<double> y;
};

/// A plot of one or more curves.
struct CurvePlot {
  std::string title;
  std::string x_label;
  std::string y_label;
  std::vector<Curve> curves;
  bool smooth = false;  // draw a smoothed line over a fainter line of the raw values
  int width = 760;      // of the SVG, in pixels, 200 to 10000; the PNG has twice as many in each direction
  int height = 420;     // likewise

  /// Throws OptionError for a size out of range or for curves whose x and y differ in length.
  void validate() const;
};

/// The bytes of a PNG or an SVG file of the plot, with the same layout and a white background; the SVG stores letters
/// as outlines, so that it looks the same everywhere. Throws OptionError as validate() does, Error with cairo's reason
/// if cairo cannot draw the plot.
std::string to_png(const CurvePlot& plot);
std::string to_svg(const CurvePlot& plot);

/// Writes curves/losses.png, losses.svg, scores.png and so on into a run's folder: one plot over kimg for each kind of
/// value in its metrics.jsonl. Throws Error naming the path if that file is missing or a plot cannot be written.
void write_curves(const std::filesystem::path& run_folder);

}  // namespace cspgan
