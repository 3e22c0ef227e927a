// report.html: one file that shows a run to a person, without a network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace [[gnu::visibility("default")]] cspgan {

/// Bounds on what the page carries, so that a long run's report still opens at once.
struct ReportOptions {
  std::int64_t grids = 40;                     // sample grids, evenly spaced, the first and the last among them
  std::int64_t grid_bytes = 12 * 1024 * 1024;  // of PNG files in all; fewer grids where they are large
  std::int64_t points = 1500;                  // of a curve; more rows are averaged in equal groups, more figures of
                                               // evaluations left out, evenly, the first and the last kept
  std::int64_t warnings = 200;                 // the latest; all are counted

  friend bool operator==(const ReportOptions&, const ReportOptions&) = default;
};

/// The page for what a run's folder holds: run.json, metrics.jsonl, warnings.jsonl, samples/step-*.png, checkpoints/.
/// Any of them may be missing or torn; the page then says so or leaves that part out. Throws Error where the folder
/// is missing.
std::string html_report(const std::filesystem::path& run_folder, const ReportOptions& options = {});

/// Writes that page as report.html into the folder and returns its path. Throws Error naming the path.
std::filesystem::path write_html_report(const std::filesystem::path& run_folder, const ReportOptions& options = {});

}  // namespace cspgan
