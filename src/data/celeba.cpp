// CelebA's lists and folders.
#include "cspgan/data/celeba.hpp"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>
#include <unordered_set>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"
#include "data/file_tree.hpp"
#include "data/table.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view layout =
    "CelebA's folder or archive holds list_eval_partition.txt (or .csv), list_attr_celeba.txt and img_align_celeba/ "
    "with "
    "the images";

using Fields = std::vector<std::string_view>;

/// A list of the published set: the authors' (.txt, blanks) or Kaggle's (.csv, with a header).
struct List {
  std::string path;  // "" if there is none
  bool is_csv = false;
};

List find_celeba_list(const detail::FileTree& tree, const std::string& name) {
  if (std::string text = detail::find_list(tree, name + ".txt"); !text.empty()) return {std::move(text), false};
  return {detail::find_list(tree, name + ".csv"), true};
}

void for_each_line(const detail::FileTree& tree, const List& list,
                   const std::function<void(const Fields&, std::int64_t)>& visit) {
  const std::string text = plain_text(tree.read(list.path), list.path);
  detail::for_each_row(text, list.path, list.is_csv ? detail::separator_of(list.path, text) : detail::Separator::blanks,
                       visit);
}

[[noreturn]] void fail_line(const List& list, std::int64_t line, std::string_view expected) {
  throw Error(fmt::format("'{}', line {}: expected {}", list.path, line, expected));
}

struct Row {
  std::string name;
  Partition partition;
};

std::vector<Row> read_partition_list(const detail::FileTree& tree, const List& list) {
  std::vector<Row> rows;
  for_each_line(tree, list, [&](const Fields& fields, std::int64_t line) {
    if (list.is_csv && line == 1 && image_format(fs::path(fields[0])).empty()) return;  // image_id,partition
    if (fields.size() != 2 || fields[1].size() != 1 || fields[1][0] < '0' || fields[1][0] > '2')
      fail_line(list, line, "a file's name and 0 (train), 1 (validation) or 2 (test)");
    rows.push_back({std::string(fields[0]), static_cast<Partition>(fields[1][0] - '0')});
  });
  return rows;
}

/// The set's root in the tree: the folder of the list, or the one above Eval/.
std::string root_of(const List& list) {
  const std::string folder = detail::folder_of(list.path);
  return folder.ends_with("Eval/") ? folder.substr(0, folder.size() - 5) : folder;
}

/// The lists name JPEGs, but the authors also give PNGs.
std::string as_png(std::string_view name) { return fs::path(name).replace_extension(".png").string(); }

/// The first of the folders in which the images may be, and the names of the files in it.
struct ImagePlace {
  std::string prefix;
  std::vector<std::string> files;
};

ImagePlace find_images(const detail::FileTree& tree, const std::string& root) {
  for (const std::string_view place :
       {"img_align_celeba/img_align_celeba/", "img_align_celeba/", "Img/img_align_celeba/", "img_align_celeba_png/",
        "Img/img_align_celeba_png/", ""}) {
    ImagePlace found{root + std::string(place), {}};
    for (auto name = std::ranges::lower_bound(tree.images(), found.prefix);
         name != tree.images().end() && name->starts_with(found.prefix); ++name)
      if (name->find('/', found.prefix.size()) == std::string::npos)
        found.files.push_back(name->substr(found.prefix.size()));
    if (!found.files.empty()) return found;
  }
  return {root, {}};
}

ImageFolder select(const std::shared_ptr<const detail::FileTree>& tree, Partition partition) {
  const std::string folder = tree->place().string();
  const List list = find_celeba_list(*tree, "list_eval_partition");
  if (list.path.empty()) throw Error(fmt::format("'{}' has no list_eval_partition.txt; {}", folder, layout));
  ImagePlace place = find_images(*tree, root_of(list));
  const std::unordered_set<std::string_view> there(place.files.begin(), place.files.end());
  std::vector<std::string> names;
  std::int64_t listed = 0;
  for (auto& row : read_partition_list(*tree, list)) {
    if (partition != Partition::all && row.partition != partition) continue;
    ++listed;
    if (!there.contains(row.name)) row.name = as_png(row.name);
    if (there.contains(row.name)) names.push_back(std::move(row.name));
  }
  if (listed == 0) throw Error(fmt::format("'{}' lists no image of the {} partition", list.path, enum_name(partition)));
  if (names.empty())
    throw Error(fmt::format("none of the {} images that '{}' lists is in '{}'; {}", listed, list.path,
                            (fs::path(folder) / place.prefix).string(), layout));
  const auto present = static_cast<std::int64_t>(names.size());
  const std::string part =
      partition == Partition::all ? "CelebA" : fmt::format("CelebA's {} partition", enum_name(partition));
  return ImageFolder(tree, place.prefix, std::move(place.files)).with_names(std::move(names), part, listed - present);
}

/// Reads the values of all images that are there: -1 and 1 are the classes 0 and 1.
Labels read_attributes(const detail::FileTree& tree, const List& list, const ImageFolder& images) {
  std::unordered_map<std::string_view, std::int64_t> index_of;
  for (std::int64_t index = 0; index < images.size(); ++index) index_of.emplace(images.name(index), index);
  Labels labels;
  bool has_count = list.is_csv, has_names = false;  // Kaggle's lists do not begin with the number of rows
  for_each_line(tree, list, [&](const Fields& fields, std::int64_t line) {
    if (!has_count) {
      std::int64_t rows = 0;
      const auto [end, error] = std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), rows);
      if (fields.size() != 1 || error != std::errc()) fail_line(list, line, "the number of rows");
      has_count = true;
    } else if (!has_names) {
      if (!image_format(fs::path(fields[0])).empty()) fail_line(list, line, "the names of the attributes");
      for (std::size_t i = list.is_csv ? 1 : 0; i < fields.size(); ++i)
        labels.columns.push_back({std::string(fields[i]), {"-1", "1"}});
      labels.values = at::full({images.size(), static_cast<std::int64_t>(labels.columns.size())}, -1, at::kLong);
      has_names = true;
    } else {
      if (fields.size() != labels.columns.size() + 1)
        fail_line(list, line, fmt::format("a file's name and {} values", labels.columns.size()));
      auto found = index_of.find(fields[0]);
      if (found == index_of.end()) found = index_of.find(as_png(fields[0]));
      if (found == index_of.end()) return;
      auto* const row = labels.values.mutable_data_ptr<std::int64_t>() + found->second * labels.values.size(1);
      for (std::size_t i = 1; i < fields.size(); ++i) {
        if (fields[i] != "1" && fields[i] != "-1") fail_line(list, line, fmt::format("1 or -1, found '{}'", fields[i]));
        row[i - 1] = fields[i] == "1" ? 1 : 0;
      }
    }
  });
  return labels;
}

ImageFolder labeled(const std::shared_ptr<const detail::FileTree>& tree, Partition partition) {
  ImageFolder images = select(tree, partition);
  const List list = find_celeba_list(*tree, "list_attr_celeba");
  if (list.path.empty()) return images;
  try {
    return images.with_labels(read_attributes(*tree, list, images));
  } catch (const Error& error) {  // whoever needs attributes is told
    return images.with_labels({.problem = error.what()});
  }
}

}  // namespace

CelebA::CelebA(const fs::path& folder, Partition partition) : CelebA(detail::open_tree(folder), partition) {}

CelebA::CelebA(const std::shared_ptr<const detail::FileTree>& tree, Partition partition)
    : images_(labeled(tree, partition)) {
  for (const LabelColumn& column : images_.labels().columns) attribute_names_.push_back(column.name);
}

bool CelebA::is_in(const detail::FileTree& tree) {
  const List list = find_celeba_list(tree, "list_eval_partition");
  if (list.path.empty()) return false;
  try {  // DeepFashion has a list of this name, which begins with the number of rows and the columns' names
    const std::string text = plain_text(tree.read(list.path), list.path);
    bool is_deep_fashion = false;
    detail::for_each_row(
        text, list.path, detail::Separator::blanks,
        [&](const Fields& fields, std::int64_t) { is_deep_fashion = is_deep_fashion || fields[0] == "image_name"; }, 2);
    return !is_deep_fashion;
  } catch (const Error&) {  // its constructor says it
    return true;
  }
}

std::vector<bool> CelebA::attributes(std::int64_t index) const {
  const std::string& file = name(index);
  const Labels& labels = images_.labels();
  if (!labels.problem.empty()) throw Error(labels.problem);
  if (labels.empty())
    throw Error(
        fmt::format("'{}' came without list_attr_celeba.txt, so its attributes are not known; {}", file, layout));
  const std::int64_t count = labels.values.size(1);
  const auto* const row = labels.values.const_data_ptr<std::int64_t>() + index * count;
  if (row[0] < 0) throw Error(fmt::format("list_attr_celeba.txt has no row for '{}'", file));
  std::vector<bool> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(row[i] == 1);
  return values;
}

bool CelebA::attribute(std::int64_t index, std::string_view attribute_name) const {
  const auto row = attributes(index);
  const auto found = std::find(attribute_names_.begin(), attribute_names_.end(), attribute_name);
  if (found == attribute_names_.end()) {
    const std::string close = closest_match(attribute_name, attribute_names_);
    throw Error(fmt::format("CelebA has no attribute '{}'{}", attribute_name,
                            close.empty() ? "" : fmt::format("; did you mean '{}'?", close)));
  }
  return row[static_cast<std::size_t>(found - attribute_names_.begin())];
}

}  // namespace cspgan
