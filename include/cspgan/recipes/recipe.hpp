// A recipe fully describes a run: networks, loss, policies, optimizers, data handling, length.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/data/partition.hpp"
#include "cspgan/losses/any_loss.hpp"
#include "cspgan/losses/losses.hpp"
#include "cspgan/models/discriminator.hpp"
#include "cspgan/models/generator.hpp"
#include "cspgan/nn/initialization.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/evaluation/evaluation_observer.hpp"
#include "cspgan/runs/run_observers.hpp"
#include "cspgan/training/trainer_options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// How images reach the trainer, apart from where they come from.
struct DataOptions {
  bool flip = true;
  std::int64_t workers = 1;
  std::int64_t cache_mebibytes = 2048;
  double max_bad_share = 0.1;
  Partition partition = Partition::train;
  std::int64_t count = 100'000;

  static void describe(auto&& self, auto&& field) {
    field("flip", self.flip, "mirror half of the images");
    field("workers", self.workers, "threads that read images ahead, >= 0; changes no bit of the result");
    field("cache_mebibytes", self.cache_mebibytes, "decoded images kept in memory, where all of them fit");
    field("max_bad_share", self.max_bad_share, "share of unreadable images above which a run stops, in [0, 1]");
    field("partition", self.partition, "of CelebA: train, validation, test or all");
    field("count", self.count, "of avatars: how many different ones there are");
  }
  friend bool operator==(const DataOptions&, const DataOptions&) = default;
};

/// A loss and policies by their registry names; a recipe file writes loss = "hinge" or loss = {name = ..., ...}, and
/// [[policies]] tables.
struct Recipe {
  std::string name = "custom";
  std::string summary;
  std::string parent;  // the recipe that this one was laid over, if any
  std::string data;    // path; programs say what they expect there
  std::string out;
  std::int64_t image_size = 64;
  std::int64_t batch_size = 64;
  std::optional<double> kimg;
  std::optional<double> epochs;
  std::optional<std::int64_t> steps;
  std::int64_t log_every = 10;
  std::uint64_t seed = 1;
  std::string device = "auto";
  int threads = 0;
  std::string resume = "auto";
  Value generator{Value::Object{}};      // preset = "...", and fields of GeneratorOptions that differ from it
  Value discriminator{Value::Object{}};  // likewise
  InitializationOptions generator_initialization{};
  InitializationOptions discriminator_initialization{};
  Value loss = "non_saturating";
  std::vector<Value> policies;
  TrainerOptions training{};
  DataOptions loader{};
  SampleOptions samples{};
  CheckpointOptions checkpoints{};
  TrainingEvaluationOptions evaluation{};
  std::int64_t measure_attributes = 0;

  static void describe(auto&& self, auto&& field) {
    field("name", self.name, "what the recipe is called");
    field("summary", self.summary, "what it is for, in a sentence");
    field("parent", self.parent, "the recipe that this one changes");
    field("data", self.data, "where the images are");
    field("out", self.out, "the run's folder");
    field("image_size", self.image_size, "pixels a side, a power of two from 32 to 256");
    field("batch_size", self.batch_size, "images a step");
    field("kimg", self.kimg, "length of the run in thousands of images");
    field("epochs", self.epochs, "or in passes over the data");
    field("steps", self.steps, "or in steps");
    field("log_every", self.log_every, "steps between two lines of metrics.jsonl");
    field("seed", self.seed, "of everything random");
    field("device", self.device, "auto, cpu, cuda or cuda:<index>");
    field("threads", self.threads, "of one operation on the CPU; 0 is LibTorch's choice");
    field("resume", self.resume, "auto, never, must, or a checkpoint");
    field("generator", self.generator, "preset, and the options that differ from it");
    field("discriminator", self.discriminator, "preset, and the options that differ from it");
    field("generator_initialization", self.generator_initialization, "first weights of the generator");
    field("discriminator_initialization", self.discriminator_initialization, "first weights of the discriminator");
    field("loss", self.loss, "what the networks minimize");
    field("policies", self.policies, "what changes a step");
    field("training", self.training, "optimizers, schedules, update ratios, average, precision");
    field("loader", self.loader, "how images are read");
    field("samples", self.samples, "sample grids");
    field("checkpoints", self.checkpoints, "checkpoints");
    field("evaluation", self.evaluation, "figures about the generator while it is trained");
    field("measure_attributes", self.measure_attributes, "images whose attributes are read when the run is finished; 0 for none");
  }
  void validate() const;

  // What the recipe describes, made; each throws OptionError naming the option.
  GeneratorOptions generator_options() const;
  DiscriminatorOptions discriminator_options() const;
  AnyLoss make_loss() const;
  PolicyList make_policies() const;
  TrainerOptions trainer_options() const;  // with the recipe's seed and device
  RunOptions run_options() const;
};

/// A recipe as its file has it, before defaults and the command line: tables may be partial.
struct RecipeSource {
  std::string name;
  Value table;
};

/// The recipes that come with the library (the files in recipes/).
std::vector<RecipeSource> builtin_recipes();

/// A built-in recipe by name, or a TOML file by path. A recipe with `parent = "name"` is laid over that one.
/// Throws OptionError with the nearest name where there is neither.
RecipeSource find_recipe(std::string_view name_or_path);

/// Where a resolved recipe comes from: [{"recipe": name, "of": name, "options": [{"option", "there", "here"}]}]. First
/// what the command line changed in the recipe of that name or path; then what that recipe changed in its parent.
/// Entries without a difference are left out, and so are names, places and --resume.
Value describe_origins(std::string_view name_or_path, const Recipe& recipe);

/// Lays `over` on `base`: tables merge, all else is replaced. A length (kimg, epochs, steps) replaces the other two.
void merge(Value& base, const Value& over);

/// Sets one option by its dotted path, e.g. "training.ema.half_life_kimg" or "policies.r1.gamma"; `text` is a TOML
/// value or a bare word. Throws OptionError where the path leads through something that is no table.
void set_option(Value& table, std::string_view path, std::string_view text);

/// TOML text of a recipe, complete with defaults.
std::string to_toml_text(const Recipe& recipe);

}  // namespace cspgan
