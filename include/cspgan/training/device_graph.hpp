// Work on a GPU that is the same each time, launched as one graph.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace cspgan {

/// Whether graphs can be captured on the device: a CUDA GPU, where the library was built with CUDA's headers.
bool captures_graphs(at::Device device);

/// Runs a piece of work three times as it is, captures its fourth run as a graph (a CUDA graph on NVIDIA's GPUs), and
/// from then on launches that graph: the processor's time of some hundred launches becomes that of one.
///
/// A graph repeats what it saw: the same operations, with the same numbers of the host, on the same memory. So the work
/// must read tensors only that stay where they are, and what it makes is valid until its next run; the first runs and
/// the captured one are compared, and work that calls other operations, or gives them other numbers, is refused. After
/// an error the object is of no use.
class DeviceGraph {
 public:
  /// `parameters`: whose gradients the work leaves; they have them after each run, a repeated one too. `state`: the
  /// tensors that the work keeps and may write to: from the capture on all must stay in place.
  DeviceGraph(at::Device device, std::vector<Tensor> parameters, std::function<std::vector<Tensor>()> state);
  ~DeviceGraph();
  DeviceGraph(DeviceGraph&&) noexcept;
  DeviceGraph& operator=(DeviceGraph&&) noexcept;

  /// Throws Error that says what differs where the work is not the same each time or cannot be captured.
  void run(const std::function<void()>& work);
  bool captured() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A stream of its own for all work in a scope, since the default stream of a GPU cannot be captured. The work begins
/// when that of the stream before has ended, and the stream before goes on when it has. Nothing on a CPU.
class DeviceStream {
 public:
  explicit DeviceStream(at::Device device);
  ~DeviceStream();
  DeviceStream(DeviceStream&&) noexcept;
  DeviceStream& operator=(DeviceStream&&) noexcept;

  class Scope {
   public:
    /// Nothing where there is no stream.
    explicit Scope(const DeviceStream* stream);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cspgan
