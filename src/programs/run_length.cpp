// Measuring how many images fit into a time.
#include "programs/run_length.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/recipes/make_trainer.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/training/training_rate.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

constexpr double share_of_steps = 0.95;  // the rest is for pictures, checkpoints and reports

/// The length that the folder's run was given for the same time; nothing if it holds none.
std::optional<double> earlier_length(const RunFolder& folder, double seconds) {
  if (!std::filesystem::exists(folder.run_json())) return std::nullopt;
  const Value run = parse_json(read_file(folder.run_json()), folder.run_json().string());
  const Value* const time = run.find("time_seconds");
  const Value* const recipe = run.find("recipe");
  const Value* const kimg = recipe == nullptr ? nullptr : recipe->find("kimg");
  if (time == nullptr || kimg == nullptr || !(*time == Value(seconds)) || kimg->is_null()) return std::nullopt;
  return kimg->number();
}

}  // namespace

double parse_duration(std::string_view text) {
  double seconds = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
    const std::string_view unit = rest.substr(static_cast<std::size_t>(end - rest.data()), 1);
    const double unit_seconds = unit == "d" ? 86400 : unit == "h" ? 3600 : unit == "m" ? 60 : unit == "s" ? 1 : 0;
    if (error != std::errc() || unit_seconds == 0) {
      seconds = 0;
      break;
    }
    seconds += value * unit_seconds;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + 1);
  }
  if (!(seconds > 0) || !std::isfinite(seconds))
    throw OptionError(
        fmt::format("a time is written like 4h, 90m or 1h30m (d, h, m or s after each number), not '{}'", text));
  return seconds;
}

double kimg_within(double seconds, const Recipe& recipe, const AnyImageSource& data) {
  if (const auto earlier = earlier_length(RunFolder{recipe.out}, seconds)) return *earlier;
  AnyTrainer trainer = make_trainer(recipe);
  if (!trainer.device().is_cpu())
    throw OptionError("a length as a time is for the CPU; on a GPU give --kimg, --epochs or --steps");
  Loader loader(data, recipe.loader_options());
  const double measured_seconds = std::min(10.0, seconds / 20);
  ProgressBar bar(BarKind::transient, "measuring the speed: ");
  const double rate = images_per_second(trainer, loader, measured_seconds, [&](double measured) {
    bar.update("seconds", std::llround(std::min(measured, measured_seconds)), std::llround(measured_seconds));
  });
  bar.end();
  const double kimg = std::max(std::floor(rate * seconds * share_of_steps / 100) / 10, 0.1);
  say(stdout, "{:.0f} images/s: in the time that was given, about {:g} kimg\n", rate, kimg);
  return kimg;
}

}  // namespace cspgan
