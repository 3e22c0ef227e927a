// A graph of operations on the CPU, which has none: it stands in for a GPU's in tests of what is captured.
#pragma once

#include <ATen/core/GraphImplInterface.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cspgan_test {

/// Between capture_begin and capture_end it notes each operation with its arguments, above autograd; replay() calls
/// them again, without the host's code around them, with the same numbers on the same memory: as a CUDA graph would.
/// Unlike there, what is captured is computed at once; so the first replay, which gives those results, does nothing.
class GraphRecorder final : public at::GraphImplInterface {
 public:
  static constexpr c10::DispatchKey key = c10::DispatchKey::TESTING_ONLY_GenericMode;

  /// From here on, graphs can be captured on the CPU of this process.
  static void install() {
    static std::once_flag once;
    std::call_once(once, [] {
      static torch::Library everything(torch::Library::IMPL, "_", key, __FILE__, __LINE__);
      everything.fallback(torch::CppFunction::makeFromBoxedFunction<&GraphRecorder::note>());
      at::GraphImplRegistry()->Register("CPU", [](const at::GraphImplArgs&) -> std::unique_ptr<at::GraphImplInterface> {
        return std::make_unique<GraphRecorder>();
      });
    });
  }
  static int captures() { return captures_; }

  void capture_begin(at::MempoolId_t, at::GraphCaptureMode) override {
    recording_ = this;
    ++captures_;
    c10::impl::tls_set_dispatch_key_included(key, true);
  }
  void capture_end() override {
    c10::impl::tls_set_dispatch_key_included(key, false);
    recording_ = nullptr;
  }
  void replay() override {
    if (!std::exchange(computed_, true)) return;
    const at::AutoDispatchBelowADInplaceOrView without_autograd;
    for (const Call& call : calls_) {
      torch::jit::Stack stack = call.inputs;
      call.operation.callBoxed(&stack);
      for (std::size_t i = 0; i < stack.size(); ++i) write(stack[i], call.outputs[i]);
    }
  }
  void instantiate() override {}
  void reset() override { calls_.clear(); }
  at::MempoolId_t pool() const override { return {0, 0}; }
  void enable_debug_mode() override {}
  void debug_dump(const std::string&) override {}

 private:
  struct Call {
    c10::OperatorHandle operation;
    torch::jit::Stack inputs, outputs;  // outputs that share memory with an input are none: the call itself writes them
  };

  static void note(const c10::OperatorHandle& operation, torch::jit::Stack* stack) {
    const std::size_t count = operation.schema().arguments().size();
    torch::jit::Stack inputs(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
    {
      const c10::impl::ExcludeDispatchKeyGuard not_again(key);
      operation.callBoxed(stack);
    }
    if (recording_ == nullptr) return;
    const std::size_t results = operation.schema().returns().size();
    torch::jit::Stack outputs;
    for (auto output = stack->end() - static_cast<std::ptrdiff_t>(results); output != stack->end(); ++output)
      outputs.push_back(new_memory(*output, inputs) ? *output : c10::IValue());
    recording_->calls_.push_back({operation, std::move(inputs), std::move(outputs)});
  }

  static std::vector<at::Tensor> tensors_in(const c10::IValue& value) {
    if (value.isTensor()) return {value.toTensor()};
    return value.isTensorList() ? value.toTensorVector() : std::vector<at::Tensor>{};
  }

  static bool new_memory(const c10::IValue& output, const torch::jit::Stack& inputs) {
    for (const at::Tensor& made : tensors_in(output))
      for (const c10::IValue& input : inputs)
        for (const at::Tensor& given : tensors_in(input))
          if (made.defined() && given.defined() && made.is_alias_of(given)) return false;
    return true;
  }

  static void write(const c10::IValue& from, const c10::IValue& to) {
    const std::vector<at::Tensor> sources = tensors_in(from), targets = tensors_in(to);
    for (std::size_t i = 0; i < targets.size(); ++i)
      if (targets[i].defined() && targets[i].numel() > 0) targets[i].copy_(sources[i]);
  }

  inline static thread_local GraphRecorder* recording_ = nullptr;
  inline static int captures_ = 0;
  std::vector<Call> calls_;
  bool computed_ = false;
};

}  // namespace cspgan_test
