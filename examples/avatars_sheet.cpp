// Draws a sheet of avatars: what the embedded data set looks like, at any size.
#include <cspgan/programs/sheets.hpp>

int main(int argc, char** argv) { return cspgan::run_avatars_sheet_program(argc, argv); }
