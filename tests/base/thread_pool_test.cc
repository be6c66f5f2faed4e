#include "tandem/base/thread_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tandem/base/error.h"
#include "tests/expect_error.h"

// The thread sanitizer stops a forked child that starts threads unless it is told not to.
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }

namespace tandem {
namespace {

/// Restores the number of threads that a test changes.
class ThreadPool : public testing::Test {
 protected:
  void TearDown() override { set_num_threads(before_); }
  const int before_ = num_threads();
};

std::vector<int> times_done(int64_t tasks) {
  std::vector<std::atomic<int>> done(tasks);
  parallel_tasks(tasks, [&](int64_t task) { done[task].fetch_add(1); });
  return {done.begin(), done.end()};
}

TEST_F(ThreadPool, DoesEachTaskOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    set_num_threads(threads);
    EXPECT_EQ(num_threads(), threads);
    for (const int64_t tasks : {0, 1, 2, 7, 1000})
      EXPECT_EQ(times_done(tasks), std::vector<int>(tasks, 1)) << threads << " threads";
  }
}

TEST_F(ThreadPool, NegativeCountsDoNothing) {
  parallel_tasks(-3, [](int64_t) { FAIL(); });
  parallel_for(-3, 1, [](int64_t, int64_t) { FAIL(); });
}

TEST_F(ThreadPool, UsesItsThreads) {
  set_num_threads(2);
  // Each task waits for the other one, so one thread could not do both.
  std::atomic<int> arrived{0};
  parallel_tasks(2, [&](int64_t) {
    arrived.fetch_add(1);
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST_F(ThreadPool, WakesWorkersThatSleep) {
  set_num_threads(2);
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> arrived{0};
    parallel_tasks(2, [&](int64_t) {
      arrived.fetch_add(1);
      while (arrived < 2) std::this_thread::yield();
    });
    EXPECT_EQ(arrived, 2);
  }
}

TEST_F(ThreadPool, NumbersItsThreads) {
  set_num_threads(4);
  std::vector<std::atomic<int>> inside(4);
  parallel_tasks(500, [&](int64_t, int thread) {
    ASSERT_GE(thread, 0);
    ASSERT_LT(thread, 4);
    EXPECT_EQ(inside[thread].fetch_add(1), 0) << "two threads share a number";
    inside[thread].fetch_sub(1);
  });
}

TEST_F(ThreadPool, ManyShortRegions) {
  set_num_threads(3);
  std::atomic<int64_t> sum{0};
  for (int i = 0; i < 20000; ++i) parallel_tasks(2, [&](int64_t task) { sum += task + 1; });
  EXPECT_EQ(sum, 60000);
}

TEST_F(ThreadPool, RangesDependOnCountAndGrainAlone) {
  for (const int threads : {1, 4}) {
    set_num_threads(threads);
    std::mutex mutex;
    std::set<std::pair<int64_t, int64_t>> ranges;
    parallel_for(10, 4, [&](int64_t begin, int64_t end) {
      const std::lock_guard lock(mutex);
      ranges.emplace(begin, end);
    });
    EXPECT_THAT(ranges, testing::ElementsAre(std::pair(0, 4), std::pair(4, 8), std::pair(8, 10)));
  }
}

TEST_F(ThreadPool, NestedCallsStayOnTheirThread) {
  set_num_threads(2);
  std::atomic<int> done{0};
  parallel_tasks(4, [&](int64_t, int outer) {
    const auto id = std::this_thread::get_id();
    parallel_tasks(8, [&](int64_t, int inner) {
      EXPECT_EQ(std::this_thread::get_id(), id);
      EXPECT_EQ(inner, outer);
      done.fetch_add(1);
    });
  });
  EXPECT_EQ(done, 32);
}

TEST_F(ThreadPool, RethrowsTheFirstErrorByTask) {
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    for (int round = 0; round < 50; ++round) {
      try {
        parallel_tasks(100, [](int64_t task) {
          if (task >= 10) throw std::runtime_error(std::to_string(task));
        });
        FAIL() << "no error";
      } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "10");
      }
    }
    EXPECT_EQ(times_done(50), std::vector<int>(50, 1)) << "the pool is of use after an error";
  }
}

TEST_F(ThreadPool, ServesSeveralCallers) {
  set_num_threads(3);
  std::vector<std::thread> callers;
  std::atomic<int> done{0};
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round)
        parallel_tasks(5, [&](int64_t) { done.fetch_add(1); });
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(done, 4 * 200 * 5);
}

TEST_F(ThreadPool, WorksInAForkedChild) {
  set_num_threads(2);
  EXPECT_EQ(times_done(8), std::vector<int>(8, 1));
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<int> arrived{0};
    parallel_tasks(2, [&](int64_t) {
      arrived.fetch_add(1);
      while (arrived < 2) std::this_thread::yield();
    });
    _exit(arrived == 2 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(times_done(8), std::vector<int>(8, 1));
}

TEST_F(ThreadPool, LetsTheProcessExit) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        set_num_threads(2);
        times_done(8);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(ThreadPool, RefusesSillyCounts) {
  for (const int n : {0, -1, 1025})
    EXPECT_ERROR(set_num_threads(n), ErrorCode::value,
                 "set_num_threads: got " + std::to_string(n) + "; expected a number in 1..1024");
  EXPECT_EQ(num_threads(), before_);
}

TEST_F(ThreadPool, RefusesToChangeInsideATask) {
  set_num_threads(2);
  EXPECT_THROW(parallel_tasks(2, [](int64_t) { set_num_threads(1); }), Error);
  EXPECT_EQ(num_threads(), 2);
}

}  // namespace
}  // namespace tandem
