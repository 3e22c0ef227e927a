#include "cspgan/data/image_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"
#include "data/table.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

class ListReader {
 public:
  explicit ListReader(fs::path list) : list_(std::move(list)) {}

  ImageFolder read() {
    const std::string text = plain_text(read_file(list_), list_.string());
    if (lower_extension(list_) == ".txt")
      read_lines(text);
    else
      read_table(text);
    if (files_.empty())
      throw Error(
          missing_ > 0
              ? fmt::format(
                    "none of the {} images that '{}' lists is there, the first of which reads '{}'; their "
                    "paths must be absolute or relative to its folder{}",
                    missing_, list_.string(), first_missing_,
                    lower_extension(list_) == ".txt" ? ", and alone on their lines (a .csv may have labels)" : "")
              : fmt::format("'{}' names no image (jpg, png, webp, bmp, gif, tga or ppm)", list_.string()));
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (i != *column_) labels.push_back(names_[i]);
    const std::string list = fmt::format("the list '{}'", list_.filename().string());
    const fs::path folder = list_.parent_path().empty() ? fs::path(".") : list_.parent_path();
    return ImageFolder(folder, files_)
        .with_names(files_, has_files_.size() > 1 ? fmt::format("{}, column '{}',", list, names_[*column_]) : list,
                    missing_, unread_)
        .with_labels(labels_from_text(labels, rows_));
  }

 private:
  void read_table(std::string_view text) {
    const detail::Separator separator = detail::separator_of(list_, text);
    constexpr std::int64_t looked_at = 100;
    detail::for_each_row(
        text, list_.string(), separator, [&](const auto& row, std::int64_t) { look_at_columns(row); }, looked_at);
    detail::for_each_row(text, list_.string(), separator,
                         [&](const auto& row, std::int64_t line) { read_row(row, line); });
  }

  void read_lines(std::string_view text) {
    column_ = 0;
    while (!text.empty()) {
      std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(line.size() + 1, text.size()));
      constexpr std::string_view blank = " \t\r";
      const std::size_t from = line.find_first_not_of(blank);
      if (from == std::string_view::npos) continue;
      add(line.substr(from, line.find_last_not_of(blank) + 1 - from));
    }
  }

  void read_row(const std::vector<std::string_view>& fields, std::int64_t line) {
    if (names_.empty() && is_heading(fields)) {
      names_.assign(fields.begin(), fields.end());
      return;
    }
    if (!column_) {  // no image is there, or not in the first rows
      const auto image = std::ranges::find_if(fields, is_image);
      if (image == fields.end()) {
        const auto file = std::ranges::find_if(fields, [&](std::string_view field) { return is_there(field); });
        if (file != fields.end()) return count_unread(*file);
        throw Error(fmt::format("'{}', line {}: no column holds the name of an image", list_.string(), line));
      }
      column_ = static_cast<std::size_t>(image - fields.begin());
    }
    if (names_.empty())
      for (std::size_t i = 0; i < fields.size(); ++i) names_.push_back(fmt::format("column_{}", i + 1));
    if (fields.size() != names_.size())
      throw Error(fmt::format("'{}', line {}: expected {} columns, found {}", list_.string(), line, names_.size(),
                              fields.size()));
    if (!add(fields[*column_])) return;
    auto& row = rows_.emplace_back();
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (i != *column_) row.emplace_back(fields[i]);
  }

  /// Notes which columns of one of the first rows name images, or other files that are there. The first that has images
  /// that are there is that of the images.
  void look_at_columns(const std::vector<std::string_view>& fields) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool is_here = file_of(fields[i]).has_value();
      if (is_here || is_image(fields[i])) has_files_.insert(i);
      if (is_here && is_image(fields[i]) && (!column_ || i < *column_)) column_ = i;
    }
  }

  /// Whether the first row names the columns: it names no image, and no file if its format is not read.
  bool is_heading(const std::vector<std::string_view>& fields) const {
    const auto is_file = [&](const std::string_view& field) {
      return (!column_ || &field - fields.data() == static_cast<std::ptrdiff_t>(*column_)) && is_there(field);
    };
    return std::ranges::none_of(fields, [&](const auto& field) { return is_image(field) || is_file(field); });
  }

  /// The file's name, as it is written or with slashes if Windows wrote it; nothing if it is not there.
  std::optional<std::string> file_of(std::string_view written) const {
    std::string name(written);
    if (is_there(name)) return name;
    if (written.find('\\') == std::string_view::npos) return std::nullopt;
    std::ranges::replace(name, '\\', '/');
    return is_there(name) ? std::optional(name) : std::nullopt;
  }

  static bool is_image(std::string_view name) { return !image_format(fs::path(name)).empty(); }

  /// Whether the image is there.
  bool add(std::string_view written) {
    const std::optional<std::string> file = file_of(written);
    if (!file) {
      if (first_missing_.empty()) first_missing_ = written;
      ++missing_;
    } else if (is_image(*file)) {
      files_.push_back(*file);
      return true;
    } else {
      count_unread(*file);
    }
    return false;
  }

  bool is_there(std::string_view name) const {
    std::error_code unknown;
    return !name.empty() && fs::is_regular_file(list_.parent_path() / name, unknown);
  }
  void count_unread(std::string_view name) { ++unread_[lower_extension(fs::path(name))]; }

  fs::path list_;
  std::vector<std::string> names_;     // of the columns
  std::optional<std::size_t> column_;  // of the images' names
  std::set<std::size_t> has_files_;    // columns: of images, and of masks, for example
  std::vector<std::string> files_;
  std::vector<std::vector<std::string>> rows_;  // the other columns of each image
  std::int64_t missing_ = 0;
  std::string first_missing_;
  std::map<std::string, std::int64_t> unread_;  // files in formats that are not read, by extension
};

}  // namespace

ImageFolder open_image_list(const fs::path& list) { return ListReader(list).read(); }

}  // namespace cspgan
