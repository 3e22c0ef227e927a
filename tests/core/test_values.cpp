// Values, options by reflection, registries.
#include "cspgan/core/options.hpp"
#include "cspgan/core/registry.hpp"

#include <cmath>
#include <limits>

#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

enum class Color { red, green };

struct Inner {
  double weight = 1;
  static void describe(auto&& self, auto&& field) { field("weight", self.weight, "a weight"); }
  void validate() const { require_within(weight, {0, 10}, "inner: weight"); }
  friend bool operator==(const Inner&, const Inner&) = default;
};

struct Everything {
  static constexpr std::string_view name = "everything";
  static constexpr std::string_view summary = "a field of each kind";
  bool flag = false;
  std::int64_t count = 3;
  double ratio = 0.5;
  std::string text = "word";
  Range range{0.1, 0.2};
  Color color = Color::red;
  std::optional<double> maybe;
  std::vector<std::int64_t> list{1, 2};
  Inner inner;
  static void describe(auto&& self, auto&& field) {
    field("flag", self.flag, "");
    field("count", self.count, "");
    field("ratio", self.ratio, "");
    field("text", self.text, "");
    field("range", self.range, "");
    field("color", self.color, "");
    field("maybe", self.maybe, "");
    field("list", self.list, "");
    field("inner", self.inner, "inner things");
  }
  friend bool operator==(const Everything&, const Everything&) = default;
};

struct Integers {
  std::uint64_t seed = 1;
  std::int64_t count = 2;
  std::int8_t small = 3;
  static void describe(auto&& self, auto&& field) {
    field("seed", self.seed, "");
    field("count", self.count, "");
    field("small", self.small, "");
  }
  friend bool operator==(const Integers&, const Integers&) = default;
};

}  // namespace

template <>
struct cspgan::EnumNames<Color> {
  static constexpr std::array names{std::pair{Color::red, "red"}, std::pair{Color::green, "green"}};
};

TEST_CASE("options of every kind survive the way through JSON text", "[core]") {
  const Everything before{.flag = true,
                          .count = -7,
                          .ratio = 0.1,
                          .text = "a \"quoted\" \n word",
                          .range = {0.7, 0.9},
                          .color = Color::green,
                          .maybe = 2.5,
                          .list = {4, 5, 6},
                          .inner = {.weight = 3}};
  const std::string text = to_json(to_value(before));
  CHECK(from_value<Everything>(parse_json(text, "test"), "") == before);
}

TEST_CASE("fields that a table does not name keep their defaults", "[core]") {
  Everything expected;
  expected.count = 8;
  CHECK(from_value<Everything>(parse_json(R"({"count": 8})", "test"), "") == expected);
}

TEST_CASE("a misspelled key is refused with the nearest one and its path", "[core]") {
  const auto message = message_of<OptionError>(
      [] { from_value<Everything>(parse_json(R"({"inner": {"wieght": 2}})", "test"), "thing"); });
  CHECK(contains(message, "thing.inner.wieght"));
  CHECK(contains(message, "did you mean 'weight'?"));
}

TEST_CASE("a value of the wrong kind is refused with what was expected and what was found", "[core]") {
  const auto message_for = [](const char* text) {
    return message_of<OptionError>([&] { from_value<Everything>(parse_json(text, "test"), ""); });
  };
  CHECK(contains(message_for(R"({"count": 1.5})"), "count: expected an integer, found 1.5"));
  CHECK(contains(message_for(R"({"flag": 1})"), "expected true or false"));
  CHECK(contains(message_for(R"({"range": [1]})"), "two numbers"));
  CHECK(contains(message_for(R"({"color": "gren"})"), "did you mean 'green'?"));
  CHECK(contains(message_for(R"({"list": [1, "x"]})"), "list[1]"));
  CHECK(contains(message_for(R"({"inner": {"weight": 11}})"), "inner: weight must lie in [0, 10], not 11"));
}

TEST_CASE("a number that is not finite is refused, alone, in a range and in a list", "[core]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto message_for = [](std::string_view name, const Value& value) {
    return message_of<OptionError>([&] {
      from_value<Everything>(Value::Object{{std::string(name), value}}, "training");
    });
  };
  CHECK(message_for("ratio", infinity) == "training.ratio: expected a finite number, found inf");
  CHECK(message_for("ratio", -infinity) == "training.ratio: expected a finite number, found -inf");
  CHECK(message_for("ratio", std::nan("")) == "training.ratio: expected a finite number, found nan");
  CHECK(message_for("maybe", infinity) == "training.maybe: expected a finite number, found inf");
  CHECK(message_for("range", Value::Array{0.5, infinity}) == "training.range: expected a finite number, found inf");
  CHECK(message_for("range", Value::Array{std::nan(""), 1}) == "training.range: expected a finite number, found nan");
  CHECK(
      contains(message_for("inner", Value::Object{{"weight", infinity}}), "training.inner.weight: expected a finite"));
}

TEST_CASE("an integer that its option cannot hold is refused with the bounds", "[core]") {
  const auto message_for = [](const char* text) {
    return message_of<OptionError>([&] { from_value<Integers>(parse_json(text, "test"), ""); });
  };
  CHECK(message_for(R"({"seed": -1})") == "seed: expected an integer from 0 to 9223372036854775807, found -1");
  CHECK(contains(message_for(R"({"seed": 9223372036854775808})"), "from 0 to 9223372036854775807, found 9.22337"));
  CHECK(contains(message_for(R"({"count": 9223372036854775808})"), "from -9223372036854775808 to 9223372036854775807"));
  CHECK(message_for(R"({"small": 128})") == "small: expected an integer from -128 to 127, found 128");
  CHECK(message_for(R"({"small": 0.5})") == "small: expected an integer from -128 to 127, found 0.5");
  CHECK(message_for(R"({"count": 0.5})") == "count: expected an integer, found 0.5 (a number)");
}

TEST_CASE("a seed comes back as it was, and one above the integers of JSON and TOML is refused by name", "[core]") {
  const Integers most{.seed = INT64_MAX, .count = INT64_MIN, .small = -128};
  CHECK(from_value<Integers>(parse_json(to_json(to_value(most)), "test"), "") == most);
  CHECK(message_of<OptionError>([] { to_value(Integers{.seed = std::uint64_t{INT64_MAX} + 1}); }) ==
        "seed: must be at most 9223372036854775807, not 9223372036854775808");
  CHECK(message_of<OptionError>([] { to_value(std::vector<std::uint64_t>{UINT64_MAX}); }) ==
        "an integer: must be at most 9223372036854775807, not 18446744073709551615");
}

TEST_CASE("JSON that is torn or deep is refused without harm", "[core]") {
  CHECK_THROWS_AS(parse_json(R"({"a": )", "file"), Error);
  CHECK(contains(message_of<Error>([] { parse_json("[1, 2", "some file"); }), "some file"));
}

// Pointers would convert to bool.
static_assert(!std::is_constructible_v<Value, const int*>);
static_assert(!std::is_constructible_v<Value, void*>);
static_assert(!std::is_constructible_v<Value, const unsigned char*>);
static_assert(!std::is_constructible_v<Value, int (*)()>);

TEST_CASE("a value is made from every type of integer, text and truth", "[core]") {
  const std::string text = "text";
  char writable[] = "text";
  for (const Value& value :
       {Value("text"), Value(text.c_str()), Value(writable), Value(text), Value(std::string_view(text))})
    CHECK(value.string() == "text");
  for (const Value& value : {Value(7), Value(7L), Value(7LL), Value(7U), Value(std::size_t{7}), Value(std::uint64_t{7}),
                             Value(std::uint8_t{7}), Value(short{7})})
    CHECK((value.is_integer() && value.integer() == 7));
  CHECK(Value(true).is_bool());
  CHECK((Value(0.5F) == 0.5));
  CHECK(Value(nullptr).is_null());
  CHECK(Value(std::uint64_t{INT64_MAX}).integer() == INT64_MAX);
  CHECK(message_of<Error>([] { Value(std::uint64_t{INT64_MAX} + 1); }) ==
        "9223372036854775808 is too large: integers go up to 9223372036854775807");
}

TEST_CASE("JSON keeps the order of keys, and every kind of value", "[core]") {
  const Value read = parse_json(R"( {"z": [1, -2, 0.5, "x", null, {}], "a": {"b": true, "c": []}, "n": 1e3} )", "file");
  CHECK(read == Value(Value::Object{{"z", Value::Array{1, -2, 0.5, "x", nullptr, Value(Value::Object{})}},
                                    {"a", Value::Object{{"b", true}, {"c", Value(Value::Array{})}}},
                                    {"n", 1000.0}}));
  CHECK(parse_json(to_json(read), "file") == read);
  CHECK(parse_json("7", "file") == 7);
}

TEST_CASE("JSON with a key twice in an object, at any depth, is refused and names it", "[core]") {
  const auto message_for = [](const char* text) { return message_of<Error>([&] { parse_json(text, "some file"); }); };
  CHECK(message_for(R"({"a": 1, "b": 2, "a": 1})") == "some file: a JSON object has the key 'a' twice");
  CHECK(contains(message_for(R"([{"x": {"c": [], "\u0063": 0}}])"), "the key 'c' twice"));
  CHECK_NOTHROW(parse_json(R"({"a": {"a": 1}, "b": {"a": 1}})", "some file"));
}

TEST_CASE("JSON is refused with the first bad byte, too deep nesting and numbers out of range by name", "[core]") {
  const auto message_for = [](std::string_view text) {
    return message_of<Error>([&] { parse_json(text, "some file"); });
  };
  CHECK(message_for("[1, 2") == "some file: not JSON at byte 6");
  CHECK(message_for("{} x") == "some file: not JSON at byte 4");
  CHECK(message_for(std::string_view("{}\0x", 4)) == "some file: not JSON at byte 3");
  CHECK(message_for(std::string(101, '[') + std::string(101, ']')) == "some file: JSON nested deeper than 100");
  CHECK_NOTHROW(parse_json(std::string(100, '[') + std::string(100, ']'), "some file"));
  CHECK(message_for("[1e999]") == "some file: JSON with a number that is out of range");
}

TEST_CASE("a JSON object of 300,000 keys comes back whole", "[core]") {
  Value::Object members;
  for (int i = 0; i < 300'000; ++i) members.emplace_back("key " + std::to_string(i), i);
  const Value object(std::move(members));
  CHECK((parse_json(to_json(object), "test") == object));
}

TEST_CASE("a registry makes what a table names and refuses an unknown name with the nearest", "[core]") {
  Registry<Everything> registry("thing");
  registry.add<Everything>();
  CHECK(registry.make(parse_json(R"({"name": "everything", "count": 9})", "test"), "things").count == 9);
  CHECK(registry.make("everything", "things") == Everything{});
  CHECK(message_of<OptionError>([&] { registry.make("evrything", "things"); }) ==
        "things: unknown thing 'evrything'; did you mean 'everything'?");
  CHECK(contains(message_of<OptionError>([&] { registry.make(parse_json(R"({"count": 9})", "test"), "things"); }),
                 "needs a name"));
  CHECK(registry.entries().front().fields.size() == 9);
}

TEST_CASE("the nearest word is found for slips, and none for another word", "[core]") {
  const std::vector<std::string> words{"learning_rate", "beta1", "batch_size"};
  CHECK(closest_match("learnign_rate", words) == "learning_rate");
  CHECK(closest_match("batchsize", words) == "batch_size");
  CHECK(closest_match("zebra_crossing_x", words).empty());
}
