// Pictures from a generator: single files, grids, rows and animations between latents, rows along directions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/range.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/models/latents.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/report/interpolation.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Whether PictureWriter gives its grids and animations this file name.
bool is_grid_name(std::string_view name);

/// Generates images of numbered latents with a sampler, one batch at a time, and writes them to a folder. All that
/// write throw OptionError, before anything is drawn, if they need more latents than there are.
class PictureWriter {
 public:
  /// Creates the folder. Throws Error if it cannot be created, OptionError for a batch size < 1.
  PictureWriter(Sampler sampler, std::filesystem::path folder, std::uint64_t seed = 0, std::int64_t batch_size = 32,
                StageProgress progress = {});
  /// Draws from these latents, which have the sampler's size, and not from a seed.
  PictureWriter(Sampler sampler, std::filesystem::path folder, LatentSequence latents, std::int64_t batch_size = 32,
                StageProgress progress = {});

  /// Writes single images, called as the latents are: of a seed, sample-000000.png, ....
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
  /// Writes `name`: in row i, `columns` >= 2 images of latents[i] + t directions[i], with t from `steps.low` to
  /// `steps.high`. One of the two may be a single row, [1, Z], which then is in all; the other is [N, Z].
  void write_moves(std::string_view name, const Tensor& latents, const Tensor& directions, Range steps,
                   std::int64_t columns);
  /// Throws OptionError, saying what needs them, if there are fewer latents.
  void require_latents(std::int64_t count, std::string_view what) const;

 private:
  /// Throws OptionError if a grid of so many images would be too large for a picture.
  void require_grid(std::int64_t count, std::int64_t columns, std::string_view what);
  Tensor draw(const Tensor& latents, std::string_view stage = {});
  void report(std::string_view stage, std::int64_t done, std::int64_t total) const;

  Sampler sampler_;
  std::filesystem::path folder_;
  LatentSequence latents_;
  std::int64_t batch_size_;
  StageProgress progress_;
};

}  // namespace cspgan
