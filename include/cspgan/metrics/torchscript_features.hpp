// Features from any TorchScript network, such as the Inception network of StyleGAN's metrics.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The SHA-256 of inception-2015-12-05.pt, the network that StyleGAN's metrics and clean-fid use. Only a Fréchet
/// distance between its features is called FID.
inline constexpr std::string_view inception_sha256 = "f58cb9b6ec323ed63459aa4fb441fe750cfe39fafad6da5cb504a16f19e958f4";

/// A FeatureExtractor that calls the network of a TorchScript file in one of four ways:
/// 1. layers((images - 128) / 128), for float32 images of 299 x 299 pixels, if the network has a submodule `layers` and
///    an argument return_features. This is how clean-fid calls Inception, and it skips the network's own resizing;
/// 2. network(images, return_features=True), if there is such an argument;
/// 3. network(images);
/// 4. network(images / 255), with float32 images in [0, 1].
/// Way 1 is taken whenever it applies. Of the others, the first that works with the first images is taken for all later
/// ones. The network must return [N, D], [N, D, 1, 1], or a tuple or list that begins with such a tensor. Do not call
/// an object from several threads at once.
class TorchScriptFeatures {
 public:
  /// Throws Error naming the file if it cannot be read, is not TorchScript, or holds a network that cannot be called
  /// with images alone. A TorchScript file is a program: load only files that you trust.
  explicit TorchScriptFeatures(const std::filesystem::path& file, at::Device device = at::kCPU);
  ~TorchScriptFeatures();
  TorchScriptFeatures(TorchScriptFeatures&&) noexcept;
  TorchScriptFeatures& operator=(TorchScriptFeatures&&) noexcept;

  /// float32 [N, D], on the CPU. Throws Error with the network's own message if none of the four ways works or if the
  /// result has another shape.
  Tensor features(const Tensor& images);
  /// float32 [N, classes]. Calls network(images, no_output_bias=True), as StyleGAN does, or network(images) if there is
  /// only an argument return_features. Throws Error if a row is not a probability distribution.
  Tensor probabilities(const Tensor& images);
  /// Whether the network has one of these two arguments. What it returns is known only after a call.
  bool gives_probabilities() const;

  /// "Inception", or the file's name without its extension.
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
