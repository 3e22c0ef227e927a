// Recipes: from files and options to the parts of a run.
#include "cspgan/recipes/recipe.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cspgan/core/device.hpp"
#include "cspgan/core/differences.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/losses/registry.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/policies/registry.hpp"
#include "recipes/toml.hpp"

namespace cspgan {

namespace {

constexpr std::array lengths{"kimg", "epochs", "steps"};

bool is_array_of_named(const Value& value) {
  return value.is_array() && !value.array().empty() &&
         std::ranges::all_of(value.array(), [](const Value& element) { return element.find("name") != nullptr; });
}

/// The preset's options with the table's other members laid over them.
template <class Options, class Preset>
Options network_options(const Value& table, std::int64_t image_size, std::string_view where,
                        std::string_view default_preset, const Preset& preset) {
  if (!table.is_object()) detail::fail_kind(where, "a table", table);
  Value changes{Value::Object{}};
  for (const auto& [key, value] : table.object())
    if (key != "preset") changes.set(key, value);
  std::string name(default_preset);
  if (const Value* const given = table.find("preset")) assign(name, *given, std::string(where) + ".preset");
  Options options = preset(name, image_size);
  assign(options, changes, where);
  return options;
}

}  // namespace

void Recipe::validate() const {
  if (batch_size < 1) throw OptionError(fmt::format("batch_size must be >= 1, not {}", batch_size));
  if (log_every < 1) throw OptionError(fmt::format("log_every must be >= 1, not {}", log_every));
  if (measure_attributes < 0) throw OptionError(fmt::format("measure_attributes must be >= 0, not {}", measure_attributes));
  if (threads < 0) throw OptionError(fmt::format("threads must be >= 0, not {}", threads));
  if (loader.workers < 0) throw OptionError(fmt::format("loader.workers must be >= 0, not {}", loader.workers));
  if (image_size < 32 || image_size > 256 || (image_size & (image_size - 1)) != 0)
    throw OptionError(fmt::format("image_size must be a power of two from 32 to 256, not {}", image_size));
  evaluation.validate();
}

GeneratorOptions Recipe::generator_options() const {
  return network_options<GeneratorOptions>(generator, image_size, "generator", "csp", generators::preset);
}

DiscriminatorOptions Recipe::discriminator_options() const {
  return network_options<DiscriminatorOptions>(discriminator, image_size, "discriminator", "plain",
                                               discriminators::preset);
}

AnyLoss Recipe::make_loss() const { return cspgan::losses().make(loss, "loss"); }

PolicyList Recipe::make_policies() const {
  const auto known = cspgan::policies();
  std::vector<AnyPolicy> made;
  for (const Value& policy : policies) made.push_back(known.make(policy, "policies"));
  return PolicyList(std::move(made));
}

TrainerOptions Recipe::trainer_options() const {
  TrainerOptions options = training;
  options.seed = seed;
  options.device = device;
  return options;
}

RunOptions Recipe::run_options() const {
  return {.kimg = kimg, .epochs = epochs, .steps = steps, .log_every = log_every, .should_stop = {}};
}

void merge(Value& base, const Value& over) {
  for (const auto& [key, value] : over.object()) {
    if (std::ranges::find(lengths, key) != lengths.end())
      for (const char* length : lengths)
        if (base.find(length) != nullptr) base.set(length, nullptr);
  }
  for (const auto& [key, value] : over.object()) {
    Value& member = base[key];
    // A table of another kind replaces: a "linear" schedule has nothing to take over from a "step" one.
    const Value* const before = member.find("name");
    const Value* const after = value.find("name");
    const bool same_kind = before == nullptr || after == nullptr || *before == *after;
    if (member.is_object() && value.is_object() && same_kind)
      merge(member, value);
    else
      member = value;
  }
}

void set_option(Value& table, std::string_view path, std::string_view text) {
  const std::size_t dot = path.find('.');
  const std::string key(path.substr(0, dot));
  if (dot == std::string_view::npos) {
    merge(table, Value::Object{{key, parse_toml_value(text)}});
    return;
  }
  const std::string_view rest = path.substr(dot + 1);
  Value& member = table[key];
  if (is_array_of_named(member)) {  // policies.<name>.<field>
    const std::string name(rest.substr(0, rest.find('.')));
    std::vector<std::string> names;
    Value::Array elements = member.array();
    for (Value& element : elements) {
      names.push_back(element.at("name").string());
      if (names.back() == name && rest.find('.') != std::string_view::npos) {
        set_option(element, rest.substr(name.size() + 1), text);
        member = std::move(elements);
        return;
      }
    }
    detail::fail_unknown_word(key, name, names);
  }
  if (!member.is_null() && !member.is_object())
    throw OptionError(fmt::format("--set {}: '{}' is {}, not a table", path, key, member.kind()));
  set_option(member, rest, text);
}

namespace {

/// `children`: the recipes on the way here, to catch one that is its own ancestor.
RecipeSource find_recipe(std::string_view name_or_path, std::vector<std::string> children) {
  if (std::ranges::find(children, name_or_path) != children.end())
    throw OptionError(fmt::format("recipe '{}' is its own parent", name_or_path));
  children.emplace_back(name_or_path);
  RecipeSource found;
  std::vector<std::string> names;
  for (RecipeSource& builtin : builtin_recipes()) {
    names.push_back(builtin.name);
    if (builtin.name == name_or_path) found = std::move(builtin);
  }
  if (found.name.empty()) {
    const std::filesystem::path path(name_or_path);
    if (!std::filesystem::is_regular_file(path)) {
      if (const std::string now = renamed_word("recipe", name_or_path); !now.empty())
        throw OptionError(fmt::format("the recipe '{}' is now called '{}'", name_or_path, now));
      const std::string best = closest_match(name_or_path, names);
      throw OptionError(
          fmt::format("there is no recipe and no file named '{}'; {}", name_or_path,
                      best.empty() ? "--list-recipes shows what there is" : fmt::format("did you mean '{}'?", best)));
    }
    found = {path.stem().string(), parse_toml(read_file(path), path.string())};
  }
  if (found.table.find("name") == nullptr) found.table.set("name", found.name);
  if (const Value* parent = found.table.find("parent")) {
    if (!parent->is_string()) detail::fail_kind("parent", "the name of a recipe", *parent);
    if (!parent->string().empty()) {
      Value base = find_recipe(parent->string(), children).table;
      merge(base, found.table);
      found.table = std::move(base);
    }
  }
  return found;
}

}  // namespace

RecipeSource find_recipe(std::string_view name_or_path) { return find_recipe(name_or_path, {}); }

Value describe_origins(std::string_view name_or_path, const Recipe& recipe) {
  Value::Array origins;
  const auto compare = [&](const Recipe& there, const Recipe& here, std::string_view of) {
    Value::Array options;
    for (const Difference& difference : differences(to_value(there), to_value(here))) {
      static constexpr std::array elsewhere{"name", "summary", "parent", "data", "out", "resume"};
      if (std::ranges::find(elsewhere, difference.option) != elsewhere.end()) continue;
      options.push_back(
          Value::Object{{"option", difference.option}, {"there", difference.before}, {"here", difference.after}});
    }
    if (!options.empty())
      origins.push_back(Value::Object{{"recipe", there.name}, {"of", of}, {"options", std::move(options)}});
  };
  const auto named = from_value<Recipe>(find_recipe(name_or_path).table, "");
  compare(named, recipe, "this run");
  if (!named.parent.empty()) {
    try {
      compare(from_value<Recipe>(find_recipe(named.parent).table, ""), named, named.name);
    } catch (const OptionError&) {  // a parent need not be complete by itself
    }
  }
  return origins;
}

std::string to_toml_text(const Recipe& recipe) { return to_toml(to_value(recipe)); }

}  // namespace cspgan
