// What a module does once its weights have got their last values.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// A base of modules that compute faster once their weights change no more. A Sampler prepares every module of its copy
/// that derives from this, a parent before its children: so a convolution has taken up the norm that follows it before
/// it computes from its weight whatever it will need again and again.
class Preparable {
 public:
  /// Changes how the module computes, not what: its output stays that of evaluation mode, to rounding. There is no way
  /// back: a prepared module is neither trained nor cloned, and its options say how it was made, not what is left.
  virtual void prepare_for_inference() = 0;

 protected:
  ~Preparable() = default;
};

}  // namespace cspgan
