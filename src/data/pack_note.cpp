#include "data/pack_note.hpp"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include "cspgan/core/error.hpp"

namespace cspgan::detail {

std::filesystem::path note_of(const std::filesystem::path& file) { return file.string() + ".json"; }

Value labels_to_value(const Labels& labels) {
  Value::Array columns, rows;
  for (const LabelColumn& column : labels.columns) {
    Value::Array classes(column.classes.begin(), column.classes.end());
    columns.emplace_back(Value::Object{{"name", column.name}, {"classes", std::move(classes)}});
  }
  for (std::int64_t i = 0; labels.values.defined() && i < labels.values.size(0); ++i) {
    const auto* const row = labels.values.const_data_ptr<std::int64_t>() + i * labels.values.size(1);
    rows.emplace_back(Value::Array(row, row + labels.values.size(1)));
  }
  return Value::Object{{"columns", std::move(columns)}, {"values", std::move(rows)}};
}

Labels labels_from_value(const Value& value, std::int64_t images) {
  Labels labels;
  for (const Value& column : value.at("columns").array()) {
    LabelColumn& added = labels.columns.emplace_back();
    added.name = column.at("name").string();
    for (const Value& name : column.at("classes").array()) added.classes.push_back(name.string());
  }
  if (labels.empty()) return labels;
  const auto columns = static_cast<std::int64_t>(labels.columns.size());
  const Value::Array& rows = value.at("values").array();
  if (static_cast<std::int64_t>(rows.size()) != images)
    throw Error(fmt::format("it has labels of {} images, not {}", rows.size(), images));
  labels.values = at::full({images, columns}, -1, at::kLong);
  auto* out = labels.values.mutable_data_ptr<std::int64_t>();
  for (const Value& row : rows) {
    if (row.array().size() != labels.columns.size()) throw Error("a row of labels has another length than the columns");
    for (std::size_t i = 0; i < labels.columns.size(); ++i, ++out) {
      *out = row.array()[i].integer();
      if (*out < -1 || *out >= static_cast<std::int64_t>(labels.columns[i].classes.size()))
        throw Error(fmt::format("a label is {}, which is no place of a class", *out));
    }
  }
  return labels;
}

}  // namespace cspgan::detail
