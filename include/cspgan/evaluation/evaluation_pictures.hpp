// The pictures of an evaluation: fakes beside their nearest reals, and a map of both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/evaluation/feature_maker.hpp"
#include "cspgan/models/sampler.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Features [N, D] and the images that they belong to. `image(i)` gives uint8 [3, H, W] of any size. It is called only
/// for images that are drawn, possibly more than once, so no image has to be kept while features are gathered.
struct PicturedSet {
  Tensor features;
  std::function<Tensor(std::int64_t)> image;
};

/// The images of a source, or the images of a generator with latents from `seed`, whose features these are.
PicturedSet pictured(const ImageFeatures& features, const AnyImageSource& images);
PicturedSet pictured(const ImageFeatures& features, Sampler generator, std::uint64_t seed);

/// The first `count` images in the seed's random order that can be read, cropped to a square and resized to
/// `image_size` pixels: uint8 [count, 3, image_size, image_size]; fewer if there are fewer. Throws Error if there is
/// none.
Tensor first_images(const AnyImageSource& images, std::int64_t count, std::int64_t image_size, std::uint64_t seed,
                    const OnProgress& progress = {});
/// The images of the seed's latents 0, ..., `count - 1`, on the CPU: uint8 [count, 3, H, W].
Tensor first_images(const Sampler& generator, std::int64_t count, std::uint64_t seed, const OnProgress& progress = {});

struct EvaluationPictures {
  std::filesystem::path nearest, map;
};

/// The paths to which write_pictures writes.
EvaluationPictures pictures_in(const std::filesystem::path& folder);

/// Writes two pictures into `folder`, which must exist:
/// - nearest.png has a row for each of the 16 fakes that are nearest to a real: the fake and its 3 nearest reals,
///   cropped and resized to `image_size` pixels; small images are enlarged as in sample grids;
/// - map.png is the t-SNE map of the first 600 reals, framed in blue, and the first 600 fakes, framed in orange.
/// Throws Error if the features cannot be compared, an image can no longer be read, or a file cannot be written.
EvaluationPictures write_pictures(const std::filesystem::path& folder, const PicturedSet& real, const PicturedSet& fake,
                                  std::int64_t image_size, std::uint64_t seed, const StageProgress& progress = {});

}  // namespace cspgan
