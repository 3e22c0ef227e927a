// Trains on CelebA, or on any other images.
#include <cspgan/data/open_images.hpp>
#include <cspgan/programs/training_program.hpp>

int main(int argc, char** argv) {
  return cspgan::run_training_program(
      {.name = "celeba_train",
       .summary = "Trains a generator of faces on CelebA (or any other images).",
       .default_recipe = "faces",
       .data_help = "the images: a folder or a zip archive (CelebA's, FFHQ's or any), a list of files (.txt, .csv), a "
                    "packed set "
                    "(.npy), or several of these, joined by colons",
       .open_data =
           [](const cspgan::DataRequest& request) { return cspgan::open_images(request.path, request.options); }},
      argc, argv);
}
