// Thresholds, rates, curves and areas.
#include "cspgan/detection/scoring.hpp"

namespace cspgan {

double Confusion::true_positive_rate() const {
  return static_cast<double>(true_positives) / static_cast<double>(true_positives + false_negatives);
}

double Confusion::true_negative_rate() const {
  return static_cast<double>(true_negatives) / static_cast<double>(true_negatives + false_positives);
}

}  // namespace cspgan
