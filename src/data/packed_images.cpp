// NumPy's file format (numpy.lib.format, versions 1 to 3), read and written in place.
#include "cspgan/data/packed_images.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>

#include "core/checks.hpp"
#include "core/file_lock.hpp"
#include "core/number_text.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "data/image_cache.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::string_view magic = "\x93NUMPY"sv;
constexpr std::size_t our_header = 128;            // bytes, whatever the number of images
constexpr std::uint32_t longest_header = 1 << 16;  // bytes; NumPy's own for four dimensions has 118

[[noreturn]] void fail_system(const fs::path& path, const char* what) {
  throw Error(fmt::format("cannot {} '{}': {}", what, path.string(), std::strerror(errno)));
}

/// A file that is open for reading or writing at any place.
class OpenFile {
 public:
  OpenFile(fs::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {
    if (descriptor_ < 0) fail_system(path_, "open");
  }
  ~OpenFile() { ::close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  const fs::path& path() const { return path_; }
  std::uint64_t size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) fail_system(path_, "read");
    return static_cast<std::uint64_t>(status.st_size);
  }
  /// The number of bytes read: fewer than `count` only at the file's end.
  std::size_t read(void* out, std::size_t count, std::uint64_t place) const {
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got =
          ::pread(descriptor_, static_cast<char*>(out) + done, count - done, static_cast<off_t>(place + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_system(path_, "read");
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
  void write(const void* bytes, std::size_t count, std::uint64_t place) const {
    for (std::size_t done = 0; done < count;) {
      const ssize_t put =
          ::pwrite(descriptor_, static_cast<const char*>(bytes) + done, count - done, static_cast<off_t>(place + done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail_system(path_, "write");
      done += static_cast<std::size_t>(put);
    }
  }
  void truncate(std::uint64_t size) const {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) fail_system(path_, "write");
  }
  void sync() const {
    if (::fdatasync(descriptor_) != 0) fail_system(path_, "write");
  }

 private:
  fs::path path_;
  int descriptor_;
};

/// What the header says.
struct Array {
  std::uint64_t begin = 0;  // of the pixels, in bytes
  std::array<std::int64_t, 4> shape{};

  std::int64_t image_bytes() const { return shape[1] * shape[2] * shape[3]; }
};

/// The text behind `'key':` in the header's dictionary; "" if it is not there.
std::string_view entry_of(std::string_view header, std::string_view key) {
  for (const char quote : {'\'', '"'}) {
    const std::size_t place = header.find(fmt::format("{0}{1}{0}", quote, key));
    if (place == std::string_view::npos) continue;
    std::string_view rest = header.substr(place + key.size() + 2);
    const std::size_t colon = rest.find_first_not_of(' ');
    if (colon == std::string_view::npos || rest[colon] != ':') continue;
    rest.remove_prefix(colon + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return rest;
  }
  return "";
}

/// The numbers of "(4400, 3, 64, 64)".
std::vector<std::int64_t> shape_of(std::string_view text) {
  std::vector<std::int64_t> shape;
  if (!text.starts_with('(')) return shape;
  std::int64_t number = -1;
  for (const char c : text.substr(1)) {
    if (c >= '0' && c <= '9') {
      number = std::max<std::int64_t>(number, 0) * 10 + (c - '0');
      if (number > (std::int64_t{1} << 40)) return {};
    } else if (c == ',' || c == ')') {
      if (number >= 0) shape.push_back(number);
      number = -1;
      if (c == ')') break;
    } else if (c != ' ') {
      return {};
    }
  }
  return shape;
}

Array read_header(const OpenFile& file) {
  const auto fail = [&](const std::string& reason) -> void {
    throw Error(fmt::format("'{}' {}", file.path().string(), reason));
  };
  std::array<char, 12> start{};
  const std::size_t got = file.read(start.data(), start.size(), 0);
  if (got < start.size() || !std::string_view(start.data(), start.size()).starts_with(magic))
    fail("is no NumPy file (.npy)");
  const auto byte = [&](std::size_t place) { return std::uint32_t{static_cast<unsigned char>(start[place])}; };
  const std::uint32_t version = byte(6);
  if (version < 1 || version > 3) fail(fmt::format("is a NumPy file of version {}, which is not known", version));
  const std::uint32_t length =
      version == 1 ? byte(8) | byte(9) << 8 : byte(8) | byte(9) << 8 | byte(10) << 16 | byte(11) << 24;
  if (length > longest_header) fail("is a NumPy file whose header is damaged");
  Array array{.begin = (version == 1 ? 10U : 12U) + length};
  std::string header(length, '\0');
  if (file.read(header.data(), length, array.begin - length) < length) fail("is cut short: its header is missing");
  const std::string_view type = entry_of(header, "descr");
  const std::vector<std::int64_t> shape = shape_of(entry_of(header, "shape"));
  std::string found;
  for (const std::int64_t side : shape) found += fmt::format("{}{}", found.empty() ? "" : ", ", side);
  if (!(type.starts_with("'|u1'") || type.starts_with("'u1'") || type.starts_with("\"|u1\"")) ||
      !entry_of(header, "fortran_order").starts_with("False") || shape.size() != 4 || shape[1] != 3)
    fail(fmt::format("must hold uint8 [images, 3, height, width] in C order; it has the type {} and the shape [{}]{}",
                     type.substr(0, type.find(',')), found,
                     shape.size() == 4 && shape[3] == 3 ? ": in Python, a.transpose(0, 3, 1, 2).copy() turns it" : ""));
  std::ranges::copy(shape, array.shape.begin());
  constexpr std::int64_t longest_side = 16384;
  if (array.shape[0] < 1 || array.shape[2] < 1 || array.shape[3] < 1 || array.shape[2] > longest_side ||
      array.shape[3] > longest_side)
    fail(fmt::format("has the shape [{}]", found));
  const std::uint64_t size = file.size();
  if (size < array.begin || static_cast<std::uint64_t>(array.shape[0]) >
                                (size - array.begin) / static_cast<std::uint64_t>(array.image_bytes()))
    fail(fmt::format("is cut short: it has {} bytes, which is less than its shape [{}] needs", size, found));
  return array;
}

std::string header_text(std::int64_t images, std::int64_t side) {
  std::string text =
      std::string(magic) + "\x01" + '\0' + static_cast<char>(our_header - 10) + '\0' +
      fmt::format("{{'descr': '|u1', 'fortran_order': False, 'shape': ({}, 3, {}, {}), }}", images, side, side);
  text.resize(our_header - 1, ' ');
  return text + '\n';
}

fs::path note_of(const fs::path& file) { return file.string() + ".json"; }

Value to_value(const Labels& labels) {
  Value::Array columns, rows;
  for (const LabelColumn& column : labels.columns) {
    Value::Array classes(column.classes.begin(), column.classes.end());
    columns.emplace_back(Value::Object{{"name", column.name}, {"classes", std::move(classes)}});
  }
  for (std::int64_t i = 0; labels.values.defined() && i < labels.values.size(0); ++i) {
    const auto* const row = labels.values.const_data_ptr<std::int64_t>() + i * labels.values.size(1);
    rows.emplace_back(Value::Array(row, row + labels.values.size(1)));
  }
  return Value::Object{{"columns", std::move(columns)}, {"values", std::move(rows)}};
}

Labels to_labels(const Value& value, std::int64_t images) {
  Labels labels;
  for (const Value& column : value.at("columns").array()) {
    LabelColumn& added = labels.columns.emplace_back();
    added.name = column.at("name").string();
    for (const Value& name : column.at("classes").array()) added.classes.push_back(name.string());
  }
  if (labels.empty()) return labels;
  const auto columns = static_cast<std::int64_t>(labels.columns.size());
  const Value::Array& rows = value.at("values").array();
  if (static_cast<std::int64_t>(rows.size()) != images)
    throw Error(fmt::format("it has labels of {} images, not {}", rows.size(), images));
  labels.values = at::full({images, columns}, -1, at::kLong);
  auto* out = labels.values.mutable_data_ptr<std::int64_t>();
  for (const Value& row : rows) {
    if (row.array().size() != labels.columns.size()) throw Error("a row of labels has another length than the columns");
    for (std::size_t i = 0; i < labels.columns.size(); ++i, ++out) {
      *out = row.array()[i].integer();
      if (*out < -1 || *out >= static_cast<std::int64_t>(labels.columns[i].classes.size()))
        throw Error(fmt::format("a label is {}, which is no place of a class", *out));
    }
  }
  return labels;
}

}  // namespace

class PackedImages::File {
 public:
  explicit File(const fs::path& path)
      : file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC)), array(read_header(file)) {
    const fs::path note = note_of(path);
    std::error_code unknown;
    if (!fs::exists(note, unknown)) return;
    try {
      const Value value = parse_json(read_file(note), note.string());
      checksum = value.at("checksum").string();
      const Value::Array& list = value.at("names").array();
      if (static_cast<std::int64_t>(list.size()) != array.shape[0])
        throw Error(fmt::format("it names {} images, not {}", list.size(), array.shape[0]));
      for (const Value& name : list) names.push_back(name.string());
      labels = to_labels(value.at("labels"), array.shape[0]);
    } catch (const Error& error) {  // the images are as good without; whoever needs labels is told
      names.clear();
      labels = {.problem = fmt::format("'{}': {}", note.string(), error.what())};
    }
  }

  void read_image(std::int64_t index, void* out) const {
    if (index < 0 || index >= array.shape[0])
      throw Error(fmt::format("image {} does not exist: '{}' has {}", index, file.path().string(), array.shape[0]));
    const auto bytes = static_cast<std::size_t>(array.image_bytes());
    try {
      if (file.read(out, bytes, array.begin + static_cast<std::uint64_t>(index) * bytes) == bytes) return;
    } catch (const Error& error) {
      throw TransientImageError(error.what());
    }
    throw ImageError("the file has become shorter");
  }

  OpenFile file;
  Array array;
  std::string checksum;  // "" if there is no note
  std::vector<std::string> names;
  Labels labels;
};

PackedImages::PackedImages(const fs::path& file) : file_(std::make_unique<File>(file)) {}
PackedImages::~PackedImages() = default;
PackedImages::PackedImages(PackedImages&&) noexcept = default;
PackedImages& PackedImages::operator=(PackedImages&&) noexcept = default;

std::int64_t PackedImages::size() const { return file_->array.shape[0]; }

Tensor PackedImages::image(std::int64_t index) const {
  const auto& shape = file_->array.shape;
  Tensor image = at::empty({shape[1], shape[2], shape[3]}, at::kByte);
  file_->read_image(index, image.mutable_data_ptr());
  return image;
}

std::optional<std::string> PackedImages::encoded(std::int64_t index) const {
  std::string bytes(static_cast<std::size_t>(file_->array.image_bytes()), '\0');
  file_->read_image(index, bytes.data());
  return fmt::format("{}x{}\n", file_->array.shape[2], file_->array.shape[3]) + bytes;
}

std::string PackedImages::name(std::int64_t index) const {
  return file_->names.empty() ? fmt::format("image {}", index) : file_->names.at(static_cast<std::size_t>(index));
}

const Labels& PackedImages::labels() const { return file_->labels; }

std::string PackedImages::contents() const {
  return fmt::format("{} packed images of {} x {} pixels", grouped_digits(size()), file_->array.shape[3],
                     file_->array.shape[2]);
}

std::string PackedImages::fingerprint() const {
  Fingerprint print;
  for (const std::int64_t side : file_->array.shape) print.add(static_cast<std::uint64_t>(side));
  for (const std::string& name : file_->names) print.add(name);
  constexpr std::int64_t looked_at = 64;
  for (std::int64_t i = 0; i < std::min(size(), looked_at); ++i)
    print.add(*encoded(i * size() / std::min(size(), looked_at)));
  return print.text();
}

void PackedImages::verify(const std::function<void(std::int64_t, std::int64_t)>& progress) const {
  if (file_->checksum.empty())
    throw Error(fmt::format("'{}' has no checksum: there is no '{}', or it cannot be read", file_->file.path().string(),
                            note_of(file_->file.path()).string()));
  Fingerprint print;
  std::string bytes(static_cast<std::size_t>(file_->array.image_bytes()), '\0');
  for (std::int64_t i = 0; i < size(); ++i) {
    file_->read_image(i, bytes.data());
    print.add(bytes);
    if (progress) progress(i + 1, size());
  }
  if (print.text() != file_->checksum)
    throw Error(fmt::format("'{}' is damaged: its checksum is {}, not {}", file_->file.path().string(), print.text(),
                            file_->checksum));
}

namespace {

/// The unfinished file and its journal, which is never ahead of it.
class Packing {
 public:
  Packing(const AnyImageSource& source, const fs::path& path, const PackOptions& options)
      : source_(source),
        path_(path),
        options_(options),
        bytes_(3 * options.image_size * options.image_size),
        fingerprint_(fmt::format("{} {}", source.fingerprint(), options.image_size)),
        part_(path.string() + ".part"),
        journal_(path.string() + ".part.json"),
        file_(part_, lock(part_)) {
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
      constexpr std::int64_t between_saves = 64 * together;
      if (next_ % between_saves == 0) save();
    }
    finish();
    result.images = written();
    result.left_out = left_out_;
    return result;
  }

 private:
  static int lock(const fs::path& part) {
    const detail::LockedFile opened = detail::open_locked(part, O_RDWR | O_CREAT | O_CLOEXEC, false);
    if (opened.state == detail::LockState::busy)
      throw Error(fmt::format("another process is writing '{}'", part.string()));
    return opened.descriptor;
  }

  std::int64_t written() const { return static_cast<std::int64_t>(used_.size()); }
  std::uint64_t end() const { return our_header + static_cast<std::uint64_t>(written() * bytes_); }

  /// Takes up what an earlier call has left.
  void go_on() {
    std::error_code unknown;
    if (fs::exists(journal_, unknown)) {
      const Value value = parse_json(read_file(journal_), journal_.string());
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
      file_.read(image.data(), image.size(), our_header + static_cast<std::uint64_t>(i * bytes_));
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

  void save() const {
    file_.sync();
    Value::Array bad;
    for (std::size_t i = 0; i < bad_.size(); ++i) bad.emplace_back(Value::Array{bad_[i], left_out_[i]});
    write_file_atomically(
        journal_, to_json(Value::Object{{"source", fingerprint_}, {"next", next_}, {"left_out", std::move(bad)}}));
  }

  void finish() const {
    const std::string header = header_text(written(), options_.image_size);
    file_.write(header.data(), header.size(), 0);
    file_.sync();
    Value::Array names;
    for (const std::int64_t index : used_) names.emplace_back(source_.name(index));
    const Value note = Value::Object{{"images", written()},       {"image_size", options_.image_size},
                                     {"of", source_.contents()},  {"checksum", checksum_.text()},
                                     {"names", std::move(names)}, {"labels", to_value(source_.labels().of(used_))}};
    write_file_atomically(note_of(path_), to_json(note) + "\n");
    if (::rename(part_.c_str(), path_.c_str()) != 0) fail_system(path_, "write");
    std::error_code ignored;
    fs::remove(journal_, ignored);
    PackedImages(path_).verify();
  }

  AnyImageSource source_;
  fs::path path_;
  PackOptions options_;
  std::int64_t bytes_;  // of one image
  std::string fingerprint_;
  fs::path part_, journal_;
  OpenFile file_;
  std::int64_t next_ = 0;              // image of the source
  std::vector<std::int64_t> used_;     // images of the source that are in the file
  std::vector<std::int64_t> bad_;      // sorted, those that cannot be read
  std::vector<std::string> left_out_;  // their names and reasons
  Fingerprint checksum_;
};

}  // namespace

PackResult pack_images(const AnyImageSource& source, const fs::path& file, const PackOptions& options) {
  detail::require_from_to(options.image_size, 2, 4096, "pack_images: image_size");
  require_within(options.max_bad_share, {0, 1}, "pack_images: max_bad_share");
  if (file.extension() != ".npy")
    throw OptionError(fmt::format("pack_images: the file's name must end in .npy, not '{}'", file.filename().string()));
  if (source.size() < 1) throw Error("pack_images: the source has no images");
  return Packing(source, file, options).run();
}

}  // namespace cspgan
