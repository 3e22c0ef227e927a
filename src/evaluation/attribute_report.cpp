// A probe, its accuracy, and what it reads in a generator's avatars.
#include "cspgan/evaluation/attribute_report.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/programs/sampling.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/version.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t fresh_avatars = 2000;
constexpr double accurate = 0.99;    // below it, an attribute is warned of
constexpr double too_unclear = 0.5;  // an attribute that is clear in fewer fakes is warned of

/// A bar that also asks whether to stop; made with the first report, when the total is known.
OnProgress shown(const std::string& what, const std::function<bool()>& should_stop, std::unique_ptr<ProgressBar>& bar) {
  return [&, what](std::int64_t done, std::int64_t total) {
    if (should_stop && should_stop()) throw Error("stopped before the avatars were read");
    if (!bar) bar = std::make_unique<ProgressBar>(what, total, "images");
    bar->update(done);
  };
}

AttributeClassifier make_probe(const AttributeClassifierOptions& options, const AttributeReportOptions& reading) {
  std::unique_ptr<ProgressBar> bar;
  const auto progress = shown("probe: learns to read avatars", reading.should_stop, bar);
  if (reading.cache.empty()) return AttributeClassifier::train(options, progress);
  std::string problem;
  AttributeClassifier probe = AttributeClassifier::from_cache(reading.cache, options, progress, &problem);
  bar.reset();
  if (!problem.empty()) say(stderr, "warning: {}; the probe was trained anew\n", one_line(problem));
  return probe;
}

}  // namespace

AttributeReport report_attributes(const Sampler& sampler, std::int64_t image_size, const AttributeReportOptions& options) {
  if (options.count < 1 || options.batch_size < 1)
    throw OptionError(fmt::format("avatars: count and batch size must be at least 1, not {} and {}", options.count,
                                  options.batch_size));
  AttributeReport report{
      .probe = AttributeClassifierOptions::for_pictures_of(image_size), .image_size = image_size, .seed = options.seed};
  const AttributeClassifier probe = make_probe(report.probe, options);

  std::unique_ptr<ProgressBar> bar;
  report.accuracy =
      probe.accuracy({.seed = mix_seeds({report.probe.seed, 0x6672657368}), .count = fresh_avatars, .image_size = image_size},
                     shown("probe: reads fresh avatars", options.should_stop, bar));
  bar.reset();

  const auto progress = shown("fakes", options.should_stop, bar);
  std::vector<Tensor> labels;
  report.clear.resize(avatar_attributes().size());
  for (std::int64_t first = 0; first < options.count; first += options.batch_size) {
    const std::int64_t size = std::min(options.batch_size, options.count - first);
    const AttributePrediction reading =
        probe.read(to_bytes(sampler(indexed_latents(options.seed, first, size, sampler.latent_size()))));
    labels.push_back(reading.labels);
    const Tensor clear = count_clear(reading);
    for (std::size_t a = 0; a < report.clear.size(); ++a)
      report.clear[a] += clear[static_cast<std::int64_t>(a)].item<double>() / static_cast<double>(options.count);
    progress(first + size, options.count);
  }
  bar.reset();
  report.figures = count_avatars(at::cat(labels));
  return report;
}

Value to_value(const AttributeReport& report) {
  Value value = to_value(report.figures);
  Value::Array attributes = value.at("attributes").array();
  for (std::size_t a = 0; a < attributes.size(); ++a) {
    attributes[a].set("accuracy", report.accuracy.of_attributes[a]);
    attributes[a].set("clear", report.clear[a]);
    attributes[a].set("clear_of_true", report.accuracy.clear[a]);
  }
  value.set("attributes", std::move(attributes));
  value.set("image_size", report.image_size);
  value.set("seed", to_value(report.seed));
  value.set("probe", to_value(report.probe));
  value.set("probe_measured_on", report.accuracy.count);
  value.set("version", version);
  return value;
}

void print_table(const AttributeReport& report, std::string_view program) {
  const AvatarMetrics& figures = report.figures;
  say(stdout, "{} avatars: {} of {} styles; as many true ones have {:.0f}\n", figures.count, figures.styles,
      figures.possible_styles, figures.expected_styles);
  say(stdout, "{:<14}  {:>8}  {:>8}  {:>7}  {:>7}  {:>7}  {}\n", "attribute", "distance", "of true", "clear", "of true",
      "right", "never seen");
  std::vector<std::string_view> unclear;
  for (std::size_t a = 0; a < figures.attributes.size(); ++a) {
    const AttributeMetrics& attribute = figures.attributes[a];
    const double accuracy = report.accuracy.of_attributes[a];
    say(stdout, "{:<14}  {:>8.4f}  {:>8.4f}  {:>5.1f} %  {:>5.1f} %  {:>5.1f} %  {}\n", attribute.name,
        attribute.distance, attribute.expected_distance, 100 * report.clear[a], 100 * report.accuracy.clear[a],
        100 * accuracy, attribute.dropped.empty() ? "-" : fmt::format("{}", fmt::join(attribute.dropped, ", ")));
    if (accuracy < accurate)
      say(stderr, "{}: warning: at {} pixels the probe is right about {} only {:.2f} % of the time\n", program,
          report.image_size, attribute.name, 100 * accuracy);
    if (report.clear[a] < too_unclear) unclear.push_back(attribute.name);
  }
  say(stdout,
      "distance: total variation from the truth; clear: images in which the probe is sure; of true: the same of as "
      "many "
      "true avatars;\nright: how often the probe is right about true avatars\n");
  if (!unclear.empty())
    say(stderr, "{}: warning: most images lie between values of: {}; the number of styles flatters them\n", program,
        fmt::join(unclear, ", "));
}

}  // namespace cspgan
