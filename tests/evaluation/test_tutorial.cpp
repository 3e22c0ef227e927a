// What docs/tutorials/evaluation.md shows compiles as it stands there, and does what it says.
#include "tutorial/evaluation.inc"  // tutorial_1(), tutorial_2(): its blocks

#include <filesystem>
#include <functional>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>

#include "cspgan/core/safetensors.hpp"
#include "cspgan/models/checkpoint.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/report/images.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"
#include "support/terminal.hpp"

namespace {

/// What a block writes to std::cout; run in a folder that is there for it. Nothing else is printed.
std::string printed_in(const std::filesystem::path& folder, const std::function<void()>& block) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  std::ostringstream output;
  auto* const console = std::cout.rdbuf(output.rdbuf());
  const std::string errors = cspgan_test::on_terminal(block);
  std::cout.rdbuf(console);
  std::filesystem::current_path(before);
  CHECK(errors == "");
  return output.str();
}

}  // namespace

TEST_CASE("the tutorial's evaluation of a sampler against a folder runs and prints its line alone", "[evaluation]") {
  const cspgan_test::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "faces");
  const cspgan::Avatars avatars({.count = 40, .image_size = 64});
  for (std::int64_t i = 0; i < avatars.size(); ++i)
    cspgan::write_png(folder.path() / "faces" / (std::to_string(i) + ".png"), avatars.image(i));
  cspgan::Generator generator({.latent_size = 8, .image_size = 64, .base_channels = 2, .max_channels = 8});
  cspgan::TensorFile state;
  cspgan::StateWriter writer(state, "generator_ema.");
  cspgan::save_module(*generator, writer);
  std::filesystem::create_directories(folder.path() / "runs/faces/checkpoints");
  cspgan::save_checkpoint(folder.path() / "runs/faces/checkpoints/best.safetensors", std::move(state), 1,
                          cspgan::Value::Object{{"generator", cspgan::to_value(generator->options)}});

  const std::string printed = printed_in(folder.path(), tutorial_1);
  INFO(printed);
  CHECK(std::regex_match(printed, std::regex("FD-builtin: [0-9.]+ \\(1000 fakes, 40 reals\\)\n")));
}

TEST_CASE("the tutorial's training tells its metrics twice and prints nothing else", "[evaluation]") {
  const cspgan_test::TemporaryFolder folder;
  const std::string printed = printed_in(folder.path(), tutorial_2);
  INFO(printed);
  CHECK(std::regex_match(printed, std::regex("0.16 kimg: coverage [0-9.]+\n0.32 kimg: coverage [0-9.]+\n")));
  CHECK(std::filesystem::is_empty(folder.path()));
}
