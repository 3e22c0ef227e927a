// Batches as functions of their position in the sequence of images.
#include "cspgan/data/loader.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include <algorithm>
#include <cmath>
#include <exception>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/core/value.hpp"
#include "data/epoch_order.hpp"
#include "data/image_cache.hpp"
#include "data/prefetcher.hpp"

namespace cspgan {

namespace {

/// Mirrors an image horizontally, in place.
void mirror(std::uint8_t* image, std::int64_t side) {
  for (std::int64_t row = 0; row < 3 * side; ++row) std::reverse(image + row * side, image + (row + 1) * side);
}

/// Makes LibTorch's functions compute on the calling thread only: images are small, and the thread pool belongs to the
/// trainer. at::set_num_threads is not used, since it also affects threads that others start later. It is only queried,
/// because LibTorch initializes a thread at its first query, which would undo our setting if it came later.
void use_one_thread() {
  try {
    at::get_num_threads();
  } catch (const std::exception&) {  // LibTorch may fail to start its own threads; making a batch will then report it
  }
#ifdef _OPENMP
  omp_set_num_threads(1);
#endif
}

/// The result of a thread's work: a batch, or the exception that occurred, and the bad images found on the way.
struct Prepared {
  Tensor images;
  Tensor labels;
  std::exception_ptr error;
  std::vector<std::pair<std::int64_t, std::string>> bad;  // index and reason
};

}  // namespace

void LoaderOptions::validate() const {
  constexpr std::int64_t many = std::int64_t{1} << 40;
  detail::require_from_to(batch_size, 1, many, "loader: batch_size");
  detail::require_from_to(image_size, 2, 4096, "loader: image_size");
  detail::require_from_to(workers, 0, 256, "loader: workers");
  detail::require_from_to(prefetch, 1, 4096, "loader: prefetch");
  detail::require_from_to(cache_mebibytes, 0, many / (1024 * 1024), "loader: cache_mebibytes");
  require_within(max_bad_share, {0, 1}, "loader: max_bad_share");
}

class Loader::State {
 public:
  State(AnyImageSource source, const LoaderOptions& options)
      : source_(std::move(source)),
        options_(validated(options, source_)),
        size_(source_.size()),
        bad_allowed_(std::min(static_cast<std::int64_t>(std::floor(options.max_bad_share * static_cast<double>(size_))),
                              size_ - 1)),
        order_(options.seed, size_),
        labels_(options.labels ? source_.labels().values : Tensor()),
        cache_(source_, options.image_size, options.cache_mebibytes) {
    if (labels_.defined() && (labels_.dim() != 2 || labels_.size(0) != size_ || labels_.scalar_type() != at::kLong))
      throw Error(
          fmt::format("loader: the source's labels are {}, not int64 [{}, columns]", describe_tensor(labels_), size_));
    if (options_.workers > 0)
      prefetcher_.emplace(static_cast<std::size_t>(options_.workers), options_.prefetch, options_.batch_size,
                          use_one_thread, [this](std::int64_t position) { return prepare(position); });
  }

  Batch next() {
    if (prefetcher_ && !prefetching_) start_prefetching();
    Prepared* const ready = prefetcher_ ? prefetcher_->front(should_stop_) : nullptr;
    if (prefetcher_ && ready == nullptr) {
      stopped_waiting_ = true;
      throw StoppedWaiting();
    }
    Prepared now = ready != nullptr ? *ready : prepare(position_);
    record(now.bad);
    if (now.error) std::rethrow_exception(now.error);
    if (prefetcher_) prefetcher_->take();
    position_ += options_.batch_size;
    return {std::move(now.images), std::move(now.labels)};
  }

  void seek(std::int64_t position) {
    if (position < 0) throw OptionError(fmt::format("loader: cannot seek to position {}", position));
    if (position == position_ && prefetching_) return;
    position_ = position;
    if (prefetcher_) start_prefetching();
  }

  std::int64_t position() const { return position_; }
  std::int64_t size() const { return size_; }
  const LoaderOptions& options() const { return options_; }
  const AnyImageSource& source() const { return source_; }
  const std::vector<SkippedImage>& skipped() const { return skipped_; }
  ImageNotes notes() { return cache_.notes(); }
  void on_bad_image(std::function<void(const SkippedImage&)> callback) { on_bad_image_ = std::move(callback); }
  void stop_waiting_if(std::function<bool()> should_stop) { should_stop_ = std::move(should_stop); }
  bool stopped_waiting() const { return stopped_waiting_; }
  void count_bad(const std::vector<SkippedImage>& images) {
    if (images.empty()) return;
    std::unordered_map<std::string, const SkippedImage*> by_name;
    for (const SkippedImage& image : images) by_name.emplace(text_in_json(image.name), &image);
    for (std::int64_t index = 0; index < size_; ++index)  // a list may name one several times
      if (const auto found = by_name.find(text_in_json(source_.name(index)));
          found != by_name.end() && bad_.insert(index).second)
        skipped_.push_back(*found->second);
  }

 private:
  static const LoaderOptions& validated(const LoaderOptions& options, const AnyImageSource& source) {
    options.validate();
    if (source.size() < 1) throw Error("loader: the source has no images");
    if (options.batch_size > source.size())
      throw OptionError(
          fmt::format("batch_size is {}, but the data set has only {} image{}; use a smaller batch or more images",
                      options.batch_size, source.size(), source.size() == 1 ? "" : "s"));
    return options;
  }

  void start_prefetching() {
    prefetcher_->restart(position_);
    prefetching_ = true;
  }

  Prepared prepare(std::int64_t position) {
    Prepared prepared;
    try {
      prepared.images = at::empty({options_.batch_size, 3, options_.image_size, options_.image_size}, at::kByte);
      auto* out = prepared.images.mutable_data_ptr<std::uint8_t>();
      std::vector<std::int64_t> used;
      for (std::int64_t i = 0; i < options_.batch_size; ++i, out += cache_.image_bytes()) {
        const std::int64_t epoch = (position + i) / size_;
        const std::int64_t index = (*order_(epoch))[static_cast<std::size_t>((position + i) % size_)];
        const auto loaded = load_good(index, out, prepared.bad);
        if (!loaded) return prepared;
        used.push_back(*loaded);
        if (options_.flip && flipped(epoch, index)) mirror(out, options_.image_size);
      }
      if (labels_.defined()) prepared.labels = labels_.index_select(0, at::tensor(used, at::kLong));
    } catch (...) {
      prepared.error = std::current_exception();
    }
    return prepared;
  }

  /// Loads the image at `index` or the next good one, and returns its index. Nothing if too many images are bad, which
  /// record() then reports.
  std::optional<std::int64_t> load_good(std::int64_t index, std::uint8_t* out,
                                        std::vector<std::pair<std::int64_t, std::string>>& bad) {
    for (std::int64_t tries = 0; tries <= bad_allowed_; ++tries) {
      const std::int64_t candidate = (index + tries) % size_;
      std::string reason = cache_.load(candidate, out);
      if (reason.empty()) return candidate;
      bad.emplace_back(candidate, std::move(reason));
    }
    return std::nullopt;
  }

  bool flipped(std::int64_t epoch, std::int64_t index) const {
    return HostRandom({options_.seed, 0x666c6970, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(index)})
               .uniform() < 0.5;
  }

  void record(const std::vector<std::pair<std::int64_t, std::string>>& bad) {
    for (const auto& [index, reason] : bad) {
      if (!bad_.insert(index).second) continue;
      skipped_.push_back({source_.name(index), reason});
      if (on_bad_image_) on_bad_image_(skipped_.back());
    }
    const auto count = static_cast<std::int64_t>(bad_.size());
    if (count <= bad_allowed_) return;
    const SkippedImage& first = skipped_.front();
    const std::string how_many =
        count == size_ ? fmt::format("none of the {} images can be used", size_)
                       : fmt::format("{} of {} images cannot be used, more than max_bad_share = {} allows", count,
                                     size_, options_.max_bad_share);
    throw Error(fmt::format("{}; the first is '{}': {}", how_many, first.name, first.reason));
  }

  AnyImageSource source_;
  LoaderOptions options_;
  std::int64_t size_;
  std::int64_t bad_allowed_;
  std::int64_t position_ = 0;
  bool prefetching_ = false;
  std::vector<SkippedImage> skipped_;
  std::unordered_set<std::int64_t> bad_;
  std::function<void(const SkippedImage&)> on_bad_image_;
  std::function<bool()> should_stop_;
  bool stopped_waiting_ = false;
  detail::EpochOrder order_;
  Tensor labels_;  // int64 [images, columns], or undefined
  detail::ImageCache cache_;
  std::optional<detail::Prefetcher<Prepared>> prefetcher_;  // declared last: its threads use all of the above
};

Loader::Loader(AnyImageSource source, LoaderOptions options)
    : state_(std::make_unique<State>(std::move(source), options)) {}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

Batch Loader::next() { return state_->next(); }
std::int64_t Loader::position() const { return state_->position(); }
void Loader::seek(std::int64_t position) { state_->seek(position); }
std::int64_t Loader::size() const { return state_->size(); }
const LoaderOptions& Loader::options() const { return state_->options(); }
const AnyImageSource& Loader::source() const { return state_->source(); }
const std::vector<SkippedImage>& Loader::skipped() const { return state_->skipped(); }
ImageNotes Loader::notes() const { return state_->notes(); }
void Loader::count_bad(const std::vector<SkippedImage>& images) { state_->count_bad(images); }
void Loader::on_bad_image(std::function<void(const SkippedImage&)> callback) {
  state_->on_bad_image(std::move(callback));
}
void Loader::stop_waiting_if(std::function<bool()> should_stop) { state_->stop_waiting_if(std::move(should_stop)); }
bool Loader::stopped_waiting() const { return state_->stopped_waiting(); }

}  // namespace cspgan
