// Batches from an image source: shuffled, cropped, resized, flipped and prefetched, with the same result for any number
// of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/data/image_notes.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/training/batch_source.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// How images are prepared for the trainer; the table [loader] of a recipe. Batch size, image size and seed are not
/// among the described fields, since a recipe has one of each for the whole run; nor is `labels`, since what uses them
/// asks for them.
struct LoaderOptions {
  std::int64_t batch_size = 64;
  std::int64_t image_size = 64;  // side, in pixels, of the square to which images are cropped and resized
  std::uint64_t seed = 0;        // seed of the order of the images and of the choice of those that are flipped
  bool flip = true;
  bool labels = false;  // give the images' labels with them
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
          "memory in MiB for resized images, >= 0: as many as fit are read only once; 0: none");
    field("max_bad_share", self.max_bad_share,
          "share of the images that may be unreadable; if more are, the run stops; in [0, 1]");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const LoaderOptions&, const LoaderOptions&) = default;
};

/// An image that could not be loaded, and why.
struct SkippedImage {
  std::string name;
  std::string reason;
  friend bool operator==(const SkippedImage&, const SkippedImage&) = default;
};

/// A BatchSource whose order, crops and flips are functions of (seed, epoch, index). Its only state is its position,
/// and the number of workers does not affect the result. Each epoch visits every image once; batches continue across
/// the end of an epoch, so every batch is full. An image that fails to load (ImageError) is replaced by the next good
/// one (index + 1 and so on) and recorded once; it counts as bad for the lifetime of the loader, and of the run if
/// whoever resumes it tells count_bad() of those before. A resumed run is bit-identical only if the same images can be
/// read. Not thread-safe.
class Loader {
 public:
  /// Throws OptionError for invalid options, including a batch larger than the source, and Error if the source is empty
  /// or the system cannot start as many threads as there are workers.
  Loader(AnyImageSource source, LoaderOptions options);
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  /// uint8 [batch_size, 3, image_size, image_size], and the images' labels if the options ask for
  /// them and the source has any. Throws Error if more than max_bad_share of the images are bad, StoppedWaiting if
  /// stop_waiting_if() says so, and whatever else the source throws; the position is then unchanged.
  Batch next();
  /// Number of images returned so far, over all epochs.
  std::int64_t position() const;
  /// Continues from `position`, a number of images. Throws OptionError if it is negative.
  void seek(std::int64_t position);
  /// Number of images in one epoch.
  std::int64_t size() const;
  std::int64_t batch_size() const { return options().batch_size; }
  /// Number of completed epochs.
  std::int64_t epoch() const { return position() / size(); }

  const LoaderOptions& options() const;
  const AnyImageSource& source() const;

  /// Images that belong to the batches returned so far but could not be loaded.
  const std::vector<SkippedImage>& skipped() const;
  /// Of the images read so far.
  ImageNotes notes() const;
  /// Counts images as bad that were so earlier in the run: they are not told again, and they count for max_bad_share;
  /// if they can be read now, they are used. Those that the source does not have are left out. Names may be as JSON
  /// gives them back (text_in_json).
  void count_bad(const std::vector<SkippedImage>& images);
  /// Sets a callback that next() calls once for each bad image.
  void on_bad_image(std::function<void(const SkippedImage&)> callback);
  /// Sets a function that next() calls ten times a second while it waits for the threads that read ahead; true ends the
  /// wait with StoppedWaiting. A read that hangs in the system goes on, and the destructor waits for it.
  void stop_waiting_if(std::function<bool()> should_stop);
  /// Whether a wait was ended so.
  bool stopped_waiting() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

static_assert(BatchSource<Loader>);

}  // namespace cspgan
