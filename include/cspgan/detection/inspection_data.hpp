// Pictures of good and bad things, in the parts that a detector needs: to train, to choose a threshold, to test.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/detection/reconstruction_model.hpp"
#include "cspgan/training/batch_source.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace detail {
class EpochOrder;
}

/// Pictures in memory, all of one size.
struct InspectionPictures {
  Tensor images;                     // uint8 [N, 3, height, width]
  Tensor classes = {};               // int64 [N]; undefined if there are none
  std::vector<std::string> names;    // of each
  std::vector<std::string> defects;  // of each, "" if it is good
  /// Where the defects are, bool [N, height, width]. A mask without any means that it is not known of this picture; an
  /// undefined tensor, that it is known of none.
  Tensor masks = {};

  std::int64_t size() const { return images.defined() ? images.size(0) : 0; }
  /// Whether each is bad.
  std::vector<bool> bad() const;
  /// A hash of each one's pixels, by which it is known again whatever its name is, int64 [N].
  Tensor hashes() const;
  /// Without those that have one of these hashes, int64 [any number], which may be undefined.
  InspectionPictures without(const Tensor& known) const;
  /// The good ones alone.
  InspectionPictures good() const;
  /// These pictures alone, in this order.
  InspectionPictures of(const std::vector<std::int64_t>& places) const;
};

/// The parts do not overlap.
struct InspectionData {
  std::string contents;              // a sentence that says what was found, and what is left out
  std::string fingerprint;           // of all pictures' names and sizes
  std::vector<std::string> classes;  // of the pictures, if they have any
  InspectionPictures training;       // good ones
  InspectionPictures validation;     // good ones that are not trained on, and known bad ones: for the threshold
  InspectionPictures test;
  std::vector<std::string> problems{};  // pictures that could not be read, with the reason
};

/// Which pictures are in which part, and their size.
struct InspectionOptions {
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool classes = true;
  double validation_share = 0.1;
  double test_share = 0.2;
  double known_bad_share = 0.5;
  std::uint64_t wells_seed = 0;
  std::int64_t wells_training = 10'000;
  std::int64_t wells_validation = 1'000;
  std::int64_t wells_known_bad = 154;
  std::int64_t wells_test = 3'794;
  std::int64_t wells_test_bad = 129;
  std::vector<double> wells_defect_weights{};
  double wells_difficulty = 1;

  static void describe(auto&& self, auto&& field) {
    field("height", self.height,
          "height in pixels to which pictures are resized, from 4 to 1024; 0 with a width of 0: the proportions of the "
          "first good picture, the longer side 64 at most; wells: 48 x 27");
    field("width", self.width, "width in pixels to which pictures are resized, from 4 to 1024, or 0 as the height");
    field("classes", self.classes, "whether folders below good/ are classes; false: just folders");
    field("validation_share", self.validation_share,
          "share of the good pictures that are kept from training to choose the threshold, in [0, 1)");
    field("test_share", self.test_share,
          "share of the good pictures that are kept to test, in [0, 1), below 1 with validation_share; not used if the "
          "folder says which");
    field("known_bad_share", self.known_bad_share,
          "share of the bad pictures by which a threshold is chosen, in [0, 1); the others test it. Not used by rules "
          "that need no bad pictures");
    field("wells_seed", self.wells_seed, "seed of the drawn wells");
    field("wells_training", self.wells_training, "good wells to train on, >= 1");
    field("wells_validation", self.wells_validation, "good wells to choose the threshold, >= 0");
    field("wells_known_bad", self.wells_known_bad, "bad wells to choose the threshold, >= 0");
    field("wells_test", self.wells_test, "wells to test, >= 1");
    field("wells_test_bad", self.wells_test_bad, "bad ones among the wells to test");
    field("wells_defect_weights", self.wells_defect_weights,
          "how likely a leak, a chip, a missing lid and a hair are: 4 weights, or none for equally likely");
    field("wells_difficulty", self.wells_difficulty, "how small and faint the wells' defects are, >= 0");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const InspectionOptions&, const InspectionOptions&) = default;
};

/// The options with a height and a width, if they have none. Throws OptionError if only one is 0, and as
/// open_inspection does for the folder.
InspectionOptions with_picture_size(InspectionOptions options, const std::string& data);

/// Reads all pictures into memory and resizes them, out of proportion if need be: a defect at the border is not cut
/// off. `data` is
/// - "wells": drawn ones (detection/wells.hpp);
/// - a folder or a zip archive with good/ and, optionally, bad/ in it. A folder below bad/ names a defect. If there are
///   folders below good/, they are classes, and those below bad/ have the same names. A hash of each name decides its
///   part, so that pictures that are added later move no other;
/// - MVTec AD's layout (Bergmann et al. 2019): train/good, test/good and a folder in test/ for each defect, and
///   optionally, for "test/hole/003.png", the mask ground_truth/hole/003_mask.png, or masks in ground_truth/hole/003/
///   (MVTec LOCO, which has validation/good, too). Below test/, which may be called test_public/, folders called rgb,
///   image or images have pictures, and those called gt or ground_truth their masks (MVTec 3D-AD, MVTec AD 2), as those
///   called mask or masks, there and below bad/, if there are pictures of the same names.
/// `with_known_bad`: whether the validation part has bad pictures. Parts may be empty. Throws OptionError if the folder
/// is of none of these layouts.
InspectionData open_inspection(const std::string& data, const InspectionOptions& options, bool with_known_bad,
                               const StageProgress& progress = {});

/// Throws OptionError naming the data if there are no pictures to train on, or none that the rule needs: good ones, or
/// known bad ones.
void require_pictures_for_training(const InspectionData& data, const std::string& path, bool with_known_bad);

/// The pictures of both, those of `first` first. Throws Error if one has classes, and the other has none.
InspectionPictures join_pictures(const InspectionPictures& first, const InspectionPictures& second);

/// Whether open_inspection knows the layout of what `data` is the path of; false for lists and packed sets.
bool is_inspection_layout(const std::string& data);

/// All images of a source, of one size. Those that cannot be read are left out, and named in `problems`.
InspectionPictures read_pictures(const AnyImageSource& source, std::int64_t height, std::int64_t width,
                                 std::vector<std::string>& problems, const OnProgress& progress = {});

/// A BatchSource over pictures in memory, in an order that is a function of (seed, epoch). Batches continue across the
/// end of an epoch, so every batch is full.
class InspectionBatches {
 public:
  /// `flip`: mirror each picture with probability 1/2, a function of (seed, position). Throws OptionError for a batch
  /// that is larger than the set, or < 1.
  InspectionBatches(InspectionPictures pictures, std::int64_t batch_size, std::uint64_t seed, bool flip = false);

  /// Its labels are the classes, int64 [N, 1], if there are any.
  Batch next();
  void seek(std::int64_t position) { position_ = position; }
  std::int64_t position() const { return position_; }
  std::int64_t size() const { return pictures_.size(); }
  std::int64_t batch_size() const { return batch_size_; }

 private:
  InspectionPictures pictures_;
  std::int64_t batch_size_;
  std::uint64_t seed_;
  bool flip_;
  std::int64_t position_ = 0;
  std::shared_ptr<detail::EpochOrder> order_;
};

static_assert(BatchSource<InspectionBatches>);

}  // namespace cspgan
