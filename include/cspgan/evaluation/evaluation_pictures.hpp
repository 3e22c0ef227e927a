// The pictures of an evaluation: fakes beside their nearest reals, and a map of both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/evaluation/feature_maker.hpp"
#include "cspgan/models/sampler.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Features [N, D] and the images they are of: `image(i)`, uint8 [3, H, W] of any size, is asked only for those that
/// are drawn, again if need be, so that none has to be kept while features are gathered.
struct PicturedSet {
  Tensor features;
  std::function<Tensor(std::int64_t)> image;
};

/// The images of a folder whose features were taken, and those of a generator, of `seed`.
PicturedSet pictured(const ImageFeatures& features, const std::filesystem::path& folder);
PicturedSet pictured(const ImageFeatures& features, Sampler generator, std::uint64_t seed);

struct EvaluationPictures {
  std::filesystem::path nearest, map;
};

/// Where write_pictures writes them.
EvaluationPictures pictures_in(const std::filesystem::path& folder);

/// Writes into `folder`, which exists:
/// nearest.png, a row for each of the 16 fakes that are nearest to a real: the fake and its 3 nearest reals, cropped
/// and resized to `image_size` pixels, small ones enlarged as sample grids are;
/// map.png, the t-SNE map of the first 600 reals, framed in blue, and the first 600 fakes, framed in orange.
/// Throws Error if features do not compare, an image cannot be read any more or a file cannot be written.
EvaluationPictures write_pictures(const std::filesystem::path& folder, const PicturedSet& real, const PicturedSet& fake,
                                  std::int64_t image_size, std::uint64_t seed, const StageProgress& progress = {});

}  // namespace cspgan
