// All that decides how a detector is made, as one table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/detection/inspection_data.hpp"
#include "cspgan/detection/model_trainer.hpp"
#include "cspgan/detection/reconstruction_detector.hpp"
#include "cspgan/models/checkpoint.hpp"
#include "cspgan/runs/run_observers.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// What detect_train makes of a set of pictures.
struct DetectorRecipe {
  std::string data = "wells";
  std::string out = "runs/detector";
  InspectionOptions pictures{};
  Value model = Value::Object{{"name", "convolutional"}};
  ScoreOptions score{};
  ThresholdOptions threshold{};
  double kimg = 100;
  std::int64_t batch_size = 0;
  bool flip = false;
  std::uint64_t seed = 1;
  std::int64_t log_every = 20;
  std::string device = "auto";
  int threads = 0;
  ModelTrainerOptions training{};
  CheckpointOptions checkpoints{.every_kimg = 50, .keep = 2};
  double samples_every_kimg = 20;

  static void describe(auto&& self, auto&& field) {
    field("data", self.data, "wells, or the path of a folder or an archive with good/ and, optionally, bad/");
    field("out", self.out, "folder of the run");
    field("pictures", self.pictures, "size of the pictures, and which part they are in");
    field("model", self.model, "name of the model, or a table with its name and its options");
    field("score", self.score, "how pictures are scored");
    field("threshold", self.threshold, "how the score is chosen above which a picture is bad");
    field("kimg", self.kimg, "length of the training in thousands of pictures, > 0");
    field("batch_size", self.batch_size, "pictures per step; 0: 64, or all if there are fewer");
    field("flip", self.flip, "mirror pictures at random while training");
    field("seed", self.seed, "seed of all random numbers, in [0, 2^63)");
    field("log_every", self.log_every, "steps between two rows of metrics.jsonl, >= 1");
    field("device", self.device, "device to train on: auto (a GPU if there is one), cpu, cuda or cuda:<index>");
    field("threads", self.threads, "CPU threads per operation, >= 0; 0: LibTorch's default");
    field("training", self.training, "optimizer and schedule");
    field("checkpoints", self.checkpoints, "how often checkpoints are written, and how many are kept");
    field("samples_every_kimg", self.samples_every_kimg,
          "thousands of pictures between two grids of pictures and reconstructions");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
};

/// The model of the recipe for pictures of so many classes, with its first weights. Throws OptionError naming the
/// option.
AnyReconstructionModel make_model(const DetectorRecipe& recipe, std::int64_t classes);
/// The same for an f-AnoGAN: the recipe's model gets the options of the GAN's networks, and the model their weights.
/// Throws Error naming the checkpoint if it is not that of a GAN.
AnyReconstructionModel make_model_of_gan(DetectorRecipe& recipe, std::int64_t classes, const Checkpoint& gan);
ModelTrainer make_model_trainer(const DetectorRecipe& recipe, AnyReconstructionModel model);

/// The description of a run that starts now, for run.json and for the metadata of its files.
Value describe_detector_run(const DetectorRecipe& recipe, const ModelTrainer& trainer, const InspectionData& data);

/// Sentences on what differs between a run's description and that of the run which goes on with it, if it changes the
/// result.
std::vector<std::string> changes_of_detector_run(const Value& before, const Value& now);
/// Those of them that are of the recipe's options.
std::vector<std::string> option_changes_of_detector_run(const Value& before, const Value& now);

/// Every option with its default and its help, those of the models too, as text.
std::string describe_detector_options();

}  // namespace cspgan
