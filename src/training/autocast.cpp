// Sets LibTorch's autocast switch and restores it.
#include "cspgan/training/autocast.hpp"

#include <ATen/autocast_mode.h>

namespace cspgan {

Autocast::Autocast(at::Device device, Precision precision)
    : device_(device.type()), active_(precision == Precision::bfloat16) {
  if (!active_) return;
  before_ = at::autocast::is_autocast_enabled(device_);
  type_before_ = at::autocast::get_autocast_dtype(device_);
  at::autocast::increment_nesting();
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
}

Autocast::~Autocast() {
  if (!active_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, before_);
  at::autocast::set_autocast_dtype(device_, type_before_);
}

}  // namespace cspgan
