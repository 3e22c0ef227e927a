// Reading a packed set.
#include "cspgan/data/packed_images.hpp"

#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/number_text.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/evenly_spaced.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "data/npy_file.hpp"
#include "data/pack_note.hpp"

namespace cspgan {

namespace fs = std::filesystem;

class PackedImages::File {
 public:
  explicit File(const fs::path& path)
      : file(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC)), array(detail::read_npy_images(file)) {
    const fs::path note = detail::note_of(path);
    std::error_code unknown;
    if (!fs::exists(note, unknown)) return;
    try {
      require_regular_file(note);
      const Value value = parse_json(read_file(note), note.string());
      checksum = value.at("checksum").string();
      const Value::Array& list = value.at("names").array();
      if (static_cast<std::int64_t>(list.size()) != array.shape[0])
        throw Error(fmt::format("it names {} images, not {}", list.size(), array.shape[0]));
      for (const Value& name : list) names.push_back(name.string());
      if (const Value* own = value.find("positions"))
        for (const Value& position : own->array()) positions.push_back(position.number());
      if (!positions.empty() && positions.size() != names.size())
        throw Error(fmt::format("it has the positions of {} images, not of {}", positions.size(), names.size()));
      labels = detail::labels_from_value(value.at("labels"), array.shape[0]);
    } catch (const Error& error) {  // the images are as good without; whoever needs labels is told
      names.clear();
      positions.clear();
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

  detail::OpenFile file;
  detail::NpyArray array;
  std::string checksum;  // "" if there is no note
  std::vector<std::string> names;
  std::vector<double> positions;  // empty in sets of earlier versions
  Labels labels;
};

bool is_packed_set(const fs::path& file) {
  std::error_code unknown;
  if (!fs::is_regular_file(file, unknown)) return false;
  try {
    detail::read_npy_images(detail::OpenFile(file, ::open(file.c_str(), O_RDONLY | O_CLOEXEC)));
    return true;
  } catch (const Error&) {
    return false;
  }
}

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

double PackedImages::position(std::int64_t index) const {
  return file_->positions.empty() ? Fingerprint().add(name(index)).position()
                                  : file_->positions.at(static_cast<std::size_t>(index));
}

std::string PackedImages::contents() const {
  return fmt::format("{} packed images of {} x {} pixels", grouped_digits(size()), file_->array.shape[3],
                     file_->array.shape[2]);
}

std::string PackedImages::fingerprint() const {
  Fingerprint print;
  for (const std::int64_t side : file_->array.shape) print.add(static_cast<std::uint64_t>(side));
  for (const std::string& name : file_->names) print.add(name);
  print.add(file_->checksum);  // of all, if they were packed by pack_dataset
  for (const std::size_t image : evenly_spaced(static_cast<std::size_t>(size()), images_looked_at))
    print.add(*encoded(static_cast<std::int64_t>(image)));
  return print.text(sampled_images);
}

void PackedImages::verify(const std::function<void(std::int64_t, std::int64_t)>& progress) const {
  if (file_->checksum.empty())
    throw Error(fmt::format("'{}' has no checksum: there is no '{}', or it cannot be read", file_->file.path().string(),
                            detail::note_of(file_->file.path()).string()));
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

}  // namespace cspgan
