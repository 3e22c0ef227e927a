// Trains on good wells, which the library draws itself: what a detector has to know of pictures without a defect.
#include <cspgan/detection/wells.hpp>
#include <cspgan/programs/training_program.hpp>

int main(int argc, char** argv) {
  return cspgan::run_training_program(
      {.name = "wells_train",
       .summary = "Trains a generator of cups on a plate, all of them good; needs no data. With --crop pad, of the "
                  "tall pictures that detect_train draws.",
       .default_recipe = "wells",
       .data_help = "",
       .open_data =
           [](const cspgan::DataRequest& request) {
             // With --crop pad: the pictures of detect_train, two cups in a column, with black stripes beside them.
             const bool square = request.options.crop == cspgan::Crop::center;
             const std::int64_t size = request.options.image_size;
             const cspgan::Wells wells({.seed = request.seed,
                                        .count = request.count,
                                        .height = square ? size : 48,
                                        .width = square ? size : 27});
             return cspgan::select_images(wells, request.options);
           }},
      argc, argv);
}
