#include "programs/directions_output.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "terminal/print.hpp"

namespace cspgan {

void print_directions(const std::vector<NamedDirection>& directions, const Tensor& strengths,
                      const std::vector<DirectionScore>& scores, const std::optional<AttributeReader>& reader) {
  const auto accuracy_of = [&](const std::string& name) {
    return std::ranges::find(reader->attributes, name, &ReadableAttribute::name)->accuracy;
  };
  std::size_t width = 9;
  for (const NamedDirection& direction : directions) width = std::max(width, direction.name.size());
  say(stdout, "{:<{}}  {:>8}", "direction", width, "strength");
  say(stdout, "{}\n",
      scores.empty()
          ? ""
          : fmt::format("  {:<20}  {:>7}  {:>7}  {:>7}  {}", "attribute", "changes", "others", "right", "has it"));
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    say(stdout, "{:<{}}  {:>8}", directions[i].name, width,
        place < strengths.size(0) ? fmt::format("{:.3f}", strengths[place].item<float>()) : "");
    if (i < scores.size())
      say(stdout, "  {:<20}  {:>5.1f} %  {:>5.1f} %  {:>5.1f} %{}", scores[i].attribute, 100 * scores[i].changed,
          100 * scores[i].others, 100 * accuracy_of(scores[i].attribute),
          scores[i].shares
              ? fmt::format("  {:.1f} % to {:.1f} %", 100 * scores[i].shares->low, 100 * scores[i].shares->high)
              : "");
    say(stdout, "\n");
  }
}

void print_scores_meaning(const DirectionsCommand& command) {
  say(stdout,
      "attribute: the one that the direction is of, or that it changes most; changes: share of {} images in which it "
      "differs\nbetween the steps {} and {}; others: the same, mean over the other attributes; right: how often the "
      "attribute is read\nright in {}; has it: share of the images at either end with this value; random: a direction "
      "for comparison\n",
      command.test_count, -command.step, command.step,
      command.avatars ? "avatars" : "real images, mean of those with it and those without (50 % by chance)");
}

}  // namespace cspgan
