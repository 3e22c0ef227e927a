#include "detection/folder_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string_view>

#include "cspgan/core/error.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "data/file_tree.hpp"

namespace cspgan::detail {

namespace {

namespace fs = std::filesystem;

/// The first folder of a path, and the rest; an empty folder if there is none.
std::pair<std::string, std::string> split_first(const std::string& path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

bool has_pictures_in(const ImageFolder& folder, const std::string& start) {
  for (std::int64_t i = 0; i < folder.size(); ++i)
    if (folder.name(i).starts_with(start)) return true;
  return false;
}

bool is_published_below(const ImageFolder& folder, const std::string& prefix) {
  return has_pictures_in(folder, prefix + "train/good/");
}

bool is_layout_below(const ImageFolder& folder, const std::string& prefix) {
  return is_published_below(folder, prefix) || has_pictures_in(folder, prefix + "good/");
}

/// The folders around all, above good/ or train/good/, with their slashes: an archive often has some around its
/// content.
std::string folders_around(const ImageFolder& folder) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < folder.size(); ++i) names.push_back(folder.name(i));
  const std::string common = common_folder(names);
  std::string around = common;
  while (!around.empty() && !is_layout_below(folder, around)) around = folder_above(around);
  // Of a published layout with nothing but train/good/.
  if (fs::path(around).parent_path().filename() == "train" && common.starts_with(around + "good/"))
    around = folder_above(around);
  return around;
}

double position_of(const std::string& name) { return Fingerprint().add(name).position(); }

InspectionPart good_part(const std::string& name, const InspectionOptions& options, bool has_test) {
  const double position = position_of(name);
  if (position < options.validation_share) return InspectionPart::validation;
  return !has_test && position < options.validation_share + options.test_share ? InspectionPart::test
                                                                               : InspectionPart::training;
}

InspectionPart bad_part(const std::string& name, const InspectionOptions& options, bool with_known_bad) {
  return with_known_bad && position_of(name) < options.known_bad_share ? InspectionPart::validation
                                                                       : InspectionPart::test;
}

bool is_one_of(const fs::path& folder, std::initializer_list<std::string_view> names) {
  std::string lower = folder.string();
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::ranges::find(names, lower) != names.end();
}

bool is_of_ground_truth(const fs::path& folder) { return is_one_of(folder, {"gt", "ground_truth"}); }

bool is_of_masks(const fs::path& folder) { return is_of_ground_truth(folder) || is_one_of(folder, {"mask", "masks"}); }

bool is_of_pictures(const fs::path& folder) { return is_one_of(folder, {"rgb", "image", "images"}); }

bool is_in_one(const std::string& path, bool (*is_such)(const fs::path& folder)) {
  const fs::path folders = fs::path(path).parent_path();
  return std::any_of(folders.begin(), folders.end(), is_such);
}

/// What a picture and its mask have in common: "hole/003" of "hole/003.png" and of "hole/rgb/003.png", below test/, and
/// of "hole/003_mask.png" and "hole/gt/003.png".
std::string stem_of(const std::string& below) {
  fs::path stem;
  const fs::path path = fs::path(below).replace_extension();
  for (const fs::path& part : path.parent_path())
    if (!is_of_masks(part) && !is_of_pictures(part)) stem /= part;
  std::string text = (stem / path.filename()).generic_string();
  if (text.ends_with("_mask")) text.resize(text.size() - 5);
  return text;
}

/// "left/003" of "hole/left/003"
std::string last_of(const std::string& stem) {
  const fs::path path(stem);
  return (path.parent_path().filename() / path.filename()).generic_string();
}

/// "hole/003" of "hole/003/000": MVTec LOCO has a folder of masks for each picture.
std::string folder_of_stem(const std::string& stem) { return fs::path(stem).parent_path().generic_string(); }

}  // namespace

FolderLayout::FolderLayout(const ImageFolder& folder, const std::string& data, const InspectionOptions& options,
                           bool with_known_bad)
    : prefix_(folders_around(folder)), is_published_(is_published_below(folder, prefix_)) {
  if (!is_layout_below(folder, prefix_))
    throw OptionError(
        fmt::format("'{}' has neither good/ nor train/good/ with pictures: put those of good things into good/, and "
                    "those of bad ones, if there are any, into bad/",
                    data));
  has_validation_ = is_published_ && has_pictures_in(folder, prefix_ + "validation/good/");
  place(folder, options, with_known_bad);
  if (!is_published_ && options.classes) settle_classes(folder, data);
  settle_masks();
  keep_some_for_validation(folder, options);
}

bool FolderLayout::is_in(const ImageFolder& folder) { return is_layout_below(folder, folders_around(folder)); }

bool FolderLayout::has_masks() const {
  return std::ranges::any_of(pictures_, [](const PlacedPicture& picture) { return !picture.masks.empty(); });
}

std::vector<std::string> FolderLayout::problems(const std::string& data) const {
  std::vector<std::string> sentences;
  if (left_out_ > 0)
    sentences.push_back(fmt::format("{} picture(s) of '{}' are in none of the folders that are looked at, and left out",
                                    left_out_, data));
  if (!masks_.empty())
    sentences.push_back(fmt::format(
        "{} mask(s) of '{}' belong to no picture, or it is not clear to which, and are left out; the first is '{}'",
        masks_.size(), data, masks_.front().path));
  return sentences;
}

/// Whether a path below test/, or good/ or bad/, is a mask's: "hole/gt/003.png" in MVTec 3D-AD,
/// "ground_truth/bad/003_mask.png" in MVTec AD 2. Things and defects may be called mask, so there a picture has to be
/// that it is the mask of.
bool FolderLayout::is_mask(const std::string& first, const std::string& rest) const {
  if (is_in_one(rest, is_of_ground_truth)) return true;
  if (!is_in_one(rest, is_of_masks)) return false;
  const std::string stem = stem_of(rest);
  return stems_.contains(first + "/" + stem) || stems_.contains(first + "/" + folder_of_stem(stem));
}

void FolderLayout::place(const ImageFolder& folder, const InspectionOptions& options, bool with_known_bad) {
  for (std::int64_t i = 0; i < folder.size(); ++i)
    if (const auto [first, rest] = split_first(folder.name(i).substr(prefix_.size())); !is_in_one(rest, is_of_masks))
      stems_.insert(first + "/" + stem_of(rest));
  for (std::int64_t i = 0; i < folder.size(); ++i) {
    const std::string path = folder.name(i).substr(prefix_.size());
    if (is_published_)
      place_published(i, path, options, with_known_bad);
    else
      place_plain(i, path, options, with_known_bad);
  }
}

void FolderLayout::place_published(std::int64_t index, const std::string& path, const InspectionOptions& options,
                                   bool with_known_bad) {
  const auto [first, rest] = split_first(path);
  const std::string kind = split_first(rest).first;
  const bool is_good = kind == "good";
  if (kind.empty()) {
    ++left_out_;
  } else if (first == "ground_truth" || is_mask(first, rest)) {
    masks_.push_back({path, stem_of(rest), index});
  } else if (first == "train" && is_good) {
    const InspectionPart part =
        has_validation_ ? InspectionPart::training : good_part(rest, options, /*has_test=*/true);
    pictures_.push_back({index, "", "", part});
  } else if (first == "validation" && is_good) {
    pictures_.push_back({index, "", "", InspectionPart::validation});
  } else if (first == "test" || first == "test_public") {
    tested_.emplace_back(pictures_.size(), stem_of(rest));
    pictures_.push_back(
        {index, is_good ? "" : kind, "", is_good ? InspectionPart::test : bad_part(rest, options, with_known_bad)});
  } else {
    ++left_out_;
  }
}

void FolderLayout::place_plain(std::int64_t index, const std::string& path, const InspectionOptions& options,
                               bool with_known_bad) {
  const auto [first, rest] = split_first(path);
  const std::string below = split_first(rest).first;
  if (first != "good" && first != "bad") {
    ++left_out_;
  } else if (is_mask(first, rest)) {
    masks_.push_back({path, stem_of(rest), index});
  } else if (first == "good") {
    pictures_.push_back({index, "", below, good_part(rest, options, /*has_test=*/false)});
  } else {
    tested_.emplace_back(pictures_.size(), stem_of(rest));
    pictures_.push_back({index, below.empty() ? "bad" : below, "", bad_part(rest, options, with_known_bad)});
  }
}

/// Gives masks to the pictures of the same key. `only_one`: not if several pictures or masks have it.
template <class KeyOfPicture, class KeyOfMask>
void FolderLayout::match_masks(const KeyOfPicture& key_of_picture, const KeyOfMask& key_of_mask, bool only_one) {
  std::map<std::string, std::vector<std::size_t>> pictures;
  std::map<std::string, int> masks;
  for (const auto& [place, stem] : tested_) pictures[key_of_picture(stem)].push_back(place);
  for (const Mask& mask : masks_) ++masks[key_of_mask(mask.stem)];
  std::erase_if(masks_, [&](const Mask& mask) {
    const std::string key = key_of_mask(mask.stem);
    const auto found = pictures.find(key);
    if (found == pictures.end() || (only_one && (found->second.size() > 1 || masks[key] > 1))) return false;
    for (const std::size_t place : found->second) pictures_[place].masks.push_back(mask.index);
    return true;
  });
}

/// If no mask has the path of a picture, their folders differ, and the last one tells.
void FolderLayout::settle_masks() {
  constexpr std::identity whole;
  match_masks(whole, whole, false);
  match_masks(whole, folder_of_stem, false);
  if (!has_masks()) match_masks(last_of, last_of, true);
}

/// Of few pictures the hashes may choose none.
void FolderLayout::keep_some_for_validation(const ImageFolder& folder, const InspectionOptions& options) {
  const auto is_good = [](InspectionPart part) {
    return [part](const PlacedPicture& p) { return p.defect.empty() && p.part == part; };
  };
  if (options.validation_share == 0 || std::ranges::any_of(pictures_, is_good(InspectionPart::validation))) return;
  const auto position = [&](const PlacedPicture& p) {
    return is_good(InspectionPart::training)(p) ? position_of(folder.name(p.index)) : 2;
  };
  if (std::ranges::count_if(pictures_, is_good(InspectionPart::training)) > 1)
    std::ranges::min_element(pictures_, {}, position)->part = InspectionPart::validation;
}

/// Folders below good/ are classes, if all good pictures are in one.
void FolderLayout::settle_classes(const ImageFolder& folder, const std::string& data) {
  std::set<std::string> known;
  bool all = true;
  for (const PlacedPicture& picture : pictures_)
    if (picture.defect.empty()) all = all && !picture.category.empty(), known.insert(picture.category);
  if (!all || known.size() < 2) {
    for (PlacedPicture& picture : pictures_) picture.category.clear();
    return;
  }
  for (PlacedPicture& picture : pictures_) {
    if (picture.defect.empty()) continue;
    if (!known.contains(picture.defect))
      throw OptionError(
          fmt::format("'{}': the folders below good/ are classes, so those below bad/ must have the same names, but "
                      "'{}' is '{}'",
                      data, folder.name(picture.index), picture.defect));
    picture.category = picture.defect;
    // bad/<class>/<defect>/...
    const std::string rest = folder.name(picture.index).substr(prefix_.size());
    const std::size_t at = rest.find("/" + picture.category + "/") + picture.category.size() + 2;
    const std::string below = split_first(rest.substr(at)).first;
    picture.defect = below.empty() ? "bad" : below;
  }
  classes_.assign(known.begin(), known.end());
}

}  // namespace cspgan::detail
