// Metrics of several kinds of fakes against the same real images, in one table.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/evaluation/evaluator.hpp"

namespace cspgan {

class EvaluationTable {
 public:
  /// Throws OptionError, ending in `hint`, if there are too few images for the metrics.
  EvaluationTable(std::string_view program, const AnyImageSource& reals, const EvaluatorOptions& options,
                  std::string_view hint);
  EvaluationTable(const EvaluationTable&) = delete;
  EvaluationTable& operator=(const EvaluationTable&) = delete;

  /// Measures the fakes, a Sampler or an AnyImageSource, with bars of progress and warnings on the terminal. `kind` is
  /// their column's name.
  void add(const std::string& kind, const auto& fakes) {
    evaluator_.reals();  // they are of no kind
    of_ = kind + ": ";
    kinds_.emplace_back(kind, evaluator_.evaluate(fakes));
  }
  void print() const;

 private:
  std::string of_;  // before the names of the stages
  StageProgress bars_;
  std::set<std::string> said_;
  Evaluator evaluator_;
  std::vector<std::pair<std::string, Evaluation>> kinds_;
};

}  // namespace cspgan
