// The log, by LibTorch's own hook for profilers, which backward threads inherit.
#include "training/operation_log.hpp"

#include <ATen/core/ivalue.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "cspgan/core/random.hpp"

namespace cspgan::detail {
namespace {

std::mutex one_log;
thread_local int depth = 0;         // of operations within operations
OperationLog* recording = nullptr;  // guarded by one_log; the threads that read it work for the one that wrote it

std::uint64_t hash_of(const c10::IValue& value);

std::uint64_t hash_of(double number) { return std::bit_cast<std::uint64_t>(number); }

/// Of a number of the host's; item() would be an operation to be noted in turn.
std::uint64_t bits_of(const at::Tensor& number) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, number.const_data_ptr(), std::min(sizeof(bits), number.nbytes()));
  return bits;
}

std::uint64_t hash_of(const at::Tensor& tensor) {
  if (!tensor.defined()) return 1;
  std::uint64_t hash =
      mix({2, static_cast<std::uint64_t>(tensor.scalar_type()), static_cast<std::uint64_t>(tensor.device().type())});
  if (tensor.unsafeGetTensorImpl()->is_wrapped_number()) return mix({hash, bits_of(tensor)});
  for (const std::int64_t size : tensor.sizes()) hash = mix({hash, static_cast<std::uint64_t>(size)});
  return hash;
}

template <class List>
std::uint64_t hash_of_each(const List& list) {
  std::uint64_t hash = 3;
  for (const auto& item : list) hash = mix({hash, hash_of(item)});
  return hash;
}

std::uint64_t hash_of(const c10::IValue& value) {
  if (value.isTensor()) return hash_of(value.toTensor());
  if (value.isDouble()) return hash_of(value.toDouble());
  if (value.isInt()) return mix({4, static_cast<std::uint64_t>(value.toInt())});
  if (value.isBool()) return value.toBool() ? 5 : 6;
  if (value.isComplexDouble())
    return mix({hash_of(value.toComplexDouble().real()), hash_of(value.toComplexDouble().imag())});
  if (value.isString()) return mix({7, std::hash<std::string>()(value.toStringRef())});
  if (value.isList()) return hash_of_each(value.toListRef());
  return 8;  // nothing, a generator, a device: what a repeated call takes as it is
}

bool of_the_host(const at::Tensor& tensor) {
  return tensor.defined() && tensor.is_cpu() && !tensor.unsafeGetTensorImpl()->is_wrapped_number();
}

bool reads_host_memory(const c10::IValue& value) {
  if (value.isTensor()) return of_the_host(value.toTensor());
  if (!value.isTensorList()) return false;
  for (const at::Tensor& tensor : value.toTensorVector())
    if (of_the_host(tensor)) return true;
  return false;
}

}  // namespace

OperationLog::OperationLog(at::Device device) : device_(device), alone_(one_log) {
  recording = this;
  handle_ = at::addThreadLocalCallback(
      at::RecordFunctionCallback(enter, leave).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
}

OperationLog::~OperationLog() { end(); }

void OperationLog::end() {
  if (!running_) return;
  running_ = false;
  at::removeCallback(handle_);
  recording = nullptr;
  alone_.unlock();
}

std::vector<Operation> OperationLog::take() {
  end();
  return std::move(operations_);
}

std::unique_ptr<at::ObserverContext> OperationLog::enter(const at::RecordFunction& function) {
  if (depth++ == 0 && recording != nullptr) recording->note(function);
  return nullptr;
}

void OperationLog::leave(const at::RecordFunction&, at::ObserverContext*) { --depth; }

void OperationLog::note(const at::RecordFunction& function) {
  const auto inputs = function.inputs();
  std::uint64_t arguments = 0;
  for (const c10::IValue& input : inputs) {
    arguments = mix({arguments, hash_of(input)});
    if (!device_.is_cpu() && reads_host_.empty() && reads_host_memory(input)) reads_host_ = function.name();
  }
  operations_.push_back({function.name(), arguments});
}

std::string difference(const std::vector<Operation>& before, const std::vector<Operation>& after) {
  for (std::size_t i = 0; i < before.size() && i < after.size(); ++i) {
    if (before[i] == after[i]) continue;
    if (before[i].name == after[i].name)
      return fmt::format("operation {}, {}, was given other numbers", i + 1, before[i].name);
    return fmt::format("operation {} was {}, then {}", i + 1, before[i].name, after[i].name);
  }
  if (before.size() != after.size())
    return fmt::format("there were {} operations, then {}", before.size(), after.size());
  return "";
}

}  // namespace cspgan::detail
