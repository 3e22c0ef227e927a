// The images of a tree of files, and what its folders and its dataset.json say of them.
#include "cspgan/data/image_folder.hpp"

#include <fmt/format.h>

#include <unordered_map>

#include "cspgan/core/error.hpp"
#include "cspgan/core/evenly_spaced.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "cspgan/data/image_error.hpp"
#include "cspgan/data/image_file.hpp"
#include "data/file_tree.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

/// The first folder of each path in which they differ, since an archive may have a folder around all; images beside
/// these folders have none.
Labels labels_of_folders(const std::vector<std::string>& names) {
  const std::size_t from = detail::common_folder(names).size();
  std::vector<std::vector<std::string>> rows(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    if (const std::size_t slash = names[i].find('/', from); slash != std::string::npos)
      rows[i] = {names[i].substr(from, slash - from)};
  Labels labels = labels_from_text({"folder"}, rows);
  return labels.columns.front().classes.size() > 1 ? labels : Labels{};
}

std::string text_of(const Value& value) { return value.is_string() ? value.string() : to_json(value); }

/// An image's label: a class, or a list of numbers, one for each of several columns.
std::vector<std::string> label_row(const Value& label) {
  if (label.is_null()) return {};
  if (!label.is_array()) return {text_of(label)};
  std::vector<std::string> row;
  for (const Value& part : label.array()) row.push_back(text_of(part));
  return row;
}

Labels labels_of_json(const detail::FileTree& tree, const std::string& path, const std::vector<std::string>& names) {
  const Value file = parse_json(plain_text(tree.read(path), path), path);
  const Value* const list = file.find("labels");
  if (list == nullptr) throw Error(fmt::format("'{}' has no \"labels\"", path));
  if (list->is_null()) return {};
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
  std::vector<std::vector<std::string>> rows(names.size());
  std::size_t columns = 0;
  for (const Value& entry : list->array()) {
    if (entry.array().size() != 2) throw Error("each entry of \"labels\" must be an image's path and its label");
    const auto place = places.find(detail::folder_of(path) + entry.array()[0].string());
    if (place == places.end()) continue;
    std::vector<std::string> row = label_row(entry.array()[1]);
    if (row.empty()) continue;
    if (columns == 0) columns = row.size();
    if (row.size() != columns)
      throw Error(fmt::format("the label of '{}' has {} numbers, others have {}", place->first, row.size(), columns));
    rows[place->second] = std::move(row);
  }
  if (columns == 0 && !list->array().empty()) throw Error(fmt::format("'{}' names none of the images", path));
  std::vector<std::string> columns_named;
  for (std::size_t i = 0; i < columns; ++i)
    columns_named.push_back(columns == 1 ? "label" : fmt::format("label_{}", i));
  return labels_from_text(columns_named, rows);
}

Labels labels_of(const detail::FileTree& tree, const std::vector<std::string>& names) {
  const std::string json = detail::find_list(tree, "dataset.json");
  if (json.empty()) return labels_of_folders(names);
  try {
    return labels_of_json(tree, json, names);
  } catch (const Error& error) {  // whoever needs labels is told
    const std::string problem = error.what();
    return {.problem = problem.find(json) != std::string::npos ? problem : fmt::format("'{}': {}", json, problem)};
  }
}

}  // namespace

ImageFolder::ImageFolder(const fs::path& folder) : ImageFolder(detail::open_tree(folder)) {}

ImageFolder::ImageFolder(std::shared_ptr<const detail::FileTree> tree)
    : tree_(std::move(tree)), folder_(tree_->place()), names_(tree_->images()), found_(tree_->found()) {
  const std::string what = lower_extension(folder_) == ".zip" ? "archive" : "folder";
  if (names_.empty() && found_ == FolderContents{})
    throw Error(
        fmt::format("the {} '{}' holds nothing but, perhaps, hidden files; it must hold images (jpg, png, webp, "
                    "bmp, gif, tga, ppm)",
                    what, folder_.string()));
  if (names_.empty())
    throw Error(fmt::format("the {} '{}' holds {}; it must hold jpg, png, webp, bmp, gif, tga or ppm", what,
                            folder_.string(), contents_text(found_)));
  labels_ = labels_of(*tree_, names_);
  if (const std::string kind = ".json"; !detail::find_list(*tree_, "dataset.json").empty() && labels_.problem.empty())
    if (--found_.left_out[kind] == 0) found_.left_out.erase(kind);  // it is read
}

ImageFolder::ImageFolder(fs::path folder, std::vector<std::string> names)
    : tree_(lower_extension(folder) == ".zip" && !fs::is_directory(folder) ? detail::open_zip(folder)
                                                                           : detail::unread_folder(folder)),
      folder_(std::move(folder)),
      names_(std::move(names)) {
  for (const std::string& name : names_) found_.add(name);
}

ImageFolder::ImageFolder(std::shared_ptr<const detail::FileTree> tree, std::string prefix,
                         std::vector<std::string> names)
    : tree_(std::move(tree)), prefix_(std::move(prefix)), folder_(tree_->place()), names_(std::move(names)) {
  if (!prefix_.empty()) folder_ /= prefix_.substr(0, prefix_.size() - 1);
  found_ = tree_->found();  // what is left out of the whole tree is left out of this, too
  found_.formats.clear();
  for (const char* list : {".txt", ".csv", ".tsv", ".json"}) found_.left_out.erase(list);  // what comes with a set
  for (const std::string& name : names_) found_.add(name);
  found_.elsewhere = static_cast<std::int64_t>(tree_->images().size() - names_.size());
}

ImageFolder ImageFolder::with_names(std::vector<std::string> names, std::string part, std::int64_t missing,
                                    std::map<std::string, std::int64_t> unread) const {
  ImageFolder some(*this);
  if (!labels_.empty()) {
    std::unordered_map<std::string_view, std::int64_t> places;
    for (std::int64_t i = 0; i < size(); ++i) places.emplace(name(i), i);
    std::vector<std::int64_t> chosen;
    for (const std::string& one : names) {
      const auto place = places.find(one);
      if (place == places.end()) throw Error(fmt::format("'{}' has no image '{}'", folder_.string(), one));
      chosen.push_back(place->second);
    }
    some.labels_ = labels_.of(chosen);
  }
  some.names_ = std::move(names);
  some.found_.formats.clear();
  for (const std::string& one : some.names_) some.found_.add(one);
  some.found_.left_out = found_.left_out;
  some.found_.left_out.merge(unread);
  some.found_.part = std::move(part);
  some.found_.missing = missing;
  some.found_.other_partitions = size() - some.size();
  return some;
}

ImageFolder ImageFolder::with_labels(Labels labels) const {
  ImageFolder labeled(*this);
  labeled.labels_ = std::move(labels);
  return labeled;
}

Tensor ImageFolder::image(std::int64_t index) const {
  const std::string& file = name(index);
  return decode_image(tree_->read(prefix_ + file), file);
}

std::optional<std::string> ImageFolder::encoded(std::int64_t index) const { return tree_->read(prefix_ + name(index)); }

const std::string& ImageFolder::name(std::int64_t index) const {
  if (index < 0 || index >= size())
    throw Error(fmt::format("image {} does not exist: '{}' has {}", index, folder_.string(), size()));
  return names_[static_cast<std::size_t>(index)];
}

std::string ImageFolder::fingerprint() const {
  Fingerprint print;
  print.add(static_cast<std::uint64_t>(size()));
  for (const auto& name : names_) print.add(name).add(tree_->size(prefix_ + name));
  for (const std::size_t image : evenly_spaced(names_.size(), images_looked_at)) {
    try {
      print.add(tree_->read(prefix_ + names_[image]));
    } catch (const ImageError&) {  // training tells of it when it comes to it
      print.add("");
    }
  }
  return print.text(sampled_images);
}

}  // namespace cspgan
