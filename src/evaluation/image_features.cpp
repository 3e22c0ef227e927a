// Choosing images, reading them and passing them on.
#include "cspgan/evaluation/image_features.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/metrics/builtin_features.hpp"
#include "cspgan/metrics/torchscript_features.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/report/images.hpp"

namespace cspgan {

namespace {

constexpr double most_bad = 0.25;       // share of the images that may be unreadable
constexpr std::int64_t most_named = 5;  // bad images that are named each

}  // namespace

AnyFeatureExtractor make_extractor(const std::string& features, at::Device device) {
  if (features == "builtin") return BuiltinFeatures(device);
  return TorchScriptFeatures(features, device);
}

std::vector<std::int64_t> choose_images(std::int64_t size, std::int64_t count, std::uint64_t seed) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(size));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  HostRandom random({seed, 0x6576616c});
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  if (count > 0 && count < size) order.resize(static_cast<std::size_t>(count));
  return order;
}

ImagesRead collect_features(const AnyImageSource& images, const std::vector<std::int64_t>& chosen,
                            const ReadOptions& options, FeatureCollector& collector) {
  const auto total = static_cast<std::int64_t>(chosen.size());
  const auto report = [&](std::int64_t done) {
    if (options.progress) options.progress(options.what, done, total);
  };
  const auto warn = [&](const std::string& message) {
    if (options.warn) options.warn(message);
  };
  std::vector<std::string> names;
  std::vector<std::int64_t> sizes;  // height, width, height, ...
  std::int64_t bad = 0;
  report(0);
  for (std::int64_t first = 0; first < total; first += options.batch_size) {
    const std::int64_t count = std::min(options.batch_size, total - first);
    std::vector<Tensor> decoded(static_cast<std::size_t>(count));
    std::vector<std::pair<std::int64_t, std::int64_t>> decoded_sizes(decoded.size());  // height and width
    std::vector<std::string> reasons(decoded.size());
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto position = static_cast<std::size_t>(i);
        try {
          const Tensor image = images.image(chosen[static_cast<std::size_t>(first + i)]);
          decoded_sizes[position] = {image.size(1), image.size(2)};
          decoded[position] = options.image_size > 0 ? resize(center_crop_square(image), options.image_size) : image;
        } catch (const ImageError& error) {
          reasons[position] = error.what();
        }
      }
    });
    std::vector<Tensor> run;  // of one size
    const auto flush = [&] {
      if (!run.empty()) collector.add(at::stack(run));
      run.clear();
    };
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      const std::string name = images.name(chosen[static_cast<std::size_t>(first) + i]);
      if (!decoded[i].defined()) {
        if (++bad <= most_named) warn(fmt::format("'{}' is left out: {}", name, reasons[i]));
        continue;
      }
      if (!run.empty() && !run.front().sizes().equals(decoded[i].sizes())) flush();
      run.push_back(std::move(decoded[i]));
      names.push_back(name);
      sizes.insert(sizes.end(), {decoded_sizes[i].first, decoded_sizes[i].second});
    }
    flush();
    if (static_cast<double>(bad) > most_bad * static_cast<double>(total))
      throw Error(fmt::format("{}: {} of the first {} images cannot be read; is it the right folder?", options.what,
                              bad, first + count));
    report(first + count);
  }
  if (bad > most_named) warn(fmt::format("{} images were left out in all", bad));
  return {std::move(names), at::tensor(sizes, at::kLong).reshape({-1, 2})};
}

FeatureSet features_of_fakes(const FakesOptions& options, const std::function<Tensor(const Tensor&)>& draw,
                             FeatureCollector collector) {
  const auto report = [&](std::int64_t done) {
    if (options.progress) options.progress(options.what, done, options.count);
  };
  report(0);
  for (std::int64_t first = 0; first < options.count; first += options.batch_size) {
    const std::int64_t size = std::min(options.batch_size, options.count - first);
    collector.add(to_bytes(draw(indexed_latents(options.seed, first, size, options.latent_size))));
    report(first + size);
  }
  return collector.features();
}

void require_probabilities(AnyFeatureExtractor extractor, Resizing resizing, std::int64_t image_size,
                           const std::vector<Metric>& metrics, std::string_view option) {
  if (!needs_probabilities(metrics)) return;
  if (!extractor.gives_probabilities())
    throw OptionError(fmt::format(
        "{}: an Inception score needs the probabilities of classes, which the extractor '{}' does not give; leave "
        "inception_score out, or choose --features FILE.pt that gives them, such as Inception",
        option, extractor.name()));
  if (image_size == 0) return;
  const Tensor gray = at::full({1, 3, image_size, image_size}, 128, at::kByte);
  extractor.probabilities(resize_for_features(gray, resizing));
}

}  // namespace cspgan
