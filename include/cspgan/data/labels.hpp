// What is known of each image beside its pixels: classes and attributes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// One thing that is known of each image: the folder it lies in, a column of a list, an attribute.
struct LabelColumn {
  std::string name;                  // "Smiling"
  std::vector<std::string> classes;  // the values that occur: "-1", "1"

  friend bool operator==(const LabelColumn&, const LabelColumn&) = default;
};

/// The labels of a set of images.
struct Labels {
  std::vector<LabelColumn> columns = {};
  Tensor values = {};        // int64 [images, columns]: places in `classes`, -1 if unknown; undefined without columns
  std::string problem = "";  // why there are none although there is a list of them; "" if there is no such reason

  bool empty() const { return columns.empty(); }
  /// The labels of these images alone, in this order.
  Labels of(const std::vector<std::int64_t>& images) const;
};

/// Makes Labels from text: `rows` has, for each image, one text for each name; an image whose row is empty is unknown.
/// Classes are sorted, as numbers if all are numbers.
Labels labels_from_text(const std::vector<std::string>& names, const std::vector<std::vector<std::string>>& rows);

/// The images that meet all conditions, such as "Smiling=1,Eyeglasses=-1", in order. Throws OptionError for text of
/// another form, and for a column or a class that does not exist, suggesting the most similar one.
std::vector<std::int64_t> images_where(const Labels& labels, std::string_view conditions);

}  // namespace cspgan
