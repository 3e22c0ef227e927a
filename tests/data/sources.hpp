// What tests of sources of images share.
#pragma once

#include <ATen/ops/tensor.h>

#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/data/image_error.hpp"
#include "cspgan/data/labels.hpp"
#include "cspgan/data/open_images.hpp"
#include "pictures.hpp"
#include "support/catch.hpp"

namespace cspgan_test {

using Texts = std::vector<std::string>;

inline std::string red_picture(int red) { return plain_pnm(3, 3, {red, 0, 0}); }

inline std::int64_t red(const cspgan::AnyImageSource& source, std::int64_t index) {
  return source.image(index)[0][0][0].item<std::int64_t>();
}

inline std::vector<std::string> all_names(const cspgan::AnyImageSource& source) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < source.size(); ++i) names.push_back(source.name(i));
  return names;
}

/// Each image's class in a column, as text; "?" if it is unknown.
inline std::vector<std::string> classes_of(const cspgan::Labels& labels, std::size_t column) {
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < labels.values.size(0); ++i) {
    const auto value = labels.values[i][static_cast<std::int64_t>(column)].item<std::int64_t>();
    texts.push_back(value < 0 ? "?" : labels.columns[column].classes[static_cast<std::size_t>(value)]);
  }
  return texts;
}

inline std::string open_error(const std::string& data, const cspgan::OpenOptions& options = {}) {
  return message_of<cspgan::Error>([&] { cspgan::open_images(data, options); });
}

/// Images of several sizes, one of which cannot be read, with labels.
struct Pile {
  std::int64_t count = 300;
  std::int64_t bad = 7;

  std::int64_t size() const { return count; }
  cspgan::Tensor image(std::int64_t index) const {
    if (index == bad) throw cspgan::ImageError("it is torn");
    return pattern(20 + index % 5, 24).add(index).to(at::kByte);
  }
  std::string name(std::int64_t index) const { return "face " + std::to_string(index); }
  cspgan::Labels labels() const {
    std::vector<std::vector<std::string>> rows;
    for (std::int64_t i = 0; i < count; ++i) rows.push_back({i % 3 == 0 ? "yes" : "no"});
    return cspgan::labels_from_text({"third"}, rows);
  }
};

}  // namespace cspgan_test
