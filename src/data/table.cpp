#include "data/table.hpp"

#include <algorithm>
#include <deque>
#include <string>

namespace cspgan::detail {

namespace {

constexpr std::string_view blank = " \t\r";

void split_blanks(std::string_view line, std::vector<std::string_view>& fields) {
  for (std::size_t from = line.find_first_not_of(blank); from != std::string_view::npos;) {
    const std::size_t to = std::min(line.find_first_of(blank, from), line.size());
    fields.push_back(line.substr(from, to - from));
    from = line.find_first_not_of(blank, to);
  }
}

/// The content of a quoted field whose opening quote is gone, which is taken from the line.
std::string unquoted(std::string_view& line) {
  std::string field;
  while (!line.empty()) {
    const char c = line.front();
    line.remove_prefix(1);
    if (c != '"')
      field += c;
    else if (line.starts_with('"'))
      line.remove_prefix(1), field += '"';
    else
      break;
  }
  return field;
}

void split(std::string_view line, char separator, std::vector<std::string_view>& fields,
           std::deque<std::string>& kept) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  for (bool more = true; more;) {
    if (line.starts_with('"')) {
      line.remove_prefix(1);
      fields.emplace_back(kept.emplace_back(unquoted(line)));
      line.remove_prefix(std::min(line.find(separator), line.size()));
    } else {
      fields.push_back(line.substr(0, line.find(separator)));
      line.remove_prefix(fields.back().size());
    }
    more = !line.empty();
    if (more) line.remove_prefix(1);
  }
}

}  // namespace

void for_each_row(std::string_view text, Separator separator,
                  const std::function<void(const std::vector<std::string_view>&, std::int64_t)>& visit) {
  std::vector<std::string_view> fields;
  std::deque<std::string> kept;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(blank) == std::string_view::npos) continue;
    fields.clear();
    kept.clear();
    if (separator == Separator::blanks)
      split_blanks(line, fields);
    else
      split(line, static_cast<char>(separator), fields, kept);
    visit(fields, number);
  }
}

}  // namespace cspgan::detail
