// The messages of options that cannot be read, and checks of ranges.
#include "cspgan/core/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace cspgan {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const std::string best = closest_match(word, known);
  return best.empty() ? fmt::format("known: {}", join(known)) : fmt::format("did you mean '{}'?", best);
}

/// What was renamed, by its last word; so that old recipes and checkpoints can be mended.
struct Renamed {
  std::string_view before, now;
};
constexpr std::array renamed_keys{
    Renamed{"average", "ema"},
    Renamed{"generator_every", "generator_interval"},
    Renamed{"discriminator_every", "discriminator_interval"},
    Renamed{"read_avatars", "measure_attributes"},
    Renamed{"neighbours", "neighbors"},
    Renamed{"hair_colour", "hair_color"},
    Renamed{"eye_colour", "eye_color"},
    Renamed{"clothes_colour", "clothes_color"},
    Renamed{"centred", "centered"},
    Renamed{"capture", ""},
};
constexpr std::array renamed_paths{
    Renamed{"loader.partition", "source.partition"},
    Renamed{"loader.count", "source.count"},
};
constexpr std::array renamed_words{
    Renamed{"generator.preset:r2", "csp_from_2x2"},
    Renamed{"generator.preset:r4", "csp_stem64"},
    Renamed{"discriminator.preset:r2", "strided3"},
    Renamed{"discriminator.preset:r2_leaky", "strided3_leaky"},
    Renamed{"recipe:r1-1", "a1"},
    Renamed{"recipe:r2-1", "b1"},
    Renamed{"recipe:r2-2", "b2"},
};

template <class Table>
const Renamed* find_renamed(const Table& table, std::string_view before) {
  const auto found = std::ranges::find(table, before, &Renamed::before);
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::string renamed_word(std::string_view where, std::string_view word) {
  const Renamed* const renamed = find_renamed(renamed_words, fmt::format("{}:{}", where, word));
  return renamed == nullptr ? "" : std::string(renamed->now);
}

Value with_present_names(const Value& value) {
  if (value.is_array()) {
    Value::Array elements;
    for (const Value& element : value.array()) elements.push_back(with_present_names(element));
    return elements;
  }
  if (!value.is_object()) return value;
  Value::Object members;
  std::vector<std::pair<std::string, Value>> moved;  // to other tables
  for (const auto& [key, member] : value.object()) {
    const Renamed* const renamed = find_renamed(renamed_keys, key);
    if (renamed != nullptr && renamed->now.empty()) continue;
    Value now = with_present_names(member);
    if (now.is_object()) {
      Value::Object staying;
      for (auto& [inner, inner_value] : now.object()) {
        const Renamed* const path = find_renamed(renamed_paths, fmt::format("{}.{}", key, inner));
        const std::string word =
            inner_value.is_string() ? renamed_word(fmt::format("{}.{}", key, inner), inner_value.string()) : "";
        if (path != nullptr)
          moved.emplace_back(path->now, inner_value);
        else
          staying.emplace_back(inner, word.empty() ? inner_value : Value(word));
      }
      now = std::move(staying);
    }
    members.emplace_back(renamed == nullptr ? key : std::string(renamed->now), std::move(now));
  }
  Value result = std::move(members);
  for (auto& [path, moved_value] : moved) {
    const std::size_t dot = path.find('.');
    result[path.substr(0, dot)].set(path.substr(dot + 1), std::move(moved_value));
  }
  return result;
}

namespace detail {

void fail_unknown_key(std::string_view where, std::string_view key, const std::vector<std::string>& known) {
  const std::string path = where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
  if (const Renamed* const renamed = find_renamed(renamed_paths, path))
    throw OptionError(fmt::format("{}: this option is now called '{}'", path, renamed->now));
  if (const Renamed* const renamed = find_renamed(renamed_keys, key)) {
    if (renamed->now.empty())
      throw OptionError(fmt::format("{}: this option was taken out; remove it from the recipe", path));
    if (std::ranges::find(known, renamed->now) != known.end())
      throw OptionError(fmt::format("{}: this option is now called '{}'", path, renamed->now));
  }
  throw OptionError(fmt::format("{}: there is no such option; {}", path, suggestion(key, known)));
}

void fail_unknown_word(std::string_view where, std::string_view word, const std::vector<std::string>& known,
                       std::string_view kind) {
  if (const std::string now = renamed_word(where, word); !now.empty())
    throw OptionError(fmt::format("{}: '{}' is now called '{}'", where, word, now));
  const std::string_view space = kind.empty() ? "" : " ";
  throw OptionError(fmt::format("{}: unknown{}{} '{}'; {}", where, space, kind, word, suggestion(word, known)));
}

void fail_kind(std::string_view where, std::string_view expected, const Value& found) {
  throw OptionError(fmt::format("{}: expected {}, found {} ({})", where, expected, to_json(found), found.kind()));
}

void fail_too_large(std::string_view where, std::uint64_t found) {
  throw OptionError(fmt::format("{}: must be at most {}, not {}", where, INT64_MAX, found));
}

std::int64_t integer_within(std::int64_t low, std::int64_t high, const Value& value, std::string_view where) {
  if (value.is_integer() && value.integer() >= low && value.integer() <= high) return value.integer();
  const bool is_beyond_integers = value.is_number() && std::abs(value.number()) >= 0x1p63;
  if (low == INT64_MIN && !is_beyond_integers) fail_kind(where, "an integer", value);  // its bounds would not help
  throw OptionError(fmt::format("{}: expected an integer from {} to {}, found {}", where, low, high, to_json(value)));
}

double finite_number(const Value& value, std::string_view where) {
  if (!value.is_number()) fail_kind(where, "a number", value);
  const double number = value.number();
  if (!std::isfinite(number)) throw OptionError(fmt::format("{}: expected a finite number, found {}", where, number));
  return number;
}

}  // namespace detail

}  // namespace cspgan
