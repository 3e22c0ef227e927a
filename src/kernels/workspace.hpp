// Memory that the kernels keep between calls, and the threads that share it.
#pragma once

#include <ATen/Parallel.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cspgan::kernels {

inline constexpr std::size_t cache_line_floats = 16;

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}
constexpr std::size_t divide_up(std::size_t value, std::size_t divisor) { return (value + divisor - 1) / divisor; }

/// Page-aligned memory of the calling thread for at least `floats` floats, valid until the thread's next call. It grows
/// to the largest request, some tens of MiB in practice, and is kept until the thread ends, because fresh pages cost as
/// much as the arithmetic on them.
float* workspace(std::size_t floats);

/// The number of threads that the calling thread may use.
inline std::size_t thread_count() {
  return at::in_parallel_region() ? 1 : static_cast<std::size_t>(at::get_num_threads());
}

/// Runs work(thread) for each thread in [0, threads).
template <class Work>
void on_threads(std::size_t threads, const Work& work) {
  if (threads <= 1) {
    work(std::size_t{0});
    return;
  }
  at::parallel_for(0, static_cast<std::int64_t>(threads), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t thread = begin; thread < end; ++thread) work(static_cast<std::size_t>(thread));
  });
}

/// Runs work(task, thread) for each task in [0, tasks), each on the next free thread.
template <class Work>
void share_tasks(std::size_t tasks, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  on_threads(tasks < threads ? tasks : threads, [&](std::size_t thread) {
    for (std::size_t task = next++; task < tasks; task = next++) work(task, thread);
  });
}

}  // namespace cspgan::kernels
