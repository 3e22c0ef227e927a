// Trains a detector on pictures of good things.
#include <cspgan/programs/detect_train.hpp>

int main(int argc, char** argv) { return cspgan::run_detect_train_program(argc, argv); }
