// Drawing an evaluation.
#include "cspgan/evaluation/evaluation_pictures.hpp"

#include <ATen/ops/argsort.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/metrics/neighbors.hpp"
#include "cspgan/metrics/tsne.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/report/picture_map.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t rows = 16, reals_in_row = 3;
constexpr std::int64_t most_on_map = 600;  // of each kind
constexpr std::int64_t thumbnail = 28;     // pixels; with its frame 32, of which the map has 50 x 50

Tensor square(const Tensor& image, std::int64_t size) { return resize(center_crop_square(image), size); }

Tensor draw_nearest(const PicturedSet& real, const PicturedSet& fake, std::int64_t image_size,
                    const StageProgress& progress) {
  const std::int64_t count = std::min(reals_in_row, real.features.size(0));
  const Neighbors nearest = nearest_neighbors(fake.features, real.features, count, stage_of(progress, "nearest reals"));
  const Tensor order = nearest.distance.select(1, 0).argsort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
  std::vector<Tensor> images;
  for (std::int64_t row = 0; row < std::min(rows, order.size(0)); ++row) {
    const auto which = order[row].item<std::int64_t>();
    images.push_back(square(fake.image(which), image_size));
    for (std::int64_t i = 0; i < count; ++i)
      images.push_back(square(real.image(nearest.index[which][i].item<std::int64_t>()), image_size));
  }
  return image_grid(at::stack(images), 1 + count, {.upscale = std::max<std::int64_t>(1, 96 / image_size)});
}

Tensor draw_map(const PicturedSet& real, const PicturedSet& fake, std::uint64_t seed, const StageProgress& progress) {
  const Tensor blue = at::tensor({122, 165, 255}, at::kByte), orange = at::tensor({255, 154, 98}, at::kByte);
  std::vector<Tensor> features, pictures, colors;
  for (const PicturedSet* set : {&real, &fake}) {
    const std::int64_t count = std::min(most_on_map, set->features.size(0));
    features.push_back(set->features.narrow(0, 0, count));
    colors.push_back((set == &real ? blue : orange).expand({count, 3}));
    const OnProgress report = stage_of(progress, set == &real ? "map: reals" : "map: fakes");
    for (std::int64_t i = 0; i < count; ++i) {
      pictures.push_back(square(set->image(i), thumbnail));
      if (report) report(i + 1, count);
    }
  }
  const Tensor points = at::cat(features);
  TsneOptions options{.seed = seed};
  options.perplexity = std::clamp(static_cast<double>(points.size(0) - 1) / 3, 1.0, options.perplexity);
  return picture_map(tsne(points, options, stage_of(progress, "map: t-SNE")), at::stack(pictures), at::cat(colors));
}

}  // namespace

PicturedSet pictured(const ImageFeatures& features, const AnyImageSource& images) {
  std::unordered_map<std::string, std::int64_t> place_of;
  for (std::int64_t i = 0; i < images.size(); ++i) place_of.emplace(images.name(i), i);
  std::vector<std::int64_t> places;
  for (const std::string& name : features.names) places.push_back(place_of.at(name));
  return {features.set.features,
          [images, places](std::int64_t index) { return images.image(places.at(static_cast<std::size_t>(index))); }};
}

PicturedSet pictured(const ImageFeatures& features, Sampler generator, std::uint64_t seed) {
  return {features.set.features, [generator = std::move(generator), seed](std::int64_t index) {
            const Tensor latents = indexed_latents(seed, index, 1, generator.latent_size());
            return to_bytes(generator(latents)).cpu().contiguous()[0];
          }};
}

Tensor first_images(const AnyImageSource& images, std::int64_t count, std::int64_t image_size, std::uint64_t seed,
                    const OnProgress& progress) {
  std::vector<Tensor> read;
  for (const std::int64_t index : choose_images(images.size(), 0, seed)) {
    if (static_cast<std::int64_t>(read.size()) == count) break;
    try {
      read.push_back(square(images.image(index), image_size));
    } catch (const ImageError&) {
      continue;  // another one is shown in its place
    }
    if (progress) progress(static_cast<std::int64_t>(read.size()), count);
  }
  if (read.empty()) throw Error(fmt::format("none of the {} images can be read", images.size()));
  return at::stack(read);
}

Tensor first_images(const Sampler& generator, std::int64_t count, std::uint64_t seed, const OnProgress& progress) {
  constexpr std::int64_t at_once = 8;
  std::vector<Tensor> drawn;
  for (std::int64_t first = 0; first < count; first += at_once) {
    const std::int64_t size = std::min(at_once, count - first);
    drawn.push_back(to_bytes(generator(indexed_latents(seed, first, size, generator.latent_size()))).cpu());
    if (progress) progress(first + size, count);
  }
  return at::cat(drawn).contiguous();
}

EvaluationPictures pictures_in(const std::filesystem::path& folder) {
  return {folder / "nearest.png", folder / "map.png"};
}

EvaluationPictures write_pictures(const std::filesystem::path& folder, const PicturedSet& real, const PicturedSet& fake,
                                  std::int64_t image_size, std::uint64_t seed, const StageProgress& progress) {
  const EvaluationPictures written = pictures_in(folder);
  write_png(written.nearest, draw_nearest(real, fake, image_size, progress));
  write_png(written.map, draw_map(real, fake, seed, progress));
  return written;
}

}  // namespace cspgan
