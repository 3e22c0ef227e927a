// Pictures from a trained generator: single files, grids, interpolation rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/models/sampler.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The most images that a program draws, or measures, in one go.
inline constexpr std::int64_t most_images = 10'000'000;

class ProgressBar;

/// The path between two latents.
enum class Interpolation { linear, spherical };
template <>
struct EnumNames<Interpolation> {
  static constexpr std::array<std::pair<Interpolation, std::string_view>, 2> names{
      {{Interpolation::linear, "linear"}, {Interpolation::spherical, "spherical"}}};
};

/// A checkpoint by its own path, or by that of a run's folder, for its newest. Throws Error where the folder has none.
std::filesystem::path checkpoint_at(const std::filesystem::path& path);

/// Latents `first`, ..., `first + count - 1` of a seed, [count, size]: each is a function of (seed, index) alone.
Tensor indexed_latents(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t size);

/// Draws pictures from a sampler, a batch at a time, with a progress bar.
class PictureWriter {
 public:
  /// Makes the folder. Throws Error where it cannot be made, OptionError for a batch size < 1.
  PictureWriter(Sampler sampler, std::filesystem::path folder, std::uint64_t seed, std::int64_t batch_size);

  /// sample-000000.png, ...: single images.
  void write_singles(std::int64_t count);
  /// grid.png, `rows` x `columns` images.
  void write_grid(std::int64_t columns, std::int64_t rows);
  /// interpolation.png: each row goes from one latent to another in `steps` images, both ends included; steps >= 2.
  void write_interpolation(std::int64_t rows, std::int64_t steps, Interpolation kind);
  /// interpolation.gif or .webp: a film through `stops` latents and back to the first, `frames` images on each of the
  /// ways, shown as a grid of `columns` x `rows` films. Throws OptionError for fewer than 2 stops or frames, or another
  /// format.
  void write_film(const std::string& format, std::int64_t columns, std::int64_t rows, std::int64_t stops,
                  std::int64_t frames, Interpolation kind);

 private:
  Tensor draw(const Tensor& latents, ProgressBar* bar = nullptr);
  Sampler sampler_;
  std::filesystem::path folder_;
  std::uint64_t seed_;
  std::int64_t batch_size_;
};

/// The program `sample`: its command line and the above. Returns the process's exit code.
int run_sample_program(int argc, char** argv);

}  // namespace cspgan
