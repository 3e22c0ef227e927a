// An adapter from at::cuda::CUDAGraph. CMake defines CSPGAN_WITH_CUDA where LibTorch is a CUDA build and the headers of
// the CUDA toolkit are there.
#include "training/cuda_graph.hpp"

#if defined(CSPGAN_WITH_CUDA)

#include <ATen/core/GraphImplInterface.h>
#include <ATen/cuda/CUDAGraph.h>

#include <memory>
#include <mutex>
#include <string>

namespace cspgan::detail {
namespace {

class CudaGraph final : public at::GraphImplInterface {
 public:
  explicit CudaGraph(const at::GraphImplArgs& args) : graph_(args.keep_graph) {}

  void capture_begin(at::MempoolId_t pool, at::GraphCaptureMode mode) override {
    graph_.capture_begin(pool, mode == at::GraphCaptureMode::ThreadLocal ? cudaStreamCaptureModeThreadLocal
                               : mode == at::GraphCaptureMode::Relaxed   ? cudaStreamCaptureModeRelaxed
                                                                         : cudaStreamCaptureModeGlobal);
  }
  void capture_end() override { graph_.capture_end(); }
  void instantiate() override { graph_.instantiate(); }
  void replay() override { graph_.replay(); }
  void reset() override { graph_.reset(); }
  at::MempoolId_t pool() const override { return graph_.pool(); }
  void enable_debug_mode() override { graph_.enable_debug_mode(); }
  void debug_dump(const std::string& path) override { graph_.debug_dump(path); }

 private:
  mutable at::cuda::CUDAGraph graph_;
};

}  // namespace

void register_cuda_graphs() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (at::has_graph_impl(at::kCUDA)) return;
    at::GraphImplRegistry()->Register(c10::DeviceTypeName(at::kCUDA, /*lower_case=*/false),
                                      [](const at::GraphImplArgs& args) -> std::unique_ptr<at::GraphImplInterface> {
                                        return std::make_unique<CudaGraph>(args);
                                      });
  });
}

}  // namespace cspgan::detail

#else

void cspgan::detail::register_cuda_graphs() {}

#endif
