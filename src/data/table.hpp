// Lists of images as text: a row a line, its fields separated by blanks, commas or tabs.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace cspgan::detail {

/// What separates fields: any number of blanks, or one comma, tab or semicolon, where fields may stand in double quotes
/// (RFC 4180).
enum class Separator : char { blanks = ' ', comma = ',', tab = '\t', semicolon = ';' };

/// Calls visit(fields, line number) for each line that is not blank; lines end with LF or CRLF. Fields live until visit
/// returns.
void for_each_row(std::string_view text, Separator separator,
                  const std::function<void(const std::vector<std::string_view>&, std::int64_t)>& visit);

}  // namespace cspgan::detail
