// Latents in files, as NumPy and safetensors read and write them.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Throws OptionError unless the file's name ends in .npy or .safetensors.
void require_latent_file(const std::filesystem::path& path);

/// Reads float32 [N, latent_size], N >= 1: a NumPy file (.npy, in C order), or the tensor "latents" of a safetensors
/// file, or its only one. Throws OptionError as require_latent_file does, and Error naming the file and what is wrong:
/// no such file, another type or shape, cut short, a value that is not finite.
Tensor load_latents(const std::filesystem::path& path, std::int64_t latent_size);

/// Writes float32 [N, Z] so that load_latents reads it; the name's end chooses the format.
void save_latents(const std::filesystem::path& path, const Tensor& latents);

}  // namespace cspgan
