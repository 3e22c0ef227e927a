// One page for several runs: their curves over each other, their pictures side by side, what differs between them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// Bounds on what the page carries of each run.
struct ComparisonOptions {
  std::int64_t grids = 12;                    // sample grids, evenly spaced, the first and the last among them
  std::int64_t grid_bytes = 4 * 1024 * 1024;  // of PNG files in all; fewer grids where they are large
  std::int64_t points = 600;                  // of a curve; more rows are averaged in equal groups

  friend bool operator==(const ComparisonOptions&, const ComparisonOptions&) = default;
};

/// The page for what the runs' folders hold, one file that asks nothing of a network; see html_report for what may be
/// missing. Throws OptionError for fewer than two folders or one given twice, Error where one is no folder of a run.
std::string html_comparison(const std::vector<std::filesystem::path>& run_folders,
                            const ComparisonOptions& options = {});

}  // namespace cspgan
