// Draws pictures from a checkpoint: a grid, single files, rows and animations between faces.
#include <cspgan/programs/sample.hpp>

int main(int argc, char** argv) { return cspgan::run_sample_program(argc, argv); }
