// Trees of options as leaves, and what differs between two.
#include "cspgan/core/differences.hpp"
#include "support/catch.hpp"

using namespace cspgan;

namespace {

Value tree(std::string_view json) { return parse_json(json, "a test"); }

}  // namespace

TEST_CASE("leaves have dotted paths, and named tables of an array their names", "[core]") {
  const auto leaves = flatten(tree(R"({"a": 1, "b": {"c": {"d": "x"}, "e": [1, 2]}, "f": {}, "policies": [
    {"name": "r1", "gamma": 0.5}, {"name": "flips"}]})"));
  const std::vector<std::pair<std::string, Value>> expected{{"a", 1},
                                                            {"b.c.d", "x"},
                                                            {"b.e", Value::Array{1, 2}},
                                                            {"policies", Value::Array{"r1", "flips"}},
                                                            {"policies.r1.gamma", 0.5}};
  CHECK((leaves == expected));
}

TEST_CASE("tables of one name in an array stay one leaf", "[core]") {
  const Value twice = tree(R"({"policies": [{"name": "r1", "gamma": 1}, {"name": "r1", "gamma": 2}]})");
  REQUIRE(flatten(twice).size() == 1);
  CHECK((flatten(twice)[0].second == twice.at("policies")));
}

TEST_CASE("differences are the leaves that differ, by value and not by type of number", "[core]") {
  const Value before = tree(R"({"same": 1, "list": [1, 2.0], "gone": true, "policies": [{"name": "r1", "gamma": 1}],
                               "loss": {"name": "hinge"}, "null": null})");
  const Value after = tree(R"({"same": 1.0, "list": [1.0, 2], "policies": [{"name": "r1", "gamma": 2}], "new": "x",
                              "loss": {"name": "hinge"}})");
  const std::vector<Difference> expected{{"policies.r1.gamma", 1, 2}, {"new", Value(), "x"}, {"gone", true, Value()}};
  CHECK((differences(before, after) == expected));
  CHECK(differences(after, after).empty());
}

TEST_CASE("another order of policies is a difference", "[core]") {
  const Value one = tree(R"({"policies": [{"name": "a"}, {"name": "b"}]})");
  const Value two = tree(R"({"policies": [{"name": "b"}, {"name": "a"}]})");
  REQUIRE(differences(one, two).size() == 1);
  CHECK((differences(one, two)[0].option == "policies"));
}
