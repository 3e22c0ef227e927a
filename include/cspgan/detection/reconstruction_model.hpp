// What a detector needs of a model: it learns to draw good pictures again, and so it draws a bad one wrong.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/registry.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The pictures that a model takes: [N, channels, height, width], on the scale of images in [-1, 1].
struct PictureShape {
  std::int64_t channels = 3;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t classes = 0;  // that pictures may be of; 0: no classes

  static void describe(auto&& self, auto&& field) {
    field("channels", self.channels, "color channels; 3 for RGB");
    field("height", self.height, "height in pixels, from 4 to 1024");
    field("width", self.width, "width in pixels, from 4 to 1024");
    field("classes", self.classes, "number of classes that pictures are of; 0: none");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  std::int64_t numbers() const { return channels * height * width; }
  friend bool operator==(const PictureShape&, const PictureShape&) = default;
};

/// What a model minimizes: `total`, a scalar with a graph, and its parts by name, as they are logged.
struct ModelLoss {
  Tensor total;
  std::vector<std::pair<std::string, Tensor>> parts = {};
};

/// A network that draws pictures again. Pictures are float32 of its shape; classes are int64 [N], or undefined if the
/// shape has none. Its weights that need a gradient are trained. A model of one's own derives from it; if it is among
/// reconstruction_models(), programs know it by its name.
class ReconstructionModel : public torch::nn::Module {
 public:
  virtual const PictureShape& shape() const = 0;
  /// From which make_reconstruction_model makes such a model: its name and all of its options.
  virtual Value describe() const = 0;

  /// The pictures as the model draws them, of the same shape.
  virtual Tensor reconstruct(const Tensor& pictures, const Tensor& classes) = 0;
  /// The mean squared error, unless a model says otherwise. `random` is the trainer's.
  virtual ModelLoss loss(const Tensor& pictures, const Tensor& classes, TensorRandom& random);
  /// Whether it makes a difference which class a picture is of.
  virtual bool uses_classes() const { return false; }
  /// What a picture's score has beside the error of its pixels, in words; "" if it has nothing.
  virtual std::string further_score_text() const { return ""; }
  /// The same as numbers, float32 [N]; undefined: nothing.
  virtual Tensor further_score(const Tensor& /*pictures*/, const Tensor& /*reconstructions*/) { return {}; }

  /// Numbers in a latent, and the pictures that latents [N, latent_size] stand for.
  virtual std::int64_t latent_size() const = 0;
  virtual Tensor decode(const Tensor& latents, const Tensor& classes) = 0;

 protected:
  /// Throws Error unless the pictures have the model's shape, and the classes fit.
  void require_pictures(const Tensor& pictures, const Tensor& classes) const;
  /// The classes as float32 [N, classes of the shape], each row with a single 1; undefined if there are none.
  Tensor one_hot(const Tensor& classes) const;
};

/// A model chosen at run time. Copies share it.
class AnyReconstructionModel {
 public:
  AnyReconstructionModel(std::shared_ptr<ReconstructionModel> model) : model_(std::move(model)) {}
  /// Makes the model of these options.
  template <Described Options>
  explicit AnyReconstructionModel(const Options& options)
      : model_(std::make_shared<typename Options::Model>(options)) {}

  ReconstructionModel* operator->() const { return model_.get(); }
  ReconstructionModel& operator*() const { return *model_; }

 private:
  std::shared_ptr<ReconstructionModel> model_;
};

/// The models that a program can choose by name.
Registry<AnyReconstructionModel>& reconstruction_models();

/// The model that a table such as {name = "dense", shape = {...}} describes, with its first weights drawn from `seed`
/// alone. Throws OptionError naming the option.
AnyReconstructionModel make_reconstruction_model(const Value& description, std::uint64_t seed = 0);

}  // namespace cspgan
