// Randomness that is a function of the seed alone: counters for the host, owned generators for tensors.
#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <initializer_list>

#include "cspgan/core/range.hpp"
#include "cspgan/core/tensor.hpp"

namespace cspgan {

/// A 64-bit mix of all arguments (SplitMix64 finaliser, Steele et al. 2014): the same on every machine.
std::uint64_t mix_seeds(std::initializer_list<std::uint64_t> values);

/// A stream of host numbers that depends on its key only, e.g. HostRandom({seed, epoch, index}).
class HostRandom {
 public:
  explicit HostRandom(std::initializer_list<std::uint64_t> key) : state_(mix_seeds(key)) {}

  std::uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Uniform in [0, count), without bias; count > 0.
  std::uint64_t below(std::uint64_t count);
  /// Standard normal (Box-Muller, one value a call).
  double normal();

 private:
  std::uint64_t state_;
};

/// A generator of random tensors on one device, whose state can be saved and brought back.
class TensorRandom {
 public:
  TensorRandom(std::uint64_t seed, at::Device device);

  at::Device device() const { return device_; }
  /// float32 unless `dtype` says otherwise; uniform in [range.low, range.high).
  Tensor uniform(at::IntArrayRef shape, Range range = {0, 1}, at::ScalarType dtype = at::kFloat);
  Tensor normal(at::IntArrayRef shape, at::ScalarType dtype = at::kFloat);
  /// 1 with the given probability, else 0, as `dtype`.
  Tensor bernoulli(at::IntArrayRef shape, double probability, at::ScalarType dtype = at::kFloat);
  /// int64 in [low, high).
  Tensor integers(at::IntArrayRef shape, std::int64_t low, std::int64_t high);

  at::Generator& generator() { return generator_; }
  Tensor state() const;
  void set_state(const Tensor& state);

 private:
  at::Device device_;
  at::Generator generator_;
};

}  // namespace cspgan
