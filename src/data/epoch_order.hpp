// The order in which an epoch visits the images.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cspgan::detail {

/// A permutation of 0 .. count - 1 for each epoch, a function of (seed, epoch). The most recent ones are cached, since
/// threads work on both sides of an epoch's end. Thread-safe.
class EpochOrder {
 public:
  EpochOrder(std::uint64_t seed, std::int64_t count) : seed_(seed), count_(count) {}

  std::shared_ptr<const std::vector<std::int64_t>> operator()(std::int64_t epoch);

 private:
  std::uint64_t seed_;
  std::int64_t count_;
  std::mutex mutex_;
  std::deque<std::pair<std::int64_t, std::shared_ptr<const std::vector<std::int64_t>>>> recent_;
};

}  // namespace cspgan::detail
