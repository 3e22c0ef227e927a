// Batches from a source: shuffled, cropped, resized, flipped, prefetched, and the same for any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/training/batch_source.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// How images reach the trainer; a recipe's table [loader]. Sizes and seed are not among the described fields: a recipe
/// has one of each for the whole run.
struct LoaderOptions {
  std::int64_t batch_size = 64;
  std::int64_t image_size = 64;  // side of the square that images are cropped and resized to
  std::uint64_t seed = 0;        // order of the images, and which are flipped
  bool flip = true;
  std::int64_t workers = 1;
  std::int64_t prefetch = 4;
  std::int64_t cache_mebibytes = 2048;
  double max_bad_share = 0.1;

  static void describe(auto&& self, auto&& field) {
    field("flip", self.flip, "mirror each image with probability 1/2");
    field("workers", self.workers,
          "threads that prepare batches ahead, in [0, 256]; 0: no thread; the number does not change the result");
    field("prefetch", self.prefetch, "batches prepared ahead, in [1, 4096]");
    field("cache_mebibytes", self.cache_mebibytes,
          "memory for resized images in MiB, >= 0; used if all images fit; 0: no cache");
    field("max_bad_share", self.max_bad_share,
          "share of the images that may be unreadable before the run stops, in [0, 1]");
  }
  /// Throws OptionError naming the value.
  void validate() const;
  friend bool operator==(const LoaderOptions&, const LoaderOptions&) = default;
};

struct SkippedImage {
  std::string name;
  std::string reason;
  friend bool operator==(const SkippedImage&, const SkippedImage&) = default;
};

/// A BatchSource whose order, crops and flips are functions of (seed, epoch, index): it has no state but its position,
/// and the number of workers changes nothing. Each epoch shows every image once; batches run on across its end, so each
/// is full. An image that fails to load (ImageError) is replaced by the next good one, index + 1 and so on, and
/// recorded once; it stays bad for the life of the loader. No checkpoint knows which were bad: a resumed run sees the
/// same bits where the same images can be read. Not for use by several threads at once.
class Loader {
 public:
  /// Throws OptionError for options that cannot work, among them a batch larger than the source, and Error for an empty
  /// source and where the system gives fewer threads than workers.
  Loader(AnyImageSource source, LoaderOptions options);
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// uint8 [batch_size, 3, image_size, image_size]. Throws Error where more than max_bad_share of the images are bad,
  /// and whatever else the source throws; the position then stays.
  Batch next();
  /// Images given so far, over all epochs.
  std::int64_t position() const;
  /// Throws OptionError for a negative position.
  void seek(std::int64_t position);
  /// Images in one epoch.
  std::int64_t size() const;
  std::int64_t batch_size() const { return options().batch_size; }
  /// Epochs completed.
  std::int64_t epoch() const { return position() / size(); }

  const LoaderOptions& options() const;
  const AnyImageSource& source() const;

  /// Images that were to be in the batches given so far and could not be loaded.
  const std::vector<SkippedImage>& skipped() const;
  /// Called by next(), once for each bad image.
  void on_bad_image(std::function<void(const SkippedImage&)> callback);

 private:
  class State;
  std::unique_ptr<State> state_;
};

static_assert(BatchSource<Loader>);

}  // namespace cspgan
