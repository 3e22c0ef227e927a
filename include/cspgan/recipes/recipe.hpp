// A recipe fully describes a run: networks, loss, policies, optimizers, data handling, length.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/data/image_sets.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/data/partition.hpp"
#include "cspgan/evaluation/evaluation_observer.hpp"
#include "cspgan/losses/any_loss.hpp"
#include "cspgan/losses/losses.hpp"
#include "cspgan/models/presets.hpp"
#include "cspgan/nn/initialization.hpp"
#include "cspgan/policies/any_policy.hpp"
#include "cspgan/recipes/outcome.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/training/trainer_options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The choice of images from the program's data set.
struct SourceOptions {
  Partition partition = Partition::train;
  double holdout = 0;
  std::string where;
  std::int64_t min_side = 0;
  Crop crop = Crop::center;
  std::int64_t count = 100'000;

  static void describe(auto&& self, auto&& field) {
    field("partition", self.partition,
          "part of the images to train on; FFHQ has train and validation, other folders have what holdout gives them");
    field(
        "holdout", self.holdout,
        "share of a folder's images that is held out as its validation part, by a hash of the name, in [0, 1); CelebA "
        "and FFHQ have parts of their own");
    field("where", self.where,
          "conditions on labels, such as Smiling=1,Eyeglasses=-1: other images are left out; empty: none are");
    field("min_side", self.min_side, "images whose shorter side has fewer pixels are left out, >= 0");
    field(
        "crop", self.crop,
        "how an image becomes square: center (the middle), top (the upper part of a tall one), pad (black stripes) or "
        "stretch (out of proportion)");
    field("count", self.count, "number of different avatars to draw, >= 1; other data sets use all of their images");
  }
  friend bool operator==(const SourceOptions&, const SourceOptions&) = default;
};

/// What a run does about a loss or a gradient that is not finite.
enum class OnNonFinite { stop, rollback };

template <>
struct EnumNames<OnNonFinite> {
  static constexpr std::array<std::pair<OnNonFinite, std::string_view>, 2> names{
      {{OnNonFinite::stop, "stop"}, {OnNonFinite::rollback, "rollback"}}};
};

/// All options of a run, resolved. As a table, a network has a preset beside its options and no image_size of its own:
/// [generator] preset = "csp128" stands for all options of that preset at the recipe's image_size, and the other keys
/// change it. A loss is a name or a table with a name; policies are [[policies]] tables with a name.
struct Recipe {
  std::string name = "custom";
  std::string summary;
  std::string parent;
  std::string data;
  std::string out;
  std::int64_t image_size = 64;
  std::int64_t batch_size = 64;
  std::optional<std::int64_t> learning_rate_image_size;
  std::optional<double> kimg;
  std::optional<double> epochs;
  std::optional<std::int64_t> steps;
  std::int64_t log_every = 10;
  std::uint64_t seed = 1;
  std::string init;
  OnNonFinite on_nonfinite = OnNonFinite::stop;
  std::int64_t rollbacks = 3;
  std::string device = "auto";
  int threads = 0;
  std::string resume = "auto";
  std::string generator_preset = "csp";  // preset that `generator` started from; only `generator` has an effect
  GeneratorOptions generator = generators::csp(64);
  std::string discriminator_preset = "plain";
  DiscriminatorOptions discriminator = discriminators::plain(64);
  InitializationOptions generator_initialization{};
  InitializationOptions discriminator_initialization{};
  AnyLoss loss = NonSaturatingLoss{};
  std::vector<AnyPolicy> policies;
  TrainerOptions training{};  // seed and device: see trainer_options()
  LoaderOptions loader{};     // sizes and seed: see loader_options()
  SourceOptions source{};
  SampleOptions samples{};
  CheckpointOptions checkpoints{};
  TrainingEvaluationOptions evaluation{};
  std::int64_t measure_attributes = 0;

  static void describe(auto&& self, auto&& field) {
    field("name", self.name, "name of the recipe, for reports and for the default of out");
    field("summary", self.summary, "purpose of the recipe in one sentence");
    field("parent", self.parent,
          "recipe that this one changes: the name of a built-in one, or the path of a TOML file");
    field("data", self.data, "path of the images; see the program's --help for what it must hold");
    field("out", self.out, "folder of the run; empty: runs/<name of the recipe>");
    field("image_size", self.image_size, "width and height of the images in pixels: a power of two from 32 to 1024");
    field("batch_size", self.batch_size, "real images per step, >= 1");
    field("learning_rate_image_size", self.learning_rate_image_size,
          "width of the images, in pixels, that the learning rates are for, >= 1: for other images they are multiplied "
          "by this width over theirs; none: they hold for all");
    field("kimg", self.kimg, "length of the run in thousands of real images, > 0");
    field("epochs", self.epochs, "length of the run in passes over the data, > 0; replaces kimg");
    field("steps", self.steps, "length of the run in steps, >= 1; replaces kimg");
    field("log_every", self.log_every, "steps between two rows of metrics.jsonl, >= 1");
    field("seed", self.seed, "seed of all random numbers, in [0, 2^63)");
    field("init", self.init,
          "checkpoint, or folder of a run, whose weights a new run starts from, as far as they fit; empty: none");
    field("on_nonfinite", self.on_nonfinite,
          "what to do if a loss or a gradient is not finite: stop, or rollback (to the last checkpoint, and on with "
          "other "
          "random numbers)");
    field("rollbacks", self.rollbacks, "times that a run may go back, >= 1; then it stops");
    field("device", self.device, "device to train on: auto (a GPU if there is one), cpu, cuda or cuda:<index>");
    field("threads", self.threads, "CPU threads per operation, >= 0; 0: LibTorch's default");
    field(
        "resume", self.resume,
        "auto: resume if the folder holds a checkpoint, else start; never: refuse a folder that holds a run; must: "
        "refuse to start a new run; or the path of a checkpoint to start from, and to go on if the same command did so "
        "before");
    field("generator", self.generator, "options of the generator: a preset and changes to it");
    field("discriminator", self.discriminator, "options of the discriminator: a preset and changes to it");
    field("generator_initialization", self.generator_initialization, "initial weights of the generator");
    field("discriminator_initialization", self.discriminator_initialization, "initial weights of the discriminator");
    field("loss", self.loss, "loss that the two networks minimize");
    field("policies", self.policies, "list of the policies, each of which changes one aspect of a training step");
    field("training", self.training, "optimizers, schedules, update ratio, EMA and precision");
    field("loader", self.loader, "how images are read");
    field("source", self.source, "which images are used");
    field("samples", self.samples, "grids of sample images");
    field("checkpoints", self.checkpoints, "how often checkpoints are written, and how many are kept");
    field("evaluation", self.evaluation, "metrics computed while the run trains");
    field("measure_attributes", self.measure_attributes,
          "number of images whose attributes are measured at the end of the run, >= 0; 0: none; for avatars");
  }
  /// Throws OptionError naming the option if a value is out of range, a network has another image size, or a policy
  /// does not work with the loss.
  void validate() const;

  TrainerOptions trainer_options() const;  // training, with the recipe's seed and device
  LoaderOptions loader_options() const;    // loader, with the recipe's sizes and seed
  RunOptions run_options() const;
};

// Constrained, since AnyLoss and AnyPolicy can be made of anything.
template <std::same_as<AnyLoss> L>
Value to_value(const L& loss) {
  return loss.describe();
}
template <std::same_as<AnyPolicy> P>
Value to_value(const P& policy) {
  return policy.describe();
}
void assign(AnyLoss& out, const Value& value, std::string_view where);
void assign(std::vector<AnyPolicy>& out, const Value& value, std::string_view where);

/// The recipe with all of its options, and with the presets of the networks.
Value to_value(const Recipe& recipe);

/// Sets the options that `value` names and keeps the others. A network starts anew from its preset if `value` names a
/// preset or changes image_size. A table without a name (a loss, an optimizer, a schedule) changes the present one.
/// Throws OptionError naming the option; `out` is then unchanged.
void assign(Recipe& out, const Value& value, std::string_view where);

/// A recipe as its file gives it, merged over its parent, before defaults and the command line; tables may be partial.
struct RecipeSource {
  std::string name;
  Value table;
  std::vector<Outcome> measured{};  // the file's [[measured]] tables; no option, and not inherited
  Value parent_table{};             // the parent's own table, or null
};

/// The recipes that come with the library, as the files in recipes/ give them.
const std::vector<RecipeSource>& builtin_recipes();

/// A built-in recipe by name, or a TOML file by path. A recipe with `parent = "name"` is merged over that one.
/// Throws OptionError with the closest name if there is neither.
RecipeSource find_recipe(std::string_view name_or_path);

/// Where a resolved recipe comes from: [{"recipe": name, "of": name, "options": [{"option", "there", "here"}]}]. First
/// what the command line changed in the recipe of `source`; then what that recipe changed in its parent. Entries
/// without a difference are left out, and so are names, paths and --resume.
Value describe_origins(const RecipeSource& source, const Recipe& recipe);

/// Merges `over` into `base`. Tables are merged, unless their names differ; everything else is replaced. A length
/// (kimg, epochs, steps) removes the other two.
void merge_tables(Value& base, const Value& over);

/// Sets one option by its dotted path, e.g. "training.ema.half_life_kimg" or "policies.r1.gamma"; `text` is a TOML
/// value or a bare word. Throws OptionError if the path leads through something that is not a table.
void set_option(Value& table, std::string_view path, std::string_view text);
/// The same in a table of other options, of which `defaults` are all.
void set_option(Value& table, std::string_view path, std::string_view text, const Value& defaults);
/// set_option with "OPTION=VALUE", as --set takes it. Throws OptionError for text of another form.
void set_option_word(Value& table, std::string_view setting, const Value& defaults);

/// TOML text of a recipe, complete with defaults; an option without a value is "none".
std::string to_toml_text(const Recipe& recipe);

/// An option that set_option can set.
struct RecipeOption {
  std::string path;
  Value default_value;  // null: "none"
  std::string help;
  std::vector<std::string> words;  // all words that it accepts; empty if it accepts other values
  std::vector<std::string> kinds;  // the losses, optimizers or schedules that have it; empty if it belongs to none
};

/// Every option of a recipe, including nested ones, with the defaults of an empty recipe.
std::vector<RecipeOption> recipe_options();

/// The same as text, with a summary of each loss, policy, optimizer and schedule, as a program's --describe prints it.
std::string describe_recipe_options();

}  // namespace cspgan
