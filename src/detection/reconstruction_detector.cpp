// Heat maps, scores and the file of a detector.
#include "cspgan/detection/reconstruction_detector.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/models/checkpoint.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/training/trainer.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t together = 64;  // pictures that are scored at once

/// The mean over the square around each pixel; at the border, over what continues it.
Tensor smoothed(const Tensor& heat, std::int64_t patch) {
  if (patch == 1) return heat;
  const std::int64_t margin = patch / 2;
  return at::avg_pool2d(at::replication_pad2d(heat.unsqueeze(1), {margin, margin, margin, margin}), {patch, patch},
                        {1, 1})
      .squeeze(1);
}

}  // namespace

void ScoreOptions::validate() const {
  detail::require(patch >= 1 && patch <= 255 && patch % 2 == 1, "score.patch", "an odd number from 1 to 255", patch);
}

ReconstructionDetector::ReconstructionDetector(AnyReconstructionModel model, ScoreOptions score, at::Device device)
    : model_(std::move(model)), score_(score), device_(device) {
  score_.validate();
  model_->to(device_);
  use_channels_last(*model_);
  model_->eval();
}

void ReconstructionDetector::for_each_batch(
    const Tensor& pictures, const Tensor& classes, const OnProgress& progress,
    const std::function<void(const Tensor& drawn, const Tensor& heat, const Tensor& scores)>& take) const {
  const c10::AutoGradMode no_graph(false);
  const PictureShape& shape = model_->shape();
  if (!pictures.defined() || pictures.dim() != 4 || pictures.scalar_type() != at::kByte ||
      pictures.size(1) != shape.channels || pictures.size(2) != shape.height || pictures.size(3) != shape.width)
    fail_shape("detector: pictures, uint8,", fmt::format("[N, {}, {}, {}]", shape.channels, shape.height, shape.width),
               pictures);
  for (std::int64_t first = 0; first < pictures.size(0); first += together) {
    const std::int64_t count = std::min(together, pictures.size(0) - first);
    const Tensor real =
        detail::prepare_images(pictures.narrow(0, first, count), device_, at::MemoryFormat::ChannelsLast);
    const Tensor some = classes.defined() ? classes.narrow(0, first, count).to(device_) : Tensor();
    const Tensor drawn = model_->reconstruct(real, some);
    Tensor error = (real - drawn).square().mean(1) / 4;  // of values in [0, 1]
    if (usual_error_.defined()) error = error / usual_error_.to(device_);
    const Tensor heat = smoothed(error, score_.patch);
    Tensor scores =
        (score_.kind == ScoreKind::mse ? error.flatten(1).mean(1) : heat.flatten(1).amax(1)).to(at::kDouble);
    if (const Tensor more = model_->further_score(real, drawn); more.defined()) scores = scores + more;
    take(drawn, heat, scores);
    if (progress) progress(first + count, pictures.size(0));
  }
}

Inspection ReconstructionDetector::inspect(const Tensor& pictures, const Tensor& classes,
                                           const OnProgress& progress) const {
  Inspection result;
  std::vector<Tensor> drawn, heat;
  for_each_batch(pictures, classes, progress, [&](const Tensor& images, const Tensor& map, const Tensor& scores) {
    drawn.push_back(to_bytes(images).to(at::kCPU).contiguous());
    heat.push_back(map.to(at::kCPU).contiguous());
    const Tensor values = scores.to(at::kCPU).contiguous();
    result.scores.insert(result.scores.end(), values.const_data_ptr<double>(),
                         values.const_data_ptr<double>() + values.numel());
  });
  const PictureShape& shape = model_->shape();
  result.reconstructions =
      drawn.empty() ? at::zeros({0, shape.channels, shape.height, shape.width}, at::kByte) : at::cat(drawn);
  result.heat = heat.empty() ? at::zeros({0, shape.height, shape.width}) : at::cat(heat);
  return result;
}

std::vector<double> ReconstructionDetector::scores(const Tensor& pictures, const Tensor& classes,
                                                   const OnProgress& progress) const {
  std::vector<double> result;
  for_each_batch(pictures, classes, progress, [&](const Tensor&, const Tensor&, const Tensor& scores) {
    const Tensor values = scores.to(at::kCPU).contiguous();
    result.insert(result.end(), values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
  });
  return result;
}

void ReconstructionDetector::learn_usual_error(const InspectionPictures& good, const OnProgress& progress) {
  usual_error_ = Tensor();
  if (!score_.relative) return;
  if (good.size() == 0) throw Error("there are no good pictures to learn the usual error from");
  const ScoreOptions wanted = std::exchange(score_, {.kind = ScoreKind::mse, .patch = score_.patch});
  Tensor sum = at::zeros({good.images.size(2), good.images.size(3)}, at::kDouble);
  for_each_batch(good.images, good.classes, progress, [&](const Tensor&, const Tensor& heat, const Tensor&) {
    sum += heat.sum(0).to(at::kCPU, at::kDouble);
  });
  score_ = wanted;
  // No place is more certain than a tenth of the mean: a pixel that never changes would decide alone.
  const Tensor mean = sum / static_cast<double>(good.size());
  usual_error_ = mean.clamp_min(std::max(mean.mean().item<double>() / 10, 1e-12)).to(at::kFloat);
}

void ReconstructionDetector::calibrate(const InspectionPictures& validation, const ThresholdOptions& rule,
                                       const OnProgress& progress) {
  const std::vector<double> all = scores(validation.images, validation.classes, progress);
  std::vector<double> good, bad;
  for (std::size_t i = 0; i < all.size(); ++i) (validation.defects[i].empty() ? good : bad).push_back(all[i]);
  threshold_ = choose_threshold(good, bad, rule);
}

void ReconstructionDetector::save(const std::filesystem::path& path, std::int64_t step, const Value& run) const {
  TensorFile file;
  save_module(*model_, StateWriter(file, "model."));
  if (usual_error_.defined()) StateWriter(file, "detector.").tensor("usual_error", usual_error_);
  Value described = run;
  described.set("detector", Value::Object{{"model", model_->describe()},
                                          {"score", to_value(score_)},
                                          {"threshold", threshold_},
                                          {"classes", to_value(classes)}});
  save_checkpoint(path, std::move(file), step, described);
}

std::filesystem::path detector_file(const std::filesystem::path& path) {
  std::error_code unknown;  // whoever opens it says more
  if (!std::filesystem::is_directory(path, unknown)) return path;
  std::filesystem::path file = path / "detector.safetensors";
  if (!std::filesystem::exists(file, unknown))
    throw Error(
        fmt::format("'{}' holds no detector.safetensors: it is not the folder of a detector, or its training "
                    "did not end; detect_train with the same --out goes on with it",
                    path.string()));
  return file;
}

ReconstructionDetector load_detector(const std::filesystem::path& given, const std::string& device) {
  const std::filesystem::path path = detector_file(given);
  const Checkpoint checkpoint = load_checkpoint(path);
  const Value* const described = checkpoint.run.find("detector");
  if (described == nullptr)
    throw Error(fmt::format("'{}' is no detector{}", path.string(),
                            checkpoint.run.find("generator") != nullptr
                                ? ": it is the checkpoint of a GAN (detect_train --gan trains a detector from it)"
                                : ""));
  try {
    ReconstructionDetector detector(make_reconstruction_model(described->at("model")),
                                    from_value<ScoreOptions>(described->at("score"), "score"), parse_device(device));
    load_module(*detector.model_, StateReader(checkpoint.state, "model."));
    if (const StateReader own(checkpoint.state, "detector."); own.has("usual_error"))
      detector.usual_error_ = own.tensor("usual_error").clone();
    else if (detector.score_.relative)
      throw Error("it has relative scores, and does not say to what");
    detector.threshold_ = described->at("threshold").number();
    detector.classes = from_value<std::vector<std::string>>(described->at("classes"), "classes");
    return detector;
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}", path.string(), error.what()));
  }
}

double pixel_auc(const Tensor& heat, const Tensor& masks) {
  if (!heat.sizes().equals(masks.sizes()) || masks.scalar_type() != at::kBool)
    throw Error(
        fmt::format("pixel_auc: masks must be bool {}, not {}", shape_text(heat.sizes()), describe_tensor(masks)));
  const Tensor values = heat.flatten().to(at::kDouble), inside = masks.flatten();
  const double bad = inside.sum().item<double>(), good = static_cast<double>(inside.numel()) - bad;
  if (bad == 0 || good == 0) throw Error("pixel_auc: there must be pixels inside and outside of masks");
  // The Mann-Whitney statistic with mean ranks for ties.
  const auto [sorted, order] = values.sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  const Tensor flags = inside.index_select(0, order).contiguous();
  const double* const value = sorted.const_data_ptr<double>();
  const bool* const flag = flags.const_data_ptr<bool>();
  double ranks = 0;
  for (std::int64_t from = 0; from < sorted.numel();) {
    std::int64_t to = from, in_tie = 0;
    for (; to < sorted.numel() && value[to] == value[from]; ++to) in_tie += flag[to];
    ranks += static_cast<double>(in_tie) * (static_cast<double>(from + to + 1) / 2);
    from = to;
  }
  return (ranks - bad * (bad + 1) / 2) / (bad * good);
}

}  // namespace cspgan
