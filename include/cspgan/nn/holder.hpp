// The holder that all modules of the library use: a shared pointer to the module, made from its options in braces.
#pragma once

#include <torch/nn/pimpl.h>

#include <memory>

namespace [[gnu::visibility("default")]] cspgan {

/// `Module` has a nested type Options and a constructor from it. Copies of a holder share one module; clone() of the
/// module makes a second one. Where TORCH_MODULE's holder cannot tell what `Convolution({.in_channels = 64})` means,
/// this one can.
template <class Module>
class OptionsHolder : public torch::nn::ModuleHolder<Module> {
 public:
  using Impl = Module;
  using Options = typename Module::Options;
  using torch::nn::ModuleHolder<Module>::ModuleHolder;

  explicit OptionsHolder(const Options& options) : torch::nn::ModuleHolder<Module>(std::make_shared<Module>(options)) {}
};

}  // namespace cspgan
