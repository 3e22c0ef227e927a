// Memory that the kernels keep between calls, and the threads that share it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace [[gnu::visibility("default")]] cspgan {
namespace kernels {

inline constexpr std::size_t cache_line_floats = 16;

constexpr std::size_t round_up(std::size_t value, std::size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}
constexpr std::size_t divide_up(std::size_t value, std::size_t divisor) { return (value + divisor - 1) / divisor; }

/// Page-aligned memory of the calling thread for at least `floats` floats, valid until the thread's next call. It grows
/// to the largest request, some tens of MiB in practice, and is kept until the thread ends, because fresh pages cost as
/// much as the arithmetic on them.
float* workspace(std::size_t floats);

/// How the kernels share their work: the calling thread does all of it, unless kernels/tensors/ has put LibTorch's
/// threads here.
struct Threads {
  std::size_t (*count)();  // how many the calling thread may use
  /// Runs work(context, thread) for each thread in [0, threads).
  void (*run)(std::size_t threads, void (*work)(void* context, std::size_t thread), void* context);
};
inline constinit Threads threads_of_program{};

inline std::size_t thread_count() { return threads_of_program.count == nullptr ? 1 : threads_of_program.count(); }

/// Runs work(thread) for each thread in [0, threads).
template <class Work>
void on_threads(std::size_t threads, const Work& work) {
  if (threads <= 1) {
    work(std::size_t{0});
    return;
  }
  threads_of_program.run(
      threads, [](void* context, std::size_t thread) { (*static_cast<const Work*>(context))(thread); },
      const_cast<void*>(static_cast<const void*>(std::addressof(work))));
}

/// Runs work(task, thread) for each task in [0, tasks), each on the next free thread.
template <class Work>
void share_tasks(std::size_t tasks, std::size_t threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  on_threads(tasks < threads ? tasks : threads, [&](std::size_t thread) {
    for (std::size_t task = next++; task < tasks; task = next++) work(task, thread);
  });
}

}  // namespace kernels
}  // namespace cspgan
