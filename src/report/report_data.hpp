// What the page shows of a run, gathered from its folder as one tree of plain values.
#pragma once

#include <filesystem>

#include "cspgan/core/value.hpp"
#include "cspgan/report/html_report.hpp"

namespace cspgan {

/// {run, folder, curves, grids, warnings, checkpoint, notes}; see report_data.cpp for each. The script of the page,
/// report_page.js, reads the same names.
Value report_data(const std::filesystem::path& run_folder, const ReportOptions& options);

}  // namespace cspgan
