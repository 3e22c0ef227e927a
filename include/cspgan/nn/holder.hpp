// The holder that all modules of the library use: a shared pointer to the module, constructible from its options in
// braces.
#pragma once

#include <torch/nn/pimpl.h>

#include <memory>

namespace [[gnu::visibility("default")]] cspgan {

/// `Module` needs a nested type Options and a constructor that takes it. Copies of a holder share one module; clone()
/// of the module makes a second one. Unlike the holder of TORCH_MODULE, this one accepts
/// `Convolution({.in_channels = 64})`.
template <class Module>
class OptionsHolder : public torch::nn::ModuleHolder<Module> {
 public:
  using Impl = Module;
  using Options = typename Module::Options;
  using torch::nn::ModuleHolder<Module>::ModuleHolder;

  explicit OptionsHolder(const Options& options) : torch::nn::ModuleHolder<Module>(std::make_shared<Module>(options)) {}
};

}  // namespace cspgan
