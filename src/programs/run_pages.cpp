// The programs `report_run` and `compare_runs`.
#include "cspgan/programs/run_pages.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/comparison.hpp"
#include "cspgan/report/curves.hpp"
#include "cspgan/report/html_report.hpp"
#include "cspgan/runs/epoch_animation.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/output_paths.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

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
    app.add_option("--frames", options.frames, "frames of the animation, at most")->capture_default_str();
    app.add_option("--frame-milliseconds", options.animation.frame_milliseconds, "how long each frame is shown")
        ->capture_default_str();
    if (const auto done = parse(app, argc, argv)) return *done;

    if (!std::filesystem::exists(folder / "run.json") && !std::filesystem::exists(folder / "metrics.jsonl"))
      throw Error(
          fmt::format("'{}' is not the folder of a run: it has neither run.json nor metrics.jsonl", folder.string()));
    RunFolder{folder}.require_own_report();
    const auto page = write_html_report(folder);
    say(stdout, "report     {}\n", page.string());
    if (std::filesystem::exists(folder / "metrics.jsonl")) {
      write_curves(folder);
      say(stdout, "curves     {}\n", (folder / "curves").string());
    }
    if (format != "none") {
      const auto file = folder / ("animation." + format);
      if (const std::int64_t frames = write_epoch_animation(folder, file, options, stage_bars()); frames > 0)
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
    CLI::App app("Compares runs on one page: curves, pictures, metrics, differing options.", "compare_runs");
    app.add_option("RUNS", folders, "the runs' folders, two or more")->required();
    app.add_option("--out", out, "the page to write")->capture_default_str();
    app.add_option("--grids", options.grids, "sample grids of each run, at most")->capture_default_str();
    if (const auto done = parse(app, argc, argv)) return *done;
    require_writable(out, "--out", {".html", ".htm"});
    write_file_atomically(out, html_comparison(folders, options), Durability::cached);
    say(stdout, "the comparison of {} runs is in {}\n", folders.size(), out.string());
    return 0;
  });
}

}  // namespace cspgan
