// Padding as modules. `padding` is one number for all sides, or two a dim: (left, right), or
// (left, right, top, bottom).
#pragma once
#include "tandem/nn/layer.h"

namespace tandem::nn {

struct PadOptions {
  Required<Dims> padding;
};
struct ConstantPadOptions {
  Required<Dims> padding;
  Required<Scalar> value;
};

/// What the pads of a mode of pad() and a rank share.  input: [N, C, ...] or [C, ...].
template <class Options>
class PadNd : public Layer<Options> {
 public:
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;

 protected:
  PadNd(const Options& options, int rank, Name mode);

 private:
  Name mode_;
};

/// The input mirrored at its edges, which are not repeated.
struct ReflectionPad1d : PadNd<PadOptions> {
  explicit ReflectionPad1d(const PadOptions& o) : PadNd(o, 1, "reflect") {}
};
struct ReflectionPad2d : PadNd<PadOptions> {
  explicit ReflectionPad2d(const PadOptions& o) : PadNd(o, 2, "reflect") {}
};
/// The input's edges, repeated.
struct ReplicationPad1d : PadNd<PadOptions> {
  explicit ReplicationPad1d(const PadOptions& o) : PadNd(o, 1, "replicate") {}
};
struct ReplicationPad2d : PadNd<PadOptions> {
  explicit ReplicationPad2d(const PadOptions& o) : PadNd(o, 2, "replicate") {}
};
/// The input again from its other end.
struct CircularPad1d : PadNd<PadOptions> {
  explicit CircularPad1d(const PadOptions& o) : PadNd(o, 1, "circular") {}
};
struct CircularPad2d : PadNd<PadOptions> {
  explicit CircularPad2d(const PadOptions& o) : PadNd(o, 2, "circular") {}
};
struct ZeroPad1d : PadNd<PadOptions> {
  explicit ZeroPad1d(const PadOptions& o) : PadNd(o, 1, "constant") {}
};
struct ZeroPad2d : PadNd<PadOptions> {
  explicit ZeroPad2d(const PadOptions& o) : PadNd(o, 2, "constant") {}
};
struct ConstantPad1d : PadNd<ConstantPadOptions> {
  explicit ConstantPad1d(const ConstantPadOptions& o) : PadNd(o, 1, "constant") {}
};
struct ConstantPad2d : PadNd<ConstantPadOptions> {
  explicit ConstantPad2d(const ConstantPadOptions& o) : PadNd(o, 2, "constant") {}
};

}  // namespace tandem::nn
