// Latents in .npy and .safetensors files.
#include "cspgan/data/latent_file.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <string_view>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/data/image_file.hpp"
#include "data/npy_file.hpp"

namespace cspgan {

namespace {

constexpr std::string_view latents_name = "latents";  // in a safetensors file
constexpr std::string_view float32_type = "<f4";      // NumPy's name of it

[[noreturn]] void refuse_latents(const std::filesystem::path& path, std::int64_t latent_size, std::string_view found) {
  throw Error(fmt::format("'{}' must hold latents as float32 [N, {}] in C order; it holds {}", path.string(),
                          latent_size, found));
}

Tensor read_npy_latents(const std::filesystem::path& path, std::int64_t latent_size) {
  const detail::OpenFile file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const detail::NpyArray array = detail::read_npy_header(file);
  if (array.type != float32_type || !array.in_c_order || array.shape.size() != 2 || array.shape[0] < 1 ||
      array.shape[1] != latent_size)
    refuse_latents(path, latent_size,
                   fmt::format("{} {}{}", array.type == float32_type ? "float32" : "the type " + array.type,
                               shape_text(array.shape), array.in_c_order ? "" : " in Fortran order"));
  require_whole(file, array, sizeof(float));
  Tensor latents = at::empty(array.shape);
  file.read(latents.mutable_data_ptr(), latents.nbytes(), array.begin);
  return latents;
}

Tensor read_safetensors_latents(const std::filesystem::path& path, std::int64_t latent_size) {
  const TensorFile file = load_safetensors(path);
  if (file.tensors.size() != 1 && !file.has_tensor(latents_name))
    throw Error(fmt::format("'{}' has {} tensors, none of which is called {}", path.string(), file.tensors.size(),
                            latents_name));
  const Tensor latents = file.has_tensor(latents_name) ? file.tensor(latents_name) : file.tensors.front().second;
  if (latents.scalar_type() != at::kFloat || latents.dim() != 2 || latents.size(0) < 1 ||
      latents.size(1) != latent_size)
    refuse_latents(path, latent_size, describe_tensor(latents));
  return latents;
}

}  // namespace

void require_latent_file(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  if (extension != ".npy" && extension != ".safetensors")
    throw OptionError(
        fmt::format("a file of latents must end in .npy or .safetensors, which '{}' does not", path.string()));
}

Tensor load_latents(const std::filesystem::path& path, std::int64_t latent_size) {
  require_latent_file(path);
  const Tensor latents = lower_extension(path) == ".npy" ? read_npy_latents(path, latent_size)
                                                         : read_safetensors_latents(path, latent_size);
  if (!at::isfinite(latents).all().item<bool>())
    throw Error(fmt::format("'{}' has a value that is not finite", path.string()));
  return latents;
}

void save_latents(const std::filesystem::path& path, const Tensor& latents) {
  require_latent_file(path);
  const Tensor values = latents.detach().to(at::kCPU, at::kFloat).contiguous();
  if (lower_extension(path) == ".safetensors")
    return save_safetensors(path, {.tensors = {{std::string(latents_name), values}}, .metadata = {}});
  AtomicFile file(path);
  file.append(detail::npy_header(float32_type, values.sizes()));
  file.append({static_cast<const char*>(values.const_data_ptr()), values.nbytes()});
  file.commit();
}

}  // namespace cspgan
