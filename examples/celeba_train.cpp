// Trains on CelebA in its official layout, or on any folder of images.
#include <cspgan/data/celeba.hpp>
#include <cspgan/data/image_folder.hpp>
#include <cspgan/programs/training_program.hpp>

#include <filesystem>

int main(int argc, char** argv) {
  return cspgan::run_training_program(
      {.name = "celeba_train",
       .summary = "Trains a generator of faces on CelebA (or any folder of images).",
       .default_recipe = "faces",
       .data_help = "CelebA's folder (img_align_celeba/, list_eval_partition.txt), or any folder of images",
       .open_data = [](const cspgan::DataRequest& request) -> cspgan::AnyImageSource {
         if (std::filesystem::exists(std::filesystem::path(request.path) / "list_eval_partition.txt"))
           return cspgan::CelebA(request.path, request.partition);
         return cspgan::ImageFolder(request.path);
       }},
      argc, argv);
}
