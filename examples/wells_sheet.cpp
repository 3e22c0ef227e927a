// Draws a sheet of wells: good pictures, and below them defective ones, each with its mask beside it.
#include <cspgan/programs/sheets.hpp>

int main(int argc, char** argv) { return cspgan::run_wells_sheet_program(argc, argv); }
