// Fisher-Yates shuffles with a separate random stream for each epoch.
#include "data/epoch_order.hpp"

#include <numeric>

#include "cspgan/core/random.hpp"

namespace cspgan::detail {

std::shared_ptr<const std::vector<std::int64_t>> EpochOrder::operator()(std::int64_t epoch) {
  const std::lock_guard lock(mutex_);
  for (const auto& [known, order] : recent_)
    if (known == epoch) return order;
  auto order = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(count_));
  std::iota(order->begin(), order->end(), std::int64_t{0});
  HostRandom random({seed_, 0x6f72646572, static_cast<std::uint64_t>(epoch)});
  for (std::size_t last = order->size(); last > 1; --last) std::swap((*order)[last - 1], (*order)[random.below(last)]);
  constexpr std::size_t kept = 4;
  if (recent_.size() == kept) recent_.pop_front();
  recent_.emplace_back(epoch, order);
  return order;
}

}  // namespace cspgan::detail
