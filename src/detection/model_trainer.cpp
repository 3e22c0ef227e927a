// One step, and the state of a run.
#include "cspgan/detection/model_trainer.hpp"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <utility>

#include "cspgan/core/error.hpp"
#include "cspgan/nn/gaussian_noise.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/training/trainer.hpp"

namespace cspgan {

namespace {

std::vector<Tensor> trained_weights(const ReconstructionModel& model) {
  std::vector<Tensor> weights;
  for (const Tensor& weight : model.parameters())
    if (weight.requires_grad()) weights.push_back(weight);
  return weights;
}

AnyReconstructionModel settle(AnyReconstructionModel model, at::Device device, bool channels_last) {
  model->to(device);
  if (channels_last) use_channels_last(*model);
  model->train();
  return model;
}

}  // namespace

ModelTrainer::ModelTrainer(AnyReconstructionModel model, ModelTrainerOptions options)
    : model_(settle(std::move(model), parse_device(options.device), options.channels_last)),
      options_(std::move(options)),
      device_(parse_device(options_.device)),
      optimizer_(options_.optimizer, trained_weights(*model_)),
      random_(mix_seeds({options_.seed, 1}), device_) {
  set_noise_generator(*model_, random_.generator());
}

Progress ModelTrainer::progress() const {
  return {.images = images_,
          .epoch = data_size_ > 0 ? static_cast<double>(images_) / static_cast<double>(data_size_) : 0,
          .fraction = total_images_ > 0 ? static_cast<double>(images_) / static_cast<double>(total_images_) : 0};
}

StepResult ModelTrainer::step(const Batch& batch) {
  const DeterministicScope same_bits(device_);
  const Tensor pictures = detail::prepare_images(
      batch.images, device_, options_.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
  const Tensor classes = batch.labels.defined() ? batch.labels.select(1, 0).to(device_) : Tensor();
  StepResult result{.step = step_, .images = images_ + pictures.size(0), .scalars = {}};
  const auto add = [&](const std::string& name, const Tensor& scalar) {
    guard_.observe(step_, name, scalar);
    result.add(name, scalar);
  };
  optimizer_.zero_gradients();
  const ModelLoss loss = model_->loss(pictures, classes, random_);
  add("loss", loss.total);
  for (const auto& [name, part] : loss.parts) add(name, part);
  loss.total.backward();
  add("gradient_norm", optimizer_.gradient_norm());
  optimizer_.step(options_.schedule.factor(progress()));
  ++step_;
  images_ += pictures.size(0);
  return result;
}

Value ModelTrainer::log_record(ScalarMeans& means) const {
  guard_.check();
  Value record{Value::Object{}};
  record.set("step", step_);
  record.set("kimg", static_cast<double>(images_) / 1000);
  if (data_size_ > 0) record.set("epoch", progress().epoch);
  const Value scalars = means.take();
  for (const auto& [name, mean] : scalars.object()) record.set(name, mean);
  record.set("learning_rate", optimizer_.learning_rate() * options_.schedule.factor(progress()));
  return record;
}

Tensor ModelTrainer::sample(const Tensor& latents) const {
  const c10::AutoGradMode no_graph(false);
  const bool was_training = model_->is_training();
  model_->eval();
  const Tensor classes = model_->shape().classes > 0
                             ? at::zeros({latents.size(0)}, latents.options().dtype(at::kLong).device(device_))
                             : Tensor();
  const Tensor pictures = model_->decode(latents.to(device_), classes).to(at::kCPU, at::kFloat).contiguous();
  model_->train(was_training);
  return pictures;
}

void ModelTrainer::save(TensorFile& file, Copies copies) const {
  guard_.check();
  write(file, copies);
}

void ModelTrainer::write(TensorFile& file, Copies copies) const {
  save_module(*model_, StateWriter(file, "model.", copies));
  optimizer_.save(StateWriter(file, "optimizer.", copies));
  StateWriter own(file, "trainer.", copies);
  own.integer("step", step_);
  own.integer("images", images_);
  own.tensor("random", random_.state());
}

void ModelTrainer::load(const TensorFile& file) {
  TensorFile before;
  write(before, Copies::all);
  try {
    read(file);
  } catch (...) {
    read(before);
    throw;
  }
  guard_ = {};
}

void ModelTrainer::read(const TensorFile& file) {
  const StateReader own(file, "trainer.");
  const std::int64_t step = own.integer("step"), images = own.integer("images");
  if (step < 0 || images < 0) throw Error("the checkpoint's position is damaged: step " + std::to_string(step));
  load_module(*model_, StateReader(file, "model."));
  optimizer_.load(StateReader(file, "optimizer."));
  random_.set_state(own.tensor("random"));
  step_ = step;
  images_ = images;
}

}  // namespace cspgan
