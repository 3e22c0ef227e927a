// Capturing and launching, by LibTorch's interfaces for any device, so that no headers of CUDA are needed.
#include "cspgan/training/device_graph.hpp"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include <utility>

#include "cspgan/core/error.hpp"
#include "training/cuda_graph.hpp"
#include "training/operation_log.hpp"

#if __has_include(<ATen/core/GraphImplInterface.h>)
#include <ATen/core/GraphImplInterface.h>
#define CSPGAN_HAS_GRAPHS 1
#else
#define CSPGAN_HAS_GRAPHS 0
#endif

namespace cspgan {
namespace {

constexpr int runs_before_capture = 3;  // of the first, memory and algorithms are chosen; the others are compared

#if CSPGAN_HAS_GRAPHS
using Graph = at::GraphImplInterface;
#else
struct Graph {};
#endif

[[noreturn]] void refuse(const std::string& why) {
  throw Error(
      fmt::format("a step cannot be captured as a graph: {}; set capture = false, or take out what is not the "
                  "same in each step",
                  why));
}

std::vector<const void*> places(const std::vector<Tensor>& tensors) {
  std::vector<const void*> places;
  for (const Tensor& tensor : tensors) places.push_back(tensor.defined() ? tensor.const_data_ptr() : nullptr);
  return places;
}

}  // namespace

bool captures_graphs([[maybe_unused]] at::Device device) {
#if CSPGAN_HAS_GRAPHS
  detail::register_cuda_graphs();
  return at::has_graph_impl(device.type());
#else
  return false;
#endif
}

struct DeviceGraph::State {
  at::Device device;
  std::vector<Tensor> parameters;
  std::function<std::vector<Tensor>()> state;
  int runs = 0;
  std::vector<detail::Operation> seen;
  std::unique_ptr<Graph> graph{};
  std::vector<const void*> state_places{};  // when it was captured
  std::vector<Tensor> gradients{};          // those that the graph writes, one a parameter

  void compare(const std::function<void()>& work) {
    detail::OperationLog log(device);
    work();
    std::vector<detail::Operation> now = log.take();
    if (!log.reads_host().empty()) refuse(log.reads_host() + " reads memory of the host");
    if (!seen.empty()) require_same(now);
    seen = std::move(now);
  }

  void require_same(const std::vector<detail::Operation>& now) const {
    const std::string differs = detail::difference(seen, now);
    if (!differs.empty()) refuse(differs);
  }

  void capture([[maybe_unused]] const std::function<void()>& work) {
#if CSPGAN_HAS_GRAPHS
    state_places = places(state());
    std::unique_ptr<Graph> made = at::create_graph_impl(device.type());
    made->capture_begin({0, 0}, at::GraphCaptureMode::ThreadLocal);
    detail::OperationLog log(device);
    try {
      work();
      made->capture_end();
    } catch (...) {
      end_after_failure(std::move(made));
      rethrow();
    }
    require_same(log.take());
    require_in_place();
    for (const Tensor& parameter : parameters) gradients.push_back(parameter.grad());
    graph = std::move(made);
    seen = {};
#endif
  }

  /// Ends a capture that an error has broken, so that the stream works again.
  static void end_after_failure([[maybe_unused]] std::unique_ptr<Graph> graph) {
#if CSPGAN_HAS_GRAPHS
    try {
      graph->capture_end();
    } catch (const std::exception&) {  // of what the first error has left behind
    }
    static_cast<void>(graph.release());  // the allocator of a GPU may still ask it whose memory is whose
#endif
  }

  void require_in_place() const {
    if (places(state()) != state_places) refuse("a module has new tensors in the place of its parameters or buffers");
  }

  [[noreturn]] static void rethrow() {
    try {
      throw;
    } catch (const c10::Error& error) {
      refuse(error.what_without_backtrace());
    }
  }

  void launch() {
#if CSPGAN_HAS_GRAPHS
    require_in_place();
    graph->replay();
    for (std::size_t p = 0; p < parameters.size(); ++p) parameters[p].mutable_grad() = gradients[p];
#endif
  }
};

DeviceGraph::DeviceGraph(at::Device device, std::vector<Tensor> parameters, std::function<std::vector<Tensor>()> state)
    : state_(new State{.device = device, .parameters = std::move(parameters), .state = std::move(state), .seen = {}}) {}
DeviceGraph::~DeviceGraph() = default;
DeviceGraph::DeviceGraph(DeviceGraph&&) noexcept = default;
DeviceGraph& DeviceGraph::operator=(DeviceGraph&&) noexcept = default;

bool DeviceGraph::captured() const { return state_->graph != nullptr; }

void DeviceGraph::run(const std::function<void()>& work) {
  State& state = *state_;
  const int run = state.runs++;
  if (run == 0) return work();
  if (run < runs_before_capture) return state.compare(work);
  if (!captured()) state.capture(work);  // which only notes the operations
  state.launch();
}

// ---- streams

struct DeviceStream::State {
  c10::Stream stream;
};

DeviceStream::DeviceStream(at::Device device) {
  if (device.is_cpu()) return;
  state_.reset(new State{c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device)});
}
DeviceStream::~DeviceStream() = default;
DeviceStream::DeviceStream(DeviceStream&&) noexcept = default;
DeviceStream& DeviceStream::operator=(DeviceStream&&) noexcept = default;

struct DeviceStream::Scope::State {
  c10::Stream before;
  c10::Stream own;
  c10::StreamGuard guard;

  static void follow(const c10::Stream& after, const c10::Stream& first) {
    c10::Event event(first.device_type());
    event.record(first);
    event.block(after);
  }
};

DeviceStream::Scope::Scope(const DeviceStream* stream) {
  if (stream == nullptr || stream->state_ == nullptr) return;
  const c10::Stream own = stream->state_->stream;
  const c10::Stream before = c10::impl::VirtualGuardImpl(own.device_type()).getStream(own.device());
  State::follow(own, before);
  state_.reset(new State{before, own, c10::StreamGuard(own)});
}

DeviceStream::Scope::~Scope() {
  if (state_ == nullptr) return;
  try {
    State::follow(state_->before, state_->own);
  } catch (const c10::Error&) {  // the device has failed, which the error that is under way, or the next call, says
  }
}

}  // namespace cspgan
