// compile(f): the function, traced and planned the first time it is called with such inputs.
//
//   Compiled step = compile([&](const Tensor& x, const Tensor& y) { … }, {.state = state});
//   Tensor loss = step({images, labels})["result"];
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tandem/runtime/session.h"
#include "tandem/trace/trace.h"

namespace tandem {

struct CompileOptions {
  /// The program's name.
  std::string name = "main";
  /// What the function reads and writes beside its inputs (TraceOptions::state). Programs write
  /// straight into these tensors, so eager code sees the changes and may make some itself.
  NamedTensors state;
  /// Bytes that values may need at once, beside inputs, state and outputs: what is cheap to compute
  /// is not kept from forward to backward as long as they need more. 0: as little as can be. Not
  /// given: only what takes next to no time is computed again.
  std::optional<int64_t> budget = {};
  /// Weights of products are laid out once, as runtime::SessionOptions::pack_weights says: for
  /// inference.
  bool pack_weights = false;
  /// How many programs are kept for different dtypes, ranks and fixed sizes.
  std::size_t programs = 8;
};

/// Holds programs by the inputs' dtypes and shapes. The first call fixes every size; when a dim
/// comes with another size it becomes symbolic, and where the function does not allow that, each
/// size gets a program of its own. Sizes that a symbolic program has not served yet are traced once
/// to see that it is the function there too. Bits are those of the eager call. The default
/// generator and the gradients of the state go on as after an eager call.
///
/// What the function writes in place into its inputs is written into those of the call. State may
/// get other memory, another type or another requires_grad between calls: the function is traced
/// again then. Inputs that share memory with each other or with the state, where some of it is
/// written, have no program: such a call is eager.
///
/// What the function depends on besides inputs and state (a module's training mode, numbers it
/// captured) is as it was when it was traced: compile anew after changing it. Results carry no
/// history: compile the whole training step, backward() and optimizer included.
class Compiled {
 public:
  Compiled(Function f, CompileOptions options);

  /// Error: those of trace() and of Session::run().
  NamedTensors operator()(std::span<const Tensor> inputs);
  NamedTensors operator()(std::initializer_list<Tensor> inputs) {
    return (*this)(std::span(inputs.begin(), inputs.size()));
  }

  /// A line a trace so far: for which inputs, and why it was made.
  std::string explain() const;
  /// The program that serves inputs of these types; null before such a call.
  const Program* program(std::span<const Type> inputs) const;
  std::size_t traces() const { return log_.size(); }
  /// How often trace() was called: twice a program where there is none for all sizes.
  int attempts() const { return attempts_; }
  /// The number of the program that ran last, in the order in which they were made; -1: none did,
  /// the call was eager.
  int last() const { return last_; }

 private:
  struct Entry {
    std::vector<InputSpec> inputs;
    bool generator = false;              // draws from the default generator
    std::vector<std::string> gradients;  // of state whose gradient is state
    std::vector<std::size_t> written;    // inputs whose new values are the last outputs
    bool is_symbolic = false;
    std::set<graph::Sizes> proven;  // sizes of the dims that it was traced at
    int number = 0;
    std::unique_ptr<runtime::Session> session;
  };
  /// A tensor of the state as programs know it.
  struct Seen {
    const void* data;
    Type type;
    Dims strides;
    bool requires_grad;
  };
  Entry& entry_for(std::span<const Tensor> inputs);
  Entry make(std::vector<InputSpec> inputs);
  Traced traced(const std::vector<InputSpec>& inputs, std::vector<std::size_t>& written);
  Entry made_of(Traced traced, std::vector<InputSpec> inputs, std::vector<std::size_t> written);
  std::optional<Entry> exception(Entry& entry, std::span<const Tensor> inputs);
  Entry& keep(Entry entry, const std::string& why);
  void forget_what_changed();
  bool overlap(const Entry& entry, std::span<const Tensor> inputs) const;

  Function f_;
  CompileOptions options_;
  std::vector<Entry> entries_;  // the last used first
  std::vector<Seen> seen_;      // the state
  std::vector<std::string> log_;
  std::string changed_;  // why there are no programs any more
  int attempts_ = 0, made_ = 0, last_ = -1;
  std::mutex running_;
};

inline Compiled compile(Function f, CompileOptions options = {}) {
  return Compiled(std::move(f), std::move(options));
}

}  // namespace tandem
