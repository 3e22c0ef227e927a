// The table, the JSON file and the pictures of `evaluate`.
#include "programs/evaluate_output.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cspgan/core/files.hpp"
#include "cspgan/evaluation/closest_pairs.hpp"
#include "cspgan/evaluation/evaluation_pictures.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/version.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

void print_origin(const Evaluation& evaluation, std::int64_t image_size) {
  say(stdout, "features: {} ({} dimensions), resizing: {}, image size: {}\n", evaluation.origin.extractor,
      evaluation.dimension, enum_name(evaluation.origin.resizing),
      image_size == 0 ? "as they are" : fmt::format("{}", image_size));
}

std::size_t width_of_names(const Evaluation& evaluation) {
  std::size_t width = 0;
  for (const MetricValue& metric : evaluation.metrics) width = std::max(width, metric.name.size());
  return width;
}

std::string count_text(std::int64_t images) { return images == 0 ? std::string("-") : fmt::format("{}", images); }

}  // namespace

void print_evaluation(const Evaluation& evaluation, std::int64_t image_size) {
  print_origin(evaluation, image_size);
  const std::size_t width = width_of_names(evaluation);
  say(stdout, "{:<{}}  {:>12}  {:>10}  {:>8}  {:>8}\n", "metric", width, "value", "spread", "reals", "fakes");
  for (const MetricValue& metric : evaluation.metrics)
    say(stdout, "{:<{}}  {:>12.6g}  {:>10}  {:>8}  {:>8}\n", metric.name, width, metric.value,
        metric.spread ? fmt::format("{:.3g}", *metric.spread) : "", count_text(metric.real_count),
        count_text(metric.fake_count));
}

void print_evaluations(const std::vector<std::pair<std::string, Evaluation>>& kinds, std::int64_t image_size) {
  const Evaluation& first = kinds.front().second;
  print_origin(first, image_size);
  const std::size_t width = width_of_names(first);
  std::string head = fmt::format("{:<{}}", "metric", width);
  for (const auto& [name, evaluation] : kinds) head += fmt::format("  {:>12}", name);
  say(stdout, "{}  {:>8}  {:>8}\n", head, "reals", "fakes");
  for (const MetricValue& metric : first.metrics) {
    std::string line = fmt::format("{:<{}}", metric.name, width);
    for (const auto& [name, evaluation] : kinds)
      line += fmt::format("  {:>12.6g}", evaluation.metric(metric.key).value);
    say(stdout, "{}  {:>8}  {:>8}\n", line, count_text(metric.real_count), count_text(metric.fake_count));
  }
}

void write_evaluation(const EvaluateCommand& command, const Evaluation& evaluation, const Compared& compared,
                      const ImageFeatures& reals, const ImageFeatures& fakes) {
  if (command.json.empty()) return;
  Value json = to_value(evaluation);
  if (compared.sampler) {
    json.set("checkpoint", compared.checkpoint);
    json.set("step", compared.step);
  }
  json.set("partition", command.open.partition);
  json.set("image_size", compared.image_size);
  json.set("seed", command.seed);
  json.set("version", version);
  json.set("command", command.typed);
  if (evaluation.nearest) json.set("closest", to_value(closest_pairs(*evaluation.nearest, reals.names, fakes.names)));
  write_file_atomically(command.json, to_json(json, 2) + "\n");
}

void draw_evaluation(const EvaluateCommand& command, const Compared& compared, const ImageFeatures& reals,
                     const ImageFeatures& fakes) {
  if (command.pictures.empty()) return;
  constexpr std::int64_t size_of_any = 128;  // if images of any size are compared as they are
  const auto seed = static_cast<std::uint64_t>(command.seed);
  const PicturedSet drawn =
      compared.sampler ? pictured(fakes, *compared.sampler, seed) : pictured(fakes, *compared.fakes);
  const EvaluationPictures written =
      write_pictures(command.pictures, pictured(reals, *compared.reals), drawn,
                     compared.image_size == 0 ? size_of_any : compared.image_size, seed, stage_bars());
  say(stdout, "fakes beside their nearest reals: {}\nmap, reals framed in blue and fakes in orange: {}\n",
      written.nearest.string(), written.map.string());
}

}  // namespace cspgan
