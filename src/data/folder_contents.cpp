#include "cspgan/data/folder_contents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/number_text.hpp"
#include "cspgan/data/image_file.hpp"

namespace cspgan {

namespace {

constexpr std::size_t most_named = 5;

std::int64_t total_of(const std::map<std::string, std::int64_t>& counts) {
  std::int64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

/// A file's name for a terminal: without control characters, which could end lines or change colors.
std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

/// "JPEG 4,398, PNG 2"
std::string counts_text(const std::map<std::string, std::int64_t>& counts) {
  std::vector<std::pair<std::string, std::int64_t>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < sorted.size() && i < most_named; ++i)
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ",
                        sorted[i].first.empty() ? "no extension" : printable(sorted[i].first),
                        grouped_digits(sorted[i].second));
  return sorted.size() > most_named ? text + ", ..." : text;
}

/// "3 folders of runs ('a', 'b', 'c')"; a name may have a reason after it.
std::string folders_text(std::string_view one, std::string_view several, const std::vector<std::string>& names) {
  std::string text = fmt::format("{} {} (", grouped_digits(static_cast<std::int64_t>(names.size())),
                                 names.size() == 1 ? one : several);
  for (std::size_t i = 0; i < names.size() && i < most_named; ++i) text += (i == 0 ? "" : ", ") + printable(names[i]);
  return text + (names.size() > most_named ? ", ...)" : ")");
}

}  // namespace

bool FolderContents::add(const std::filesystem::path& name) {
  const std::string_view format = image_format(name);
  ++(format.empty() ? left_out[lower_extension(name)] : formats[std::string(format)]);
  return !format.empty();
}

std::string contents_text(const FolderContents& contents) {
  const std::int64_t images = total_of(contents.formats), others = total_of(contents.left_out);
  std::string text = fmt::format("{} image{}", grouped_digits(images), images == 1 ? "" : "s");
  if (!contents.part.empty()) text += " of " + contents.part;
  if (images > 0) text += fmt::format(" ({})", counts_text(contents.formats));
  if (contents.missing > 0) text += fmt::format(", {} more are listed but not there", grouped_digits(contents.missing));
  std::vector<std::string> left_out;
  if (others > 0)
    left_out.push_back(fmt::format("{} file{} in formats that are not read ({})", grouped_digits(others),
                                   others == 1 ? "" : "s", counts_text(contents.left_out)));
  if (!contents.unreadable.empty())
    left_out.push_back(folders_text("folder that cannot be read", "folders that cannot be read", contents.unreadable));
  const auto count = [&](std::int64_t number, std::string_view one, std::string_view several) {
    if (number > 0) left_out.push_back(fmt::format("{} {}", grouped_digits(number), number == 1 ? one : several));
  };
  count(contents.other_partitions, "image of no or another partition", "images of no or another partition");
  count(contents.elsewhere, "image outside of the set's own folder", "images outside of the set's own folder");
  count(contents.repeated, "file of a name that an earlier one has", "files of names that earlier ones have");
  count(contents.dead_links, "link that leads nowhere", "links that lead nowhere");
  count(contents.known_links, "link to a folder that is read under another path",
        "links to folders that are read under other paths");
  count(contents.special, "pipe, socket or device", "pipes, sockets or devices");
  count(contents.outside, "file whose path leads out of the archive", "files whose paths lead out of the archive");
  if (!contents.runs.empty()) left_out.push_back(folders_text("folder of a run", "folders of runs", contents.runs));
  for (std::size_t i = 0; i < left_out.size(); ++i) text += (i == 0 ? "; left out: " : ", ") + left_out[i];
  return text;
}

}  // namespace cspgan
