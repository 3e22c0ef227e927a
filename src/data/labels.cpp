#include "cspgan/data/labels.hpp"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "cspgan/core/error.hpp"
#include "data/table.hpp"

namespace cspgan {

namespace {

std::optional<double> as_number(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number) ? std::optional(number)
                                                                                           : std::nullopt;
}

void sort_classes(std::vector<std::string>& classes) {
  if (std::ranges::all_of(classes, [](const auto& text) { return as_number(text).has_value(); }))
    std::ranges::stable_sort(classes, {}, [](const auto& text) { return *as_number(text); });
  else
    std::ranges::sort(classes);
}

/// The place of the name; throws OptionError with the one that is most like it.
std::size_t place_of(const std::string& name, const std::vector<std::string>& names, std::string_view what) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string close = closest_match(name, names);
  std::string some;
  for (std::size_t i = 0; i < names.size() && i < 10; ++i) some += (i == 0 ? "" : ", ") + names[i];
  throw OptionError(fmt::format("source.where: {} '{}'; {}", what, name,
                                close.empty() ? fmt::format("there are {}{}", some, names.size() > 10 ? ", ..." : "")
                                              : fmt::format("did you mean '{}'?", close)));
}

}  // namespace

Labels Labels::of(const std::vector<std::int64_t>& images) const {
  Labels some = *this;
  if (values.defined()) some.values = values.index_select(0, at::tensor(images, at::kLong));
  return some;
}

Labels labels_from_text(const std::vector<std::string>& names, const std::vector<std::vector<std::string>>& rows) {
  Labels labels;
  if (names.empty()) return labels;
  const auto columns = static_cast<std::int64_t>(names.size());
  labels.values = at::full({static_cast<std::int64_t>(rows.size()), columns}, -1, at::kLong);
  auto* const values = labels.values.mutable_data_ptr<std::int64_t>();
  for (std::size_t column = 0; column < names.size(); ++column) {
    std::map<std::string_view, std::int64_t> places;
    for (const auto& row : rows)
      if (!row.empty()) places.emplace(row[column], 0);
    std::vector<std::string> classes;
    for (const auto& [text, place] : places) classes.emplace_back(text);
    sort_classes(classes);
    for (std::size_t i = 0; i < classes.size(); ++i) places[classes[i]] = static_cast<std::int64_t>(i);
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (!rows[row].empty()) values[row * names.size() + column] = places.at(rows[row][column]);
    labels.columns.push_back({names[column], std::move(classes)});
  }
  return labels;
}

std::vector<std::int64_t> images_where(const Labels& labels, std::string_view conditions) {
  if (labels.empty())
    throw OptionError(fmt::format("source.where: the images have no labels{}",
                                  labels.problem.empty()
                                      ? "; labels come from subfolders, CelebA's attributes, a dataset.json or the "
                                        "columns of a list"
                                      : ": " + labels.problem));
  std::vector<std::string> names;
  for (const LabelColumn& column : labels.columns) names.push_back(column.name);
  struct Condition {
    std::size_t column;
    std::int64_t value;
  };
  std::vector<Condition> all;
  for (const auto& [name, value] :
       detail::split_conditions(conditions, "source.where: ", "NAME=VALUE, such as Smiling=1,Eyeglasses=-1")) {
    const std::size_t column = place_of(std::string(name), names, "there is no label");
    const auto& classes = labels.columns[column].classes;
    all.push_back({column, static_cast<std::int64_t>(place_of(std::string(value), classes,
                                                              fmt::format("no image has {} =", names[column])))});
  }
  const auto* const values = labels.values.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> chosen;
  for (std::int64_t image = 0; image < labels.values.size(0); ++image) {
    const auto* const row = values + image * labels.values.size(1);
    if (std::ranges::all_of(all, [&](const Condition& condition) { return row[condition.column] == condition.value; }))
      chosen.push_back(image);
  }
  return chosen;
}

}  // namespace cspgan
