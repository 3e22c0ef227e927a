// The programs that show what the library draws itself: avatars and wells.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program `avatars_sheet`, which draws avatars side by side. Returns the process's exit code.
int run_avatars_sheet_program(int argc, char** argv);

/// Runs the program `wells_sheet`, which draws good wells, and defective ones with their masks. Returns the process's
/// exit code.
int run_wells_sheet_program(int argc, char** argv);

}  // namespace cspgan
