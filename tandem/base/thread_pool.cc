#include "tandem/base/thread_pool.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tandem/base/attempt.h"

namespace tandem {
namespace {

constexpr int max_threads = 1024;

// An idle worker spins this long before it sleeps: longer than the gap between two kernels of a
// step, so that most regions find it awake (0.2 us to start against about 10 us), and short enough
// not to steal a core from other programs.
constexpr std::chrono::microseconds spin_time{25};

/// The caller's number within the region that it works in; -1 outside of any.
thread_local int current_thread = -1;

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until `done()` holds or the spin time is over; returns whether it holds.
template <class Done>
bool spin_until(const Done& done) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + spin_time;
  do {
    for (int i = 0; i < 32; ++i) {
      if (done()) return true;
      relax();
    }
  } while (Clock::now() < end);
  return done();
}

/// What the threads of one region share.
struct Region {
  int64_t tasks = 0;
  detail::TaskBody body = nullptr;
  const void* context = nullptr;
  alignas(64) std::atomic<int64_t> next{0};
  std::mutex failure_mutex;
  int64_t failed_task = std::numeric_limits<int64_t>::max();
  Failure failure{};

  void work(int thread) {
    current_thread = thread;
    for (;;) {
      const int64_t task = next.fetch_add(1, std::memory_order_relaxed);
      if (task >= tasks) break;
      if (Failure failed = capture([&] { body(context, task, thread); })) {
        // Tasks are handed out in order, so every task before this one has been taken and the
        // first failure by number is found although the tasks after it are given up.
        next.store(tasks, std::memory_order_relaxed);
        const std::lock_guard lock(failure_mutex);
        if (task < failed_task) {
          failed_task = task;
          failure = std::move(failed);
        }
      }
    }
    current_thread = -1;
  }
};

/// One caller and its workers. The caller opens a region, works in it and closes it; it waits only
/// for workers that entered, so a worker whose core is taken by another program delays nothing.
class Pool {
 public:
  explicit Pool(int threads) : threads_(threads) {
    // Where the system gives no more threads, those that there are do all the tasks.
    static_cast<void>(capture([&] {
      for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { serve(i); });
    }));
  }
  ~Pool() {
    stop_ = true;
    announce(int64_t(workers_.size()));
    for (std::thread& worker : workers_) worker.join();
  }

  int threads() const { return threads_; }

  /// The failure of the first task that failed.
  Failure run(int64_t tasks, detail::TaskBody body, const void* context) {
    region_.tasks = tasks;
    region_.body = body;
    region_.context = context;
    region_.next.store(0, std::memory_order_relaxed);
    gate_.fetch_and(~closed, std::memory_order_release);
    announce(tasks - 1);
    region_.work(0);
    gate_.fetch_or(closed, std::memory_order_acq_rel);
    const auto all_left = [this] { return gate_.load(std::memory_order_acquire) == closed; };
    if (!spin_until(all_left))
      while (!all_left()) std::this_thread::yield();
    if (region_.failure) region_.failed_task = std::numeric_limits<int64_t>::max();
    return std::exchange(region_.failure, Failure{});
  }

 private:
  void announce(int64_t wanted) {
    epoch_.fetch_add(1, std::memory_order_seq_cst);
    if (wanted >= int64_t(workers_.size()))
      epoch_.notify_all();
    else
      for (int64_t i = 0; i < wanted; ++i) epoch_.notify_one();
  }

  void serve(int thread) {
    uint32_t seen = 0;
    for (;;) {
      const auto news = [&] { return epoch_.load(std::memory_order_acquire) != seen; };
      if (!spin_until(news)) epoch_.wait(seen, std::memory_order_acquire);
      seen = epoch_.load(std::memory_order_acquire);
      if (stop_) return;
      // Whoever comes after the gate was closed must not touch the region: it steps back.
      if (!(gate_.fetch_add(1, std::memory_order_acq_rel) & closed)) region_.work(thread);
      gate_.fetch_sub(1, std::memory_order_release);
    }
  }

  static constexpr uint32_t closed = 1u << 31;

  const int threads_;
  std::atomic<bool> stop_{false};
  alignas(64) std::atomic<uint32_t> epoch_{0};      // counts regions; idle workers wait for it
  alignas(64) std::atomic<uint32_t> gate_{closed};  // workers inside, and whether it is closed
  Region region_;
  std::vector<std::thread> workers_;
};

// The pool is never destroyed: at exit its workers sleep, and destructors of other static objects
// may still run kernels. Only the holder of `pool_taken` touches `pool`.
Pool* pool = nullptr;
std::atomic<bool> pool_taken{false};

/// After a fork the child has no workers: it starts anew, and leaves the parent's pool alone.
void forget_pool() {
  pool = nullptr;
  pool_taken = false;
}

int initial_threads() {
  const char* value = std::getenv("TANDEM_NUM_THREADS");
  if (!value || !*value)
    return std::clamp(int(std::thread::hardware_concurrency()), 1, max_threads);
  int n = 0;
  const std::string_view digits = value;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  if (error != std::errc{} || end != digits.data() + digits.size() || n < 1 || n > max_threads)
    fail(ErrorCode::value, "num_threads", "the environment variable TANDEM_NUM_THREADS is '", value,
         "'; expected a number in 1..", max_threads);
  return n;
}

std::atomic<int>& wanted_threads() {
  static std::atomic<int> n = initial_threads();
  return n;
}

}  // namespace

int num_threads() { return wanted_threads().load(std::memory_order_relaxed); }

void set_num_threads(int n) {
  if (n < 1 || n > max_threads)
    fail(ErrorCode::value, "set_num_threads", "got ", n, "; expected a number in 1..", max_threads);
  if (current_thread >= 0)
    fail(ErrorCode::value, "set_num_threads",
         "called inside a task of a parallel region; call it before the region starts");
  wanted_threads() = n;
}

namespace detail {

void run_tasks(int64_t tasks, TaskBody body, const void* context) {
  const auto serially = [&](int thread) {
    for (int64_t task = 0; task < tasks; ++task) body(context, task, thread);
  };
  if (current_thread >= 0) return serially(current_thread);
  const int threads = num_threads();
  // Another thread of the program may be in a region of its own: the cores are busy then.
  if (tasks <= 1 || threads == 1 || pool_taken.exchange(true, std::memory_order_acquire))
    return serially(0);
  Failure failure{};
  Failure none_made = capture([&] {
    if (!pool || pool->threads() != threads) {
      static const int registered = pthread_atfork(nullptr, nullptr, forget_pool);
      static_cast<void>(registered);
      delete pool;
      pool = nullptr;
      pool = new Pool(threads);
    }
    failure = pool->run(tasks, body, context);
  });
  pool_taken.store(false, std::memory_order_release);
  if (none_made) raise_again(std::move(none_made));
  if (failure) raise_again(std::move(failure));
}

void run_ranges(int64_t count, int64_t grain, RangeBody body, const void* context) {
  if (count <= grain) {
    if (count > 0) body(context, 0, count);
    return;
  }
  parallel_tasks((count + grain - 1) / grain, [&](int64_t task) {
    const int64_t begin = task * grain;
    body(context, begin, std::min(count, begin + grain));
  });
}

}  // namespace detail
}  // namespace tandem
