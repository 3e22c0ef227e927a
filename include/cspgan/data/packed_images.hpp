// Images that are cropped and resized already, in one file: a NumPy array.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_notes.hpp"
#include "cspgan/data/image_source.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An ImageSource over a NumPy file (.npy, format versions 1 to 3) of uint8 [N, 3, H, W]: the images are read one by
/// one where they stand, so a file may be larger than the memory. If `<name>.npy.json` stands beside it, as pack_images
/// writes it, images have the names and labels of their originals.
class PackedImages {
 public:
  /// Throws Error naming the file and what is wrong with it: no NumPy file, another type or shape, cut short.
  explicit PackedImages(const std::filesystem::path& file);
  ~PackedImages();
  PackedImages(PackedImages&&) noexcept;
  PackedImages& operator=(PackedImages&&) noexcept;

  std::int64_t size() const;
  /// uint8 [3, H, W]; throws TransientImageError if it cannot be read.
  Tensor image(std::int64_t index) const;
  std::optional<std::string> encoded(std::int64_t index) const;
  std::string name(std::int64_t index) const;
  const Labels& labels() const;
  /// In the source that it was packed from.
  double position(std::int64_t index) const;
  /// "4,400 packed images of 64 x 64 pixels"
  std::string contents() const;
  /// A hash of the shape, the names, the checksum beside the file, and some images.
  std::string fingerprint() const;
  /// Reads the whole file. Throws Error if its checksum is not that of `<name>.npy.json`, or if there is none.
  void verify(const std::function<void(std::int64_t done, std::int64_t total)>& progress = {}) const;

 private:
  class File;
  std::unique_ptr<File> file_;
};

/// Whether the file, which need not be there, is a NumPy file of images.
bool is_packed_set(const std::filesystem::path& file);

/// What to pack, and how.
struct PackOptions {
  std::int64_t image_size = 64;                                              // side, in pixels
  double max_bad_share = 0.1;                                                // of the images that may be unreadable
  std::function<void(std::int64_t done, std::int64_t total)> progress = {};  // from the calling thread
  std::function<bool()> stop = {};                                           // asked between images: true ends early
};

/// What pack_images did.
struct PackResult {
  std::int64_t images = 0;            // in the file
  std::int64_t resumed = 0;           // of them, those that an earlier call had packed
  bool finished = true;               // false if `stop` ended it; the next call goes on there
  std::vector<std::string> left_out;  // images that cannot be read, with the reason
  ImageNotes notes = {};              // of those that this call has read
};

/// Writes the source's images, cropped to the middle square and resized as for training, to a NumPy file that
/// `numpy.load(file, mmap_mode="r")` opens, and their names, labels and checksum to `<name>.npy.json`. Until all is
/// there, the file is `<name>.npy.part`, and a later call with the same source goes on where the last one ended; at the
/// end the file is read again and compared with the checksum. Throws Error if a file cannot be written, if it does not
/// read as it was written, if more than `max_bad_share` of the images are bad, or if the unfinished file is of other
/// images.
PackResult pack_images(const AnyImageSource& source, const std::filesystem::path& file, const PackOptions& options);

}  // namespace cspgan
