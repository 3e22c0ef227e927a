// Files of latents: what is written is read, and anything else is refused with what it holds.
#include <ATen/ATen.h>

#include <fstream>
#include <iterator>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/data/latent_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace std::string_literals;
using cspgan_test::contains;
using cspgan_test::message_of;
using cspgan_test::TemporaryFolder;

namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string load_error(const std::filesystem::path& path, std::int64_t latent_size = 4) {
  return message_of<Error>([&] { load_latents(path, latent_size); });
}

}  // namespace

TEST_CASE("latents come back bit by bit from both formats", "[data]") {
  const TemporaryFolder folder;
  const Tensor latents = at::randn({3, 4});
  for (const char* name : {"z.npy", "z.safetensors", "Z.NPY"}) {
    const auto path = folder.path() / name;
    save_latents(path, latents);
    CHECK(at::equal(load_latents(path, 4), latents));
    CHECK(contains(load_error(path, 5), "must hold latents as float32 [N, 5] in C order; it holds float32 [3, 4]"));
  }
  // As numpy.save writes it: magic, version 1.0, length of the rest, a dictionary, spaces up to a multiple of 64.
  const std::string npy = bytes_of(folder.path() / "z.npy");
  const std::string begin = "\x93NUMPY\x01\0\x76\0"s + "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
  CHECK(npy.substr(0, begin.size()) == begin);
  CHECK(npy.size() == 128 + 3 * 4 * 4);
}

TEST_CASE("a file of something other than latents is refused with what it holds", "[data]") {
  const TemporaryFolder folder;
  const auto npy = [&](const std::string& type, const std::string& order, const std::string& shape, std::size_t bytes) {
    const std::string text = "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
    put_bytes(folder.path() / "a.npy",
              "\x93NUMPY\x01\0"s + static_cast<char>(text.size()) + '\0' + text + std::string(bytes, '\1'));
    return load_error(folder.path() / "a.npy");
  };
  CHECK(npy("<f4", "False", "(2, 4)", 32) == "(nothing was thrown)");
  CHECK(contains(npy("<f8", "False", "(2, 4)", 64), "it holds the type <f8 [2, 4]"));
  CHECK(contains(npy("<f4", "True", "(2, 4)", 32), "it holds float32 [2, 4] in Fortran order"));
  CHECK(contains(npy("<f4", "False", "(4,)", 16), "it holds float32 [4]"));
  CHECK(contains(npy("<f4", "False", "(0, 4)", 0), "it holds float32 [0, 4]"));
  CHECK(contains(npy("<f4", "False", "(2, 4)", 31), "is cut short"));
  CHECK(contains(npy("<f4", "False", "(1000000000000, 4)", 32), "is cut short"));
  CHECK(contains(npy("<f4", "False", "(2, 4)", 0), "a.npy' is cut short"));

  const auto tensors = [&](const TensorFile& file) {
    save_safetensors(folder.path() / "a.safetensors", file);
    return load_error(folder.path() / "a.safetensors");
  };
  const Tensor some = at::zeros({2, 4});
  CHECK(tensors({.tensors = {{"any", some}}, .metadata = {}}) == "(nothing was thrown)");
  CHECK(tensors({.tensors = {{"any", at::zeros({1})}, {"latents", some}}, .metadata = {}}) == "(nothing was thrown)");
  CHECK(contains(tensors({.tensors = {{"a", some}, {"b", some}}, .metadata = {}}), "none of which is called latents"));
  CHECK(contains(tensors({.tensors = {{"a", some.to(at::kDouble)}}, .metadata = {}}), "it holds float64 [2, 4]"));
  CHECK(contains(tensors({.tensors = {{"a", some / 0}}, .metadata = {}}), "not finite"));

  CHECK(contains(load_error(folder.path() / "none.npy"), "No such file"));
  CHECK(contains(load_error(folder.path() / "a.png"), "must end in .npy or .safetensors"));
}
