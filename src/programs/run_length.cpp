// Measuring how many images fit into a time.
#include "programs/run_length.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "core/lookup.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/recipes/make_trainer.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/training/training_rate.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

constexpr double share_of_steps = 0.95;  // the rest is for pictures, checkpoints and reports

/// The length that a run was given for the same time; nothing if it was not.
std::optional<double> earlier_length(const Value& run, double seconds) {
  return detail::number_at(run, {"time_seconds"}) == seconds ? detail::number_at(run, {"recipe", "kimg"})
                                                             : std::nullopt;
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
    if (error != std::errc() || unit_seconds == 0 || value < 0) {
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

double kimg_within(double seconds, const Recipe& recipe, const AnyImageSource& data, std::int64_t first,
                   const Value* before, const StopSignals& signals) {
  if (const auto earlier = before == nullptr ? std::nullopt : earlier_length(*before, seconds)) {
    say(stdout, "in the time that was given, {:g} kimg, as was measured when this run began\n", *earlier);
    return *earlier;
  }
  AnyTrainer trainer = make_trainer(recipe);  // these steps are not the run's
  Loader loader(data, recipe.loader_options());
  const double measured_seconds = std::min(10.0, seconds / 20);
  ProgressBar bar(BarKind::transient, "measuring the speed: ");
  const double rate = images_per_second(trainer, loader, measured_seconds, [&](double measured) {
    if (signals.received()) throw StoppedBySignal{signals.exit_code()};
    bar.update("seconds", std::llround(std::min(measured, measured_seconds)), std::llround(measured_seconds));
  });
  bar.end();
  const double kimg = std::max(std::floor(rate * seconds * share_of_steps / 100) / 10, 0.1);
  say(stdout, "{:.0f} images/s: in the time that was given, about {:g} kimg\n", rate, kimg);
  return static_cast<double>(first) / 1000 + kimg;
}

}  // namespace cspgan
