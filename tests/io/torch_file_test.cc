#include "tandem/io/torch_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/io/torch_state_pickle.h"

namespace tandem {
namespace {

std::span<const std::byte> torch_bytes(const std::string& s) { return std::as_bytes(std::span(s)); }

TEST(TorchFile, ReadsAStateDictWhoseTensorsShareAStorage) {
  const TemporaryFolder folder;
  const std::string path = folder / "state.pt";
  std::ofstream(path, std::ios::binary) << torch_state_file();
  const NamedTensors state = load_torch(path);
  EXPECT_EQ(state.size(), 2);
  EXPECT_EQ(state["w"].to_vector<float>(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(state["v"].to_vector<float>(), (std::vector<float>{2, 5}));
  EXPECT_EQ(state["v"].strides(), Dims{3});
  Tensor w = state["w"];
  w.fill_(7);
  EXPECT_EQ(state["v"].to_vector<float>(), (std::vector<float>{7, 7}));
  EXPECT_EQ(load_torch(path)["w"].to_vector<float>()[0], 1) << "the file itself was written";
}

TEST(TorchFile, AFileCutAnywhereIsAnError) {
  const std::string whole = torch_state_file();
  read_torch_file(torch_bytes(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const std::string cut = whole.substr(0, n);
    EXPECT_THROW(read_torch_file(torch_bytes(cut)), Error) << n;
  }
}

TEST(TorchFile, DamagedBytesAreReadOrRefusedNeverTrusted) {
  const std::string whole = torch_state_file();
  std::mt19937 draw(1);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = whole;
    for (unsigned n = 1 + draw() % 3; n; --n) damaged[draw() % damaged.size()] = char(draw());
    try {
      read_torch_file(torch_bytes(damaged));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(TorchFile, DamagedPicklesAreRefused) {
  const TorchStorage storages[] = {{"0", std::as_bytes(std::span(torch_state_values))}};
  const std::string pickle = torch_state_pickle();
  const auto read = [&](const std::string& p) {
    read_torch_file(torch_bytes(torch_bytes(p, storages)));
  };
  std::mt19937 draw(2);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = pickle;
    damaged[draw() % damaged.size()] = char(draw());
    try {
      read(damaged);
    } catch (const Error&) {
    }
  }
  const auto replaced = [&](const std::string& what, const std::string& by) {
    std::string p = pickle;
    const std::size_t at = p.find(what);
    return p.replace(at, what.size(), by);
  };
  EXPECT_ERROR(read(replaced("K\x02K\x03\x86", "K\x02K\x04\x86")), ErrorCode::format,
               "reaches beyond its storage of 6 elements");
  EXPECT_ERROR(read(replaced("K\x06tQ", "K\x07tQ")), ErrorCode::format, "hold fewer");
  EXPECT_ERROR(read(replaced("FloatStorage", "QUIntStorage")), ErrorCode::unsupported,
               "QUIntStorage");
  EXPECT_ERROR(read(pickle.substr(0, pickle.size() - 1)), ErrorCode::format, "truncated");
  EXPECT_ERROR(read(pickle + "N"), ErrorCode::format, "bytes after its end");
}

}  // namespace
}  // namespace tandem
