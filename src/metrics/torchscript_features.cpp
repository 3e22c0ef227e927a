// TorchScript networks as feature extractors.
#include "cspgan/metrics/torchscript_features.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/grad_mode.h>
#include <ATen/core/jit_type.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/sha256.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

namespace {

/// What went wrong, without the stack of C++ frames.
std::string message_of(const std::exception& error) {
  const auto* const torch_error = dynamic_cast<const c10::Error*>(&error);
  std::string text = torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
  return text;
}

/// Why a network could not be loaded: the first line of the message; what follows is an extract of its code.
std::string reason_to_refuse(const std::exception& error) {
  const std::string text = message_of(error);
  const std::size_t start = std::min(text.size(), text.find_first_not_of(" \n"));
  return text.substr(start, text.find('\n', start) - start);
}

/// Why a call failed: the last line of the message, which the interpreter's own trace comes before.
std::string reason(const std::exception& error) {
  std::string text = message_of(error);
  if (const std::size_t line = text.rfind('\n'); line != std::string::npos) text = text.substr(line + 1);
  return text;
}

/// The tensor of a result, or the first of a tuple or list.
Tensor first_tensor(const c10::IValue& result) {
  if (result.isTensor()) return result.toTensor();
  if (result.isTuple() && !result.toTupleRef().elements().empty())
    return first_tensor(result.toTupleRef().elements()[0]);
  if (result.isList() && !result.toListRef().empty()) return first_tensor(result.toListRef()[0]);
  throw Error(fmt::format("it gave a {} instead of a tensor", result.tagKind()));
}

}  // namespace

struct TorchScriptFeatures::Network {
  std::filesystem::path file;
  std::string checksum;
  at::Device device;
  torch::jit::Module module;
  bool takes_return_features = false;
  bool takes_no_output_bias = false;
  bool has_layers = false;

  struct Way {
    std::string name;
    std::function<c10::IValue(const Tensor&)> call;
  };
  std::vector<Way> ways{};
  std::optional<std::size_t> chosen{};  // of the ways, apart from that through `layers`

  [[noreturn]] void fail(std::string_view what) const {
    throw Error(fmt::format("the feature network '{}': {}", file.string(), what));
  }

  const std::vector<c10::Argument>& arguments() const {  // of forward, `self` first
    return module.get_method("forward").function().getSchema().arguments();
  }
  bool has_argument(std::string_view name) const {
    return std::ranges::any_of(arguments(), [&](const c10::Argument& argument) { return argument.name() == name; });
  }
  /// Throws Error if images alone cannot be given to forward, with or without return_features.
  void check_arguments() const {
    bool fits = arguments().size() > 1 && at::TensorType::get()->isSubtypeOf(*arguments()[1].type());
    std::vector<std::string> taken;
    for (std::size_t i = 1; i < arguments().size(); ++i) {
      const c10::Argument& argument = arguments()[i];
      fits = fits && (i == 1 || argument.default_value() || argument.name() == "return_features");
      taken.push_back(argument.type()->str() + ' ' + argument.name());
    }
    if (!fits) fail(fmt::format("its forward({}) cannot be called with images alone", fmt::join(taken, ", ")));
  }

  /// Rows of float32 on the CPU.
  Tensor rows(const c10::IValue& result, std::int64_t count) const {
    Tensor found = first_tensor(result);
    if (found.dim() == 4 && found.size(2) == 1 && found.size(3) == 1) found = found.flatten(1);
    if (found.dim() != 2 || found.size(0) != count || found.size(1) < 1 || !found.is_floating_point())
      throw Error(fmt::format("it gave {} for {} images, not floats [{}, D]", describe_tensor(found), count, count));
    return found.to(at::kCPU, at::kFloat).contiguous();
  }

  Tensor through_layers(const Tensor& images) {
    return rows(module.attr("layers").toModule().forward({(images - 128) / 128}), images.size(0));
  }

  Tensor features(const Tensor& images) {
    // The way through `layers` is for resized images of one size alone, so it is decided anew each time.
    if (has_layers && images.is_floating_point() && images.size(2) == inception_size &&
        images.size(3) == inception_size)
      return through_layers(images);
    if (chosen) return rows(ways[*chosen].call(images), images.size(0));
    // Decided by bytes: a network for floats in [0, 1] takes resized images in [0, 255] without a word.
    const Tensor bytes = images.clamp(0, 255).round().to(at::kByte);
    std::vector<std::pair<std::string, std::string>> failures;  // ways, and what the network said to them
    for (std::size_t way = 0; way < ways.size(); ++way) {
      try {
        if (images.is_floating_point()) ways[way].call(bytes);
        Tensor found = rows(ways[way].call(images), images.size(0));
        chosen = way;
        return found;
      } catch (const std::exception& error) {
        std::string said = reason(error);
        if (!failures.empty() && failures.back().second == said) {
          failures.back().first += " and " + ways[way].name;
        } else {
          failures.emplace_back(ways[way].name, std::move(said));
        }
      }
    }
    std::vector<std::string> sentences;
    for (const auto& [tried, said] : failures) sentences.push_back(fmt::format("as {}: {}", tried, said));
    fail(fmt::format("none of the ways to call it works: {}", fmt::join(sentences, "; ")));
  }
};

TorchScriptFeatures::TorchScriptFeatures(const std::filesystem::path& file, at::Device device) {
  std::string checksum = sha256_of_file(file);  // names the file if it cannot be read
  torch::jit::Module module;
  try {
    module = torch::jit::load(file.string(), device);
    module.eval();
  } catch (const std::exception& error) {
    throw Error(
        fmt::format("'{}' is not a TorchScript network that LibTorch can load ({}); make one with "
                    "torch.jit.script(network).save(\"file.pt\"), with a PyTorch no newer than this LibTorch",
                    file.string(), reason_to_refuse(error)));
  }
  network_ = std::make_unique<Network>(
      Network{.file = file, .checksum = std::move(checksum), .device = device, .module = module});
  Network& network = *network_;
  if (!module.find_method("forward")) network.fail("it has no method 'forward'");
  network.check_arguments();
  network.takes_return_features = network.has_argument("return_features");
  network.takes_no_output_bias = network.has_argument("no_output_bias");
  network.has_layers = network.takes_return_features && module.hasattr("layers") && module.attr("layers").isModule();

  if (network.takes_return_features)
    network.ways.push_back({"network(images, return_features=True)", [&network](const Tensor& images) {
                              return network.module.forward({images}, {{"return_features", true}});
                            }});
  network.ways.push_back(
      {"network(images)", [&network](const Tensor& images) { return network.module.forward({images}); }});
  network.ways.push_back({"network(images / 255)", [&network](const Tensor& images) {
                            return network.module.forward({images.to(at::kFloat) / 255});
                          }});
}

TorchScriptFeatures::~TorchScriptFeatures() = default;
TorchScriptFeatures::TorchScriptFeatures(TorchScriptFeatures&&) noexcept = default;
TorchScriptFeatures& TorchScriptFeatures::operator=(TorchScriptFeatures&&) noexcept = default;

Tensor TorchScriptFeatures::features(const Tensor& images) {
  const at::NoGradGuard no_gradients;
  try {
    return network_->features(images.to(network_->device));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    network_->fail(reason(error));
  }
}

Tensor TorchScriptFeatures::probabilities(const Tensor& images) {
  const at::NoGradGuard no_gradients;
  Network& network = *network_;
  if (!gives_probabilities())
    network.fail(
        "it gives features alone; an Inception score needs a network with an argument return_features or "
        "no_output_bias");
  try {
    std::unordered_map<std::string, c10::IValue> named;
    if (network.takes_no_output_bias) named.emplace("no_output_bias", true);
    if (network.takes_return_features) named.emplace("return_features", false);
    const Tensor found = network.rows(network.module.forward({images.to(network.device)}, named), images.size(0));
    if (found.min().item<float>() < 0 || (found.sum(1) - 1).abs().max().item<float>() > 1e-3)
      network.fail("its results without return_features are not probabilities, which an Inception score needs");
    return found;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    network.fail(reason(error));
  }
}

bool TorchScriptFeatures::gives_probabilities() const {
  return network_->takes_return_features || network_->takes_no_output_bias;
}

std::string TorchScriptFeatures::name() const { return is_inception() ? "Inception" : network_->file.stem().string(); }

bool TorchScriptFeatures::is_inception() const { return network_->checksum == inception_sha256; }

std::string TorchScriptFeatures::identity() const { return "torchscript " + network_->checksum; }

std::string TorchScriptFeatures::file_sha256() const { return network_->checksum; }

}  // namespace cspgan
