#include "tandem/data/locate.h"

#include "tandem/data/cache.h"
#include "tandem/data/catalog.h"
#include "tandem/io/file.h"
#include "tandem/io/sha256.h"
#include "tests/data/environment.h"
#include "tests/data/http_server.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

TEST(Cache, FollowsTheEnvironment) {
  Environment environment;
  environment.set("TANDEM_CACHE", "/a");
  environment.set("XDG_CACHE_HOME", "/b");
  environment.set("HOME", "/c");
  EXPECT_EQ(cache_folder(), "/a");
  environment.unset("TANDEM_CACHE");
  EXPECT_EQ(cache_folder(), "/b/tandem");
  environment.unset("XDG_CACHE_HOME");
  EXPECT_EQ(cache_folder(), "/c/.cache/tandem");
}

TEST(Catalog, NamesWhatItKnows) {
  EXPECT_EQ(&data_set("mnist"), &mnist_data);
  EXPECT_ERROR(data_set("imagenet"), ErrorCode::value, "expected one of mnist, shakespeare");
  for (const DataSet* set : known_data())
    for (const DataFile& file : set->files) EXPECT_EQ(file.sha256.size(), 64u) << file.name;
}

class Locate : public testing::Test {
 protected:
  Locate() {
    environment.unset("TANDEM_DATA");
    environment.set("TANDEM_CACHE", cache.path());
    environment.set("TANDEM_OFFLINE", "1");
    environment.unset("TANDEM_MIRROR");
    environment.set("no_proxy", "127.0.0.1");
  }
  static constexpr std::string_view folders[] = {"letters", ""}, content = "abc";
  static constexpr DataFile files[] = {
      {"abc.txt", "sub/abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
       3}};
  const DataSet set{"letters", "Letters", "three of them", folders, files, {}};
  Environment environment;
  TemporaryFolder cache, given;
};

TEST_F(Locate, PrefersWhatTheUserGives) {
  make_folders("test", cache / "letters");
  write_text(cache / "letters/abc.txt", content);
  EXPECT_EQ(find_data(set).origin, DataOrigin::cached);
  environment.set("TANDEM_DATA", given.path());
  const auto cached = find_data(set);
  EXPECT_EQ(cached.origin, DataOrigin::cached);
  write_text(given / "abc.txt", content);
  const auto found = find_data(set);
  EXPECT_EQ(found.origin, DataOrigin::given);
  EXPECT_EQ(found.paths, std::vector{given / "abc.txt"});
  EXPECT_EQ(found.summary, "Letters from " + given.path());
}

TEST_F(Locate, SaysWhyThereIsNone) {
  const auto found = find_data(set);
  EXPECT_EQ(found.origin, DataOrigin::missing);
  EXPECT_TRUE(found.paths.empty());
  EXPECT_EQ(found.summary, text("no Letters: TANDEM_DATA is not set; nothing in ",
                                cache / "letters", "; TANDEM_OFFLINE is set"));
  environment.set("TANDEM_DATA", "/nowhere");
  EXPECT_ERROR(find_data(set), ErrorCode::io, "TANDEM_DATA is '/nowhere', which is no folder");
}

TEST_F(Locate, DownloadsIntoTheCache) {
  HttpServer server;
  server.serve("abc", content);
  environment.unset("TANDEM_OFFLINE");
  environment.set("TANDEM_MIRROR", server.url("good"));
  std::string reported;
  const LocateOptions options{
      .download = true,
      .progress = [&](std::string_view file, int64_t, int64_t) { reported = file; }};
  const DataFile here[] = {{"abc.txt", "abc", files[0].sha256, 3}};
  const DataSet remote{"letters", "Letters", "three of them", folders, here, {}};
  EXPECT_EQ(find_data(remote, {.download = false, .progress = {}}).origin, DataOrigin::missing);
  const auto fetched = find_data(remote, options);
  EXPECT_EQ(fetched.origin, DataOrigin::downloaded) << fetched.summary;
  EXPECT_EQ(read_text(fetched.paths.at(0)), content);
  EXPECT_EQ(reported, "abc.txt");
  EXPECT_EQ(find_data(remote).origin, DataOrigin::cached);
}

TEST_F(Locate, AFailedDownloadIsNoError) {
  environment.unset("TANDEM_OFFLINE");
  environment.set("TANDEM_MIRROR", "http://127.0.0.1:1");
  const auto found = find_data(set);
  EXPECT_EQ(found.origin, DataOrigin::missing);
  EXPECT_THAT(found.summary, testing::HasSubstr("http://127.0.0.1:1/sub/abc: Failed to connect"));
}

}  // namespace
}  // namespace tandem
