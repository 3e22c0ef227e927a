// Trains on good wells, which the library draws itself: what a detector has to know of pictures without a defect.
#include <cspgan/detection/wells.hpp>
#include <cspgan/programs/training_program.hpp>

int main(int argc, char** argv) {
  return cspgan::run_training_program(
      {.name = "wells_train",
       .summary = "Trains a generator of cups on a plate, all of them good; needs no data.",
       .default_recipe = "wells",
       .data_help = "",
       .open_data =
           [](const cspgan::DataRequest& request) {
             const cspgan::Wells wells({.seed = request.seed,
                                        .count = request.count,
                                        .height = request.options.image_size,
                                        .width = request.options.image_size});
             return cspgan::select_images(wells, request.options);
           }},
      argc, argv);
}
