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

/// Pictures of this size that are scored at once: feature maps of more would fill the memory.
std::int64_t together(const PictureShape& shape) {
  constexpr std::int64_t most = 64, most_pixels = 64 * 128 * 128;
  return std::clamp<std::int64_t>(most_pixels / (shape.height * shape.width), 1, most);
}

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

void ReconstructionDetector::for_each_batch(const Tensor& pictures, const Tensor& class_of, const OnProgress& progress,
                                            const std::function<void(const Scored&)>& take) const {
  const c10::AutoGradMode no_graph(false);
  const PictureShape& shape = model_->shape();
  if (!pictures.defined() || pictures.dim() != 4 || pictures.scalar_type() != at::kByte ||
      pictures.size(1) != shape.channels || pictures.size(2) != shape.height || pictures.size(3) != shape.width)
    fail_shape("detector: pictures, uint8,", fmt::format("[N, {}, {}, {}]", shape.channels, shape.height, shape.width),
               pictures);
  const std::int64_t at_once = together(shape);
  for (std::int64_t first = 0; first < pictures.size(0); first += at_once) {
    const std::int64_t count = std::min(at_once, pictures.size(0) - first);
    const Tensor real =
        detail::prepare_images(pictures.narrow(0, first, count), device_, at::MemoryFormat::ChannelsLast);
    const Tensor some = class_of.defined() ? class_of.narrow(0, first, count).to(device_) : Tensor();
    const Tensor drawn = model_->reconstruct(real, some);
    Tensor error = (real - drawn).square().mean(1) / 4;  // of values in [0, 1]
    if (usual_error_.defined()) error = error / usual_error_.to(device_);
    const Tensor heat = smoothed(error, score_.patch);
    Tensor scores =
        (score_.kind == ScoreKind::mse ? error.flatten(1).mean(1) : heat.flatten(1).amax(1)).to(at::kDouble);
    Tensor further = model_->further_score(real, drawn);
    if (further.defined()) {
      if (usual_further_.defined()) further = further / usual_further_.to(device_);
      scores = scores + further;
    }
    take({drawn, heat, scores, further});
    if (progress) progress(first + count, pictures.size(0));
  }
}

Inspection ReconstructionDetector::inspect(const Tensor& pictures, const Tensor& class_of,
                                           const OnProgress& progress) const {
  Inspection result;
  std::vector<Tensor> drawn, heat;
  for_each_batch(pictures, class_of, progress, [&](const Scored& some) {
    drawn.push_back(to_bytes(some.drawn).to(at::kCPU).contiguous());
    heat.push_back(some.heat.to(at::kCPU).contiguous());
    const Tensor values = some.scores.to(at::kCPU).contiguous();
    result.scores.insert(result.scores.end(), values.const_data_ptr<double>(),
                         values.const_data_ptr<double>() + values.numel());
  });
  const PictureShape& shape = model_->shape();
  result.reconstructions =
      drawn.empty() ? at::zeros({0, shape.channels, shape.height, shape.width}, at::kByte) : at::cat(drawn);
  result.heat = heat.empty() ? at::zeros({0, shape.height, shape.width}) : at::cat(heat);
  return result;
}

std::vector<double> ReconstructionDetector::scores(const Tensor& pictures, const Tensor& class_of,
                                                   const OnProgress& progress) const {
  std::vector<double> result;
  for_each_batch(pictures, class_of, progress, [&](const Scored& some) {
    const Tensor values = some.scores.to(at::kCPU).contiguous();
    result.insert(result.end(), values.const_data_ptr<double>(), values.const_data_ptr<double>() + values.numel());
  });
  return result;
}

void ReconstructionDetector::learn_usual_error(const InspectionPictures& good, const OnProgress& progress) {
  usual_error_ = Tensor();
  usual_further_ = Tensor();
  if (!score_.relative) return;
  if (good.size() == 0) throw Error("there are no good pictures to learn the usual error from");
  Tensor heat = at::zeros({good.images.size(2), good.images.size(3)}, at::kDouble);
  Tensor further = at::zeros({}, at::kDouble);
  for_each_batch(good.images, good.classes, progress, [&](const Scored& some) {
    heat += some.heat.sum(0).to(at::kCPU, at::kDouble);
    if (some.further.defined()) further += some.further.sum().to(at::kCPU, at::kDouble);
  });
  const auto count = static_cast<double>(good.size());
  // No place is more certain than a tenth of the mean: a pixel that never changes would decide alone.
  const Tensor mean = heat / count;
  usual_error_ = mean.clamp_min(std::max(mean.mean().item<double>() / 10, 1e-12)).to(at::kFloat);
  if (!model_->further_score_text().empty()) usual_further_ = (further / count).clamp_min(1e-12).to(at::kFloat);
}

InspectionPictures ReconstructionDetector::calibrate(const InspectionPictures& given, const ThresholdOptions& rule,
                                                     const OnProgress& progress) {
  InspectionPictures validation = given;
  if (static_cast<std::int64_t>(validation.defects.size()) != validation.size())
    throw Error(fmt::format("detector: {} pictures, but {} of them are said to be good or bad", validation.size(),
                            validation.defects.size()));
  if (score_.relative && !usual_error_.defined()) {
    std::vector<std::int64_t> learned, left;
    bool is_second = false;
    for (std::int64_t i = 0; i < given.size(); ++i) {
      const bool good = given.defects[static_cast<std::size_t>(i)].empty();
      (good && is_second ? learned : left).push_back(i);
      if (good) is_second = !is_second;
    }
    learn_usual_error(given.of(learned));
    validation = given.of(left);
  }
  const std::vector<double> all = scores(validation.images, validation.classes, progress);
  std::vector<double> good, bad;
  for (std::size_t i = 0; i < all.size(); ++i) (validation.defects[i].empty() ? good : bad).push_back(all[i]);
  threshold_ = choose_threshold(good, bad, rule);
  calibrated_on = given.hashes();
  return validation;
}

void ReconstructionDetector::save(const std::filesystem::path& path, std::int64_t step, const Value& run) const {
  TensorFile file;
  save_module(*model_, StateWriter(file, "model."));
  StateWriter own(file, "detector.");
  for (const auto& [name, tensor] : {std::pair{"usual_error", &usual_error_},
                                     {"usual_further", &usual_further_},
                                     {"trained_on", &trained_on},
                                     {"calibrated_on", &calibrated_on}})
    if (tensor->defined()) own.tensor(name, *tensor);
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

ReconstructionDetector load_detector(const std::filesystem::path& path, const std::string& device) {
  return load_detector(load_checkpoint(detector_file(path)), device);
}

ReconstructionDetector load_detector(const Checkpoint& checkpoint, const std::string& device) {
  const Value& run = checkpoint.run;
  const Value* const described = run.find("detector");
  if (described == nullptr) {
    std::string_view what = "";
    if (run.find("generator") != nullptr)
      what = ": it is the checkpoint of a GAN (detect_train --gan trains a detector from it)";
    else if (run.find("model") != nullptr)
      what = ": it is a checkpoint of its training, at whose end detector.safetensors is written";
    throw Error(fmt::format("'{}' is no detector{}", checkpoint.path.string(), what));
  }
  try {
    ReconstructionDetector detector(make_reconstruction_model(described->at("model")),
                                    from_value<ScoreOptions>(described->at("score"), "score"), parse_device(device));
    load_module(*detector.model_, StateReader(checkpoint.state, "model."));
    const StateReader own(checkpoint.state, "detector.");
    for (const auto& [name, tensor] : {std::pair{"usual_error", &detector.usual_error_},
                                       {"usual_further", &detector.usual_further_},
                                       {"trained_on", &detector.trained_on},
                                       {"calibrated_on", &detector.calibrated_on}})
      if (own.has(name)) *tensor = own.tensor(name).clone();
    if (detector.score_.relative && !detector.usual_error_.defined())
      throw Error("it has relative scores, and does not say to what");
    detector.threshold_ = described->at("threshold").number();
    detector.classes = from_value<std::vector<std::string>>(described->at("classes"), "classes");
    return detector;
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}", checkpoint.path.string(), error.what()));
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
