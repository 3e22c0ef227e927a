// The data that a page shows about a run, collected from its folder as one tree of values.
#pragma once

#include <filesystem>

#include "cspgan/core/value.hpp"
#include "cspgan/report/html_report.hpp"

namespace cspgan {

/// {run, folder, curves, metrics, grids, warnings, checkpoint, tensorboard, notes}; see report_data.cpp for each. The
/// scripts of the pages, report_page.js and compare_page.js, read the same names.
Value report_data(const std::filesystem::path& run_folder, const ReportOptions& options);

/// {rows_per_point, columns: {key: [number or null]}} of a metrics.jsonl: each number in the training rows as a column;
/// long logs are averaged in equal groups. Throws Error naming the path if it cannot be read.
Value training_curves(const std::filesystem::path& metrics, std::int64_t points);

}  // namespace cspgan
