// Trains on CelebA in its official layout, or on any folder of images.
#include <cspgan/data/open_images.hpp>
#include <cspgan/programs/training_program.hpp>

int main(int argc, char** argv) {
  return cspgan::run_training_program(
      {.name = "celeba_train",
       .summary = "Trains a generator of faces on CelebA (or any folder of images).",
       .default_recipe = "faces",
       .data_help = "CelebA's folder (img_align_celeba/, list_eval_partition.txt), or any folder of images",
       .open_data =
           [](const cspgan::DataRequest& request) {
             return cspgan::open_images(request.path, request.partition, request.image_size, request.holdout);
           }},
      argc, argv);
}
