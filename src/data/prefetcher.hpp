// Threads that make numbered items ahead of time; the items are handed out in order.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "cspgan/core/error.hpp"

namespace cspgan::detail {

/// Item numbers are `step` apart. `make(number)` may be called by any of the threads, at most `ahead` items before the
/// item is taken; it must not throw. Each thread calls `set_up` first.
template <class Item>
class Prefetcher {
 public:
  /// Throws Error if the system cannot start all threads; those that had started have ended by then.
  Prefetcher(std::size_t threads, std::int64_t ahead, std::int64_t step, std::function<void()> set_up,
             std::function<Item(std::int64_t)> make)
      : ahead_(ahead), step_(step), set_up_(std::move(set_up)), make_(std::move(make)) {
    threads_.reserve(threads);
    try {
      while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
    } catch (const std::exception& error) {
      stop();
      throw Error(fmt::format("could start only {} of {} reading threads ({}); lower loader.workers", threads_.size(),
                              threads, error.what()));
    }
  }

  ~Prefetcher() { stop(); }

  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// Discards the items made so far and continues from `number`.
  void restart(std::int64_t number) {
    {
      const std::lock_guard lock(mutex_);
      ++generation_;
      ready_.clear();
      taken_ = next_ = number;
      running_ = true;
    }
    changed_.notify_all();
  }

  /// Waits for the next item and returns it; it stays valid until `take` is called. `give_up`, if there is one, is
  /// asked ten times a second while it waits: returns null once it says so. `restart` must have been called before.
  Item* front(const std::function<bool()>& give_up = {}) {
    constexpr std::chrono::milliseconds between{100};
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, between, [&] { return ready_.contains(taken_); }))
      if (give_up && give_up()) return nullptr;
    return &ready_.at(taken_);  // a map's elements stay in place while threads add others
  }

  /// Discards the next item, so that front() waits for the one after it.
  void take() {
    {
      const std::lock_guard lock(mutex_);
      ready_.erase(taken_);
      taken_ += step_;
    }
    changed_.notify_all();
  }

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void work() {
    set_up_();
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [&] { return stopping_ || (running_ && next_ < taken_ + ahead_ * step_); });
      if (stopping_) return;
      const std::int64_t number = next_;
      next_ += step_;
      const std::int64_t generation = generation_;
      lock.unlock();
      std::optional<Item> item(make_(number));
      lock.lock();
      if (generation == generation_) {
        ready_.emplace(number, std::move(*item));
        changed_.notify_all();
      } else {
        lock.unlock();  // the item is obsolete: destroy it without blocking the other threads
        item.reset();
        lock.lock();
      }
    }
  }

  std::int64_t ahead_;
  std::int64_t step_;
  std::function<void()> set_up_;
  std::function<Item(std::int64_t)> make_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::int64_t, Item> ready_;
  std::int64_t taken_ = 0;  // the number of the item that front() waits for
  std::int64_t next_ = 0;   // the number of the item that a thread makes next
  std::int64_t generation_ = 0;
  bool running_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace cspgan::detail
