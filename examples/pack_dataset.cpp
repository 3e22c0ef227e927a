// Crops and resizes images once and keeps them in one file, which trains without decoding.
#include <cspgan/programs/pack_dataset.hpp>

int main(int argc, char** argv) { return cspgan::run_pack_dataset_program(argc, argv); }
