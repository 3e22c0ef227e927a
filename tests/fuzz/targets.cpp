#include "fuzz/targets.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "cspgan/core/error.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/data/celeba.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/data/image_list.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/packed_images.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "cspgan/runtime/runtime_generator.hpp"

namespace cspgan_fuzz {

namespace {

using namespace cspgan;
namespace fs = std::filesystem;

/// A folder of this process, for readers of files.
const fs::path& folder() {
  static const fs::path path = [] {
    const fs::path made = fs::temp_directory_path() / ("cspgan-fuzz-" + std::to_string(::getpid()));
    fs::create_directories(made);
    std::ofstream(made / "a.ppm") << "P6\n1 1\n255\nabc";
    return made;
  }();
  return path;
}

fs::path file_of(std::string_view bytes, const std::string& name) {
  fs::path path = folder() / name;
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

/// All that a run may ask of a source.
void use(const AnyImageSource& images) {
  images.contents();
  images.fingerprint();
  images.labels();
  for (std::int64_t i = 0; i < std::min<std::int64_t>(images.size(), 4); ++i) {
    images.name(i);
    try {
      images.image(i);
      images.encoded(i);
    } catch (const ImageError&) {  // one bad image is skipped
    }
  }
}

void read_picture(std::string_view bytes) {
  image_file_size(bytes, "a.tga");
  decode_image(bytes, "a.tga");
}
void read_zip(std::string_view bytes) { use(open_images(file_of(bytes, "a.zip").string())); }
void read_npy(std::string_view bytes) {
  const PackedImages images(file_of(bytes, "a.npy"));
  if (images.image(0).numel() < 1 << 20) use(open_images((folder() / "a.npy").string()));
}
void read_tensors(std::string_view bytes) { load_safetensors(file_of(bytes, "a.safetensors")); }
void read_recipe(std::string_view bytes) {
  from_value<Recipe>(find_recipe(file_of(bytes, "a.toml").string()).table, "");
}
void read_dataset(std::string_view bytes) {
  const fs::path root = folder() / "set";
  fs::create_directories(root);
  std::ofstream(root / "a.ppm") << "P6\n1 1\n255\nabc";
  file_of(bytes, "set/dataset.json");
  const AnyImageSource images = open_images(root.string());
  use(images);
  if (const std::string problem = images.labels().problem; !problem.empty()) throw Error(problem);
}
void read_list(std::string_view bytes) {
  const bool is_text = !bytes.empty() && bytes[0] == '#';
  use(open_image_list(file_of(bytes, is_text ? "a.txt" : "a.csv")));
}
void read_celeba(std::string_view bytes) {
  const fs::path root = folder() / "celeba";
  fs::create_directories(root);
  std::ofstream(root / "a.ppm") << "P6\n1 1\n255\nabc";
  const std::size_t half = bytes.find('|');
  file_of(bytes.substr(0, half), "celeba/list_eval_partition.txt");
  file_of(half == std::string_view::npos ? "" : bytes.substr(half + 1), "celeba/list_attr_celeba.txt");
  use(CelebA(root, Partition::all));
}
/// With the checksum that it should have: else nothing behind it would be met.
void read_runtime(std::string_view bytes) {
  constexpr std::size_t place = 16, covered = 24;
  std::string file(bytes);
  if (file.size() >= covered) {
    std::uint64_t hash = 14695981039346656037U;
    for (std::size_t k = covered; k + 4 <= file.size(); k += 4) {
      std::uint32_t word = 0;
      std::memcpy(&word, file.data() + k, sizeof word);
      hash = (hash ^ word) * 1099511628211U;
    }
    std::memcpy(file.data() + place, &hash, sizeof hash);
  }
  const RuntimeGenerator generator = RuntimeGenerator::from_bytes(file);
  if (generator.image_size() > 1 << 16) return;
  std::vector<std::uint8_t> picture(generator.image_size());
  generator.draw_bytes(generator.random_latents(1).data(), 1, picture.data());
}

}  // namespace

const std::vector<Target>& targets() {
  static const std::vector<Target> all{
      {"pictures", read_picture},    {"zip", read_zip},        {"npy", read_npy},
      {"safetensors", read_tensors}, {"recipes", read_recipe}, {"dataset_json", read_dataset},
      {"lists", read_list},          {"celeba", read_celeba},  {"runtime", read_runtime}};
  return all;
}

}  // namespace cspgan_fuzz
