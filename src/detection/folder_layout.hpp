// Where a detector's pictures and masks lie in a folder.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/detection/inspection_data.hpp"

namespace cspgan::detail {

enum class InspectionPart { training, validation, test };

/// One picture of a folder.
struct PlacedPicture {
  std::int64_t index;    // in the folder
  std::string defect;    // "" if it is good
  std::string category;  // the class, "" if there are none
  InspectionPart part;
  std::vector<std::int64_t> masks = {};  // in the folder: where the defect is
};

/// The layouts that open_inspection describes.
class FolderLayout {
 public:
  /// Throws OptionError, naming `data`, if the folder has no good pictures, or classes that do not fit. `folder` must
  /// live until the constructor returns.
  FolderLayout(const ImageFolder& folder, const std::string& data, const InspectionOptions& options,
               bool with_known_bad);

  /// Whether the folder has one of the layouts.
  static bool is_in(const ImageFolder& folder);

  const std::vector<PlacedPicture>& pictures() const { return pictures_; }
  const std::vector<std::string>& classes() const { return classes_; }
  bool has_masks() const;
  /// What is not used, a sentence each.
  std::vector<std::string> problems(const std::string& data) const;

 private:
  struct Mask {
    std::string path;
    std::string stem;    // what it has in common with its picture
    std::int64_t index;  // in the folder
  };

  bool is_mask(const std::string& first, const std::string& rest) const;
  void place(const ImageFolder& folder, const InspectionOptions& options, bool with_known_bad);
  void place_published(std::int64_t index, const std::string& path, const InspectionOptions& options,
                       bool with_known_bad);
  void place_plain(std::int64_t index, const std::string& path, const InspectionOptions& options, bool with_known_bad);
  template <class KeyOfPicture, class KeyOfMask>
  void match_masks(const KeyOfPicture& key_of_picture, const KeyOfMask& key_of_mask, bool only_one);
  void settle_masks();
  void settle_classes(const ImageFolder& folder, const std::string& data);
  void keep_some_for_validation(const ImageFolder& folder, const InspectionOptions& options);

  std::string prefix_;  // of all names
  bool is_published_;
  bool has_validation_ = false;  // a folder of its own
  std::set<std::string> stems_;  // of what is in no folder of masks, with the first folder
  std::vector<PlacedPicture> pictures_;
  std::vector<std::pair<std::size_t, std::string>> tested_;  // places in pictures_, and their stems
  std::vector<Mask> masks_;                                  // of which no picture is known yet
  std::vector<std::string> classes_;
  std::int64_t left_out_ = 0;
};

}  // namespace cspgan::detail
