// The programs that make pages from runs' folders.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// The program `report_run`: report.html, curves/ and animation.webp of a run's folder, made again. Returns the
/// process's exit code.
int run_report_program(int argc, char** argv);

/// The program `compare_runs`: one page for several runs. Returns the process's exit code.
int run_compare_program(int argc, char** argv);

}  // namespace cspgan
