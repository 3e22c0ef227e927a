// One page for several runs: their curves in the same charts, their pictures side by side, and their differences.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// Limits on what the page includes from each run.
struct ComparisonOptions {
  std::int64_t grids = 12;                    // sample grids, evenly spaced, including the first and the last
  std::int64_t grid_bytes = 4 * 1024 * 1024;  // total size of the PNG files; fewer grids if they are large
  std::int64_t points = 600;                  // per curve; more rows are averaged in equal groups

  friend bool operator==(const ComparisonOptions&, const ComparisonOptions&) = default;
};

/// The page for the given run folders, as one self-contained file that needs no network connection; see html_report for
/// what may be missing. Throws OptionError for fewer than two folders or if one is given twice, Error if a folder is
/// not that of a run.
std::string html_comparison(const std::vector<std::filesystem::path>& run_folders,
                            const ComparisonOptions& options = {});

}  // namespace cspgan
