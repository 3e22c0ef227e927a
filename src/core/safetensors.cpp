// The safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes.
#include "cspgan/core/safetensors.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <unordered_set>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/value.hpp"
#include "file_reader.hpp"

namespace cspgan {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

constexpr std::size_t length_size = 8;                 // bytes, before the header
constexpr std::uint64_t largest_header = 100'000'000;  // the reference implementation's limit, bytes
constexpr std::string_view metadata_key = "__metadata__";
constexpr std::string_view checksum_key = "cspgan.checksum";
constexpr std::string_view writer_key = "cspgan.writer";  // such a file has a checksum, even if its key is damaged
const std::string blank_checksum(32, '0');

constexpr std::array<std::pair<at::ScalarType, std::string_view>, 10> type_names{{{at::kDouble, "F64"},
                                                                                  {at::kFloat, "F32"},
                                                                                  {at::kHalf, "F16"},
                                                                                  {at::kBFloat16, "BF16"},
                                                                                  {at::kLong, "I64"},
                                                                                  {at::kInt, "I32"},
                                                                                  {at::kShort, "I16"},
                                                                                  {at::kChar, "I8"},
                                                                                  {at::kByte, "U8"},
                                                                                  {at::kBool, "BOOL"}}};

std::string known_types() {
  std::string list;
  for (const auto& [type, name] : type_names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

/// The two parts of a file: the header (JSON) and the tensors' bytes.
struct Parts {
  std::string_view header;
  std::string_view data;
};

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view reason) {
  throw Error(fmt::format("'{}' is not a valid safetensors file: {}", path.string(), reason));
}

/// The size of the header, from the eight bytes that a file begins with.
std::uint64_t header_size(const std::filesystem::path& path, std::string_view start) {
  if (start.size() < length_size) fail(path, fmt::format("it has only {} bytes", start.size()));
  std::uint64_t size = 0;
  std::memcpy(&size, start.data(), length_size);
  if (size > largest_header)
    fail(path, fmt::format("its header claims {} bytes, and {} are the most", size, largest_header));
  return size;
}

void require_whole_header(const std::filesystem::path& path, std::uint64_t size, std::uint64_t there) {
  if (there < size) fail(path, fmt::format("its header claims {} bytes, and {} are there", size, there));
}

Parts take_apart(const std::filesystem::path& path, std::string_view content) {
  const std::uint64_t size = header_size(path, content.substr(0, length_size));
  require_whole_header(path, size, content.size() - length_size);
  return {content.substr(length_size, size), content.substr(length_size + size)};
}

/// The format wants '{' as the first byte and no key twice, which parse_json checks. White space may follow the object.
Value parse_header(const std::filesystem::path& path, std::string_view text) {
  if (!text.starts_with('{')) fail(path, "its header does not begin with '{'");
  try {
    return parse_json(text, "its header");
  } catch (const Error& error) {
    fail(path, error.what());
  }
}

std::vector<std::pair<std::string, std::string>> metadata_of(const std::filesystem::path& path, const Value& header) {
  std::vector<std::pair<std::string, std::string>> metadata;
  if (const Value* found = header.find(metadata_key)) {
    if (!found->is_object()) fail(path, "its metadata is not a JSON object");
    for (const auto& [key, value] : found->object()) {
      if (!value.is_string()) fail(path, fmt::format("metadata '{}' is not a string", key));
      if (key != checksum_key && key != writer_key) metadata.emplace_back(key, value.string());
    }
  }
  return metadata;
}

/// A hash of the header, with a blank checksum in it, and of the data.
class Checksum {
 public:
  Checksum() : state_(XXH3_createState()) { XXH3_128bits_reset(state_.get()); }
  Checksum& add(std::string_view bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
    return *this;
  }
  std::string text() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

void verify_checksum(const std::filesystem::path& path, const Value& header, const Parts& parts) {
  const Value* metadata = header.find(metadata_key);
  const Value* stored = metadata == nullptr ? nullptr : metadata->find(checksum_key);
  if (stored == nullptr && (metadata == nullptr || metadata->find(writer_key) == nullptr)) return;  // another program's
  if (stored == nullptr || !stored->is_string() || stored->string().size() != blank_checksum.size())
    fail(path, "its checksum is damaged");
  std::string blanked(parts.header);
  const std::size_t position = blanked.find(stored->string());
  if (position == std::string::npos) fail(path, "its checksum is damaged");
  blanked.replace(position, blank_checksum.size(), blank_checksum);
  if (Checksum().add(blanked).add(parts.data).text() != stored->string())
    fail(path, "its content does not match its checksum: it was altered or damaged");
}

Tensor read_tensor(const std::filesystem::path& path, const std::string& name, const Value& entry,
                   std::string_view data, std::uint64_t& expected_begin) {
  const auto invalid = [&](std::string_view field) {
    fail(path, fmt::format("tensor '{}' has no valid {}", name, field));
  };
  const Value* const type = entry.find("dtype");
  const Value* const shape = entry.find("shape");
  const Value* const offsets = entry.find("data_offsets");
  if (type == nullptr || !type->is_string()) invalid("dtype");
  if (shape == nullptr || !shape->is_array()) invalid("shape");
  if (offsets == nullptr || !offsets->is_array() || offsets->array().size() != 2) invalid("data_offsets");
  const auto known = std::ranges::find_if(type_names, [&](const auto& pair) { return pair.second == type->string(); });
  if (known == type_names.end())  // damage, or one of the format's types that we do not have
    throw Error(fmt::format("cannot read '{}': tensor '{}' has the type '{}'; these can be read: {}", path.string(),
                            name, type->string(), known_types()));

  std::vector<std::int64_t> sizes;
  std::uint64_t bytes = c10::elementSize(known->first);
  std::int64_t volume = 1;  // of the dimensions that are not empty; LibTorch would throw an error of its own
  for (const Value& size : shape->array()) {
    if (!size.is_integer() || size.integer() < 0) invalid("shape");
    sizes.push_back(size.integer());
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size.integer()), &bytes) ||
        __builtin_mul_overflow(volume, std::max(size.integer(), std::int64_t{1}), &volume))
      invalid("shape");
  }
  for (const Value& offset : offsets->array())
    if (!offset.is_integer() || offset.integer() < 0) invalid("data_offsets");
  const auto begin = static_cast<std::uint64_t>(offsets->array()[0].integer());
  const auto end = static_cast<std::uint64_t>(offsets->array()[1].integer());
  if (begin != expected_begin)
    fail(path, fmt::format("tensor '{}' begins at byte {} of the data, not {}: there is a gap or an overlap", name,
                           begin, expected_begin));
  if (end < begin || end - begin != bytes)
    fail(path, fmt::format("tensor '{}' takes {} bytes, and its data_offsets are {} and {}", name, bytes, begin, end));
  if (end > data.size())
    fail(path, fmt::format("tensor '{}' ends at byte {} of the data, of which {} are there", name, end, data.size()));
  expected_begin = end;

  Tensor tensor = at::empty(sizes, at::TensorOptions().dtype(known->first));
  if (bytes > 0) std::memcpy(tensor.mutable_data_ptr(), data.data() + begin, bytes);
  return tensor;
}

}  // namespace

const Tensor& TensorFile::tensor(std::string_view name) const {
  for (const auto& [key, value] : tensors)
    if (key == name) return value;
  throw Error(fmt::format("tensor '{}' is missing", name));
}

const std::string& TensorFile::text(std::string_view key) const {
  for (const auto& [name, value] : metadata)
    if (name == key) return value;
  throw Error(fmt::format("metadata '{}' is missing", key));
}

bool TensorFile::has_tensors_of(std::string_view prefix) const {
  return std::ranges::any_of(tensors, [&](const auto& item) { return item.first.starts_with(prefix); });
}

bool TensorFile::has_tensor(std::string_view name) const {
  return std::ranges::any_of(tensors, [&](const auto& pair) { return pair.first == name; });
}

bool TensorFile::has_text(std::string_view key) const {
  return std::ranges::any_of(metadata, [&](const auto& pair) { return pair.first == key; });
}

void save_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  Value::Object metadata;
  std::unordered_set<std::string_view> names;
  for (const auto& [key, value] : file.metadata) {
    if (key == writer_key || key == checksum_key)
      throw Error(fmt::format("cannot write '{}': the metadata '{}' is the writer's own", path.string(), key));
    if (!names.insert(key).second)
      throw Error(fmt::format("cannot write '{}': two metadata entries are named '{}'", path.string(), key));
    metadata.emplace_back(key, value);
  }
  metadata.emplace_back(writer_key, "cspgan");
  metadata.emplace_back(checksum_key, blank_checksum);
  Value::Object header;
  header.emplace_back(metadata_key, std::move(metadata));

  std::uint64_t position = 0;
  names.clear();
  for (const auto& [name, tensor] : file.tensors) {
    const auto known = std::ranges::find(type_names, tensor.scalar_type(), [](const auto& pair) { return pair.first; });
    if (known == type_names.end())
      throw Error(fmt::format("cannot write '{}': tensor '{}' has the type {}; these can be written: {}", path.string(),
                              name, c10::toString(tensor.scalar_type()), known_types()));
    if (name == metadata_key)
      throw Error(fmt::format("cannot write '{}': no tensor may be named '{}'", path.string(), name));
    if (!names.insert(name).second)
      throw Error(fmt::format("cannot write '{}': two tensors are named '{}'", path.string(), name));
    Value::Array sizes;
    for (const std::int64_t size : tensor.sizes()) sizes.emplace_back(size);
    const std::uint64_t end = position + tensor.nbytes();
    header.emplace_back(name, Value::Object{{"dtype", known->second},
                                            {"shape", sizes},
                                            {"data_offsets", Value::Array{static_cast<std::int64_t>(position),
                                                                          static_cast<std::int64_t>(end)}}});
    position = end;
  }

  std::string text = to_json(Value(std::move(header)));
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  if (length > largest_header)
    throw Error(fmt::format("cannot write '{}': its header would have {} bytes, and {} are the most", path.string(),
                            length, largest_header));
  AtomicFile out(path);
  out.append({reinterpret_cast<const char*>(&length), length_size});
  out.append(text);
  Checksum checksum;
  checksum.add(text);
  for (const auto& [name, tensor] : file.tensors) {
    // One at a time: a contiguous copy of all of them would need much memory.
    const Tensor laid_out = tensor.detach().cpu().contiguous();
    const std::string_view bytes(static_cast<const char*>(laid_out.const_data_ptr()), laid_out.nbytes());
    checksum.add(bytes);
    out.append(bytes);
  }
  // Found only where we put it: within strings of the header, quotes are escaped.
  const std::string key = fmt::format("\"{}\":\"", checksum_key);
  out.overwrite(length_size + text.find(key + blank_checksum) + key.size(), checksum.text());
  out.commit();
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  const std::string content = read_file(path);
  const Parts parts = take_apart(path, content);
  const Value header = parse_header(path, parts.header);
  verify_checksum(path, header, parts);

  TensorFile file;
  file.metadata = metadata_of(path, header);
  std::vector<const std::pair<std::string, Value>*> entries;
  for (const auto& entry : header.object())
    if (entry.first != metadata_key) entries.push_back(&entry);
  // Tensors may be listed in any order; they must cover the data without gaps or overlaps. They are sorted by their
  // ends, too, since an empty tensor begins where the next one does.
  const auto position_of = [](const auto* entry) {
    const Value* const offsets = entry->second.find("data_offsets");
    const auto usable = [](const Value& offset) { return offset.is_integer(); };
    if (offsets == nullptr || !offsets->is_array() || offsets->array().size() != 2 ||
        !std::ranges::all_of(offsets->array(), usable))
      return std::pair{std::int64_t{-1}, std::int64_t{-1}};  // read_tensor will refuse it
    return std::pair{offsets->array()[0].integer(), offsets->array()[1].integer()};
  };
  std::ranges::stable_sort(entries, {}, position_of);
  std::uint64_t position = 0;
  for (const auto* entry : entries)
    file.tensors.emplace_back(entry->first, read_tensor(path, entry->first, entry->second, parts.data, position));
  if (position != parts.data.size())
    fail(path, fmt::format("the last {} bytes belong to no tensor", parts.data.size() - position));
  return file;
}

std::vector<std::pair<std::string, std::string>> load_safetensors_metadata(const std::filesystem::path& path) {
  FileReader file(path);
  const std::uint64_t size = header_size(path, file.read(length_size));
  const std::string header = file.read(size);
  require_whole_header(path, size, header.size());
  return metadata_of(path, parse_header(path, header));
}

}  // namespace cspgan
