// Writes a trained generator for programs without LibTorch: ONNX, a C++ header, or the weights alone.
#include <cspgan/programs/export_generator.hpp>

int main(int argc, char** argv) { return cspgan::run_export_generator_program(argc, argv); }
