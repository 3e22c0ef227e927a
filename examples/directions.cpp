// Finds the directions of the latents that change a generator's images most, and those of attributes.
#include <cspgan/programs/directions.hpp>

int main(int argc, char** argv) { return cspgan::run_directions_program(argc, argv); }
