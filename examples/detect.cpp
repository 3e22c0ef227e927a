// Scores pictures with a trained detector.
#include <cspgan/programs/detect.hpp>

int main(int argc, char** argv) { return cspgan::run_detect_program(argc, argv); }
