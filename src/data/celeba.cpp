// CelebA's lists and folders.
#include "cspgan/data/celeba.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <system_error>
#include <unordered_map>
#include <unordered_set>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view layout =
    "a CelebA folder holds list_eval_partition.txt, list_attr_celeba.txt and img_align_celeba/ with the images";

std::optional<fs::path> first_existing(const fs::path& folder, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    std::error_code error;
    if (fs::exists(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

/// Calls visit(fields, line number) for each line that is not blank; line ends may be LF or CRLF.
template <class Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  std::vector<std::string_view> fields;
  std::int64_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    fields.clear();
    constexpr std::string_view blank = " \t\r";
    for (std::size_t from = line.find_first_not_of(blank); from != std::string_view::npos;) {
      const std::size_t to = std::min(line.find_first_of(blank, from), line.size());
      fields.push_back(line.substr(from, to - from));
      from = line.find_first_not_of(blank, to);
    }
    if (!fields.empty()) visit(fields, number);
  }
}

[[noreturn]] void fail_line(const fs::path& list, std::int64_t line, std::string_view expected) {
  throw Error(fmt::format("'{}', line {}: expected {}", list.string(), line, expected));
}

struct Row {
  std::string name;
  Partition partition;
};

std::vector<Row> read_partition_list(const fs::path& list) {
  std::vector<Row> rows;
  for_each_line(read_file(list), [&](const std::vector<std::string_view>& fields, std::int64_t line) {
    if (fields.size() != 2 || fields[1].size() != 1 || fields[1][0] < '0' || fields[1][0] > '2')
      fail_line(list, line, "a file's name and 0 (train), 1 (validation) or 2 (test)");
    rows.push_back({std::string(fields[0]), static_cast<Partition>(fields[1][0] - '0')});
  });
  return rows;
}

/// The first of the folders in which the images may be, and the names of the files in it.
struct ImagePlace {
  fs::path folder;
  std::unordered_set<std::string> files;
};

ImagePlace find_images(const fs::path& folder) {
  for (const std::string_view place :
       {"img_align_celeba/img_align_celeba", "img_align_celeba", "Img/img_align_celeba", ""}) {
    const fs::path candidate = place.empty() ? folder : folder / place;
    std::error_code error;
    if (!fs::is_directory(candidate, error)) continue;
    ImagePlace found{candidate, {}};
    fs::directory_iterator entries(candidate, error);
    if (error) throw Error(fmt::format("cannot read the folder '{}': {}", candidate.string(), error.message()));
    for (const fs::directory_iterator end; entries != end; entries.increment(error))
      found.files.insert(entries->path().filename().string());
    if (error) throw Error(fmt::format("cannot read the folder '{}': {}", candidate.string(), error.message()));
    return found;
  }
  return {folder, {}};
}

ImageFolder select(const fs::path& folder, Partition partition) {
  std::error_code error;
  if (!fs::exists(folder, error)) throw Error(fmt::format("no such folder: '{}'; {}", folder.string(), layout));
  if (!fs::is_directory(folder, error)) throw Error(fmt::format("'{}' is not a folder; {}", folder.string(), layout));
  const auto list = first_existing(folder, {"list_eval_partition.txt", "Eval/list_eval_partition.txt"});
  if (!list) throw Error(fmt::format("'{}' has no list_eval_partition.txt; {}", folder.string(), layout));

  ImagePlace place = find_images(folder);
  std::vector<std::string> names;
  std::int64_t listed = 0;
  for (auto& row : read_partition_list(*list)) {
    if (partition != Partition::all && row.partition != partition) continue;
    ++listed;
    if (place.files.contains(row.name)) names.push_back(std::move(row.name));
  }
  if (listed == 0)
    throw Error(fmt::format("'{}' lists no image of the {} partition", list->string(), enum_name(partition)));
  if (names.empty())
    throw Error(fmt::format("none of the {} images that '{}' lists is in '{}'; {}", listed, list->string(),
                            place.folder.string(), layout));
  const auto present = static_cast<std::int64_t>(names.size());
  std::vector<std::string> there;
  for (const std::string& file : place.files)
    if (!image_format(file).empty()) there.push_back(file);
  const std::string part =
      partition == Partition::all ? "CelebA" : fmt::format("CelebA's {} partition", enum_name(partition));
  return ImageFolder(place.folder, std::move(there)).with_names(std::move(names), part, listed - present);
}

}  // namespace

CelebA::CelebA(const fs::path& folder, Partition partition) : images_(select(folder, partition)) {
  if (const auto list = first_existing(folder, {"list_attr_celeba.txt", "Anno/list_attr_celeba.txt"}))
    read_attributes(*list);
}

void CelebA::read_attributes(const fs::path& list) {
  std::unordered_map<std::string_view, std::size_t> index_of;
  for (std::int64_t index = 0; index < size(); ++index) index_of.emplace(name(index), static_cast<std::size_t>(index));
  attributes_.resize(static_cast<std::size_t>(size()));
  std::int64_t header_lines = 0;
  for_each_line(read_file(list), [&](const std::vector<std::string_view>& fields, std::int64_t line) {
    if (header_lines == 0) {
      std::int64_t rows = 0;
      const auto [end, error] = std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), rows);
      if (fields.size() != 1 || error != std::errc()) fail_line(list, line, "the number of rows");
      ++header_lines;
    } else if (header_lines == 1) {
      attribute_names_.assign(fields.begin(), fields.end());
      ++header_lines;
    } else {
      if (fields.size() != attribute_names_.size() + 1)
        fail_line(list, line, fmt::format("a file's name and {} values", attribute_names_.size()));
      const auto found = index_of.find(fields[0]);
      if (found == index_of.end()) return;
      auto& row = attributes_[found->second];
      row.reserve(attribute_names_.size());
      row.clear();
      for (std::size_t i = 1; i < fields.size(); ++i) {
        if (fields[i] != "1" && fields[i] != "-1") fail_line(list, line, fmt::format("1 or -1, found '{}'", fields[i]));
        row.push_back(fields[i] == "1");
      }
    }
  });
}

std::vector<bool> CelebA::attributes(std::int64_t index) const {
  const std::string& file = name(index);
  if (attributes_.empty())
    throw Error(
        fmt::format("'{}' came without list_attr_celeba.txt, so its attributes are not known; {}", file, layout));
  const auto& row = attributes_[static_cast<std::size_t>(index)];
  if (row.empty()) throw Error(fmt::format("list_attr_celeba.txt has no row for '{}'", file));
  return row;
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
