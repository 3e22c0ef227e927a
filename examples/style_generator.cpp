// Counts the styles of a table, tells how likely they are, and draws avatars of sampled ones.
#include <cspgan/programs/style_generator.hpp>

int main(int argc, char** argv) { return cspgan::run_style_generator_program(argc, argv); }
