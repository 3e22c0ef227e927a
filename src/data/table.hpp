// Lists of images as text: a row a line, its fields separated by blanks, commas or tabs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {  // for the other libraries of a shared build
namespace detail {

/// What separates fields: any number of blanks, or one comma, tab or semicolon, where fields may stand in double quotes
/// (RFC 4180).
enum class Separator : char { blanks = ' ', comma = ',', tab = '\t', semicolon = ';' };

/// A tab for .tsv; else a semicolon if the first row has more of them than commas, outside of quotes, as tables of
/// Excel have in half of Europe.
Separator separator_of(const std::filesystem::path& table, std::string_view text);

/// Calls visit(fields, line number) for each line that is not blank; lines end with LF or CRLF, which may also stand in
/// quotes. Fields live until visit returns. `most`: rows to visit. Throws Error, naming `table`, for a quote that is
/// never closed.
void for_each_row(std::string_view text, std::string_view table, Separator separator,
                  const std::function<void(const std::vector<std::string_view>&, std::int64_t)>& visit,
                  std::int64_t most = std::numeric_limits<std::int64_t>::max());

/// The pairs of "NAME=VALUE,NAME=VALUE"; a value may have commas, and what follows one has no "=" then. Throws
/// OptionError, beginning with `of`, for text that is not of this form, which `form` names.
std::vector<std::pair<std::string_view, std::string_view>> split_conditions(std::string_view conditions,
                                                                            std::string_view of, std::string_view form);

}  // namespace detail
}  // namespace cspgan
