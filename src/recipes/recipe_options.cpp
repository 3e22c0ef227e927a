// Every option of a recipe, listed from the descriptions of its types.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <concepts>
#include <utility>

#include "cspgan/losses/registry.hpp"
#include "cspgan/models/named_presets.hpp"
#include "cspgan/policies/registry.hpp"
#include "cspgan/recipes/recipe.hpp"
#include "recipes/recipe_paths.hpp"

namespace cspgan {

namespace {

class OptionList {
 public:
  template <class T>
  void add(const std::string& path, const T& option, std::string_view help) {
    if constexpr (std::same_as<T, AnyLoss>)
      add_choice(path, option.describe(), help, losses());
    else if constexpr (std::same_as<T, AnyOptimizer>)
      add_choice(path, option.describe(), help, optimizers());
    else if constexpr (std::same_as<T, AnySchedule>)
      add_choice(path, option.describe(), help, schedules());
    else if constexpr (std::same_as<T, std::vector<AnyPolicy>>)
      add_policies(path, help);
    else if (!is_set_by_recipe(path))
      add_one({path, to_value(option), std::string(help), option_words<T>(), {}});
  }

  void add_one(RecipeOption option) { options_.push_back(std::move(option)); }

  std::vector<RecipeOption> take() { return std::move(options_); }

 private:
  /// The name, then the fields of all that it can name; those that several have in common stand once.
  template <class Any>
  void add_choice(const std::string& path, const Value& present, std::string_view help, const Registry<Any>& known) {
    std::vector<std::string> names;
    for (const auto& entry : known.entries()) names.push_back(entry.name);
    add_one({path, present.at("name"), std::string(help), names, {}});
    const auto first = static_cast<std::ptrdiff_t>(options_.size());
    for (const auto& entry : known.entries())
      for (const FieldHelp& field : entry.fields) {
        RecipeOption option{path + "." + field.name, field.default_value, field.help, field.words, {entry.name}};
        const auto same = std::find_if(options_.begin() + first, options_.end(), [&](const RecipeOption& other) {
          return other.path == option.path && other.default_value == option.default_value && other.help == option.help;
        });
        if (same == options_.end())
          add_one(std::move(option));
        else
          same->kinds.push_back(entry.name);
      }
  }

  void add_policies(const std::string& path, std::string_view help) {
    add_one({path, Value::Array{}, std::string(help), {}, {}});
    for (const auto& entry : policies().entries())
      for (const FieldHelp& field : entry.fields)
        add_one({path + "." + entry.name + "." + field.name, field.default_value, field.help, field.words, {}});
  }

  std::vector<RecipeOption> options_;
};

std::string option_text(const RecipeOption& option) {
  std::string text = fmt::format("{} = {}: {}", option.path,
                                 option.default_value.is_null() ? "none" : to_json(option.default_value), option.help);
  if (!option.words.empty()) text += fmt::format(" ({})", fmt::join(option.words, ", "));
  if (!option.kinds.empty()) text += fmt::format(" {{{}}}", fmt::join(option.kinds, ", "));
  return text + '\n';
}

template <class Any>
std::string registry_text(std::string_view title, const Registry<Any>& registry) {
  std::string text = fmt::format("\n{}:\n", title);
  for (const auto& entry : registry.entries()) text += fmt::format("  {}: {}\n", entry.name, entry.summary);
  return text;
}

}  // namespace

std::vector<RecipeOption> recipe_options() {
  OptionList list;
  const auto add_preset = [&](const std::string& network, const std::string& preset, std::vector<std::string> names) {
    list.add_one({network + ".preset",
                  preset,
                  "network whose options are the defaults of this table; shown are those of "
                  "the default preset",
                  std::move(names),
                  {}});
  };
  const Recipe defaults;
  const auto add = [&](const std::string& path, const auto& option, std::string_view help) {
    list.add(path, option, help);
  };
  Recipe::describe(defaults, [&]<class T>(std::string_view name, const T& option, std::string_view help) {
    if constexpr (std::same_as<T, GeneratorOptions>)
      add_preset("generator", defaults.generator_preset, generators::preset_names());
    if constexpr (std::same_as<T, DiscriminatorOptions>)
      add_preset("discriminator", defaults.discriminator_preset, discriminators::preset_names());
    if constexpr (Described<T>)
      visit_fields(option, std::string(name), add);
    else
      add(std::string(name), option, help);
  });
  return list.take();
}

std::string describe_recipe_options() {
  std::string text =
      "Every option of a recipe with its default, for --set OPTION=VALUE and for recipe files.\n"
      "[table]: what its options are for. (...): the words that an option takes. {...}: the losses, optimizers or "
      "schedules that have it.\n"
      "An option of a policy can be set if the recipe has that policy.\n";
  std::vector<std::pair<std::string, std::string>> tables;
  Recipe::describe(Recipe{}, [&]<class T>(std::string_view name, const T&, std::string_view help) {
    if constexpr (Described<T>) tables.emplace_back(name, help);
  });
  const std::vector<RecipeOption> options = recipe_options();
  const auto top_of = [](const RecipeOption& option) { return option.path.substr(0, option.path.find('.')); };
  std::string top;
  bool among_single = false;  // options at the top follow each other without an empty line
  for (const RecipeOption& option : options) {
    if (top_of(option) != top) {
      top = top_of(option);
      const bool single = std::ranges::count(options, top, top_of) == 1;
      if (!(single && among_single)) text += '\n';
      among_single = single;
      for (const auto& [table, help] : tables)
        if (table == top) text += fmt::format("[{}] {}\n", table, help);
    }
    text += option_text(option);
  }
  return text + registry_text("losses", losses()) + registry_text("policies", policies()) +
         registry_text("optimizers", optimizers()) + registry_text("schedules", schedules());
}

}  // namespace cspgan
