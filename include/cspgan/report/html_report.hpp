// report.html: a run as one self-contained page that needs no network connection.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace [[gnu::visibility("default")]] cspgan {

/// Limits on what the page includes, so that even the report of a long run opens at once.
struct ReportOptions {
  std::int64_t grids = 40;                     // sample grids, evenly spaced, including the first and the last
  std::int64_t grid_bytes = 12 * 1024 * 1024;  // total size of the PNG files; fewer grids if they are large
  std::int64_t points = 1500;                  // per curve; more rows are averaged in equal groups, and of more metric
                                               // values an evenly spaced subset with the first and the last is kept
  std::int64_t warnings = 200;                 // the latest ones; all are counted

  friend bool operator==(const ReportOptions&, const ReportOptions&) = default;
};

/// The page for the contents of a run's folder: run.json, metrics.jsonl, warnings.jsonl, samples/step-*.png,
/// checkpoints/. Any of them may be missing or damaged; the page then says so or omits that part. Throws Error if the
/// folder is missing.
std::string html_report(const std::filesystem::path& run_folder, const ReportOptions& options = {});

/// Writes this page to report.html in the folder and returns its path. Throws Error naming the path if the folder is
/// missing or the file cannot be written.
std::filesystem::path write_html_report(const std::filesystem::path& run_folder, const ReportOptions& options = {});

}  // namespace cspgan
