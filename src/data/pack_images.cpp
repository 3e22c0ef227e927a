// Writing a packed set.
#include <ATen/Parallel.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include "core/checks.hpp"
#include "core/file_lock.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "cspgan/data/packed_images.hpp"
#include "data/image_cache.hpp"
#include "data/npy_file.hpp"
#include "data/pack_note.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

/// The unfinished file and its journal, which is never ahead of it.
class Packing {
  using Clock = std::chrono::steady_clock;

 public:
  Packing(const AnyImageSource& source, const fs::path& path, const PackOptions& options)
      : source_(source),
        path_(path),
        options_(options),
        bytes_(3 * options.image_size * options.image_size),
        fingerprint_(fmt::format("{} {}", source.fingerprint(), options.image_size)),
        was_there_(fs::exists(path)),
        part_(path.string() + ".part"),
        journal_(path.string() + ".part.json"),
        file_(part_, open_part()) {
    go_on();
  }

  PackResult run() {
    detail::ImageCache images(source_, options_.image_size, 0);
    constexpr std::int64_t together = 256;
    std::string pixels(static_cast<std::size_t>(together * bytes_), '\0');
    PackResult result;
    result.resumed = written();
    const auto bad_allowed =
        static_cast<std::int64_t>(std::floor(options_.max_bad_share * static_cast<double>(source_.size())));
    while (next_ < source_.size()) {
      if (options_.stop && options_.stop()) {
        save();
        return {.images = written(), .resumed = result.resumed, .finished = false, .left_out = left_out_};
      }
      const std::int64_t count = std::min(together, source_.size() - next_);
      std::vector<std::string> reasons(static_cast<std::size_t>(count));
      at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
          reasons[static_cast<std::size_t>(i)] =
              images.load(next_ + i, reinterpret_cast<std::uint8_t*>(pixels.data()) + i * bytes_);
      });
      for (std::int64_t i = 0; i < count; ++i)
        add(next_ + i, reasons[static_cast<std::size_t>(i)], &pixels[static_cast<std::size_t>(i * bytes_)]);
      next_ += count;
      if (static_cast<std::int64_t>(bad_.size()) > bad_allowed || (next_ == source_.size() && used_.empty()))
        throw Error(fmt::format("{} of {} images cannot be read; the first is {}", bad_.size(), source_.size(),
                                left_out_.front()));
      if (options_.progress) options_.progress(next_, source_.size());
      constexpr std::int64_t images_between = 64 * together;  // no more than that is packed again after a kill
      constexpr std::chrono::seconds time_between(5);
      if (next_ % images_between == 0 || Clock::now() - saved_ >= time_between) save();
    }
    save();
    finish();
    result.images = written();
    result.left_out = left_out_;
    result.notes = images.notes();
    return result;
  }

 private:
  /// The journal comes first, so that an unfinished file without one is somebody else's.
  int open_part() const {
    std::error_code unknown;
    const auto refuse = [](const fs::path& file) {
      throw Error(fmt::format("'{}' is there and of no packing: move it away, or choose another name", file.string()));
    };
    const bool goes_on = fs::exists(journal_, unknown);
    if (!goes_on && fs::exists(fs::symlink_status(part_, unknown))) refuse(part_);
    if (const fs::path note = detail::note_of(path_); fs::exists(note, unknown) && !is_note(note)) refuse(note);
    if (!goes_on) save_journal();
    const detail::LockedFile opened = detail::open_locked(part_, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, {});
    if (opened.state == detail::LockState::busy)
      throw Error(fmt::format("another process is writing '{}'", part_.string()));
    return opened.descriptor;
  }

  /// Whether it says of a packed set what finish() writes.
  static bool is_note(const fs::path& file) {
    try {
      require_regular_file(file);
      const Value note = parse_json(read_file(file), file.string());
      return note.is_object() && note.find("checksum") != nullptr && note.find("images") != nullptr;
    } catch (const Error&) {
      return false;
    }
  }

  std::int64_t written() const { return static_cast<std::int64_t>(used_.size()); }
  std::uint64_t end() const { return detail::npy_header_bytes + static_cast<std::uint64_t>(written() * bytes_); }

  /// Takes up what an earlier call has left.
  void go_on() {
    std::error_code unknown;
    if (fs::exists(journal_, unknown)) {
      const Value value = [&] {
        try {
          require_regular_file(journal_);
          return parse_json(read_file(journal_), journal_.string());
        } catch (const Error& error) {
          throw Error(fmt::format("{}; remove it and '{}' to begin anew", error.what(), part_.string()));
        }
      }();
      if (value.at("source").string() != fingerprint_)
        throw Error(fmt::format(
            "'{}' is the unfinished pack of other images or another size: remove it, or choose another name",
            part_.string()));
      next_ = value.at("next").integer();
      for (const Value& entry : value.at("left_out").array()) {
        bad_.push_back(entry.array().at(0).integer());
        left_out_.push_back(entry.array().at(1).string());
      }
      for (std::int64_t i = 0; i < next_; ++i)
        if (!std::ranges::binary_search(bad_, i)) used_.push_back(i);
    }
    if (next_ < 0 || next_ > source_.size() || file_.size() < end()) {  // no journal of this file
      next_ = 0;
      bad_.clear();
      left_out_.clear();
      used_.clear();
    }
    file_.truncate(end());
    std::string image(static_cast<std::size_t>(bytes_), '\0');
    for (std::int64_t i = 0; i < written(); ++i) {
      file_.read(image.data(), image.size(), detail::npy_header_bytes + static_cast<std::uint64_t>(i * bytes_));
      checksum_.add(image);
    }
  }

  void add(std::int64_t index, const std::string& reason, const char* pixels) {
    if (!reason.empty()) {
      bad_.push_back(index);
      left_out_.push_back(fmt::format("'{}': {}", source_.name(index), reason));
      return;
    }
    file_.write(pixels, static_cast<std::size_t>(bytes_), end());
    checksum_.add({pixels, static_cast<std::size_t>(bytes_)});
    used_.push_back(index);
  }

  void save() {
    file_.sync();
    save_journal();
    saved_ = Clock::now();
  }

  void save_journal() const {
    Value::Array bad;
    for (std::size_t i = 0; i < bad_.size(); ++i) bad.emplace_back(Value::Array{bad_[i], left_out_[i]});
    write_file_atomically(
        journal_, to_json(Value::Object{{"source", fingerprint_}, {"next", next_}, {"left_out", std::move(bad)}}));
  }

  /// Throws Error if somebody has written a file of the set's name meanwhile.
  void require_as_before() const {
    std::error_code unknown;
    if (!was_there_ && fs::exists(fs::symlink_status(path_, unknown)))
      throw Error(
          fmt::format("'{}' has appeared while its images were packed: move it away, and the same command goes "
                      "on",
                      path_.string()));
  }

  void finish() const {
    require_as_before();
    const std::string header = detail::npy_header("|u1", {written(), 3, options_.image_size, options_.image_size});
    file_.write(header.data(), header.size(), 0);
    file_.sync();
    Value::Array names, positions;
    for (const std::int64_t index : used_) {
      names.emplace_back(source_.name(index));
      positions.emplace_back(source_.position(index));
    }
    const Value note = Value::Object{{"images", written()},
                                     {"image_size", options_.image_size},
                                     {"of", source_.contents()},
                                     {"checksum", checksum_.text()},
                                     {"names", std::move(names)},
                                     {"positions", std::move(positions)},
                                     {"labels", detail::labels_to_value(source_.labels().of(used_))}};
    const fs::path file = detail::note_of(path_);
    const std::string content = to_json(note) + "\n";
    // One that is here without its set is of a set that was moved away, or of a packing that was killed right here.
    if (!was_there_ && fs::exists(file) && read_file(file) != content) set_aside(file);
    write_file_atomically(file, content);
    require_as_before();
    if (::rename(part_.c_str(), path_.c_str()) != 0)
      throw Error(fmt::format("cannot write '{}': {}", path_.string(), std::strerror(errno)));
    std::error_code ignored;
    fs::remove(journal_, ignored);
    PackedImages(path_).verify();
  }

  AnyImageSource source_;
  fs::path path_;
  PackOptions options_;
  std::int64_t bytes_;  // of one image
  std::string fingerprint_;
  bool was_there_;  // a set of this name, which this one replaces
  fs::path part_, journal_;
  std::int64_t next_ = 0;              // image of the source
  std::vector<std::int64_t> used_;     // images of the source that are in the file
  std::vector<std::int64_t> bad_;      // sorted, those that cannot be read
  std::vector<std::string> left_out_;  // their names and reasons
  Clock::time_point saved_ = Clock::now();
  Fingerprint checksum_;
  detail::OpenFile file_;  // declared last: it is opened by what is above
};

}  // namespace

PackResult pack_images(const AnyImageSource& source, const std::filesystem::path& file, const PackOptions& options) {
  detail::require_from_to(options.image_size, 2, 4096, "pack_images: image_size");
  require_within(options.max_bad_share, {0, 1}, "pack_images: max_bad_share");
  if (file.extension() != ".npy")
    throw OptionError(fmt::format("pack_images: the file's name must end in .npy, not '{}'", file.filename().string()));
  if (source.size() < 1) throw Error("pack_images: the source has no images");
  return Packing(source, file, options).run();
}

}  // namespace cspgan
