// Directions of the latents that change what an image shows, and how much of everything else they change.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/range.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/metrics/feature_extractor.hpp"
#include "cspgan/models/sampler.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An attribute that is read in images, its values, and how often they are read right in images whose attributes are
/// known and from which nothing was learned, in [0, 1].
struct ReadableAttribute {
  std::string name;
  std::vector<std::string> values;
  double accuracy = 0;
};

/// Reads attributes in images.
struct AttributeReader {
  std::vector<ReadableAttribute> attributes{};
  std::function<Tensor(const Tensor& images)>
      read{};                           // uint8 [N, 3, S, S] to places in `values`, int64 [N, attributes]
  std::vector<std::string> problems{};  // what whoever uses it should know
};

/// Reads the attributes of avatars with their classifier, which it takes from the folder `cache`, or trains if the
/// folder is empty or does not hold it.
AttributeReader avatar_reader(std::int64_t image_size, const std::filesystem::path& cache,
                              const StageProgress& progress = {});

/// Learns from labeled images: whether each column of labels has each of its classes (of two classes, the second alone)
/// by ridge regression from features, on four fifths of up to `count` images; the accuracy is that on the others, mean
/// of those that have the class and those that do not (0.5 by chance). Such an attribute has the values "no" and "yes",
/// and is read as "yes" as often as it is true of the images. Columns of more than ten classes, and classes with fewer
/// than twenty images on either side, are left out. The reader's problems name the images that cannot be read. Throws
/// OptionError if no attribute is left.
AttributeReader label_reader(const AnyImageSource& images, std::int64_t image_size, AnyFeatureExtractor extractor,
                             std::int64_t count = 10'000, const StageProgress& progress = {});

/// A direction of the latents: a unit vector, float32 [Z].
struct NamedDirection {
  std::string name;
  Tensor vector;
};

struct AttributeDirectionOptions {
  std::int64_t count = 8000;      // images from which directions are learned
  bool conditional = true;        // take out of each direction what it shares with those of other attributes
  std::int64_t test_count = 256;  // other images, by which directions are scored
  double step = 3;                // how far these are moved, both ways
  std::uint64_t seed = 0;         // of the latents
  std::int64_t batch_size = 64;
  StageProgress progress = {};
};

/// For each value of each attribute, such as "hair=bald", the direction along which a linear regression says that it
/// becomes likelier (InterFaceGAN, Shen et al. 2020, "Interpreting the Latent Space of GANs for Semantic Face Editing",
/// which takes a support vector machine). Of an attribute with the values "no" and "yes", only "yes". Values that fewer
/// than twenty images have, or lack, are left out.
std::vector<NamedDirection> attribute_directions(const Sampler& sampler, const AttributeReader& reader,
                                                 const AttributeDirectionOptions& options = {});

/// What differs between both ends of a direction: the images of z - step * d and of z + step * d.
struct DirectionScore {
  std::string attribute;          // the one that the direction is of, or that changes most
  double changed = 0;             // share of the images in which it differs
  double others = 0;              // the same, mean over the other attributes
  std::optional<Range> shares{};  // of the images at either end that have the value that the direction is named after
};

/// A score for each direction. A name as attribute_directions() gives it says of which attribute a direction is.
std::vector<DirectionScore> score_directions(const Sampler& sampler, const AttributeReader& reader,
                                             const std::vector<NamedDirection>& directions,
                                             const AttributeDirectionOptions& options = {});

}  // namespace cspgan
