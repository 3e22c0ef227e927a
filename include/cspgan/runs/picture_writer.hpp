// Pictures from a generator: single files, grids, rows and animations between latents.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/report/interpolation.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Whether PictureWriter gives its grids and animations this file name.
bool is_grid_name(std::string_view name);

/// Generates images with a sampler, one batch at a time, and writes them to a folder. The same seed gives the same
/// images.
class PictureWriter {
 public:
  /// Creates the folder. Throws Error if it cannot be created, OptionError for a batch size < 1.
  PictureWriter(Sampler sampler, std::filesystem::path folder, std::uint64_t seed = 0, std::int64_t batch_size = 32,
                StageProgress progress = {});

  /// Writes sample-000000.png, ...: single images.
  void write_singles(std::int64_t count);
  /// Files in the folder that look like single images of an earlier call which wrote more than `count`, sorted.
  std::vector<std::filesystem::path> stale_singles(std::int64_t count) const;
  /// Writes grid.png: `rows` x `columns` images. Throws OptionError, as all that write grids do, before anything is
  /// drawn if the picture would be too large (report/images.hpp).
  void write_grid(std::int64_t columns, std::int64_t rows);
  /// Writes interpolation.png: each row goes from one latent to another in `steps` images, both ends included; steps >=
  /// 2.
  void write_interpolation(std::int64_t rows, std::int64_t steps, Interpolation kind);
  /// Writes interpolation.gif or .webp: an animation through `keyframes` latents and back to the first, with `frames`
  /// images from each to the next, as a grid of `columns` x `rows` such paths. Throws OptionError for fewer than 2
  /// keyframes or frames, or for another format.
  void write_animation(const std::string& format, std::int64_t columns, std::int64_t rows, std::int64_t keyframes,
                       std::int64_t frames, Interpolation kind);

 private:
  /// Throws OptionError if a grid of so many images would be too large for a picture.
  void require_grid(std::int64_t count, std::int64_t columns, std::string_view what);
  Tensor draw(const Tensor& latents, std::string_view stage = {});
  void report(std::string_view stage, std::int64_t done, std::int64_t total) const;

  Sampler sampler_;
  std::filesystem::path folder_;
  std::uint64_t seed_;
  std::int64_t batch_size_;
  StageProgress progress_;
};

}  // namespace cspgan
