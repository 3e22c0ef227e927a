// Pictures of folders and drawn ones, in memory.
#include "cspgan/detection/inspection_data.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <unordered_set>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/detection/wells.hpp"
#include "data/epoch_order.hpp"
#include "detection/folder_layout.hpp"

namespace cspgan {

namespace {

/// Puts pictures together one by one.
struct Gathered {
  std::vector<Tensor> images, masks;
  std::vector<std::int64_t> classes;
  std::vector<std::string> names, defects;

  InspectionPictures pictures(bool with_classes, bool with_masks, std::int64_t height, std::int64_t width) const {
    InspectionPictures result{
        .images = images.empty() ? at::empty({0, 3, height, width}, at::kByte) : at::stack(images),
        .names = names,
        .defects = defects};
    if (with_classes) result.classes = at::tensor(classes, at::kLong);
    if (with_masks) result.masks = masks.empty() ? at::empty({0, height, width}, at::kBool) : at::stack(masks);
    return result;
  }
};

/// A mask of another size, of which no marked pixel gets lost; empty if it cannot be read. That it marks nothing is
/// told to `problems`. Marked is what is nearer to white than to black, or, if nothing is, what is not black: some sets
/// mark with small numbers.
Tensor read_mask(const ImageFolder& folder, std::int64_t index, std::int64_t height, std::int64_t width,
                 std::vector<std::string>& problems) {
  try {
    const Tensor drawn = folder.image(index).amax(0);
    const Tensor marked = drawn > (drawn.max().item<int>() <= 127 ? 0 : 127);
    if (!marked.any().item<bool>())
      problems.push_back(
          fmt::format("the mask '{}' marks nothing (of 16 bits, the upper 8 are read)", folder.name(index)));
    const Tensor plane = marked.to(at::kFloat).view({1, 1, marked.size(0), marked.size(1)});
    return std::get<0>(at::adaptive_max_pool2d(plane, {height, width})).view({height, width}) > 0.5;
  } catch (const ImageError& error) {
    problems.push_back(fmt::format("the mask '{}' cannot be read: {}", folder.name(index), error.what()));
    return at::zeros({height, width}, at::kBool);
  }
}

InspectionData open_folder(const std::string& data, const InspectionOptions& options, bool with_known_bad,
                           const StageProgress& progress) {
  const ImageFolder folder(with_home(data));
  const detail::FolderLayout layout(folder, data, options, with_known_bad);
  const std::int64_t height = options.height, width = options.width;
  using Part = detail::InspectionPart;
  std::map<Part, Gathered> parts{{Part::training, {}}, {Part::validation, {}}, {Part::test, {}}};
  InspectionData result;
  result.contents = folder.contents();
  result.fingerprint = folder.fingerprint();
  result.classes = layout.classes();
  const auto total = static_cast<std::int64_t>(layout.pictures().size());
  for (std::int64_t done = 0; const detail::PlacedPicture& picture : layout.pictures()) {
    if (progress) progress("pictures", ++done, total);
    try {
      Gathered& part = parts[picture.part];
      const Tensor image = resize(folder.image(picture.index), height, width);
      const Tensor mask = at::zeros({height, width}, at::kBool);
      if (!picture.defect.empty())
        for (const std::int64_t drawn : picture.masks)
          mask.logical_or_(read_mask(folder, drawn, height, width, result.problems));
      part.images.push_back(image);
      part.masks.push_back(mask);
      part.names.push_back(folder.name(picture.index));
      part.defects.push_back(picture.defect);
      part.classes.push_back(std::ranges::find(result.classes, picture.category) - result.classes.begin());
    } catch (const ImageError& error) {
      result.problems.push_back(fmt::format("'{}' is left out: {}", folder.name(picture.index), error.what()));
    }
  }
  for (std::string& problem : layout.problems(data)) result.problems.push_back(std::move(problem));
  const bool with_classes = !result.classes.empty();
  result.training = parts[Part::training].pictures(with_classes, layout.has_masks(), height, width);
  result.validation = parts[Part::validation].pictures(with_classes, layout.has_masks(), height, width);
  result.test = parts[Part::test].pictures(with_classes, layout.has_masks(), height, width);
  return result;
}

InspectionPictures draw_wells(const Wells& wells, std::string_view part, const OnProgress& progress) {
  InspectionPictures pictures{
      .images = at::empty({wells.size(), 3, wells.options().height, wells.options().width}, at::kByte),
      .names = {},
      .defects = {},
      .masks = at::zeros({wells.size(), wells.options().height, wells.options().width}, at::kBool)};
  for (std::int64_t i = 0; i < wells.size(); ++i) {
    const WellAppearance appearance = wells.appearance(i);
    const bool good = wells.defect(i) == Defect::none;
    pictures.images[i].copy_(draw_well(appearance, wells.options().height, wells.options().width));
    if (!good) pictures.masks[i].copy_(wells.mask(i));
    pictures.names.push_back(fmt::format("{} {}{}", part, good ? "" : "bad ", i));
    pictures.defects.emplace_back(good ? "" : enum_name(wells.defect(i)));
    if (progress) progress(i + 1, wells.size());
  }
  return pictures;
}

InspectionData open_wells(const InspectionOptions& options, bool with_known_bad, const StageProgress& progress) {
  const auto part = [&](std::uint64_t salt, std::int64_t count, bool bad, std::string_view name) {
    WellOptions wells{.seed = mix_seeds({options.wells_seed, salt}),
                      .count = std::max<std::int64_t>(count, 1),
                      .height = options.height,
                      .width = options.width,
                      .bad_share = bad ? 1.0 : 0.0,
                      .defect_weights = options.wells_defect_weights,
                      .difficulty = options.wells_difficulty};
    InspectionPictures pictures =
        draw_wells(Wells(wells), name, stage_of(progress, fmt::format("{}{} wells", bad ? "bad " : "", name)));
    if (count == 0) pictures = pictures.of({});
    return pictures;
  };
  InspectionData result;
  result.training = part(1, options.wells_training, false, "training");
  result.validation = join_pictures(part(2, options.wells_validation, false, "validation"),
                                    part(3, with_known_bad ? options.wells_known_bad : 0, true, "validation"));
  result.test = join_pictures(part(4, options.wells_test - options.wells_test_bad, false, "test"),
                              part(5, options.wells_test_bad, true, "test"));
  result.contents = fmt::format("drawn wells of difficulty {:g}", options.wells_difficulty);
  result.fingerprint = Fingerprint()
                           .add(Wells({.height = options.height, .width = options.width}).fingerprint())
                           .add(to_json(to_value(options)))
                           .text();
  return result;
}

}  // namespace

void InspectionOptions::validate() const {
  if ((height == 0) != (width == 0))
    throw OptionError("pictures.height and pictures.width (--height, --width): give both or neither");
  if (height != 0) {
    detail::require_from_to(height, 4, 1024, "pictures.height");
    detail::require_from_to(width, 4, 1024, "pictures.width");
  }
  const auto share = [](double value, std::string_view name) {
    detail::require(value >= 0 && value < 1, name, "in [0, 1)", value);
  };
  share(validation_share, "pictures.validation_share");
  share(test_share, "pictures.test_share");
  share(known_bad_share, "pictures.known_bad_share");
  detail::require(validation_share + test_share < 1, "pictures.validation_share + pictures.test_share", "below 1",
                  validation_share + test_share);
  constexpr std::int64_t most = 10'000'000;
  detail::require_from_to(wells_training, 1, most, "pictures.wells_training");
  detail::require_from_to(wells_validation, 0, most, "pictures.wells_validation");
  detail::require_from_to(wells_known_bad, 0, most, "pictures.wells_known_bad");
  detail::require_from_to(wells_test, 1, most, "pictures.wells_test");
  detail::require_from_to(wells_test_bad, 0, wells_test, "pictures.wells_test_bad");
  detail::require_not_negative(wells_difficulty, "pictures.wells_difficulty");
}

std::vector<bool> InspectionPictures::bad() const {
  std::vector<bool> result;
  for (const std::string& defect : defects) result.push_back(!defect.empty());
  return result;
}

InspectionPictures InspectionPictures::good() const {
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < defects.size(); ++i)
    if (defects[i].empty()) places.push_back(static_cast<std::int64_t>(i));
  return of(places);
}

InspectionPictures InspectionPictures::of(const std::vector<std::int64_t>& places) const {
  const Tensor indices = at::tensor(places, at::kLong);
  InspectionPictures chosen;
  chosen.images = images.index_select(0, indices);
  if (classes.defined()) chosen.classes = classes.index_select(0, indices);
  if (masks.defined()) chosen.masks = masks.index_select(0, indices);
  for (const std::int64_t place : places) {
    chosen.names.push_back(names.at(static_cast<std::size_t>(place)));
    chosen.defects.push_back(defects.at(static_cast<std::size_t>(place)));
  }
  return chosen;
}

InspectionPictures join_pictures(const InspectionPictures& first, const InspectionPictures& second) {
  if (first.classes.defined() != second.classes.defined())
    throw Error("pictures with classes cannot be joined with such that have none");
  InspectionPictures both{
      .images = at::cat({first.images, second.images}), .names = first.names, .defects = first.defects};
  if (first.classes.defined()) both.classes = at::cat({first.classes, second.classes});
  if (first.masks.defined() && second.masks.defined()) both.masks = at::cat({first.masks, second.masks});
  both.names.insert(both.names.end(), second.names.begin(), second.names.end());
  both.defects.insert(both.defects.end(), second.defects.begin(), second.defects.end());
  return both;
}

bool is_inspection_layout(const std::string& data) {
  if (data == "wells") return true;
  std::error_code unknown;
  const std::filesystem::path path = with_home(data);
  if (!std::filesystem::exists(path, unknown))
    return false;  // several, joined by colons, or an error for others to tell
  if (std::filesystem::is_regular_file(path, unknown) && lower_extension(data) != ".zip") return false;
  return detail::FolderLayout::is_in(ImageFolder(path));
}

InspectionPictures read_pictures(const AnyImageSource& source, std::int64_t height, std::int64_t width,
                                 std::vector<std::string>& problems, const OnProgress& progress) {
  Gathered gathered;
  for (std::int64_t i = 0; i < source.size(); ++i) {
    try {
      gathered.images.push_back(resize(source.image(i), height, width));
      gathered.names.push_back(source.name(i));
      gathered.defects.emplace_back();
    } catch (const ImageError& error) {
      problems.push_back(fmt::format("'{}' is left out: {}", source.name(i), error.what()));
    }
    if (progress) progress(i + 1, source.size());
  }
  return gathered.pictures(/*with_classes=*/false, /*with_masks=*/false, height, width);
}

InspectionOptions with_picture_size(InspectionOptions options, const std::string& data) {
  options.validate();
  if (options.height != 0) return options;
  constexpr std::int64_t longest = 64, shortest = 4;
  std::int64_t height = 48, width = 27;
  if (data != "wells") {
    const ImageFolder folder(with_home(data));
    const detail::FolderLayout layout(folder, data, options, /*with_known_bad=*/false);
    for (const detail::PlacedPicture& picture : layout.pictures()) {
      if (!picture.defect.empty()) continue;
      try {
        const Tensor image = folder.image(picture.index);
        height = image.size(1), width = image.size(2);
        break;
      } catch (const ImageError&) {  // whoever reads all names it
      }
    }
  }
  const std::int64_t longer = std::max(height, width), kept = std::min(longer, longest);
  const auto scaled = [&](std::int64_t side) {
    return std::max(shortest, static_cast<std::int64_t>(
                                  std::lround(static_cast<double>(side * kept) / static_cast<double>(longer))));
  };
  options.height = scaled(height);
  options.width = scaled(width);
  return options;
}

InspectionData open_inspection(const std::string& data, const InspectionOptions& given, bool with_known_bad,
                               const StageProgress& progress) {
  const InspectionOptions options = with_picture_size(given, data);
  return data == "wells" ? open_wells(options, with_known_bad, progress)
                         : open_folder(data, options, with_known_bad, progress);
}

void require_pictures_for_training(const InspectionData& data, const std::string& path, bool with_known_bad) {
  const auto bad = std::ranges::count(data.validation.bad(), true);
  if (data.training.size() == 0) throw OptionError(fmt::format("'{}' has too few good pictures to train on", path));
  if (data.validation.size() == bad && !with_known_bad)
    throw OptionError(
        fmt::format("'{}' has no good picture to choose the threshold: pictures.validation_share (of wells: "
                    "pictures.wells_validation) keeps some",
                    path));
  if (bad == 0 && with_known_bad)
    throw OptionError(
        fmt::format("'{}' has no bad picture to choose the threshold: the rule needs some in bad/, and "
                    "pictures.known_bad_share above 0 (or choose threshold.rule good_quantile)",
                    path));
}

Tensor InspectionPictures::hashes() const {
  Tensor result = at::empty({size()}, at::kLong);
  if (size() == 0) return result;
  const Tensor rows = images.contiguous();
  for (std::int64_t i = 0; i < size(); ++i) {
    const Tensor image = rows[i];
    const std::string_view bytes(static_cast<const char*>(image.const_data_ptr()), image.nbytes());
    result.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(Fingerprint().add(bytes).number());
  }
  return result;
}

InspectionPictures InspectionPictures::without(const Tensor& known) const {
  if (!known.defined() || known.numel() == 0) return *this;
  const Tensor numbers = known.contiguous();
  const std::unordered_set<std::int64_t> left(numbers.const_data_ptr<std::int64_t>(),
                                              numbers.const_data_ptr<std::int64_t>() + numbers.numel());
  const Tensor own = hashes();
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < size(); ++i)
    if (!left.contains(own.const_data_ptr<std::int64_t>()[i])) places.push_back(i);
  return of(places);
}

InspectionBatches::InspectionBatches(InspectionPictures pictures, std::int64_t batch_size, std::uint64_t seed,
                                     bool flip)
    : pictures_(std::move(pictures)), batch_size_(batch_size), seed_(seed), flip_(flip) {
  if (pictures_.size() == 0) throw Error("there are no pictures to train on");
  detail::require_at_least(batch_size, 1, "batch_size");
  if (batch_size > pictures_.size())
    throw OptionError(fmt::format("batch_size is {}, but there are only {} pictures to train on; use a smaller batch",
                                  batch_size, pictures_.size()));
  order_ = std::make_shared<detail::EpochOrder>(mix_seeds({seed, 0x6f72646572}), pictures_.size());
}

Batch InspectionBatches::next() {
  std::vector<std::int64_t> places, mirrored;
  for (std::int64_t i = position_; i < position_ + batch_size_; ++i) {
    const std::int64_t epoch = i / pictures_.size();
    places.push_back((*(*order_)(epoch))[static_cast<std::size_t>(i % pictures_.size())]);
    if (flip_ && HostRandom({seed_, 0x666c6970, static_cast<std::uint64_t>(i)}).uniform() < 0.5)
      mirrored.push_back(i - position_);
  }
  const Tensor indices = at::tensor(places, at::kLong);
  Batch batch{.images = pictures_.images.index_select(0, indices)};
  if (!mirrored.empty()) {
    const Tensor rows = at::tensor(mirrored, at::kLong);
    batch.images.index_copy_(0, rows, batch.images.index_select(0, rows).flip(3));
  }
  if (pictures_.classes.defined()) batch.labels = pictures_.classes.index_select(0, indices).unsqueeze(1);
  position_ += batch_size_;
  return batch;
}

}  // namespace cspgan
