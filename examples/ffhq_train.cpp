// Trains on FFHQ in its official layout, or on any folder of its numbered images.
#include <cspgan/core/error.hpp>
#include <cspgan/data/ffhq.hpp>
#include <cspgan/programs/training_program.hpp>

int main(int argc, char** argv) {
  return cspgan::run_training_program(
      {.name = "ffhq_train",
       .summary = "Trains a generator of faces on FFHQ.",
       .default_recipe = "faces",
       .data_help =
           "FFHQ's folder (thumbnails128x128/ or images1024x1024/), or a folder or a zip archive of its images",
       .open_data =
           [](const cspgan::DataRequest& request) {
             if (request.options.holdout > 0)
               throw cspgan::OptionError("source.holdout: FFHQ has a validation partition of its own");
             const cspgan::FFHQ images(request.path, request.options.partition, request.options.image_size);
             return cspgan::select_images(images, request.options);
           }},
      argc, argv);
}
