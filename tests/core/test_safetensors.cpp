// Files of tensors: exact, whole or refused.
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>

#include "cspgan/core/safetensors.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/state.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

TensorFile example() {
  TensorRandom random(1, at::kCPU);
  TensorFile file;
  for (const auto type : {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16})
    file.tensors.emplace_back("float" + std::to_string(static_cast<int>(type)), random.normal({2, 3, 4}).to(type));
  for (const auto type : {at::kLong, at::kInt, at::kShort, at::kChar, at::kByte, at::kBool})
    file.tensors.emplace_back("integer" + std::to_string(static_cast<int>(type)), random.integers({5}, 0, 2).to(type));
  file.tensors.emplace_back("scalar", random.normal({}));
  file.tensors.emplace_back("empty", random.normal({0, 4}));
  file.tensors.emplace_back("transposed", random.normal({3, 5}).t());
  file.metadata = {{"note", "a \"quoted\" word, ä"}, {"empty", ""}};
  return file;
}

/// A file of this header and data.
void write_raw(const std::filesystem::path& path, const std::string& header, const std::string& data) {
  std::string length(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 255);
  std::ofstream(path, std::ios::binary) << length << header << data;
}

/// "read", or why a file of this header and data is refused.
std::string reading(const std::string& header, const std::string& data) {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  write_raw(path, header, data);
  try {
    load_safetensors(path);
    return "read";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("tensors of every type and shape come back bit for bit, with their metadata", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  const TensorFile before = example();
  save_safetensors(path, before);
  const TensorFile after = load_safetensors(path);
  REQUIRE(after.tensors.size() == before.tensors.size());
  for (const auto& [name, tensor] : before.tensors) {
    INFO(name);
    CHECK(after.tensor(name).scalar_type() == tensor.scalar_type());
    CHECK(at::equal(after.tensor(name), tensor));
  }
  CHECK(after.metadata == before.metadata);
  CHECK(load_safetensors_metadata(path) == before.metadata);
}

TEST_CASE("no change of a single byte goes unnoticed", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  TensorFile file;
  file.tensors.emplace_back("weights", at::arange(20, at::kFloat));
  file.metadata = {{"step", "12"}};
  save_safetensors(path, file);
  const std::string good = read_file(path);
  std::size_t undetected = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    std::ofstream(path, std::ios::binary) << bad;
    const auto message = message_of<Error>([&] { load_safetensors(path); });
    if (!contains(message, path.string())) {
      INFO("byte " << i << ": " << message);
      ++undetected;
    }
  }
  CHECK(undetected == 0);
}

TEST_CASE("a file cut short anywhere is refused with its name", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  save_safetensors(path, example());
  const std::string good = read_file(path);
  for (std::size_t length = 0; length < good.size(); length += 7) {
    std::ofstream(path, std::ios::binary) << good.substr(0, length);
    CHECK(contains(message_of<Error>([&] { load_safetensors(path); }), path.string()));
  }
}

TEST_CASE("headers that lie about sizes are refused", "[core]") {
  const auto refused = [&](const std::string& header, std::size_t data_bytes) {
    return contains(reading(header, std::string(data_bytes, 'x')), "not a valid safetensors file");
  };
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", 8));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4.0]}})", 4));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}})", 4));
  CHECK(refused(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4));
  CHECK(refused(R"({"a":7})", 0));
  CHECK(refused(
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
      4));
  CHECK(refused(
      R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
      12));
  CHECK(refused(
      R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})",
      8));
  CHECK(refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5));
  CHECK(reading(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "xxxx") == "read");
}

TEST_CASE("a tensor in the wrong place is refused with its name, its place and the right one", "[core]") {
  CHECK(contains(reading(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "xxxxxxxx"),
                 "tensor 'a' begins at byte 4 of the data, not 0: there is a gap or an overlap"));
  CHECK(contains(reading(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "xxxx"),
                 "tensor 'a' takes 8 bytes, and its data_offsets are 0 and 4"));
  CHECK(contains(reading(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "xxxx"),
                 "tensor 'a' ends at byte 8 of the data, of which 4 are there"));
  CHECK(contains(reading("{}", "xxxx"), "the last 4 bytes belong to no tensor"));
}

TEST_CASE("an empty tensor may be listed anywhere, and its other sizes must not overflow", "[core]") {
  CHECK(
      reading(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)"
          R"("c":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"d":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}})",
          std::string(12, 'x')) == "read");
  CHECK(contains(reading(R"({"a":{"dtype":"F32","shape":[0,9223372036854775807,9223372036854775807],)"
                         R"("data_offsets":[0,0]}})",
                         ""),
                 "tensor 'a' has no valid shape"));
}

TEST_CASE("a header is one JSON object from its first byte on, and only white space may follow", "[core]") {
  const std::string entries = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  const std::string header = "{" + entries + "}";
  CHECK(reading(header + "    ", "xxxx") == "read");
  CHECK(reading("{ " + entries + "\n}", "xxxx") == "read");
  CHECK(reading("{}", "") == "read");
  for (const std::string begin : {" ", "\n", "\xef\xbb\xbf", "["}) {
    INFO("'" << begin << "'");
    CHECK(contains(reading(begin + header, "xxxx"), "its header does not begin with '{'"));
  }
  CHECK(contains(reading("", ""), "its header does not begin with '{'"));
  for (const std::string& end : {std::string("x"), header, std::string(1, '\0'), std::string("\0{", 2)}) {
    INFO("'" << end << "'");
    CHECK(contains(reading(header + end, "xxxx"), "its header: not JSON at byte " + std::to_string(header.size() + 1)));
  }
}

TEST_CASE("a name that stands twice in a header is refused", "[core]") {
  const std::string a = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  const std::string empty_a = R"("\u0061":{"dtype":"F32","shape":[0],"data_offsets":[4,4]})";
  CHECK(contains(reading("{" + a + "," + a + "}", "xxxx"), "has the key 'a' twice"));
  CHECK(contains(reading("{" + a + "," + empty_a + "}", "xxxx"), "has the key 'a' twice"));
  CHECK(contains(reading(R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "xxxx"),
                 "has the key 'dtype' twice"));
  CHECK(contains(reading(R"({"__metadata__":{"k":"1","k":"2"},)" + a + "}", "xxxx"), "has the key 'k' twice"));
  CHECK(contains(reading(R"({"__metadata__":{},"__metadata__":{},)" + a + "}", "xxxx"), "'__metadata__' twice"));
}

TEST_CASE("metadata that is not made of strings is refused", "[core]") {
  CHECK(reading(R"({"__metadata__":{"k":"1"}})", "") == "read");
  CHECK(contains(reading(R"({"__metadata__":{"k":1}})", ""), "metadata 'k' is not a string"));
  CHECK(contains(reading(R"({"__metadata__":{"k":null}})", ""), "metadata 'k' is not a string"));
  CHECK(contains(reading(R"({"__metadata__":[]})", ""), "its metadata is not a JSON object"));
}

TEST_CASE("metadata is read without what follows the header", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  TensorFile file;
  file.tensors.emplace_back("weights", at::arange(20, at::kFloat));
  file.metadata = {{"step", "12"}};
  save_safetensors(path, file);
  const auto size = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, size - 80);  // the header alone
  CHECK_THROWS_AS(load_safetensors(path), Error);
  CHECK(load_safetensors_metadata(path) == file.metadata);
  std::filesystem::resize_file(path,
                               std::uintmax_t{1} << 42);  // 4 TiB that no memory holds, of which no byte is stored
  CHECK(load_safetensors_metadata(path) == file.metadata);
  for (const std::uintmax_t cut : {size - 81, std::uintmax_t{9}, std::uintmax_t{7}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(path, cut);
    CHECK(contains(message_of<Error>([&] { load_safetensors_metadata(path); }), path.string() + "' is not a valid"));
  }
}

TEST_CASE("a header that claims more than the file has, or more than the format allows, is refused", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  const auto refusals = [&](const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    const std::string message = message_of<Error>([&] { load_safetensors(path); });
    CHECK(message == message_of<Error>([&] { load_safetensors_metadata(path); }));
    return message;
  };
  CHECK(contains(refusals(std::string("\x05\0\0\0\0\0\0\0{}", 10)), "its header claims 5 bytes, and 2 are there"));
  CHECK(contains(refusals(std::string(8, '\xff') + "{}"), "and 100000000 are the most"));
}

TEST_CASE("a type that cannot be read is named beside those that can", "[core]") {
  for (const char* type : {"U16", "F8_E4M3", "f32"}) {
    const std::string message =
        reading(R"({"a":{"dtype":")" + std::string(type) + R"(","shape":[0],"data_offsets":[0,0]}})", "");
    CHECK(contains(message, "tensor 'a' has the type '" + std::string(type) + "'; these can be read: F64, F32, F16,"));
    CHECK(!contains(message, "not a valid"));
  }
}

TEST_CASE("a file of 60,000 tensors comes back whole", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  TensorFile before;
  for (std::int64_t i = 0; i < 60'000; ++i)
    before.tensors.emplace_back("tensor " + std::to_string(i), at::scalar_tensor(i, at::kLong));
  save_safetensors(path, before);
  const TensorFile after = load_safetensors(path);
  REQUIRE(after.tensors.size() == before.tensors.size());
  bool equal = true;
  for (std::size_t i = 0; i < after.tensors.size(); ++i)
    equal = equal && after.tensors[i].first == before.tensors[i].first &&
            after.tensors[i].second.item<std::int64_t>() == static_cast<std::int64_t>(i);
  CHECK(equal);
}

TEST_CASE("names that a file cannot hold are refused before anything is written", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  const Tensor one = at::arange(1, at::kFloat);
  const auto writing = [&](const TensorFile& file) { return message_of<Error>([&] { save_safetensors(path, file); }); };
  CHECK(contains(writing({.tensors = {{"a", one}, {"b", one}, {"a", one}}, .metadata = {}}),
                 "two tensors are named 'a'"));
  CHECK(
      contains(writing({.tensors = {{"__metadata__", one}}, .metadata = {}}), "no tensor may be named '__metadata__'"));
  CHECK(contains(writing({.tensors = {}, .metadata = {{"k", "1"}, {"k", "2"}}}), "two metadata entries are named 'k'"));
  CHECK(
      contains(writing({.tensors = {}, .metadata = {{"cspgan.checksum", "1"}}}), "'cspgan.checksum' is the writer's"));
  CHECK(
      contains(writing({.tensors = {{"a", one.to(at::kComplexFloat)}}, .metadata = {}}), "has the type ComplexFloat"));
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a write that fails leaves the old file whole and names the reason", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.txt";
  write_file_atomically(path, "old");
  CHECK(contains(message_of<Error>([&] { write_file_atomically(folder.path() / "no" / "such" / "file", "x"); }),
                 "No such file"));
  CHECK(read_file(path) == "old");
  write_file_atomically(path, "new");
  CHECK(read_file(path) == "new");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("metadata may hold what the checksum's place looks like", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.safetensors";
  TensorFile file;
  file.metadata.emplace_back("note", "\"cspgan.checksum\":\"" + std::string(32, '0'));
  save_safetensors(path, file);
  CHECK(load_safetensors(path).text("note") == file.text("note"));
}

TEST_CASE("a file written in parts is there once it is whole, and not before", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.txt";
  write_file_atomically(path, "old");
  {
    AtomicFile abandoned(path);
    abandoned.append("half of ");
    CHECK(read_file(path) == "old");
  }
  CHECK(read_file(path) == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

  AtomicFile file(path);
  file.append("the ____");
  file.append(" file");
  file.overwrite(4, "whol");
  file.overwrite(6, "rd");
  CHECK(read_file(path) == "old");
  file.commit();
  CHECK(read_file(path) == "the whrd file");
}

TEST_CASE("a symbolic link stays one, and the file that it leads to is written", "[core]") {
  namespace fs = std::filesystem;
  const cspgan_test::TemporaryFolder folder;
  const fs::path inner = folder.path() / "inner", real = inner / "real.txt", link = folder.path() / "link.txt";
  fs::create_directory(inner);
  fs::create_symlink("inner/next.txt", link);
  fs::create_symlink("real.txt", inner / "next.txt");
  for (const char* content : {"made", "replaced"}) {
    write_file_atomically(link, content);
    CHECK(fs::is_symlink(link));
    CHECK(fs::is_symlink(inner / "next.txt"));
    CHECK_FALSE(fs::is_symlink(real));
    CHECK(read_file(real) == content);
  }
  fs::create_symlink("circle.txt", folder.path() / "circle.txt");
  CHECK(contains(message_of<Error>([&] { AtomicFile file(folder.path() / "circle.txt"); }), "symbolic links"));
  CHECK(std::distance(fs::directory_iterator(inner), {}) == 2);
}

TEST_CASE("what is no file is not replaced by one", "[core]") {
  namespace fs = std::filesystem;
  const cspgan_test::TemporaryFolder folder;
  const fs::path pipe = folder.path() / "pipe", link = folder.path() / "link";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_symlink("pipe", link);
  for (const fs::path& path : {pipe, link}) {
    const std::string message = message_of<Error>([&] { AtomicFile file(path); });
    CHECK(contains(message, path.string()));
    CHECK(contains(message, "is a pipe"));
  }
  CHECK(contains(message_of<Error>([&] { AtomicFile file(folder.path()); }), "is a folder"));
  CHECK(fs::is_fifo(pipe));
  CHECK(fs::is_symlink(link));
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("two writers of one file do not disturb each other, and the last to finish wins", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.txt";
  AtomicFile first(path), second(path);
  first.append("the first ");
  second.append("the second one, whole");
  first.append("one, whole");
  second.commit();
  CHECK(read_file(path) == "the second one, whole");
  first.commit();
  CHECK(read_file(path) == "the first one, whole");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("two processes that write one file leave one of both, whole", "[core]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file.txt";
  const auto write_often = [&](char letter) {
    for (int i = 0; i < 200; ++i) {
      AtomicFile file(path, Durability::cached);
      for (int part = 0; part < 10; ++part) file.append(std::string(1000, letter));
      file.commit();
    }
  };
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    try {
      write_often('c');
      _exit(0);
    } catch (const Error&) {
      _exit(1);
    }
  }
  CHECK_NOTHROW(write_often('p'));
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(status == 0);
  const std::string content = read_file(path);
  CHECK((content == std::string(10'000, 'c') || content == std::string(10'000, 'p')));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("what killed writers left is removed, and nothing else", "[core]") {
  namespace fs = std::filesystem;
  const cspgan_test::TemporaryFolder folder;
  AtomicFile being_written(folder.path() / "file");
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  std::string of_writer;
  for (const auto& entry : fs::directory_iterator(folder.path())) of_writer = entry.path().filename().string();
  CHECK(contains(of_writer, "file."));
  fs::last_write_time(folder.path() / of_writer, old);
  for (const char* name : {"file.cspgan-12-1.part", "step-00000001.safetensors.cspgan-7-30.part"}) {
    std::ofstream(folder.path() / name) << "half";
    fs::last_write_time(folder.path() / name, old);
  }
  std::vector<std::string> kept{"film.part",        "film.12.part",         "12-1.part",          "backup.2024-11.part",
                                "file.cspgan-12-1", "file.cspgan-12-.part", "file.cspgan--1.part"};
  for (const std::string& name : kept) {
    std::ofstream(folder.path() / name) << "somebody else's";
    fs::last_write_time(folder.path() / name, old);
  }
  std::ofstream(folder.path() / "file.cspgan-12-2.part") << "just begun";
  kept.insert(kept.end(), {of_writer, "file.cspgan-12-2.part"});

  remove_abandoned_files(folder.path());
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(folder.path())) found.push_back(entry.path().filename().string());
  std::ranges::sort(found), std::ranges::sort(kept);
  CHECK(found == kept);
  CHECK_NOTHROW(being_written.commit());
  CHECK_NOTHROW(remove_abandoned_files(folder.path() / "none"));
}

TEST_CASE("state is written and read under its prefix, and what is missing is named", "[core]") {
  TensorFile file;
  StateWriter writer(file, "policies.");
  StateWriter inner = writer.scope("lecam");
  inner.number("mean", 0.25);
  inner.integer("count", 7);
  const StateReader reader(file, "policies.");
  CHECK(reader.scope("lecam").number("mean") == 0.25);
  CHECK(reader.scope("lecam").integer("count") == 7);
  CHECK(contains(message_of<Error>([&] { reader.scope("lecam").number("nothing"); }), "policies.lecam.nothing"));
}
