// SHA-256 against the examples of its standard.
#include <fstream>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/core/sha256.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;

TEST_CASE("SHA-256 gives the digests of the standard's examples, however the bytes are cut") {
  // FIPS 180-4's examples: the empty text, 3 bytes, 56 bytes (two blocks), a million times "a".
  CHECK(Sha256().text() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(Sha256().add("abc").text() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256().add("abcdbcdecdefdefgefghfghighij").add("hijkijkljklmklmnlmnomnopnopq").text() ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  Sha256 million;
  for (int i = 0; i < 1000; ++i) million.add(std::string(997, 'a')).add("aaa");
  CHECK(million.text() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(million.text() == million.text());
}

TEST_CASE("A file's SHA-256 is that of its content, and a missing file is named") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "file";
  const std::string content(3'000'000, 'x');
  std::ofstream(path) << content;
  CHECK(sha256_of_file(path) == Sha256().add(content).text());
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { sha256_of_file(folder.path() / "none"); }),
                              "none': No such file"));
  CHECK_THROWS_AS(sha256_of_file(folder.path()), Error);
}
