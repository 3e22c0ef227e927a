// Figures about fakes against reals, from a command line.
#include "cspgan/programs/evaluate.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <ranges>
#include <system_error>
#include <utility>
#include <vector>

#include "cspgan/core/device.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/memory.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/sha256.hpp"
#include "cspgan/data/celeba.hpp"
#include "cspgan/data/ffhq.hpp"
#include "cspgan/data/image_folder.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/evaluation/attribute_report.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "cspgan/programs/sampling.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/version.hpp"
#include "evaluation/evaluation_pictures.hpp"
#include "evaluation/image_features.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_closest = 20;  // pairs of a fake and its nearest real that the JSON file lists
constexpr std::int64_t smallest_size = 2, largest_size = 4096;  // of --image-size
constexpr std::int64_t size_as_they_are = 128;  // of --pictures, where images of any size are compared as they are

struct EvaluateCommand {
  bool avatars = false;
  fs::path checkpoint;
  fs::path fake;
  fs::path data;
  std::string partition = "all";
  std::string features = "builtin";
  bool call_fid = false;
  std::string resizing = "none";
  std::string metrics = "fid,kid,prdc,one_nn,diversity";
  std::int64_t count = 10'000;
  std::int64_t real_count = 0;
  std::int64_t image_size = 0;
  std::int64_t neighbors = 5;
  std::int64_t subsets = 100;
  std::int64_t subset_size = 1000;
  std::int64_t seed = 0;
  std::string weights = "ema";
  std::int64_t batch_size = 32;
  std::string device = "auto";
  int threads = 0;
  std::string cache;
  fs::path json;
  fs::path pictures;
};

/// What is warned of at once and told to the JSON file.
class Warnings {
 public:
  void add(const std::string& message) {
    erase_progress();
    say(stderr, "evaluate: warning: {}\n", one_line(message));
    messages_.emplace_back(message);
  }
  const Value::Array& messages() const { return messages_; }

 private:
  Value::Array messages_;
};

void require_within(std::int64_t value, std::int64_t low, std::int64_t high, std::string_view option) {
  if (value < low || value > high)
    throw OptionError(fmt::format("{} must lie in [{}, {}], not {}", option, low, high, value));
}

EvaluationOptions evaluation_options(const EvaluateCommand& command) {
  EvaluationOptions options;
  Value::Array names;
  for (const auto part : std::views::split(command.metrics, ','))
    names.emplace_back(std::string(part.begin(), part.end()));
  assign(options.metrics, Value(std::move(names)), "--metrics");
  options.kernel = {
      .subsets = command.subsets, .subset_size = command.subset_size, .seed = static_cast<std::uint64_t>(command.seed)};
  options.neighbors = command.neighbors;
  options.validate();
  return options;
}

/// Empty for none.
fs::path cache_of(const EvaluateCommand& command, std::string_view name) {
  if (command.cache == "none") return {};
  return command.cache.empty() ? cache_folder(name) : fs::path(command.cache);
}

/// CelebA's or FFHQ's layout where the folder has it, else all images below it.
ImageFolder open_folder(const fs::path& folder, Partition partition, std::int64_t image_size) {
  if (fs::exists(folder / "list_eval_partition.txt")) return CelebA(folder, partition).files();
  if (fs::exists(folder / "thumbnails128x128") || fs::exists(folder / "images1024x1024"))
    return FFHQ(folder, partition, image_size == 0 ? 1024 : image_size).files();
  if (partition != Partition::all)
    throw OptionError(fmt::format("--partition {}: '{}' has no published partitions, such as CelebA's",
                                  enum_name(partition), folder.string()));
  return ImageFolder(folder);
}

/// Everything that turns images into features, and the cache beside it.
class FeatureMaker {
 public:
  FeatureMaker(const EvaluateCommand& command, const EvaluationOptions& options, Warnings& warnings)
      : command_(command),
        warnings_(warnings),
        device_(parse_device(command.device)),
        extractor_(make_extractor(command.features, device_)),
        metrics_(options.metrics) {
    assign(resizing_, Value(command.resizing), "--resizing");
    if (const fs::path folder = cache_of(command, "features"); !folder.empty()) cache_.emplace(folder);
    if (command.call_fid && command.features == "builtin")
      throw OptionError("--fid says that --features FILE.pt is the Inception network; the built-in one never is");
  }

  FeatureOrigin origin() const {
    return {extractor_.name(), command_.call_fid || extractor_.is_inception(), resizing_, extractor_.file_sha256()};
  }
  void require_probabilities(std::int64_t image_size) const {
    cspgan::require_probabilities(extractor_, resizing_, image_size, metrics_, "--metrics");
  }
  at::Device device() const { return device_; }

  /// Features of `count` images of a folder (0: all), drawn at random by the seed. `names` are those of the images that
  /// were used, in their order. A set with bad images is not kept, so that they are named each time.
  FeatureSet of_folder(const std::string& what, const ImageFolder& images, std::int64_t count, std::int64_t image_size,
                       bool with_probabilities, std::vector<std::string>& names) {
    const std::vector<std::int64_t> chosen =
        choose_images(images.size(), count, static_cast<std::uint64_t>(command_.seed));
    const std::string key = key_of(what, images, chosen, image_size);
    if (std::optional<FeatureSet> known = find(key, with_probabilities)) {
      say(stderr, "{}: features of {} images are in {}\n", what, known->size(), cache_->path_of(key).string());
      for (const std::int64_t index : chosen) names.push_back(images.name(index));
      if (take_statistics(what, *known)) save(key, *known);
      return *std::move(known);
    }
    FeatureCollector collector(extractor_, resizing_, with_probabilities);
    ImagesRead read = collect_features(images, chosen,
                                       {.what = what,
                                        .image_size = image_size,
                                        .batch_size = command_.batch_size,
                                        .warn = [this](const auto& message) { warnings_.add(message); }},
                                       collector);
    FeatureSet set = collector.features();
    set.sizes = read.sizes;
    names = std::move(read.names);
    take_statistics(what, set);
    if (names.size() == chosen.size()) save(key, set);
    return set;
  }

  FeatureSet of_generator(const Sampler& sampler) {
    return features_of_fakes("fakes", command_.count, command_.batch_size, static_cast<std::uint64_t>(command_.seed),
                             sampler.latent_size(), sampler, {extractor_, resizing_, with_probabilities()});
  }

  bool with_probabilities() const { return needs_probabilities(metrics_); }

 private:
  /// Where a figure wants them, they are not there, and a cache would keep them; whether that is so.
  bool take_statistics(const std::string& what, FeatureSet& set) const {
    const bool wanted = std::ranges::find(metrics_, Metric::fid) != metrics_.end();
    if (!wanted || !cache_ || set.statistics || !set.keeps_statistics()) return false;
    ProgressBar bar("statistics of the " + what, set.size(), "images");
    set.statistics = statistics_of(set.features, [&](std::int64_t done, std::int64_t) { bar.update(done); });
    return true;
  }

  /// From the cache, with the images' sizes.
  std::optional<FeatureSet> find(const std::string& key, bool with_probabilities) {
    if (!cache_) return std::nullopt;
    std::string problem;
    std::optional<FeatureSet> known = cache_->load(key, with_probabilities, &problem);
    if (!problem.empty()) warnings_.add(problem + "; it is made anew");
    return known && known->sizes.defined() ? known : std::nullopt;
  }

  /// Says which bytes in which order; a file that cannot be read stands in it as such.
  std::string key_of(const std::string& what, const ImageFolder& images, const std::vector<std::int64_t>& chosen,
                     std::int64_t image_size) const {
    if (!cache_ || extractor_.identity().empty()) return "";
    Sha256 content;
    ProgressBar bar(what + ": checksums", static_cast<std::int64_t>(chosen.size()), "files");
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      try {
        content.add(sha256_of_file(images.folder() / images.name(chosen[i])));
      } catch (const Error&) {
        content.add("unreadable");
      }
      bar.update(static_cast<std::int64_t>(i) + 1);
    }
    return feature_key(extractor_, resizing_,
                       fmt::format("{} files {}, cropped and resized to {}", chosen.size(), content.text(),
                                   image_size == 0 ? "nothing" : fmt::format("{}", image_size)));
  }

  void save(const std::string& key, const FeatureSet& set) {
    if (!cache_) return;
    try {
      cache_->save(key, set);
    } catch (const Error& error) {
      warnings_.add(fmt::format("the features are not kept: {}", error.what()));
    }
  }

  const EvaluateCommand& command_;
  Warnings& warnings_;
  at::Device device_;
  AnyFeatureExtractor extractor_;
  std::vector<Metric> metrics_;
  Resizing resizing_ = Resizing::none;
  std::optional<FeatureCache> cache_;
};

/// One line a figure, with its spread and the counts.
void print_table(const Evaluation& evaluation) {
  std::size_t width = 0;
  for (const Figure& figure : evaluation.figures) width = std::max(width, figure.name.size());
  const auto count = [](std::int64_t images) { return images == 0 ? std::string("-") : fmt::format("{}", images); };
  say(stdout, "{:<{}}  {:>12}  {:>10}  {:>8}  {:>8}\n", "figure", width, "value", "spread", "reals", "fakes");
  for (const Figure& figure : evaluation.figures)
    say(stdout, "{:<{}}  {:>12.6g}  {:>10}  {:>8}  {:>8}\n", figure.name, width, figure.value,
        figure.spread ? fmt::format("{:.3g}", *figure.spread) : "", count(figure.real_count), count(figure.fake_count));
}

/// The fakes that are nearest to a real, nearest first: the first suspects where a generator may have copied.
Value closest_pairs(const Neighbors& nearest, const std::vector<std::string>& reals,
                    const std::vector<std::string>& fakes) {
  const auto* const distances = nearest.distance.const_data_ptr<double>();
  const auto* const indices = nearest.index.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(nearest.index.size(0)));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::ranges::stable_sort(order, {}, [&](std::int64_t fake) { return distances[fake]; });
  order.resize(std::min<std::size_t>(order.size(), most_closest));
  Value::Array pairs;
  for (const std::int64_t fake : order) {
    const auto position = static_cast<std::size_t>(fake);
    pairs.push_back(Value::Object{{"fake", fakes.empty() ? fmt::format("latent {}", fake) : fakes[position]},
                                  {"real", reals[static_cast<std::size_t>(indices[fake])]},
                                  {"distance", distances[fake]}});
  }
  return pairs;
}

/// What the sizes of a set's images are, for a warning. `sizes`: height and width, int64 [N, 2].
struct Sizes {
  explicit Sizes(const Tensor& sizes) {
    for (std::int64_t i = 0; i < sizes.size(0); ++i) {
      const auto* const size = sizes.const_data_ptr<std::int64_t>() + 2 * i;
      ++images[{std::min(size[0], size[1]), size[0], size[1]}];
    }
  }
  std::int64_t smallest_side() const { return images.begin()->first[0]; }
  static std::string text(const std::array<std::int64_t, 3>& size) { return fmt::format("{}x{}", size[2], size[1]); }
  std::string text() const {
    const std::string smallest = text(images.begin()->first);
    if (images.size() == 1) return smallest + " pixels";
    return fmt::format("{} different sizes from {} to {} pixels", images.size(), smallest,
                       text(images.rbegin()->first));
  }

  std::map<std::array<std::int64_t, 3>, std::int64_t> images;  // by shorter side, height and width: how many
};

/// Where images are compared as they are: warns if they are not all of one size.
void warn_of_different_sizes(const Sizes& reals, const Sizes& fakes, Warnings& warnings) {
  if (reals.images.size() == 1 && fakes.images.size() == 1 && reals.text() == fakes.text()) return;
  const std::int64_t side = std::min(reals.smallest_side(), fakes.smallest_side());
  const std::string advice =
      side < smallest_size || side > largest_size ? "" : fmt::format("; --image-size {} crops and resizes all", side);
  warnings.add(fmt::format("the fakes have {} and the reals {}: that alone makes them differ{}", fakes.text(),
                           reals.text(), advice));
}

/// Where they are brought to one size: warns if any had to be enlarged to it.
void warn_of_enlarged(const std::string& what, const Sizes& sizes, std::int64_t image_size, Warnings& warnings) {
  std::int64_t small = 0, all = 0;
  for (const auto& [size, count] : sizes.images) {
    all += count;
    if (size[0] < image_size) small += count;
  }
  if (small > 0)
    warnings.add(
        fmt::format("{} of the {} {} are smaller than {} pixels and were enlarged, the smallest from {}: that "
                    "blurs them, which figures measure",
                    small, all, what, image_size, Sizes::text(sizes.images.begin()->first)));
}

/// Throws OptionError where a file of this name cannot be written; whatever stands there stays.
void require_writable(const fs::path& file, std::string_view option) {
  try {
    const AtomicFile never_committed(file, Durability::cached);
  } catch (const Error& error) {
    throw OptionError(fmt::format("{}: {}", option, error.what()));
  }
}

/// Whether a path, which need not be there, is a folder or lies in it, whatever links lead there.
bool is_within(const fs::path& path, const fs::path& folder) {
  std::error_code unknown;  // of a name that is too long, say, where the path is empty: reading or writing will tell
  const fs::path inner = fs::weakly_canonical(fs::absolute(path), unknown);
  const fs::path outer = fs::weakly_canonical(fs::absolute(folder), unknown);
  const fs::path way = inner.lexically_relative(outer);
  return !way.empty() && *way.begin() != "..";
}

/// Throws OptionError where the pictures would be read as images the next time.
void require_outside(const fs::path& pictures, const fs::path& images, std::string_view option) {
  if (!images.empty() && is_within(pictures, images))
    throw OptionError(
        fmt::format("--pictures: '{}' lies in {} '{}', whose images its pictures would join; choose a folder outside",
                    pictures.string(), option, images.string()));
}

void check(const EvaluateCommand& command) {
  if (command.avatars &&
      (command.checkpoint.empty() || !command.fake.empty() || !command.data.empty() || !command.pictures.empty()))
    throw OptionError("--avatars reads what --checkpoint FILE draws; it takes no --fake, no --data and no --pictures");
  if (!command.avatars && command.data.empty())
    throw OptionError("say where the real images are: --data FOLDER (or read generated avatars: --avatars)");
  if (command.checkpoint.empty() == command.fake.empty())
    throw OptionError("give the fakes either by --checkpoint FILE or by --fake FOLDER");
  if (const fs::path folder = command.json.parent_path(); !folder.empty() && !fs::is_directory(folder))
    throw OptionError(fmt::format("--json: there is no folder '{}'", folder.string()));
  if (!command.json.empty()) require_writable(command.json, "--json");
  if (!command.pictures.empty()) {
    require_outside(command.pictures, command.data, "--data");
    require_outside(command.pictures, command.fake, "--fake");
  }
  require_within(command.count, 2, most_images, "--count");
  require_within(command.real_count, 0, 1'000'000'000, "--real-count");
  if (command.real_count == 1) throw OptionError("--real-count must be at least 2, or 0 for all");
  if (command.image_size != 0) require_within(command.image_size, smallest_size, largest_size, "--image-size");
  require_within(command.seed, 0, std::numeric_limits<std::int64_t>::max(), "--seed");
  require_within(command.batch_size, 1, 4096, "--batch-size");
}

Checkpoint checkpoint_of(const EvaluateCommand& command) { return load_checkpoint(checkpoint_at(command.checkpoint)); }

Generator generator_of(const EvaluateCommand& command, const Checkpoint& checkpoint) {
  return load_generator(checkpoint, command.weights == "latest" ? Weights::latest : Weights::ema);
}

int measure_attributes(const EvaluateCommand& command, const std::string& typed) {
  set_threads(command.threads);
  keep_freed_memory();
  const at::Device device = parse_device(command.device);
  const Checkpoint checkpoint = checkpoint_of(command);
  const Generator generator = generator_of(command, checkpoint);
  const AttributeReport report = report_attributes(Sampler(generator, device), generator->options.image_size,
                                             {.count = command.count,
                                              .seed = static_cast<std::uint64_t>(command.seed),
                                              .batch_size = command.batch_size,
                                              .cache = cache_of(command, "probes")});
  print_table(report, "evaluate");
  if (!command.json.empty()) {
    Value json = to_value(report);
    json.set("checkpoint", checkpoint.path.filename().string());
    json.set("command", typed);
    write_file_atomically(command.json, to_json(json, 2) + "\n");
  }
  return 0;
}

/// What is compared: a folder's images with those of a checkpoint or of another folder.
struct Compared {
  std::string checkpoint;  // its file's name; empty where the fakes are from a folder
  std::int64_t step = 0;   // of the checkpoint
  std::optional<Sampler> sampler;
  std::optional<ImageFolder> fakes;
  std::optional<ImageFolder> reals;
  std::int64_t image_size = 0;  // 0: as they are
};

Compared open_images(const EvaluateCommand& command, at::Device device) {
  Partition partition{};
  assign(partition, Value(command.partition), "--partition");
  Compared compared;
  compared.image_size = command.image_size;
  if (!command.checkpoint.empty()) {
    const Checkpoint checkpoint = checkpoint_of(command);
    const Generator generator = generator_of(command, checkpoint);
    if (command.image_size != 0 && command.image_size != generator->options.image_size)
      throw OptionError(fmt::format("--image-size {}: the checkpoint's generator makes images of {} pixels",
                                    command.image_size, generator->options.image_size));
    compared.checkpoint = checkpoint.path.filename().string();
    compared.step = checkpoint.step;
    compared.image_size = generator->options.image_size;
    compared.sampler.emplace(generator, device);
  } else {
    compared.fakes.emplace(command.fake);
  }
  compared.reals = open_folder(command.data, partition, compared.image_size);
  return compared;
}

/// Throws OptionError where there are too few images for the metrics.
void require_enough_images(const EvaluateCommand& command, const EvaluationOptions& options, const Compared& compared) {
  const auto at_most = [](std::int64_t count, std::int64_t all) { return count == 0 ? all : std::min(count, all); };
  require_enough_images(options, at_most(command.real_count, compared.reals->size()),
                        compared.fakes ? at_most(command.count, compared.fakes->size()) : command.count,
                        "change --count, --real-count, --neighbors or --metrics, or give more images");
}

void write_json(const EvaluateCommand& command, const Evaluation& evaluation, const Compared& compared,
                const std::vector<std::string>& real_names, const std::vector<std::string>& fake_names,
                const Warnings& warnings, const std::string& typed) {
  Value json = to_value(evaluation);
  json.set("warnings", warnings.messages());  // those of the evaluation among them
  if (compared.sampler) {
    json.set("checkpoint", compared.checkpoint);
    json.set("step", compared.step);
  }
  json.set("partition", command.partition);
  json.set("image_size", compared.image_size);
  json.set("seed", command.seed);
  json.set("version", version);
  json.set("command", typed);
  if (evaluation.nearest) json.set("closest", closest_pairs(*evaluation.nearest, real_names, fake_names));
  write_file_atomically(command.json, to_json(json, 2) + "\n");
}

void draw_pictures(const EvaluateCommand& command, const Compared& compared, const FeatureSet& real,
                   const FeatureSet& fake, std::vector<std::string> real_names, std::vector<std::string> fake_names) {
  const ImageFolder reals(compared.reals->folder(), std::move(real_names));
  const ImageFolder fakes(compared.fakes ? compared.fakes->folder() : fs::path(), std::move(fake_names));
  const auto seed = static_cast<std::uint64_t>(command.seed);
  const auto fake_image = [&](std::int64_t index) {
    if (!compared.sampler) return fakes.image(index);
    const Tensor latents = indexed_latents(seed, index, 1, compared.sampler->latent_size());
    return to_bytes((*compared.sampler)(latents)).cpu().contiguous()[0];
  };
  const EvaluationPictures written = write_pictures(
      command.pictures, {real.features, [&](std::int64_t index) { return reals.image(index); }},
      {fake.features, fake_image}, compared.image_size == 0 ? size_as_they_are : compared.image_size, seed);
  say(stdout, "fakes beside their nearest reals: {}\nmap, reals framed in blue and fakes in orange: {}\n",
      written.nearest.string(), written.map.string());
}

int evaluate_command(const EvaluateCommand& command, const std::string& typed) {
  check(command);
  if (command.avatars) return measure_attributes(command, typed);
  const EvaluationOptions options = evaluation_options(command);
  set_threads(command.threads);
  keep_freed_memory();
  Warnings warnings;
  FeatureMaker maker(command, options, warnings);
  const Compared compared = open_images(command, maker.device());
  const std::int64_t image_size = compared.image_size;
  maker.require_probabilities(image_size);
  require_enough_images(command, options, compared);
  if (!command.pictures.empty()) {
    make_folder(command.pictures);
    const EvaluationPictures pictures = pictures_in(command.pictures);
    for (const fs::path& picture : {pictures.nearest, pictures.map}) require_writable(picture, "--pictures");
  }

  std::vector<std::string> real_names, fake_names;
  const FeatureSet real = maker.of_folder("reals", *compared.reals, command.real_count, image_size, false, real_names);
  if (image_size > 0) warn_of_enlarged("reals", Sizes(real.sizes), image_size, warnings);
  const FeatureSet fake = compared.sampler ? maker.of_generator(*compared.sampler)
                                           : maker.of_folder("fakes", *compared.fakes, command.count, image_size,
                                                             maker.with_probabilities(), fake_names);
  if (compared.fakes && image_size > 0) warn_of_enlarged("fakes", Sizes(fake.sizes), image_size, warnings);
  if (image_size == 0) warn_of_different_sizes(Sizes(real.sizes), Sizes(fake.sizes), warnings);
  const Evaluation evaluation = evaluate(real, fake, maker.origin(), options, stage_bars());

  for (const std::string& warning : evaluation.warnings) warnings.add(warning);
  say(stdout, "features: {} ({} dimensions), resizing: {}, image size: {}\n", evaluation.origin.extractor,
      evaluation.dimension, enum_name(evaluation.origin.resizing),
      image_size == 0 ? "as they are" : fmt::format("{}", image_size));
  print_table(evaluation);
  if (!command.json.empty()) write_json(command, evaluation, compared, real_names, fake_names, warnings, typed);
  if (!command.pictures.empty())
    draw_pictures(command, compared, real, fake, std::move(real_names), std::move(fake_names));
  return 0;
}

}  // namespace

int run_evaluate_program(int argc, char** argv) {
  return run_program("evaluate", [&] {
    EvaluateCommand command;
    CLI::App app(
        "Compares fakes with real images: Frechet distance (FID with the Inception network), kernel distance, "
        "precision, "
        "recall, density, coverage, leave-one-out 1-NN, diversity.",
        "evaluate");
    app.add_option("--checkpoint", command.checkpoint, "fakes from a checkpoint, or from a run's folder its newest");
    app.add_option("--fake", command.fake, "fakes from a folder of images, made by any program");
    app.add_flag("--avatars", command.avatars,
                 "read the attributes of generated avatars instead: styles covered, values dropped; needs no --data");
    app.add_option("--data", command.data, "folder of the real images; CelebA's and FFHQ's layouts are known");
    app.add_option("--partition", command.partition, "of CelebA or FFHQ: train, validation, test or all")
        ->capture_default_str();
    app.add_option("--features", command.features,
                   "a TorchScript network, such as inception-2015-12-05.pt; or builtin, a small one with fixed weights")
        ->capture_default_str();
    app.add_flag("--fid", command.call_fid, "--features is the Inception network, whatever its checksum");
    app.add_option("--resizing", command.resizing,
                   "before the network: none (StyleGAN's: it resizes itself), clean-fid or pytorch-fid")
        ->capture_default_str();
    app.add_option("--metrics", command.metrics, "fid, kid, prdc, one_nn, inception_score, diversity, nearest")
        ->capture_default_str();
    app.add_option("--count", command.count, "fakes; of a folder at most as many as there are")->capture_default_str();
    app.add_option("--real-count", command.real_count, "real images, drawn by the seed; 0 for all")
        ->capture_default_str();
    app.add_option("--image-size", command.image_size,
                   "crop and resize to this first; 0: the checkpoint's size, or as they are")
        ->capture_default_str();
    app.add_option("--neighbors", command.neighbors, "k of precision, recall, density, coverage")
        ->capture_default_str();
    app.add_option("--subsets", command.subsets, "of the kernel distance")->capture_default_str();
    app.add_option("--subset-size", command.subset_size, "images in each")->capture_default_str();
    app.add_option("--seed", command.seed, "of the fakes, and of which images are drawn")->capture_default_str();
    app.add_option("--weights", command.weights, "averaged, or latest for those of the last step")
        ->capture_default_str()
        ->check(CLI::IsMember({"ema", "latest"}));
    app.add_option("--batch-size", command.batch_size, "images at once")->capture_default_str();
    app.add_option("--device", command.device, "auto, cpu, cuda or cuda:<index>")->capture_default_str();
    app.add_option("--threads", command.threads, "CPU threads; 0 is LibTorch's choice");
    app.add_option("--cache", command.cache,
                   "folder in which features of folders, and probes, are kept (else the user's cache), or none");
    app.add_option("--json", command.json, "write the figures here as well");
    app.add_option("--pictures", command.pictures,
                   "draw into this folder: fakes beside their nearest reals, and a t-SNE map of both");
    if (const auto done = parse(app, argc, argv)) return *done;
    return evaluate_command(command, shell_text(argc, argv));
  });
}

}  // namespace cspgan
