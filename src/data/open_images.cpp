// Which layout a folder has, and which of its images are held out.
#include "cspgan/data/open_images.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/data/celeba.hpp"
#include "cspgan/data/ffhq.hpp"
#include "cspgan/data/fingerprint.hpp"

namespace cspgan {

namespace {

/// A number in [0, 1) that the name decides.
double position_of(const std::string& name) {
  return static_cast<double>(Fingerprint().add(name).number() >> 11) * 0x1p-53;
}

ImageFolder part_of(const ImageFolder& images, Partition partition, double holdout) {
  const std::string folder = images.folder().string();
  if (partition == Partition::test || (partition == Partition::validation && holdout == 0))
    throw OptionError(fmt::format(
        "'{}' has no {} partition: it is not CelebA's or FFHQ's published folder{}", folder, enum_name(partition),
        partition == Partition::test ? ""
                                     : "; source.holdout or --holdout makes a validation partition of a share of it"));
  if (partition == Partition::all || holdout == 0) return images;
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < images.size(); ++i)
    if ((position_of(images.name(i)) < holdout) == (partition == Partition::validation))
      names.push_back(images.name(i));
  if (names.empty())
    throw OptionError(fmt::format("a holdout of {:g} leaves no image of '{}' for the {} partition", holdout, folder,
                                  enum_name(partition)));
  return images.with_names(std::move(names), fmt::format("the {} partition", enum_name(partition)));
}

}  // namespace

ImageFolder open_images(const std::filesystem::path& folder, Partition partition, std::int64_t image_size,
                        double holdout) {
  constexpr std::int64_t original_size = 1024;  // of FFHQ
  detail::require(holdout >= 0 && holdout < 1, "source.holdout", "in [0, 1)", holdout);
  const bool is_celeba = std::filesystem::exists(folder / "list_eval_partition.txt"),
             is_ffhq = std::filesystem::exists(folder / "thumbnails128x128") ||
                       std::filesystem::exists(folder / "images1024x1024");
  if ((is_celeba || is_ffhq) && holdout > 0)
    throw OptionError(fmt::format("'{}' is {}'s, which has a validation partition of its own: no holdout",
                                  folder.string(), is_celeba ? "CelebA" : "FFHQ"));
  if (is_celeba) return CelebA(folder, partition).files();
  if (is_ffhq) return FFHQ(folder, partition, image_size == 0 ? original_size : image_size).files();
  return part_of(ImageFolder(folder), partition, holdout);
}

}  // namespace cspgan
