// Computes metrics from the features and images of a safetensors file, and decodes the image files in it, for
// metrics.py and pictures.py to compare with other programs. Usage: parity_metrics IN OUT
#include <ATen/TensorOperators.h>
#include <ATen/ops/scalar_tensor.h>

#include <exception>
#include <iostream>
#include <string>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/metrics/feature_statistics.hpp"
#include "cspgan/metrics/frechet.hpp"
#include "cspgan/metrics/inception_score.hpp"
#include "cspgan/metrics/kernel_distance.hpp"
#include "cspgan/metrics/neighbors.hpp"
#include "cspgan/metrics/resizing.hpp"

using namespace cspgan;

namespace {

class Metrics {
 public:
  explicit Metrics(const TensorFile& in) : in_(in) {}

  TensorFile all() {
    if (in_.has_tensor("wide.real")) of_features();
    for (const auto& [name, images] : in_.tensors) {
      if (name.starts_with("file.")) out_.tensors.emplace_back(name, decode(name, images));
      if (!name.starts_with("images.")) continue;
      out_.tensors.emplace_back("clean." + name, resize_for_features(images, Resizing::clean_fid));
      out_.tensors.emplace_back("pytorch." + name, resize_for_features(images, Resizing::pytorch_fid));
    }
    return std::move(out_);
  }

 private:
  void of_features() {
    for (const std::string set : {"wide.", "singular.", "tiny.", "huge."}) frechet(set);
    neighbors();
    kernel();
    const InceptionScore score = inception_score(in_.tensor("probabilities"), 10);
    put("inception_score", score.mean);
    put("inception_score_spread", score.standard_deviation);
  }

  static Tensor decode(const std::string& name, const Tensor& bytes) {
    return decode_image(
        {reinterpret_cast<const char*>(bytes.const_data_ptr<std::uint8_t>()), static_cast<std::size_t>(bytes.numel())},
        name);
  }

  void put(const std::string& name, double value) {
    out_.tensors.emplace_back(name, at::scalar_tensor(value, at::kDouble));
  }

  void frechet(const std::string& set) {
    FeatureStatistics real, fake;
    for (const auto& [name, statistics] : {std::pair{"real", &real}, std::pair{"fake", &fake}}) {
      const Tensor rows = in_.tensor(set + name);
      for (std::int64_t first = 0; first < rows.size(0); first += 64) statistics->add(rows.slice(0, first, first + 64));
    }
    put(set + "frechet", frechet_distance(real, fake));
  }

  void neighbors() {
    const Tensor real = in_.tensor("wide.real"), fake = in_.tensor("wide.fake");
    for (const std::int64_t k : {3, 5}) {
      const Prdc found = prdc(real, fake, k);
      const std::string at = "." + std::to_string(k);
      put("precision" + at, found.precision), put("recall" + at, found.recall);
      put("density" + at, found.density), put("coverage" + at, found.coverage);
    }
    const NearestNeighborTest test = nearest_neighbor_test(real, fake);
    put("one_nn", test.total), put("one_nn_real", test.real), put("one_nn_fake", test.fake);
    put("diversity", mean_pairwise_distance(fake));
    const Neighbors nearest = nearest_neighbors(fake, real, 3);
    out_.tensors.emplace_back("nearest_index", nearest.index);
    out_.tensors.emplace_back("nearest_distance", nearest.distance);
  }

  void kernel() {
    const Tensor real = in_.tensor("wide.real"), fake = in_.tensor("wide.fake");
    const Tensor subsets_real = in_.tensor("subsets.real"), subsets_fake = in_.tensor("subsets.fake");
    double sum = 0;
    for (std::int64_t i = 0; i < subsets_real.size(0); ++i)
      sum += polynomial_discrepancy(real.index_select(0, subsets_real[i]), fake.index_select(0, subsets_fake[i]));
    put("kid", sum / static_cast<double>(subsets_real.size(0)));
  }

  const TensorFile& in_;
  TensorFile out_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: parity_metrics IN OUT\n";
    return 2;
  }
  try {
    save_safetensors(argv[2], Metrics(load_safetensors(argv[1])).all());
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "parity_metrics: error: " << error.what() << "\n";
    return 1;
  }
}
