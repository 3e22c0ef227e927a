#include "data/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/data/image_file.hpp"

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
      std::string field = unquoted(line);
      const std::string_view behind = line.substr(0, line.find(separator));  // "5" vinyl is 5 vinyl
      line.remove_prefix(behind.size());
      field += behind.substr(0, behind.find_last_not_of(' ') + 1);
      fields.emplace_back(kept.emplace_back(std::move(field)));
    } else {
      const std::string_view field = line.substr(0, line.find(separator));
      line.remove_prefix(field.size());
      fields.push_back(field.substr(0, field.find_last_not_of(' ') + 1));
    }
    more = !line.empty();
    if (more) line.remove_prefix(1);
    if (const std::size_t first = line.find_first_not_of(' '); more && first != std::string_view::npos)
      line.remove_prefix(first);  // "a.png , 1" is "a.png,1"
  }
}

/// Calls visit(separator) for each separator of the first row, which has several lines if breaks stand in quotes.
/// Returns its length, without the line break at its end, or npos if a quote is never closed.
template <class Visit>
std::size_t scan_row(std::string_view text, std::string_view separators, Visit&& visit) {
  enum class At { start, field, quoted, closed } at = At::start;  // of a field; a quote counts at its start alone
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (at == At::quoted) {
      if (c == '"') at = At::closed;
    } else if (c == '\n') {
      return i;
    } else if (separators.find(c) != std::string_view::npos) {
      visit(c);
      at = At::start;
    } else if (c == '"' && (at == At::start || at == At::closed)) {
      at = At::quoted;
    } else if (c != ' ' || at != At::start || i == 0) {  // split leaves blanks at the start of a row
      at = At::field;
    }
  }
  return at == At::quoted ? std::string_view::npos : text.size();
}

std::size_t row_length(std::string_view text, char separator, std::string_view table, std::int64_t number) {
  const std::size_t length = scan_row(text, {&separator, 1}, [](char) {});
  if (length == std::string_view::npos)
    throw Error(fmt::format("'{}', line {}: a quote opens and is never closed", table, number));
  return length;
}

}  // namespace

Separator separator_of(const std::filesystem::path& table, std::string_view text) {
  if (lower_extension(table) == ".tsv") return Separator::tab;
  std::int64_t semicolons = 0, commas = 0;
  scan_row(text, ",;", [&](char separator) { ++(separator == ';' ? semicolons : commas); });
  return semicolons > commas ? Separator::semicolon : Separator::comma;
}

void for_each_row(std::string_view text, std::string_view table, Separator separator,
                  const std::function<void(const std::vector<std::string_view>&, std::int64_t)>& visit,
                  std::int64_t most) {
  std::vector<std::string_view> fields;
  std::deque<std::string> kept;
  std::int64_t next = 1;
  while (!text.empty() && most > 0) {
    const std::int64_t number = next;
    const std::string_view line =
        text.substr(0, separator == Separator::blanks ? text.find('\n')
                                                      : row_length(text, static_cast<char>(separator), table, number));
    next += 1 + std::ranges::count(line, '\n');
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.find_first_not_of(blank) == std::string_view::npos) continue;
    fields.clear();
    kept.clear();
    if (separator == Separator::blanks)
      split_blanks(line, fields);
    else
      split(line, static_cast<char>(separator), fields, kept);
    visit(fields, number);
    --most;
  }
}

std::vector<std::pair<std::string_view, std::string_view>> split_conditions(std::string_view conditions,
                                                                            std::string_view of,
                                                                            std::string_view form) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  if (conditions.ends_with(',')) conditions.remove_suffix(1);
  while (!conditions.empty()) {
    std::size_t end = std::min(conditions.find(','), conditions.size());
    for (std::size_t next = end; next < conditions.size();) {  // what is no pair is the rest of a value with commas
      next = std::min(conditions.find(',', end + 1), conditions.size());
      if (conditions.substr(end, next - end).find('=') != std::string_view::npos) break;
      end = next;
    }
    std::string_view one = conditions.substr(0, end);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    conditions.remove_prefix(std::min(end + 1, conditions.size()));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos || equals == 0)
      throw OptionError(fmt::format("{}'{}' is not of the form {}", of, one, form));
    pairs.emplace_back(one.substr(0, equals), one.substr(equals + 1));
  }
  return pairs;
}

}  // namespace cspgan::detail
