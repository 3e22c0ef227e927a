// The programs that make pages from runs' folders.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program `report_run`, which makes report.html, curves/ and animation.webp of a run's folder again. Returns
/// the process's exit code.
int run_report_program(int argc, char** argv);

/// Runs the program `compare_runs`, which makes one page for several runs. Returns the process's exit code.
int run_compare_program(int argc, char** argv);

}  // namespace cspgan
