// The table of attributes.
#include "programs/attribute_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cspgan/terminal/program.hpp"
#include "terminal/print.hpp"

namespace cspgan {

void print_attributes(const AttributeReport& report, std::string_view program) {
  const AvatarMetrics& metrics = report.metrics;
  say(stdout, "{} avatars: {} of {} styles; as many true ones have {:.0f}\n", metrics.count, metrics.styles,
      metrics.possible_styles, metrics.expected_styles);
  say(stdout, "{:<14}  {:>8}  {:>8}  {:>7}  {:>7}  {:>7}  {}\n", "attribute", "distance", "of true", "clear", "of true",
      "right", "never seen");
  for (std::size_t a = 0; a < metrics.attributes.size(); ++a) {
    const AttributeMetrics& attribute = metrics.attributes[a];
    say(stdout, "{:<14}  {:>8.4f}  {:>8.4f}  {:>5.1f} %  {:>5.1f} %  {:>5.1f} %  {}\n", attribute.name,
        attribute.distance, attribute.expected_distance, 100 * report.clear[a], 100 * report.accuracy.clear[a],
        100 * report.accuracy.of_attributes[a],
        attribute.dropped.empty() ? "-" : fmt::format("{}", fmt::join(attribute.dropped, ", ")));
  }
  say(stdout,
      "distance: total variation from the truth; clear: images in which the classifier is sure; of true: the same of "
      "as many\ntrue avatars; right: how often the classifier is right about true avatars\n");
  std::fflush(stdout);
  for (const std::string& warning : report.warnings()) print_warning(program, warning);
}

}  // namespace cspgan
