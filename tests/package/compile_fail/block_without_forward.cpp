// A block without forward does not compile into a generator.
// expected: cspgan: a block's module needs a member `at::Tensor forward(const at::Tensor&)`
#include <ATen/ops/repeat_interleave.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "cspgan/models/generator.hpp"

class RepeatImpl : public torch::nn::Cloneable<RepeatImpl> {
 public:
  RepeatImpl(std::int64_t in_channels, std::int64_t out_channels) : in_(in_channels), out_(out_channels) {}
  void reset() override {}
#ifndef WRONG
  at::Tensor forward(const at::Tensor& x) {
    return at::repeat_interleave(at::repeat_interleave(x, 2, 2), 2, 3).narrow(1, 0, out_).contiguous();
  }
#endif

 private:
  std::int64_t in_, out_;
};
TORCH_MODULE(Repeat);

auto generator() { return cspgan::BasicGenerator<Repeat>({.latent_size = 16, .image_size = 32}); }
