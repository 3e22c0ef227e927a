// Folders of small pictures.
#pragma once

#include <ATen/ops/full.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/report/images.hpp"

namespace cspgan_test {

/// A folder of small pictures of these names; the value of a picture is its place in the list.
inline void write_pictures(const std::filesystem::path& root, const std::vector<std::string>& names, int height = 8,
                           int width = 12) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::filesystem::create_directories((root / names[i]).parent_path());
    cspgan::write_png(root / names[i], at::full({3, height, width}, static_cast<std::int64_t>(i % 256), at::kByte));
  }
}

inline std::vector<std::string> numbered(const std::string& folder, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(folder + "/" + std::to_string(i) + ".png");
  return names;
}

inline std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace cspgan_test
