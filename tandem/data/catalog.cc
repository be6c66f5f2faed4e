#include "tandem/data/catalog.h"

#include <string>

#include "tandem/base/error.h"

namespace tandem {
namespace {

// Mirrors compress the files in ways of their own, so the sums are of what is inside.
constexpr DataFile mnist_files[] = {
    {"train-images-idx3-ubyte.gz", "train-images-idx3-ubyte.gz",
     "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", 47'040'016},
    {"train-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte.gz",
     "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", 60'008},
    {"t10k-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz",
     "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", 7'840'016},
    {"t10k-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
     "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", 10'008},
};
constexpr std::string_view mnist_folders[] = {"mnist", "MNIST/raw", ""};
constexpr std::string_view mnist_mirrors[] = {
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
};

constexpr DataFile shakespeare_files[] = {
    {"tinyshakespeare.txt", "data/tinyshakespeare/input.txt",
     "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed", 1'115'394},
};
constexpr std::string_view shakespeare_folders[] = {"text", "tinyshakespeare", ""};
constexpr std::string_view shakespeare_mirrors[] = {
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/",
    "https://cdn.jsdelivr.net/gh/karpathy/char-rnn@master/",
};

}  // namespace

constinit const DataSet mnist_data = {
    "mnist",       "MNIST",     "70,000 handwritten digits, 28 x 28 (LeCun, Cortes, Burges)",
    mnist_folders, mnist_files, mnist_mirrors};
constinit const DataSet shakespeare_data = {
    "shakespeare",
    "Shakespeare",
    "1.1 MB of plays as plain text (tinyshakespeare, Karpathy)",
    shakespeare_folders,
    shakespeare_files,
    shakespeare_mirrors};

std::span<const DataSet* const> known_data() {
  static constexpr const DataSet* all[] = {&mnist_data, &shakespeare_data};
  return all;
}

const DataSet& data_set(std::string_view name) {
  std::string names;
  for (const DataSet* set : known_data()) {
    if (set->name == name) return *set;
    names += text(names.empty() ? "" : ", ", set->name);
  }
  fail(ErrorCode::value, "data", "no data set '", name, "'; expected one of ", names);
}

}  // namespace tandem
