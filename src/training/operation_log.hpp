// What a piece of work asks of LibTorch.
#pragma once

#include <ATen/record_function.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace cspgan::detail {

/// One call: its name, and a hash of all that a captured graph would repeat: numbers and words that the host gives,
/// shapes, types and devices of tensors; not their contents.
struct Operation {
  std::string name;
  std::uint64_t arguments = 0;
  friend bool operator==(const Operation&, const Operation&) = default;
};

/// Notes the operations that this thread, and the threads of its backward passes, call in the life of the object; not
/// those inside another.
class OperationLog {
 public:
  explicit OperationLog(at::Device device);
  ~OperationLog();
  OperationLog(const OperationLog&) = delete;
  OperationLog& operator=(const OperationLog&) = delete;

  /// Ends the log and gives it.
  std::vector<Operation> take();
  /// The first operation that reads a tensor of the host's while the device is another; empty where none did.
  const std::string& reads_host() const { return reads_host_; }

 private:
  static std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction& function);
  static void leave(const at::RecordFunction& function, at::ObserverContext* context);
  void note(const at::RecordFunction& function);
  void end();

  at::Device device_;
  std::unique_lock<std::mutex> alone_;  // one log at a time: the hook is a plain function
  at::CallbackHandle handle_ = 0;
  bool running_ = true;
  std::vector<Operation> operations_;
  std::string reads_host_;
};

/// Says how two logs differ, or nothing where they are alike: "operation 12 was aten::add, then aten::mul".
std::string difference(const std::vector<Operation>& before, const std::vector<Operation>& after);

}  // namespace cspgan::detail
