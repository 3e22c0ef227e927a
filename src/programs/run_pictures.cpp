// The pictures of a whole run, and the two programs that make pages from runs' folders.
#include "cspgan/programs/run_pictures.hpp"

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/report/comparison.hpp"
#include "cspgan/report/curves.hpp"
#include "cspgan/report/html_report.hpp"
#include "cspgan/report/step_files.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// The image, or nothing where the file is torn or none.
Tensor read_grid(const std::filesystem::path& path) {
  try {
    return load_image(path);
  } catch (const Error&) {
    return {};
  }
}

Tensor at_most(const Tensor& image, std::int64_t longest) {
  const std::int64_t height = image.size(1), width = image.size(2), side = std::max(height, width);
  if (side <= longest) return image;
  const auto scaled = [&](std::int64_t length) { return std::max<std::int64_t>(2, length * longest / side); };
  return at::_upsample_bilinear2d_aa(image.unsqueeze(0).contiguous(), {{scaled(height), scaled(width)}},
                                     /*align_corners=*/false, std::nullopt, std::nullopt)
      .squeeze(0);
}

}  // namespace

std::int64_t write_epoch_animation(const std::filesystem::path& run_folder, const std::filesystem::path& file,
                                   const EpochAnimationOptions& options) {
  if (options.frames < 2 || options.longest < 2)
    throw OptionError(fmt::format("an epoch animation needs at least 2 frames of 2 pixels, not {} of {}",
                                  options.frames, options.longest));
  const std::vector<StepFile> grids = step_files(run_folder / "samples", ".png");
  Tensor last;
  std::size_t whole = grids.size();  // up to the last grid that can be read: it gives the size
  while (whole > 0 && !(last = read_grid(grids[whole - 1].path)).defined()) --whole;
  if (whole < 2) return 0;
  AnimationWriter writer(file, options.animation);
  ProgressBar bar("animation", static_cast<std::int64_t>(whole), "grids");
  std::int64_t frames = 0;
  for (const std::size_t index : evenly_spaced(whole, static_cast<std::size_t>(options.frames))) {
    const Tensor grid = index + 1 == whole ? last : read_grid(grids[index].path);
    bar.update(static_cast<std::int64_t>(index) + 1);
    if (!grid.defined() || grid.sizes() != last.sizes()) continue;
    writer.add(at_most(grid, options.longest));
    ++frames;
  }
  if (frames < 2) return 0;
  writer.finish();
  return frames;
}

int run_report_program(int argc, char** argv) {
  return run_program("report_run", [&] {
    std::filesystem::path folder;
    std::string format = "webp";
    EpochAnimationOptions options;
    CLI::App app("Makes the report, the curves and the animation of a run again.", "report_run");
    app.add_option("RUN", folder, "the run's folder")->required();
    app.add_option("--animation", format, "webp, gif or none")
        ->capture_default_str()
        ->check(CLI::IsMember({"webp", "gif", "none"}));
    app.add_option("--frames", options.frames, "of the animation, at most")->capture_default_str();
    app.add_option("--frame-milliseconds", options.animation.frame_milliseconds, "of each frame")
        ->capture_default_str();
    if (const auto done = parse(app, argc, argv)) return *done;

    const auto page = write_html_report(folder);
    say(stdout, "report     {}\n", page.string());
    if (std::filesystem::exists(folder / "metrics.jsonl")) {
      write_curves(folder);
      say(stdout, "curves     {}\n", (folder / "curves").string());
    }
    if (format != "none") {
      const auto file = folder / ("animation." + format);
      if (const std::int64_t frames = write_epoch_animation(folder, file, options); frames > 0)
        say(stdout, "animation  {} ({} frames)\n", file.string(), frames);
    }
    return 0;
  });
}

int run_compare_program(int argc, char** argv) {
  return run_program("compare_runs", [&] {
    std::vector<std::filesystem::path> folders;
    std::filesystem::path out = "comparison.html";
    ComparisonOptions options;
    CLI::App app("Compares runs on one page: curves, pictures, figures, differing options.", "compare_runs");
    app.add_option("RUNS", folders, "the runs' folders, two or more")->required();
    app.add_option("--out", out, "the page to write")->capture_default_str();
    app.add_option("--grids", options.grids, "sample grids of each run, at most")->capture_default_str();
    if (const auto done = parse(app, argc, argv)) return *done;
    write_file_atomically(out, html_comparison(folders, options), Durability::cached);
    say(stdout, "the comparison of {} runs is in {}\n", folders.size(), out.string());
    return 0;
  });
}

}  // namespace cspgan
