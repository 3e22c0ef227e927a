// The length of a run.
#include "cspgan/training/observer.hpp"

#include <fmt/format.h>

#include <cmath>

#include "cspgan/core/error.hpp"

namespace cspgan {

std::int64_t RunOptions::total_images(std::int64_t data_size, std::int64_t batch_size) const {
  if (kimg.has_value() + epochs.has_value() + steps.has_value() != 1)
    throw OptionError("say how long to train by exactly one of kimg, epochs and steps");
  const double images = kimg     ? *kimg * 1000
                        : epochs ? *epochs * static_cast<double>(data_size)
                                 : static_cast<double>(*steps) * static_cast<double>(batch_size);
  constexpr double most = 9e15;  // exact in a double
  if (!(images > 0) || !(images <= most))
    throw OptionError(fmt::format("the length of a run must lie in (0, 9e15] images, not {}", images));
  if (log_every < 1) throw OptionError(fmt::format("log_every must be >= 1 step, not {}", log_every));
  return static_cast<std::int64_t>(std::llround(std::ceil(images)));
}

}  // namespace cspgan
