// The quick start: trains on avatars that the library draws itself. The whole API at a glance is in the README; this
// program takes the ready-made recipe, command line and run folder.
#include <cspgan/avatars/avatars.hpp>
#include <cspgan/programs/training_program.hpp>

int main(int argc, char** argv) {
  return cspgan::run_training_program(
      {.name = "quickstart",
       .summary = "Trains a generator of avatars; needs no data.",
       .default_recipe = "avatars",
       .data_help = "",
       .open_data =
           [](const cspgan::DataRequest& request) {
             const cspgan::Avatars avatars(
                 {.seed = request.seed, .count = request.count, .image_size = request.options.image_size});
             return cspgan::select_images(avatars, request.options);
           }},
      argc, argv);
}
