// What all models share, and the list of them.
#include "cspgan/detection/reconstruction_model.hpp"

#include <ATen/ops/mse_loss.h>
#include <ATen/ops/one_hot.h>
#include <fmt/format.h>

#include "core/checks.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/detection/autoencoders.hpp"
#include "cspgan/detection/f_anogan.hpp"
#include "cspgan/detection/variational_autoencoder.hpp"
#include "cspgan/nn/initialization.hpp"

namespace cspgan {

void PictureShape::validate() const {
  detail::require_from_to(channels, 1, 64, "shape.channels");
  detail::require_from_to(height, 4, 1024, "shape.height");
  detail::require_from_to(width, 4, 1024, "shape.width");
  detail::require_from_to(classes, 0, 100'000, "shape.classes");
}

void ReconstructionModel::require_pictures(const Tensor& pictures, const Tensor& classes) const {
  const PictureShape& wanted = shape();
  if (pictures.dim() != 4 || pictures.size(1) != wanted.channels || pictures.size(2) != wanted.height ||
      pictures.size(3) != wanted.width || !pictures.is_floating_point())
    fail_shape("model: pictures, float,", fmt::format("[N, {}, {}, {}]", wanted.channels, wanted.height, wanted.width),
               pictures);
  if (wanted.classes > 0 && (!classes.defined() || classes.dim() != 1 || classes.size(0) != pictures.size(0)))
    throw Error(fmt::format("model: {} pictures of {} classes need as many labels", pictures.size(0), wanted.classes));
}

Tensor ReconstructionModel::one_hot(const Tensor& classes) const {
  if (shape().classes == 0) return {};
  return at::one_hot(classes, shape().classes).to(at::kFloat);
}

ModelLoss ReconstructionModel::loss(const Tensor& pictures, const Tensor& classes, TensorRandom&) {
  return {at::mse_loss(reconstruct(pictures, classes), pictures)};
}

Registry<AnyReconstructionModel>& reconstruction_models() {
  static Registry<AnyReconstructionModel> models = [] {
    Registry<AnyReconstructionModel> known("model");
    known.add<DenseAutoencoderOptions>();
    known.add<ConvolutionalAutoencoderOptions>();
    known.add<VariationalAutoencoderOptions>();
    known.add<FAnoGanOptions>();
    return known;
  }();
  return models;
}

AnyReconstructionModel make_reconstruction_model(const Value& description, std::uint64_t seed) {
  AnyReconstructionModel model = reconstruction_models().make(description, "model");
  TensorRandom random(mix_seeds({seed, 0}), at::kCPU);
  initialize(*model, {.scheme = InitializationScheme::kaiming}, random);
  return model;
}

}  // namespace cspgan
