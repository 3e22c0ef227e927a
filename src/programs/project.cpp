// The program `project`.
#include "cspgan/programs/project.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/checks.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/data/latent_file.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/evaluation/image_features.hpp"
#include "cspgan/report/images.hpp"
#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/open_words.hpp"
#include "programs/output_paths.hpp"
#include "programs/project_command.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// An ImageSource over files that were named one by one.
struct NamedFiles {
  std::vector<std::filesystem::path> paths;

  std::int64_t size() const { return static_cast<std::int64_t>(paths.size()); }
  std::string name(std::int64_t index) const { return paths.at(static_cast<std::size_t>(index)).string(); }
  Tensor image(std::int64_t index) const { return load_image(name(index)); }
};

/// The pictures as training sees them.
struct Pictures {
  Tensor images;  // uint8 [N, 3, S, S]
  std::vector<std::string> names{};
};

Pictures read_pictures(const ProjectCommand& command, std::int64_t image_size) {
  const OpenOptions options = command.open.options(image_size);
  const AnyImageSource source =
      command.data.empty() ? select_images(NamedFiles{command.images}, options) : open_images(command.data, options);
  if (!command.data.empty()) say_found("project", source.contents());
  const std::int64_t count =
      command.data.empty() ? source.size() : std::min<std::int64_t>(command.count, source.size());
  std::vector<std::int64_t> chosen = choose_images(source.size(), count, static_cast<std::uint64_t>(command.seed));
  std::ranges::sort(chosen);
  Pictures pictures;
  std::vector<Tensor> images;
  for (const std::int64_t index : chosen) {
    try {
      images.push_back(resize(center_crop_square(source.image(index)), image_size));
      pictures.names.push_back(source.name(index));
    } catch (const ImageError& error) {
      if (command.data.empty()) throw Error(fmt::format("'{}': {}", source.name(index), error.what()));
      print_warning("project", fmt::format("skipped {}: {}", source.name(index), error.what()));
    }
  }
  if (images.empty()) throw Error(fmt::format("none of {} pictures of '{}' can be read", count, command.data));
  pictures.images = at::stack(images);
  return pictures;
}

/// Each row: the picture, the best start, what was found, and how the picture differs from it.
void draw_projection(const std::filesystem::path& file, const Generator& generator, const Tensor& images,
                     const Projection& found) {
  const Sampler sampler(generator, at::kCPU);
  std::vector<Tensor> cells;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const Tensor drawn = to_bytes(sampler(at::stack({found.start_latents[i], found.latents[i]})));
    const Tensor difference = (images[i].to(at::kInt) - drawn[1].to(at::kInt)).abs().to(at::kByte);
    for (const Tensor& cell : {images[i], drawn[0], drawn[1], difference}) cells.push_back(cell);
  }
  write_png(file, image_grid(at::stack(cells), 4, sample_grid_layout(images.size(3))));
}

void print_projection(const std::vector<std::string>& names, const Projection& found) {
  std::size_t width = 7;
  for (const std::string& name : names) width = std::max(width, name.size());
  const auto row = [width](std::string_view name, const Tensor& start, const Tensor& end) {
    say(stdout, "{:<{}}  {:>10.2f}  {:>8.2f}\n", one_line(name), width, start.item<float>(), end.item<float>());
  };
  say(stdout, "{:<{}}  {:>10}  {:>8}\n", "picture", width, "best start", "residual");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    row(names[i], found.start_residuals[place], found.residuals[place]);
  }
  if (names.size() > 1) row("mean", found.start_residuals.mean(), found.residuals.mean());
  say(stdout, "root mean square differences from the picture, in gray levels of 255\n");
}

int project_pictures(const ProjectCommand& command) {
  if (command.images.empty() == command.data.empty())
    throw OptionError("say which pictures: --image FILE, once or several times, or --data FOLDER with --count");
  detail::require_from_to(command.count, 1, 10'000, "--count");
  detail::require_at_least(command.seed, 0, "--seed");
  ProjectionOptions options = command.options;
  options.seed = static_cast<std::uint64_t>(command.seed);
  options.validate();
  const at::Device device = command.set_up();
  const Generator generator = command.load("project");
  const std::int64_t size = generator->options.image_size;
  const Pictures pictures = read_pictures(command, size);
  const std::int64_t count = pictures.images.size(0);
  require_grid_fits(4 * count, 4, size, sample_grid_layout(size), "the picture of all");
  make_folder(command.out);
  require_writable(command.out / "latents.npy", "--out", {".npy"});
  require_writable(command.out / "latents.safetensors", "--out", {".safetensors"});

  const Projection found = project(generator, pictures.images, options, device, stage_bars());
  save_latents(command.out / "latents.npy", found.latents);
  save_safetensors(command.out / "latents.safetensors", {.tensors = {{"latents", found.latents},
                                                                     {"residuals", found.residuals},
                                                                     {"start_latents", found.start_latents},
                                                                     {"start_residuals", found.start_residuals}},
                                                         .metadata = {}});
  draw_projection(command.out / "projection.png", generator, pictures.images, found);
  print_projection(pictures.names, found);
  say(stdout, "latents and pictures are in {}\n", command.out.string());
  return 0;
}

}  // namespace

int run_project_program(int argc, char** argv) {
  return run_program("project", [&] {
    const auto command = parse_project(argc, argv);
    return command ? project_pictures(*command) : 0;
  });
}

}  // namespace cspgan
