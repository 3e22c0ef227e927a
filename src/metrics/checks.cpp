// Checks of features.
#include "metrics/checks.hpp"

#include <ATen/ops/isfinite.h>
#include <fmt/format.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

namespace {

/// Rows are checked in pieces, so that the mask stays small.
bool all_finite(const Tensor& features) {
  constexpr std::int64_t rows = 4096;
  for (std::int64_t first = 0; first < features.size(0); first += rows)
    if (!at::isfinite(features.slice(0, first, first + rows)).all().item<bool>()) return false;
  return true;
}

}  // namespace

void require_features(const Tensor& features, std::int64_t least, std::string_view function) {
  if (!features.defined() || features.dim() != 2 || features.size(1) < 1 ||
      (features.scalar_type() != at::kFloat && features.scalar_type() != at::kDouble))
    throw Error(
        fmt::format("{}: features must be float32 or float64 [N, D], not {}", function, describe_tensor(features)));
  if (features.size(0) < least)
    throw Error(fmt::format("{}: {} images are too few; at least {} are needed", function, features.size(0), least));
  if (!all_finite(features))
    throw Error(fmt::format("{}: some features are infinite or not a number; is the extractor sound?", function));
}

void require_features(const Tensor& real, const Tensor& fake, std::int64_t least, std::string_view function) {
  require_features(real, least, function);
  require_features(fake, least, function);
  if (real.size(1) != fake.size(1))
    throw Error(fmt::format("{}: the real features have {} dimensions, the fake ones {}; take both from one extractor",
                            function, real.size(1), fake.size(1)));
}

}  // namespace cspgan
