// Searches the latents whose images come closest to given pictures.
#include <cspgan/programs/project.hpp>

int main(int argc, char** argv) { return cspgan::run_project_program(argc, argv); }
