// The length of a run.
#include "cspgan/training/observer.hpp"

#include <algorithm>
#include <cmath>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"

namespace cspgan {

std::int64_t RunOptions::total_images(std::int64_t data_size, std::int64_t batch_size, std::int64_t steps_done,
                                      std::int64_t images_done) const {
  if (kimg.has_value() + epochs.has_value() + steps.has_value() != 1)
    throw OptionError("say how long to train by exactly one of kimg, epochs and steps");
  const double images = kimg     ? *kimg * 1000
                        : epochs ? *epochs * static_cast<double>(data_size)
                                 : static_cast<double>(images_done) +
                                       static_cast<double>(std::max<std::int64_t>(*steps - steps_done, 0)) *
                                           static_cast<double>(batch_size);
  constexpr double most = 9e15;  // exact in a double
  detail::require(images > 0 && images <= most, "the length of a run", "in (0, 9e15] images", images);
  detail::require_at_least(log_every, 1, "log_every");
  return static_cast<std::int64_t>(std::llround(std::ceil(images)));
}

}  // namespace cspgan
