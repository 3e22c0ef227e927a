// Metrics of a generator's images, or any folder of images, against real ones: FID, KID, precision, recall, ...
#include <cspgan/programs/evaluate.hpp>

int main(int argc, char** argv) { return cspgan::run_evaluate_program(argc, argv); }
