// The fork-join pool behind every parallel kernel.
#pragma once
#include <cstdint>
#include <type_traits>

namespace tandem {

/// Threads a parallel kernel may use, the calling one included. At first the machine's cores, or
/// the environment variable TANDEM_NUM_THREADS.
int num_threads();

/// Takes effect at the next region. Errors: code value when `n` is not in 1..1024, or inside a
/// task.
void set_num_threads(int n);

namespace detail {
using TaskBody = void (*)(const void* context, int64_t task, int thread);
void run_tasks(int64_t tasks, TaskBody body, const void* context);
using RangeBody = void (*)(const void* context, int64_t begin, int64_t end);
void run_ranges(int64_t count, int64_t grain, RangeBody body, const void* context);
}  // namespace detail

/// Calls body(task, thread) for each task in 0..tasks-1, on up to num_threads() threads, and
/// returns when all are done; thread is in 0..num_threads()-1. Which thread takes which task is
/// not determined, so a task's result must not depend on it. A nested call runs on its own thread,
/// and so does a call while another thread of the program is in a parallel region. Sound in a child
/// after fork().
/// An exception of a task is rethrown in the caller (the first by task number).
template <class Body>
void parallel_tasks(int64_t tasks, const Body& body) {
  detail::run_tasks(
      tasks,
      [](const void* context, int64_t task, int thread) {
        const Body& b = *static_cast<const Body*>(context);
        if constexpr (std::is_invocable_v<const Body&, int64_t, int>)
          b(task, thread);
        else
          b(task);
      },
      &body);
}

/// Calls body(begin, end) over consecutive ranges that cover 0..count-1, each of `grain` items but
/// the last. The ranges depend on `count` and `grain` alone, never on the number of threads.
template <class Body>
void parallel_for(int64_t count, int64_t grain, const Body& body) {
  detail::run_ranges(
      count, grain,
      [](const void* context, int64_t begin, int64_t end) {
        (*static_cast<const Body*>(context))(begin, end);
      },
      &body);
}

}  // namespace tandem
