// Computes curves, areas and thresholds from the scores of a safetensors file, for detection.py to compare with
// scikit-learn and NumPy. Usage: parity_detection IN OUT
#include <ATen/ops/from_blob.h>
#include <ATen/ops/scalar_tensor.h>

#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/detection/scoring.hpp"

using namespace cspgan;

namespace {

std::vector<double> numbers(const Tensor& tensor) {
  const auto* const begin = tensor.const_data_ptr<double>();
  return {begin, begin + tensor.numel()};
}

Tensor rows(std::vector<double> values, std::int64_t columns) {
  return at::from_blob(values.data(), {static_cast<std::int64_t>(values.size()) / columns, columns}, at::kDouble)
      .clone();
}

TensorFile measure(const TensorFile& in) {
  TensorFile out;
  const std::string ending = ".scores";
  for (const auto& [name, scores] : in.tensors) {
    if (!name.ends_with(ending)) continue;
    const std::string set = name.substr(0, name.size() - ending.size());
    ScoredSet scored{numbers(scores), {}};
    for (const double bad : numbers(in.tensor(set + ".bad"))) scored.bad.push_back(bad != 0);
    std::vector<double> roc, precisions, quantiles;
    for (const RocPoint& point : roc_curve(scored))
      roc.insert(roc.end(), {point.false_positive_rate, point.true_positive_rate, point.threshold});
    for (const PrecisionRecallPoint& point : precision_recall_curve(scored))
      precisions.insert(precisions.end(), {point.precision, point.recall, point.threshold});
    for (const double share : numbers(in.tensor("shares")))
      for (const ThresholdRule rule : {ThresholdRule::good_quantile, ThresholdRule::true_negative_rate})
        quantiles.push_back(choose_threshold(scored.scores, {}, {rule, share}));
    out.tensors.emplace_back(set + ".roc", rows(std::move(roc), 3));
    out.tensors.emplace_back(set + ".precision_recall", rows(std::move(precisions), 3));
    out.tensors.emplace_back(set + ".quantiles", rows(std::move(quantiles), 2));
    out.tensors.emplace_back(set + ".auc", at::scalar_tensor(roc_auc(scored), at::kDouble));
    out.tensors.emplace_back(set + ".average_precision", at::scalar_tensor(average_precision(scored), at::kDouble));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: parity_detection IN OUT\n";
    return 2;
  }
  try {
    save_safetensors(argv[2], measure(load_safetensors(argv[1])));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "parity_detection: error: " << error.what() << "\n";
    return 1;
  }
}
