// The commands of the `tandem` program. Each prints to standard output, for people or (json) as
// JSON lines, and reports mistakes as tandem::Error.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::cli {

struct InfoOptions {
  std::string path;
  bool json = false;
};
/// What is in a safetensors, npy, npz or IDX file; the content decides which, not the name.
void info(const InfoOptions& options);

struct DataOptions {
  std::vector<std::string> names;
  bool json = false;
};
/// Every data set that Tandem knows, and where it is.
void data_list(const DataOptions& options);
/// Downloads data sets into the cache, unless they are there. Error: code io when one cannot be
/// had.
void data_get(const DataOptions& options);

struct TrainingOptions {
  int epochs = 1;
  int64_t limit = 0;  // images to train on; 0: all
  int64_t batch_size = 64;
  double learning_rate = 2e-4;
  uint64_t seed = 2;
  std::string output;
  std::string checkpoint;        // where all that training needs to go on is kept; empty: nowhere
  int64_t checkpoint_every = 0;  // steps; 0: after each epoch
  bool resume = false;           // go on from the checkpoint, where there is one
  bool json = false;
};

struct TrainDigitsOptions : TrainingOptions {
  TrainDigitsOptions() {
    epochs = 3;
    learning_rate = 2e-3;
    seed = 1;
    output = "digits.safetensors";
  }
};
/// Trains a convnet on handwritten digits, tests it and saves its weights.
void train_digits(const TrainDigitsOptions& options);

struct TrainProgramOptions : TrainingOptions {
  std::string path;    // of a file from train_digits; it is written anew where there is no `output`
  std::string record;  // where the last steps are kept for `tandem replay`; empty: nowhere
};
/// Goes on training with the train_step of a program file, and writes the file anew.
void train_program(const TrainProgramOptions& options);

struct PredictOptions {
  std::string weights = "digits.safetensors";
  std::string input;  // a file of images; empty: test images
  int count = 6;
  uint64_t seed = 1;
  bool json = false;
};
/// Shows images beside what the trained convnet takes them for.
void predict(const PredictOptions& options);

struct BenchOptions {
  std::vector<std::string> cases;
  double seconds = 1;
  bool json = false;
};
/// Times a few typical workloads on this machine.
void bench(const BenchOptions& options);

}  // namespace tandem::cli
