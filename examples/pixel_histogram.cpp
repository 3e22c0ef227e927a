// Fits a histogram to each pixel of a set of images, and draws samples: what a GAN has to be better than.
#include <cspgan/programs/pixel_histogram.hpp>

int main(int argc, char** argv) { return cspgan::run_pixel_histogram_program(argc, argv); }
