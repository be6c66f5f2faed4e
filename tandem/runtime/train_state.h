// All that training needs to go on as if it had never stopped, in one file.
//
//   TrainState state;
//   state.add("model", net.named_state());
//   state.add("generator", default_generator());
//   state.add("step", step);
//   if (resume) state.load("train_state.tandem");
//   …
//   state.save("train_state.tandem");      // after a step, whenever it pleases
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tandem/graph/program.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem {
class Generator;
}

namespace tandem::runtime {

/// A list of parts, each of which can be read and be put back: parameters and buffers where they
/// lie, generators, numbers, and whatever has a state of its own (an optimizer, a schedule, a data
/// loader, a session). The file is a program file, so it is written atomically, hashed, and shown
/// by `tandem info`; training that is killed at any moment finds the last one that was saved.
class TrainState {
 public:
  // Names of parts are distinct and have no dots. Error: code value.

  /// Tensors that are saved, and loaded into where they lie.
  void add(std::string part, NamedTensors tensors);
  /// What `read` gives is saved; `write` gets it back. `write` changes nothing where it fails.
  void add(std::string part, std::function<NamedTensors()> read,
           std::function<void(const NamedTensors&)> write);
  void add(std::string part, Generator& generator);
  void add(std::string part, int64_t& number);
  void add(std::string part, double& number);
  /// A number that must be the same when training goes on: a batch size, a seed. Error of load():
  /// code value, naming it and both values.
  void expect(std::string part, double number);

  /// Writes everything, as tensors "PART" and "PART.NAME", and the programs that train, if any.
  /// Error: code io.
  void save(const std::string& path, const graph::ProgramSet& programs = {}) const;
  /// Puts everything back. Errors: code io; code format for another kind of file; code value for
  /// parts that are missing, too many, or of another type: all checked before anything changes,
  /// but for what a part checks itself.
  void load(const std::string& path);

 private:
  struct Part {
    std::string name;
    NamedTensors tensors;  // aliases; empty where there are functions
    std::function<NamedTensors()> read;
    std::function<void(const NamedTensors&)> write;
    bool expected;  // what is saved must be what is here
  };
  void push(Part part);

  std::vector<Part> parts_;
};

}  // namespace tandem::runtime

namespace tandem {
using runtime::TrainState;
}
