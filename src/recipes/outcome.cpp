#include "cspgan/recipes/outcome.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "core/checks.hpp"
#include "core/number_text.hpp"

namespace cspgan {

namespace {

std::string seeds_text(const std::vector<double>& values, int digits) {
  std::string text;
  for (const double value : values) text += fmt::format("{}{:.{}f}", text.empty() ? "" : ", ", value, digits);
  return text;
}

}  // namespace

void Outcome::validate() const {
  detail::require_at_least(image_size, 1, "measured: image_size");
  detail::require_positive(kimg, "measured: kimg");
  detail::require_at_least(images, 0, "measured: images");
  detail::require_at_least(batch_size, 0, "measured: batch_size");
}

std::string outcome_text(const Outcome& outcome) {
  std::string text = outcome.data;
  if (outcome.images > 0) text += fmt::format(" ({} images)", grouped_digits(outcome.images));
  text += fmt::format(", {} pixels, {:g} kimg", outcome.image_size, outcome.kimg);
  if (outcome.batch_size > 0) text += fmt::format(", batch {}", outcome.batch_size);
  text += ": ";
  if (!outcome.distance.empty())
    text +=
        fmt::format("Fréchet distance {}, recall {}", seeds_text(outcome.distance, 1), seeds_text(outcome.recall, 2));
  if (!outcome.styles.empty()) {
    std::vector<std::string> styles;
    for (const std::int64_t count : outcome.styles) styles.push_back(grouped_digits(count));
    text += fmt::format("{} styles in 2,000 (true ones have 1,577)", fmt::join(styles, "; "));
  }
  if (!outcome.remark.empty()) text += (text.ends_with(": ") ? "" : "; ") + outcome.remark;
  return text;
}

const Outcome* closest_outcome(const std::vector<Outcome>& outcomes, bool avatars, std::int64_t image_size,
                               double kimg) {
  const Outcome* closest = nullptr;
  const auto distance = [&](const Outcome& outcome) { return std::abs(std::log(outcome.kimg / kimg)); };
  for (const Outcome& outcome : outcomes)
    if (outcome.styles.empty() != avatars && outcome.image_size == image_size &&
        (closest == nullptr || distance(outcome) < distance(*closest)))
      closest = &outcome;
  return closest;
}

}  // namespace cspgan
