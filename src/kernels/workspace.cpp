// The kernels' memory.
#include "kernels/workspace.hpp"

#include <memory>
#include <new>

namespace cspgan::kernels {
namespace {

constexpr std::align_val_t alignment{4096};

struct Free {
  void operator()(float* memory) const { ::operator delete(memory, alignment); }
};

}  // namespace

float* workspace(std::size_t floats) {
  thread_local std::unique_ptr<float, Free> memory;
  thread_local std::size_t size = 0;
  if (floats > size) {
    memory.reset();  // frees the old memory before the new is allocated
    size = 0;
    memory.reset(static_cast<float*>(::operator new(floats * sizeof(float), alignment)));
    size = floats;
  }
  return memory.get();
}

}  // namespace cspgan::kernels
