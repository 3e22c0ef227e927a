// Counter-based random numbers for the host, and generators of tensors that can be saved.
#include "cspgan/core/random.hpp"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <c10/core/DeviceGuard.h>

#include <cmath>
#include <numbers>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15ULL;

std::uint64_t finalize(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

std::uint64_t mix_seeds(std::initializer_list<std::uint64_t> values) {
  std::uint64_t state = golden_gamma;
  for (const std::uint64_t value : values) state = finalize(state + golden_gamma + finalize(value + golden_gamma));
  return state;
}

std::uint64_t HostRandom::next() { return finalize(state_ += golden_gamma); }

double HostRandom::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

std::uint64_t HostRandom::below(std::uint64_t count) {
  const std::uint64_t reject_below = (0 - count) % count;  // 2^64 mod count
  std::uint64_t drawn = next();
  while (drawn < reject_below) drawn = next();
  return drawn % count;
}

double HostRandom::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

TensorRandom::TensorRandom(std::uint64_t seed, at::Device device)
    : device_(device), generator_(at::globalContext().defaultGenerator(device).clone()) {
  generator_.set_current_seed(seed);
}

Tensor TensorRandom::uniform(at::IntArrayRef shape, Range range, at::ScalarType dtype) {
  return at::empty(shape, at::TensorOptions(device_).dtype(dtype)).uniform_(range.low, range.high, generator_);
}

Tensor TensorRandom::normal(at::IntArrayRef shape, at::ScalarType dtype) {
  return at::empty(shape, at::TensorOptions(device_).dtype(dtype)).normal_(0, 1, generator_);
}

Tensor TensorRandom::bernoulli(at::IntArrayRef shape, double probability, at::ScalarType dtype) {
  return at::empty(shape, at::TensorOptions(device_).dtype(dtype)).bernoulli_(probability, generator_);
}

Tensor TensorRandom::integers(at::IntArrayRef shape, std::int64_t low, std::int64_t high) {
  return at::empty(shape, at::TensorOptions(device_).dtype(at::kLong)).random_(low, high, generator_);
}

Tensor TensorRandom::state() const { return generator_.get_state(); }

void TensorRandom::set_state(const Tensor& state) {
  if (state.defined() && state.scalar_type() == at::kByte && state.numel() != generator_.get_state().numel()) {
    const Tensor bytes = state.contiguous();  // of another kind of device
    std::uint64_t seed = 0;
    for (std::int64_t i = 0; i < bytes.numel(); ++i) seed = mix_seeds({seed, bytes.const_data_ptr<std::uint8_t>()[i]});
    generator_.set_current_seed(seed);
    return;
  }
  try {
    generator_.set_state(state);
  } catch (const c10::Error&) {
    throw Error("the saved state of a random generator is damaged");
  }
}

}  // namespace cspgan
