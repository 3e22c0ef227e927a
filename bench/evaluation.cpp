// Our side of the benchmark evaluation: the Fréchet distance of two sets of features. The script of the same name
// starts and drives it.
//   bench_evaluation FILE THREADS
// FILE, a safetensors file, holds the features as "real" and "fake". Answers "step" with the seconds of computing one
// distance from means and covariances, "gather" with the seconds of computing the means and covariances of both sets,
// and "distance" with the value.
#include <ATen/Parallel.h>

#include <iostream>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/metrics/feature_statistics.hpp"
#include "cspgan/metrics/frechet.hpp"
#include "serving.hpp"

namespace {

using namespace cspgan;

constexpr std::int64_t batch = 1024;  // rows that evaluate() adds at once

FeatureStatistics statistics(const Tensor& features) {
  FeatureStatistics gathered;
  for (std::int64_t first = 0; first < features.size(0); first += batch)
    gathered.add(features.slice(0, first, first + batch));
  return gathered;
}

void run(const std::string& path) {
  keep_freed_memory();
  const TensorFile file = load_safetensors(path);
  FeatureStatistics real, fake;
  const auto gather = [&] {
    real = statistics(file.tensor("real"));
    fake = statistics(file.tensor("fake"));
  };
  gather();
  double distance = 0;
  bench::serve([&](std::string_view request, std::string_view) -> std::string {
    if (request == "step") return std::to_string(bench::seconds_of([&] { distance = frechet_distance(real, fake); }));
    if (request == "gather") return std::to_string(bench::seconds_of(gather));
    if (request == "distance") return std::to_string(distance);
    throw Error("what is '" + std::string(request) + "'?");
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bench_evaluation FILE THREADS\n";
    return 2;
  }
  try {
    at::set_num_threads(std::stoi(argv[2]));
    run(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
