#include "tandem/cpu/layout.h"

#include <algorithm>
#include <type_traits>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/copy_block.h"

namespace tandem::cpu {

template <class T>
void copy_image(const Image<const T>& from, const Image<T>& to) {
  if (from.numel() == 0) return;
  constexpr int64_t grain = 1 << 15;  // elements
  // Rows of pixels are one run where they are in both: then a plane is a matrix [C] x [H·W].
  const auto flat = [](const auto& image) {
    return image.stride[2] == image.w() * image.stride[3];
  };
  const bool whole = flat(from) && flat(to);
  const int64_t runs = whole ? 1 : from.h(), run = whole ? from.h() * from.w() : from.w();
  const int64_t part = std::min(run, std::max<int64_t>(16, grain / from.c() / 16 * 16));
  const int64_t parts = (run + part - 1) / part;
  const auto block = [](const auto& image, int64_t n, int64_t y, int64_t x) {
    auto* data = image.data + n * image.stride[0] + y * image.stride[2] + x * image.stride[3];
    using Byte = std::conditional_t<std::is_const_v<std::remove_pointer_t<decltype(data)>>,
                                    const std::byte, std::byte>;
    return StridedBlock<Byte>{reinterpret_cast<Byte*>(data), image.stride[1], image.stride[3]};
  };
  const int64_t task_elements = from.c() * part;
  parallel_for(from.n() * runs * parts, std::max<int64_t>(1, grain / task_elements),
               [&](int64_t begin, int64_t end) {
                 for (int64_t task = begin; task < end; ++task) {
                   const int64_t x = task % parts * part, y = task / parts % runs;
                   const int64_t n = task / parts / runs;
                   copy_block(block(to, n, y, x), block(from, n, y, x), from.c(),
                              std::min(part, run - x), sizeof(T));
                 }
               });
}

template void copy_image(const Image<const float>&, const Image<float>&);
template void copy_image(const Image<const double>&, const Image<double>&);

}  // namespace tandem::cpu
