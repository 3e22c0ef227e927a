// Draws pictures from a checkpoint: a grid, single files, rows and films between faces.
#include <cspgan/programs/sampling.hpp>

int main(int argc, char** argv) { return cspgan::run_sample_program(argc, argv); }
