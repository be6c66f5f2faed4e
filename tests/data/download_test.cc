#include "tandem/data/download.h"

#include <algorithm>
#include <thread>

#include "tandem/io/sha256.h"
#include "tests/data/http_server.h"
#include "tests/expect_error.h"
#include "tests/io/gzip.h"

namespace tandem {
namespace {

std::string sum_of(std::string_view text) {
  Sha256 sum;
  sum.update(bytes_of(text));
  return sum.digest();
}

TEST(Sha256, AgreesWithTheStandard) {
  EXPECT_EQ(sum_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sum_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

HttpServer& shared_server() {
  static HttpServer server;
  return server;
}

class Download : public testing::Test {
 protected:
  Download() {
    for (int64_t i = 0; i < 200'000; ++i) content += char(i * i >> 3);
    server.serve("file", content);
    server.clear_log();
    options.sha256 = sum_of(content);
    options.max_size = int64_t(content.size());
  }
  void get(const std::vector<std::string>& manners) {
    std::vector<std::string> urls;
    for (const auto& manner : manners) urls.push_back(server.url(manner + "/file"));
    download(urls, target, options);
  }
  HttpServer& server = shared_server();
  TemporaryFolder folder;
  std::string content, target = folder / "file";
  DownloadOptions options;
};

TEST_F(Download, FetchesAndReportsProgress) {
  int64_t last = 0, total = 0;
  options.progress = [&](int64_t done, int64_t all) {
    EXPECT_GE(done, last);
    last = done, total = all;
  };
  get({"good"});
  EXPECT_EQ(read_text(target), content);
  EXPECT_EQ(last, 200'000);
  EXPECT_EQ(total, 200'000);
  EXPECT_EQ(folder.count(), 1);
}

TEST_F(Download, GoesOnWhereAPartEnds) {
  write_text(target + ".part", content.substr(0, 150'000));
  get({"good"});
  EXPECT_EQ(read_text(target), content);
  EXPECT_EQ(server.log(), "good bytes=150000-\n");
}

TEST_F(Download, ResumesABrokenTransfer) {
  get({"cut", "good"});
  EXPECT_EQ(read_text(target), content);
  EXPECT_THAT(server.log(),
              testing::StartsWith("cut None\ncut bytes=100000-\ncut bytes=150000-\n"));
  EXPECT_THAT(server.log(), testing::HasSubstr("good bytes="));
}

TEST_F(Download, TakesTheWholeFileWhereThereAreNoRanges) {
  write_text(target + ".part", content.substr(0, 1000));
  get({"norange"});
  EXPECT_EQ(read_text(target), content);
}

TEST_F(Download, StartsAnewWhenThePartWasOfAnotherFile) {
  write_text(target + ".part", std::string(1000, '?'));
  get({"good"});
  EXPECT_EQ(read_text(target), content);
  EXPECT_EQ(server.log(), "good bytes=1000-\ngood None\n");
}

TEST_F(Download, StartsAnewWhenThePartIsTooLong) {
  write_text(target + ".part", content + "more");
  get({"good"});
  EXPECT_EQ(read_text(target), content);
}

TEST_F(Download, AWholePartNeedsNoBytes) {
  write_text(target + ".part", content.substr(0, 199'999));
  get({"good"});
  EXPECT_EQ(read_text(target), content);
}

TEST_F(Download, TriesTheNextMirror) {
  get({"missing", "wrongrange", "redirect"});
  EXPECT_EQ(read_text(target), content);
}

TEST_F(Download, RefusesAWrongRange) {
  write_text(target + ".part", content.substr(0, 1000));
  EXPECT_ERROR(get({"wrongrange"}), ErrorCode::io, "another part of the file");
  EXPECT_EQ(read_text(target + ".part").size(), 1000u);
}

TEST_F(Download, ErrorsNameEveryMirror) {
  EXPECT_ERROR(get({"missing", "stranger"}), ErrorCode::io, "missing/file: The requested URL");
  EXPECT_ERROR(get({"missing", "stranger"}), ErrorCode::io, "stranger/file: ");
  EXPECT_EQ(folder.count(), 0);
  const std::string nowhere[] = {"http://127.0.0.1:1/file"}, local[] = {"file:///etc/passwd"};
  EXPECT_ERROR(download(nowhere, target), ErrorCode::io, "Failed to connect");
  EXPECT_ERROR(download(local, target), ErrorCode::io, "not supported");
  EXPECT_ERROR(download({}, target), ErrorCode::value, "no address");
}

TEST_F(Download, RefusesWhatIsNotTheFile) {
  options.sha256 = std::string(64, '0');
  EXPECT_ERROR(get({"good"}), ErrorCode::io, "is not the file expected: its SHA-256 is");
  EXPECT_EQ(folder.count(), 0);
}

TEST_F(Download, RefusesTooMuch) {
  options.max_size = 1000;
  EXPECT_ERROR(get({"good"}), ErrorCode::io, "larger than expected");
}

TEST_F(Download, GivesUpOnAStalledMirror) {
  options.stall_timeout_s = 1;
  get({"stall", "good"});
  EXPECT_EQ(read_text(target), content);
  EXPECT_THAT(server.log(), testing::HasSubstr("good bytes="));
}

TEST_F(Download, ChecksWhatIsInsideGzip) {
  server.serve("file", compressed(content));
  target += ".gz";
  get({"good"});
  EXPECT_EQ(read_text(target), compressed(content));
  options.max_size = 1000;
  target = folder / "other.gz";
  EXPECT_ERROR(get({"good"}), ErrorCode::io, "has more than the expected 1000 bytes");
}

TEST_F(Download, SeveralAtOnceFetchOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { get({"good"}); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(read_text(target), content);
  EXPECT_EQ(server.log(), "good None\n");
  EXPECT_EQ(folder.count(), 1);
}

}  // namespace
}  // namespace tandem
