// Features by any TorchScript network, such as the Inception of the StyleGAN metrics.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The SHA-256 of inception-2015-12-05.pt, the network that StyleGAN's metrics and clean-fid use; the one whose Fréchet
/// distance is called FID.
inline constexpr std::string_view inception_sha256 = "f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4";

/// A FeatureExtractor over a TorchScript file. How the network is called, the first that works with the first images,
/// for good:
/// 1. layers((x - 128) / 128) for images of 299 x 299 in float32, where the network has a part `layers` and an argument
///    return_features: so clean-fid calls Inception, past its own resizing;
/// 2. network(images, return_features=True), where it has such an argument;
/// 3. network(images);
/// 4. network(images / 255), float32 in [0, 1].
/// It gives [N, D], [N, D, 1, 1], or a tuple or list of which that comes first. Not for several threads at once.
class TorchScriptFeatures {
 public:
  /// Throws Error naming the file if it cannot be read, holds no TorchScript, or a network that needs more than
  /// images. A TorchScript file is a program: load only those that you trust.
  explicit TorchScriptFeatures(const std::filesystem::path& file, at::Device device = at::kCPU);
  ~TorchScriptFeatures();
  TorchScriptFeatures(TorchScriptFeatures&&) noexcept;
  TorchScriptFeatures& operator=(TorchScriptFeatures&&) noexcept;

  /// float32 [N, D], on the CPU. Throws Error, with what the network said, if none of the four works or the result
  /// has another shape.
  Tensor features(const Tensor& images);
  /// float32 [N, classes]: network(images, no_output_bias=True), as StyleGAN calls it, or network(images) where it has
  /// an argument return_features. Throws Error if the rows are no probabilities.
  Tensor probabilities(const Tensor& images);
  /// Whether it has one of these arguments; what it gives is known only when it is called.
  bool gives_probabilities() const;

  /// "Inception", or the file's name without its ending.
  std::string name() const;
  /// Whether the file is the published Inception network, by its SHA-256.
  bool is_inception() const;
  std::string identity() const;
  std::string file_sha256() const;

 private:
  struct Network;
  std::unique_ptr<Network> network_;
};

}  // namespace cspgan
