// A function from tensors to named tensors, made from whatever callable the user has.
#pragma once
#include <array>
#include <functional>
#include <span>
#include <vector>

#include "tandem/base/error.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem {

/// Takes any callable of up to eight `const Tensor&`, or of one span of tensors. Its result may be
/// a Tensor, several (an array or vector: "result0", "result1", …), NamedTensors, or nothing.
class Function {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Function>)
  Function(F f) : arity_(arity<F>()) {
    call_ = [f = std::move(f)](std::span<const Tensor> in) mutable {
      if constexpr (std::is_invocable_v<F&, std::span<const Tensor>>)
        return named([&] { return f(in); });
      else
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
          return named([&] { return f(in[I]...); });
        }(std::make_index_sequence<std::size_t(arity<F>())>());
    };
  }

  /// Error: code value when the number of inputs is another.
  NamedTensors operator()(std::span<const Tensor> inputs) const {
    if (arity_ >= 0 && int(inputs.size()) != arity_)
      fail(ErrorCode::value, "function", "takes ", arity_, " tensors, got ", inputs.size());
    return call_(inputs);
  }
  /// How many tensors it takes; -1: any number.
  int inputs() const { return arity_; }

 private:
  template <class F, std::size_t... I>
  static constexpr bool takes(std::index_sequence<I...>) {
    return std::is_invocable_v<F&, decltype((void(I), std::declval<const Tensor&>()))...>;
  }
  template <class F, int N = 0>
  static constexpr int arity() {
    if constexpr (std::is_invocable_v<F&, std::span<const Tensor>>) {
      return -1;
    } else {
      static_assert(N <= 8, "expected a callable of up to eight tensors");
      if constexpr (takes<F>(std::make_index_sequence<std::size_t(N)>()))
        return N;
      else
        return arity<F, N + 1>();
    }
  }

  template <class Call>
  static NamedTensors named(Call call) {
    using Result = decltype(call());
    if constexpr (std::is_void_v<Result>) {
      call();
      return {};
    } else if constexpr (std::is_same_v<Result, NamedTensors>) {
      return call();
    } else if constexpr (std::is_same_v<Result, Tensor>) {
      return {{"result", call()}};
    } else {
      NamedTensors results;
      const Result all = call();
      for (std::size_t i = 0; i < std::size(all); ++i) results.add(text("result", i), all[i]);
      return results;
    }
  }

  int arity_;
  std::function<NamedTensors(std::span<const Tensor>)> call_;
};

}  // namespace tandem
