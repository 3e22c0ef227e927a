// Our side of the benchmark data_loading: a Loader over a folder or a packed set. The script of the same name starts
// and drives it.
//   bench_data_loading IMAGES SIZE BATCH WORKERS
// Answers "step" with the seconds of 32 batches, more than are prepared ahead, with nothing cached, and "mean" with the
// mean pixel of the first batch of 8 images in the order of their names.
#include <ATen/Parallel.h>

#include <iostream>
#include <string>

#include "cspgan/data/loader.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/resize.hpp"
#include "serving.hpp"

namespace {

using namespace cspgan;

void run(const std::string& data, const LoaderOptions& options) {
  keep_freed_memory();
  const AnyImageSource images = open_images(data);
  Loader loader(images, options);
  bench::serve([&](std::string_view request, std::string_view) -> std::string {
    if (request == "step")
      return std::to_string(bench::seconds_of([&] {
        for (int i = 0; i < 32; ++i) loader.next();
      }));
    if (request == "mean") {
      double sum = 0;
      for (std::int64_t i = 0; i < 8; ++i)
        sum += resize(center_crop_square(images.image(i)), options.image_size).to(at::kDouble).mean().item<double>();
      return std::to_string(sum / 8);
    }
    throw Error("what is '" + std::string(request) + "'?");
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: bench_data_loading IMAGES SIZE BATCH WORKERS\n";
    return 2;
  }
  try {
    at::set_num_threads(1);
    run(argv[1], {.batch_size = std::stoll(argv[3]),
                  .image_size = std::stoll(argv[2]),
                  .workers = std::stoll(argv[4]),
                  .cache_mebibytes = 0});
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
