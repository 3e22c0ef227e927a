// Random numbers that depend only on seeds: streams of numbers on the host, and generators of tensors.
#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <initializer_list>

#include "cspgan/core/range.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// A 64-bit hash of all arguments in order (SplitMix64's finalizer, Steele et al. 2014): the same on every machine.
std::uint64_t mix_seeds(std::initializer_list<std::uint64_t> values);

/// A stream of numbers on the host that depends only on its key, e.g. HostRandom({seed, epoch, index}).
class HostRandom {
 public:
  explicit HostRandom(std::initializer_list<std::uint64_t> key) : state_(mix_seeds(key)) {}

  std::uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in [0, count), without modulo bias; count > 0.
  std::uint64_t below(std::uint64_t count);
  /// Standard normal (Box-Muller, one value per call).
  double normal();

 private:
  std::uint64_t state_;
};

/// A generator of random tensors on one device, whose state can be saved and restored. It moves but is not copied: a
/// copy of LibTorch's generator draws from the same state. For an independent one with the same state, make another and
/// call set_state.
class TensorRandom {
 public:
  TensorRandom(std::uint64_t seed, at::Device device);
  TensorRandom(const TensorRandom&) = delete;
  TensorRandom& operator=(const TensorRandom&) = delete;
  TensorRandom(TensorRandom&&) = default;
  TensorRandom& operator=(TensorRandom&&) = default;

  at::Device device() const { return device_; }
  /// Uniform in [range.low, range.high).
  Tensor uniform(at::IntArrayRef shape, Range range = {0, 1}, at::ScalarType dtype = at::kFloat);
  Tensor normal(at::IntArrayRef shape, at::ScalarType dtype = at::kFloat);
  /// 1 with the given probability, else 0, as `dtype`.
  Tensor bernoulli(at::IntArrayRef shape, double probability, at::ScalarType dtype = at::kFloat);
  /// int64 in [low, high).
  Tensor integers(at::IntArrayRef shape, std::int64_t low, std::int64_t high);

  at::Generator& generator() { return generator_; }
  Tensor state() const;
  /// Restores the state of a generator on the same kind of device. From the state of another kind it makes a seed, so
  /// that a run can go on there, with other numbers. Throws Error if the state is damaged.
  void set_state(const Tensor& state);

 private:
  at::Device device_;
  at::Generator generator_;
};

}  // namespace cspgan
