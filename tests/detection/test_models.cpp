// Models of good pictures: by hand, against closed forms, and trained.
#include <ATen/TensorOperators.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <numbers>

#include "cspgan/core/error.hpp"
#include "cspgan/detection/autoencoders.hpp"
#include "cspgan/detection/f_anogan.hpp"
#include "cspgan/detection/model_trainer.hpp"
#include "cspgan/detection/variational_autoencoder.hpp"
#include "cspgan/nn/initialization.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "support/catch.hpp"
#include "support/trainer_state.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::first_difference;
using cspgan_test::message_of;
using cspgan_test::state_of;

namespace {

constexpr PictureNetworkOptions small_network{.levels = 2, .base_channels = 8, .max_channels = 16};

Tensor some_pictures(std::int64_t count, std::int64_t height, std::int64_t width, std::uint64_t seed = 1) {
  TensorRandom random(seed, at::kCPU);
  return random.uniform({count, 3, height, width}, {-1, 1});
}

/// Sources of batches that are always the same pictures, in order.
class FixedBatches {
 public:
  FixedBatches(Tensor images, std::int64_t batch, Tensor labels = {})
      : images_(std::move(images)), labels_(std::move(labels)), batch_(batch) {}
  Batch next() {
    const std::int64_t first = position_ % images_.size(0);
    position_ += batch_;
    return {images_.narrow(0, first, batch_), labels_.defined() ? labels_.narrow(0, first, batch_) : labels_};
  }
  void seek(std::int64_t position) { position_ = position; }
  std::int64_t position() const { return position_; }
  std::int64_t size() const { return images_.size(0); }
  std::int64_t batch_size() const { return batch_; }

 private:
  Tensor images_, labels_;
  std::int64_t batch_, position_ = 0;
};

AnyReconstructionModel made(const auto& options, std::uint64_t seed = 1) {
  return make_reconstruction_model(named_value(options), seed);
}

FAnoGanOptions small_gan(std::int64_t height = 12, std::int64_t width = 8) {
  return {.shape = {.height = height, .width = width},
          .base_channels = 8,
          .max_channels = 16,
          .generator = {.latent_size = 6, .image_size = 16, .base_channels = 8, .max_channels = 16},
          .discriminator = {.image_size = 16, .base_channels = 8, .max_channels = 16}};
}

/// One of each kind, for pictures of 12 x 10.
std::vector<Value> every_model() {
  const PictureShape shape{.height = 12, .width = 10};
  PictureNetworkOptions noisy = small_network;
  noisy.down.noise_sigma = 0.1;
  return {named_value(DenseAutoencoderOptions{.shape = shape, .widths = {16, 2, 16}}),
          named_value(ConvolutionalAutoencoderOptions{.shape = shape, .network = noisy, .latent_channels = 2}),
          named_value(ConvolutionalAutoencoderOptions{
              .shape = shape, .network = small_network, .latent_channels = 2, .erased = 0.3, .hole = 3}),
          named_value(VariationalAutoencoderOptions{.shape = shape, .network = small_network, .latent_size = 4}),
          named_value(small_gan(12, 10))};
}

}  // namespace

TEST_CASE("the dense autoencoder is the reference's: flatten, 512, 2, 512", "[detection]") {
  DenseAutoencoder model({.shape = {.height = 48, .width = 27}});
  constexpr std::int64_t numbers = 3 * 48 * 27;
  CHECK(parameter_count(*model) == (numbers + 1) * 512 + 513 * 2 + 3 * 512 + 513 * numbers);
  CHECK(model->latent_size() == 2);
  CHECK(DenseAutoencoder({.shape = {.height = 8, .width = 8}, .widths = {512, 128, 32, 512}})->children().size() == 5);

  const c10::AutoGradMode no_graph(false);
  DenseAutoencoder small({.shape = {.channels = 1, .height = 4, .width = 4}, .widths = {5, 2, 5}});
  TensorRandom random(7, at::kCPU);
  initialize(*small, {}, random);
  const auto weights = small->named_parameters();
  const auto layer = [&](int i, const Tensor& rows) {
    const std::string name = "layer" + std::to_string(i);
    return at::linear(rows, weights[name + ".weight"], weights[name + ".bias"]);
  };
  const Tensor pictures = some_pictures(3, 4, 4).narrow(1, 0, 1);
  const Tensor latents = layer(1, at::relu(layer(0, pictures.flatten(1))));
  const Tensor drawn = layer(3, at::relu(layer(2, latents))).tanh().view({3, 1, 4, 4});
  CHECK(at::allclose(small->reconstruct(pictures, {}), drawn, 1e-5, 1e-6));
  CHECK(at::allclose(small->decode(latents, {}), drawn, 1e-5, 1e-6));
}

TEST_CASE("convolutional models take pictures of any size", "[detection]") {
  for (const auto& [height, width] : {std::pair{48, 27}, {27, 48}, {64, 64}, {7, 5}}) {
    INFO(height << " x " << width);
    const PictureShape shape{.height = height, .width = width};
    const Tensor pictures = some_pictures(2, height, width);
    ConvolutionalAutoencoder plain({.shape = shape, .network = small_network, .latent_channels = 3});
    CHECK(plain->reconstruct(pictures, {}).sizes() == pictures.sizes());
    CHECK(plain->latent_size() == 3 * ((height + 3) / 4) * ((width + 3) / 4));
    CHECK(plain->decode(some_pictures(2, 1, plain->latent_size()).select(1, 0).flatten(1), {}).sizes() ==
          pictures.sizes());
    VariationalAutoencoder variational({.shape = shape, .network = small_network, .latent_size = 5});
    CHECK(variational->reconstruct(pictures, {}).sizes() == pictures.sizes());
    CHECK(variational->decode(at::zeros({2, 5}), {}).sizes() == pictures.sizes());
  }
}

TEST_CASE("the divergence from the standard normal distribution is the integral that it stands for", "[detection]") {
  CHECK(divergence_from_standard(at::zeros({2, 3}), at::zeros({2, 3})).abs().max().item<float>() == 0);
  const double mean = 0.7, deviation = 0.4;
  double integral = 0;  // of p log(p / q), by the trapezoidal rule
  constexpr double step = 1e-4;
  for (double x = mean - 10 * deviation; x < mean + 10 * deviation; x += step) {
    const double logarithm_p = -std::pow((x - mean) / deviation, 2) / 2 - std::log(deviation);
    const double logarithm_q = -x * x / 2;
    integral += step * std::exp(logarithm_p) / std::sqrt(2 * std::numbers::pi) * (logarithm_p - logarithm_q);
  }
  const Tensor twice = divergence_from_standard(at::full({1, 2}, mean, at::kDouble),
                                                at::full({1, 2}, 2 * std::log(deviation), at::kDouble));
  CHECK(std::abs(twice.item<double>() - 2 * integral) < 1e-6);
}

TEST_CASE("the variational loss is the negative evidence lower bound per number", "[detection]") {
  const PictureShape shape{.height = 8, .width = 8, .classes = 3};
  VariationalAutoencoder model({.shape = shape, .network = small_network, .latent_size = 4, .deviation = 0.2});
  const Tensor pictures = some_pictures(5, 8, 8), classes = at::tensor({0, 1, 2, 1, 0}, at::kLong);
  TensorRandom random(3, at::kCPU), same(3, at::kCPU);
  const ModelLoss loss = model->loss(pictures, classes, random);
  const auto [mean, log_variance] = model->encode(pictures, classes);
  const Tensor latents = mean + (0.5 * log_variance).exp() * same.normal({5, 4});
  const Tensor error = (model->decode(latents, classes) - pictures).square().flatten(1).sum(1);
  // log N(x; r, s^2) = -error / (2 s^2) + constant
  const Tensor bound = error / (2 * 0.2 * 0.2) + divergence_from_standard(mean, log_variance);
  CHECK(at::allclose(loss.total, bound.mean() / (3 * 8 * 8), 1e-4, 1e-6));
  CHECK(loss.parts.size() == 2);
  const Tensor others = at::tensor({1, 2, 0, 2, 1}, at::kLong);
  CHECK_FALSE(at::allclose(model->reconstruct(pictures, classes), model->reconstruct(pictures, others)));
  CHECK(contains(message_of<Error>([&] { model->reconstruct(pictures, {}); }), "5 pictures of 3 classes"));
}

TEST_CASE("f-AnoGAN's pictures go through its GAN and back, and the GAN stays as it is", "[detection]") {
  const AnyReconstructionModel any = made(small_gan());
  auto& model = dynamic_cast<FAnoGanImpl&>(*any);
  const Tensor pictures = some_pictures(2, 12, 8);
  CHECK(model.reconstruct(pictures, {}).sizes() == pictures.sizes());
  CHECK(model.decode(at::zeros({2, 6}), {}).sizes() == pictures.sizes());

  // The loss by hand: black stripes left and right, enlarged to the GAN's size.
  const c10::AutoGradMode no_graph(false);
  const Tensor black = at::full({2, 3, 12, 2}, -1.0);
  const Tensor images = at::_upsample_bilinear2d_aa(at::cat({black, pictures, black}, 3), {16, 16}, false);
  Discriminator discriminator(model.options.discriminator);
  TensorFile file;
  save_module(model, StateWriter(file));
  load_module(*discriminator, StateReader(file, "discriminator."));
  Generator generator(model.options.generator);
  load_module(*generator, StateReader(file, "generator."));
  discriminator->eval(), generator->eval(), model.train();
  TensorRandom random(1, at::kCPU);
  const ModelLoss loss = model.loss(pictures, {}, random);
  const Tensor drawn = model.reconstruct(pictures, {});
  CHECK(at::allclose(loss.parts[0].second, at::mse_loss(drawn, pictures), 1e-5, 1e-7));
  CHECK(at::allclose(loss.total, loss.parts[0].second + loss.parts[1].second));
  CHECK(loss.parts[1].second.item<float>() > 0);
  // The score's other part is the same difference, of the picture that is shown.
  const Tensor of_itself = model.further_score(pictures, pictures);
  CHECK(of_itself.abs().max().item<float>() == 0);
  const Tensor features = discriminator->features(images);
  CHECK(at::allclose(model.further_score(pictures, at::full_like(pictures, -1)),
                     (features - discriminator->features(at::full_like(images, -1))).square().flatten(1).mean(1) / 4,
                     1e-4, 1e-7));
}

TEST_CASE("a model that is trained draws its pictures again, and only what may change changes", "[detection]") {
  const Tensor pictures = ((some_pictures(8, 12, 10) + 1) * 127.5).to(at::kByte);
  for (const Value& description : every_model()) {
    INFO(to_json(description.at("name")));
    const bool is_gan = description.at("name") == Value("f_anogan");
    const AnyReconstructionModel model = make_reconstruction_model(description, 1);
    CHECK(model->describe().at("name") == description.at("name"));
    ModelTrainer trainer(model, {.optimizer = Adam{.learning_rate = 3e-3, .beta1 = 0.9}, .device = "cpu"});
    const TensorFile before = state_of(trainer);
    FixedBatches batches(pictures, 8);
    ScalarMeans means;
    means.add(trainer.step(batches.next()));
    const double first = trainer.log_record(means).at("loss").number();
    for (int i = 0; i < 150; ++i) means.add(trainer.step(batches.next()));
    means.take();
    means.add(trainer.step(batches.next()));
    const Value record = trainer.log_record(means);
    CHECK(record.at("loss").number() < (is_gan ? 0.98 : 0.9) * first);
    CHECK(record.at("step") == Value(152));
    CHECK(record.at("kimg").number() == 152 * 8 / 1000.0);
    const TensorFile after = state_of(trainer);
    for (const auto& [name, tensor] : before.tensors)
      if (name.starts_with("model."))
        CHECK(at::equal(tensor, after.tensor(name)) ==
              (name.starts_with("model.generator") || name.starts_with("model.discriminator")));
  }
}

TEST_CASE("a model that is saved and loaded is trained on to the same bits", "[detection]") {
  const Tensor pictures = ((some_pictures(8, 12, 10) + 1) * 127.5).to(at::kByte);
  for (const Value& description : every_model()) {
    INFO(to_json(description.at("name")));
    const auto trainer = [&] {
      return ModelTrainer(make_reconstruction_model(description, 1), {.schedule = ConstantRate{}, .device = "cpu"});
    };
    FixedBatches batches(pictures, 4);
    ModelTrainer whole = trainer(), first = trainer(), second = trainer();
    whole.fit(batches, {.steps = 6});
    first.fit(batches, {.steps = 3});
    const TensorFile middle = state_of(first);
    first.fit(batches, {.steps = 4});  // a snapshot: what follows changes nothing in it
    second.load(middle);
    second.fit(batches, {.steps = 6});
    CHECK(first_difference(state_of(whole), state_of(second)).empty());

    TensorFile damaged = middle;
    std::erase_if(damaged.tensors, [](const auto& tensor) { return tensor.first.starts_with("optimizer."); });
    const TensorFile held = state_of(second);
    CHECK_THROWS_AS(second.load(damaged), Error);
    CHECK(first_difference(held, state_of(second)).empty());
  }
}

TEST_CASE("erased squares are of the share asked for, and the loss is that of the whole picture", "[detection]") {
  // A model that sees nothing of one half of the pictures is trained as one that sees all: the targets are whole.
  const PictureShape shape{.height = 24, .width = 24};
  const AnyReconstructionModel model =
      made(ConvolutionalAutoencoderOptions{.shape = shape, .network = small_network, .erased = 0.5, .hole = 4});
  const Tensor black = at::zeros({64, 3, 24, 24});  // what an erased place looks like
  TensorRandom random(1, at::kCPU);
  const Tensor plain = at::mse_loss(model->reconstruct(black, {}), black);
  CHECK(at::allclose(model->loss(black, {}, random).total, plain, 1e-5, 1e-7));
  const Tensor pictures = some_pictures(64, 24, 24);
  CHECK_FALSE(at::allclose(model->loss(pictures, {}, random).total,
                           at::mse_loss(model->reconstruct(pictures, {}), pictures), 1e-4, 1e-6));
}

TEST_CASE("models refuse what they cannot be or draw, naming it", "[detection]") {
  const auto refusal = [](const Value& description) {
    return message_of<OptionError>([&] { make_reconstruction_model(description); });
  };
  const Value shape = to_value(PictureShape{.height = 8, .width = 8});
  CHECK(contains(refusal(Value::Object{{"name", "convolutonal"}, {"shape", shape}}), "did you mean 'convolutional'"));
  CHECK(contains(refusal(Value::Object{{"name", "dense"}}), "shape.height must lie in [4, 1024], not 0"));
  CHECK(contains(refusal(Value::Object{{"name", "dense"}, {"shape", shape}, {"widths", Value::Array{}}}), "widths"));
  CHECK(contains(refusal(Value::Object{{"name", "dense"}, {"shape", shape}, {"width", 3}}), "did you mean 'widths'"));
  CHECK(contains(refusal(Value::Object{{"name", "convolutional"}, {"shape", shape}, {"erased", 1}}), "erased"));
  CHECK(contains(refusal(Value::Object{{"name", "variational"}, {"shape", shape}, {"deviation", 0}}), "deviation"));
  FAnoGanOptions unequal = small_gan();
  unequal.discriminator.image_size = 32;
  CHECK(contains(refusal(named_value(unequal)), "do not fit each other"));
  const AnyReconstructionModel dense = made(DenseAutoencoderOptions{.shape = {.height = 8, .width = 8}});
  CHECK(contains(message_of<Error>([&] { dense->reconstruct(some_pictures(2, 8, 9), {}); }), "[N, 3, 8, 8]"));
  CHECK(contains(message_of<Error>([&] { dense->decode(at::zeros({2, 3}), {}); }), "[N, 2]"));
  const Checkpoint no_gan{.path = "a.safetensors", .step = 0, .run = Value::Object{}, .state = {}};
  CHECK(contains(message_of<Error>([&] { f_anogan_options(no_gan); }), "'a.safetensors' is no checkpoint of a GAN"));
}
