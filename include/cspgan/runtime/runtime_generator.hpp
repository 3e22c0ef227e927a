// A generator without LibTorch: the library's own kernels on plain memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// Draws the images of a file that `export_generator --runtime` wrote. Needs cspgan::runtime, which needs Highway
/// alone. Nothing changes once it is made, so any number of threads may share it; copies share their weights.
///
/// Each thread that draws keeps a workspace, some MiB for each image of a batch up to a limit, until the thread ends. A
/// call computes on the thread that calls; in a program that also links cspgan::inference, on LibTorch's threads.
class RuntimeGenerator {
 public:
  /// Throws Error, naming the file, if it cannot be read, is damaged, or is of another version.
  explicit RuntimeGenerator(const std::filesystem::path& file);
  /// The same from the bytes of such a file, which are not needed afterwards.
  static RuntimeGenerator from_bytes(std::string_view bytes);

  std::size_t latent_size() const;
  std::size_t channels() const;
  std::size_t side() const;  // height and width, in pixels
  /// Numbers in an image: channels x height x width.
  std::size_t image_size() const { return channels() * side() * side(); }

  /// Latents [count, latent_size], best from a standard normal distribution, to images [count, channels, side, side] on
  /// the scale of images in [-1, 1].
  void draw(const float* latents, std::size_t count, float* images) const;
  /// The same as bytes [count, side, side, channels].
  void draw_bytes(const float* latents, std::size_t count, std::uint8_t* pictures) const;

  /// Latents [latent_size] from a standard normal distribution, a function of the seed: those of the C++ header of
  /// export_generator.
  std::vector<float> random_latents(std::uint64_t seed) const;

 private:
  class Plan;
  explicit RuntimeGenerator(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {}
  static std::shared_ptr<const Plan> plan_of(std::string_view bytes, std::string_view name);

  std::shared_ptr<const Plan> plan_;
};

}  // namespace cspgan
