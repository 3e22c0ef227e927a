// Packing and verifying, from a command line.
#include "cspgan/programs/pack_dataset.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "cspgan/core/device.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/packed_images.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/image_notes.hpp"
#include "programs/open_words.hpp"
#include "terminal/parse.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

constexpr std::string_view packer_name = "pack_dataset";

struct PackCommand {
  std::string data, out, verify;
  OpenWords open;
  PackOptions pack;
  int threads = 0;

  /// Nothing if there is nothing left to do (--help, --version). Throws OptionError for wrong usage.
  static std::optional<PackCommand> parsed(int argc, char** argv) {
    PackCommand command;
    CLI::App app("Crops and resizes images once and keeps them in one NumPy file, which trains without decoding.",
                 std::string(packer_name));
    app.add_option(
        "--data", command.data,
        "the images: a folder or a zip archive (CelebA's and FFHQ's layouts are known), a list of files (.txt, "
        ".csv), or several of these, joined by colons");
    app.add_option("--out", command.out, "file to write: its name ends in .npy");
    app.add_option("--verify", command.verify, "instead: read a packed file and compare it with its checksum");
    app.add_option("--image-size", command.pack.image_size, "side, in pixels, of the packed images")
        ->capture_default_str();
    command.open.add_to(app, "images");
    app.add_option("--max-bad-share", command.pack.max_bad_share, "share of the images that may be unreadable")
        ->capture_default_str();
    app.add_option("--threads", command.threads, "CPU threads; 0 is LibTorch's choice");
    if (parse(app, argc, argv)) return std::nullopt;
    command.validate();
    return command;
  }

 private:
  void validate() {
    if (!verify.empty()) {
      if (!data.empty() || !out.empty())
        throw OptionError("--verify FILE reads a packed file: it takes no --data and no --out");
      return;
    }
    if (data.empty() || out.empty()) throw OptionError("say what to pack and where: --data IMAGES --out FILE.npy");
    std::error_code unknown;
    if (std::filesystem::exists(std::filesystem::symlink_status(with_home(out), unknown)))
      throw OptionError(fmt::format("--out: '{}' is there already: remove it, or choose another name", out));
  }
};

int verify(const std::string& file) {
  const PackedImages images(file);
  ProgressBar bar;
  images.verify([&](std::int64_t done, std::int64_t total) { bar.update("verifying", done, total); });
  bar.end();
  say(stdout, "{}: {}, as its checksum says\n", file, images.contents());
  return 0;
}

int pack(const PackCommand& command) {
  const StopSignals signals;
  OpenOptions chosen = command.open.options(command.pack.image_size);
  chosen.on_progress = stage_of(stoppable_bars(signals, BarKind::transient), sizes_stage);
  const AnyImageSource images = open_images(command.data, chosen);
  say(stdout, "{}: found {}\n", packer_name, images.contents());
  std::fflush(stdout);
  if (const std::string problem = images.labels().problem; !problem.empty())
    print_warning(packer_name, "the images are packed without labels: " + problem);
  ProgressBar bar(BarKind::lasting, "", "images");
  PackOptions options = command.pack;
  options.progress = [&](std::int64_t done, std::int64_t total) { bar.update("packing", done, total); };
  options.stop = [&] { return signals.received(); };
  const PackResult result = pack_images(images, command.out, options);
  bar.end();
  constexpr std::size_t most_named = 5;
  for (std::size_t i = 0; i < result.left_out.size() && i < most_named; ++i)
    print_warning(packer_name, "left out " + result.left_out[i]);
  if (result.left_out.size() > most_named)
    print_warning(packer_name, fmt::format("{} images were left out in all", result.left_out.size()));
  if (result.resumed > 0) say(stdout, "went on after the {} images of an earlier call\n", result.resumed);
  say(stdout, "{} {} images of {} x {} pixels in {}\n", result.finished ? "packed and verified:" : "stopped after",
      result.images, options.image_size, options.image_size, command.out);
  if (result.finished && result.notes.read > 0)  // those that this call has read
    for (const std::string& sentence : sentences_of(result.notes, result.notes.read, options.image_size))
      say(stdout, "{}: {}\n", packer_name, sentence);
  if (!result.finished) say(stdout, "the same command goes on\n");
  return signals.exit_code();
}

}  // namespace

int run_pack_dataset_program(int argc, char** argv) {
  return run_program(packer_name, [&] {
    const auto command = PackCommand::parsed(argc, argv);
    if (!command) return 0;
    set_threads(command->threads);
    return command->verify.empty() ? pack(*command) : verify(with_home(command->verify));
  });
}

}  // namespace cspgan
