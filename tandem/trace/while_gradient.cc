#include "tandem/trace/while_gradient.h"

#include "tandem/graph/control_flow.h"
#include "tandem/ops/functions.h"
#include "tandem/trace/body_gradients.h"
#include "tandem/trace/control_flow.h"

namespace tandem::trace_detail {
namespace {

using graph::Instruction;
using graph::While;
using Tensors = std::vector<Tensor>;
using Given = std::span<const Tensor>;

// The first step has number `first`, and a slot holds the step of its own number times the stride.
// So the slots are filled from the middle on when the loop begins just as when they were thinned,
// and those in front, which stand for no step, hold what the first step was given.
constexpr int64_t slots = 64, first = slots / 2;

void append(Tensors& to, Given tensors) { to.insert(to.end(), tensors.begin(), tensors.end()); }

/// The loop's own bodies.
class Steps {
 public:
  Steps(const Instruction& loop, Given operands)
      : loop_(loop),
        carries_(std::size_t(int64_t(static_cast<const While*>(loop.op.data())->carries))),
        outside_(operands.subspan(carries_)) {}

  std::size_t carries() const { return carries_; }
  /// What the bodies take: what is carried, then what is the same each time.
  Tensors inputs(Given carried) const {
    Tensors in(carried.begin(), carried.begin() + std::ptrdiff_t(carries_));
    append(in, outside_);
    return in;
  }
  Tensor goes_on(Given carried) const { return replay_traced(loop_.bodies[0], inputs(carried))[0]; }
  Tensors next(Given carried) const { return replay_traced(loop_.bodies[1], inputs(carried)); }
  /// What is carried after `count` steps that the loop is known to take.
  Tensors next(Given carried, const Tensor& count) const {
    Tensors state(carried.begin(), carried.begin() + std::ptrdiff_t(carries_));
    state.push_back(count);
    state = while_([](Given s) { return s.back() > 0; },
                   [&](Given s) {
                     Tensors after = next(s);
                     after.push_back(s.back() - 1);
                     return after;
                   },
                   std::move(state));
    state.pop_back();
    return state;
  }

 private:
  const Instruction& loop_;
  std::size_t carries_;
  Given outside_;
};

Tensor whole(int64_t n) { return full({}, n, int64); }

/// `n` times the same along a new first dim.
Tensors repeated(Given tensors, int64_t n) {
  Tensors out;
  for (const Tensor& t : tensors) {
    Dims shape = t.shape();
    shape.insert(0, n);
    out.push_back(expand(unsqueeze(t, 0), shape));
  }
  return out;
}
Tensors read(Given kept, const Tensor& place) {
  Tensors out;
  for (const Tensor& t : kept) out.push_back(index(t, {place}));
  return out;
}
Tensors written(Given kept, const Tensor& place, Given values) {
  Tensors out;
  for (std::size_t i = 0; i < kept.size(); ++i)
    out.push_back(index_put(kept[i], {place}, values[i]));
  return out;
}

}  // namespace

Checkpoints record_with_checkpoints(const Instruction& loop, Given operands) {
  const NoGrad off;
  const At line(loop.where);
  const Steps steps(loop, operands);
  const std::size_t n = steps.carries();
  const Given start = operands.first(n);

  // Carried: what the loop carries, whether it goes on, the number of the next step, the slots.
  const auto goes_on = [n](Given s) { return s[n]; };
  const auto step = [&](Given s) {
    Tensors after = steps.next(s);
    after.push_back(steps.goes_on(after));
    after.push_back(s[n + 1] + 1);
    return after;
  };
  const auto fill_slots = [&](Tensors state, const Tensor& stride) {
    return while_([&](Given s) { return logical_and(s[n], s[n + 1] < stride * slots); },
                  [&](Given s) {
                    const Tensors kept =
                        written(s.subspan(n + 2), floor_divide(s[n + 1], stride), s.first(n));
                    const Tensor until = s[n + 1] + stride;
                    Tensors after =
                        while_([&](Given t) { return logical_and(t[n], t[n + 1] < until); }, step,
                               Tensors(s.begin(), s.begin() + std::ptrdiff_t(n + 2)));
                    append(after, kept);
                    return after;
                  },
                  std::move(state));
  };
  Tensors state(start.begin(), start.end());
  state.push_back(steps.goes_on(state));
  state.push_back(whole(first));
  append(state, repeated(start, slots));
  state.push_back(whole(1));  // the stride
  state = while_(
      goes_on,
      [&](Given s) {
        Tensors thinned(s.begin(), s.begin() + std::ptrdiff_t(n + 2));
        for (const Tensor& t : s.subspan(n + 2, n)) {
          const Tensor half = slice(t, 0, 0, slots, 2);
          thinned.push_back(cat({half, half}));
        }
        const Tensor stride = floor_divide(s[n + 1], first);
        Tensors after = fill_slots(std::move(thinned), stride);
        after.push_back(stride);
        return after;
      },
      std::move(state));

  return {{state.begin() + std::ptrdiff_t(n + 2), state.end() - 1}, state[n + 1], state.back()};
}

Tensors while_gradient(const Instruction& loop, Given operands, const Checkpoints& way, Given dys) {
  const Steps steps(loop, operands);
  const std::size_t n = steps.carries();
  // A gradient flows through every floating carry, from step to step.
  std::vector<bool> wanted = wanted_of(operands);
  for (std::size_t i = 0; i < n; ++i) wanted[i] = is_floating(operands[i].dtype());

  // Carried backwards: the gradients of the carries, and the sums of those of what is the same at
  // each step; the second slots, only to be in one place; the number of the segment.
  std::vector<std::size_t> flowing;
  Tensors gradients;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!wanted[i]) continue;
    flowing.push_back(i);
    gradients.push_back(i < n && dys[i] ? dys[i] : empty_sum(operands[i]));
  }
  const auto step_back = [&](Given x, Given flow) {
    Tensors seeds(n), sums(operands.size());
    for (std::size_t k = 0; k < flowing.size(); ++k)
      (flowing[k] < n ? seeds : sums)[flowing[k]] = flow[k];
    return body_gradients(loop.bodies[1], steps.inputs(x), wanted, seeds, sums);
  };

  // A gradient that is differentiated again keeps what it carries itself: a second level of slots
  // would be kept in slots.
  const int64_t room = mode.grad ? 1 : slots;
  const auto segment_back = [&](Given s) {
    const NoGrad off;  // the gradient of a loop comes from its body as it is recorded
    const Tensor& segment = s.back();
    const Tensor begin = maximum(segment * way.stride, first);
    const Tensor last = minimum((segment + 1) * way.stride, way.end) - 1;
    const Tensor apart = maximum(floor_divide(way.stride, room), 1);
    const auto place = [&](const Tensor& step) { return floor_divide(step - begin, apart); };

    // Again along the segment: what is carried, the number of the step, the slots.
    Tensors again = read(way.carries, segment);
    again.push_back(begin);
    append(again, s.subspan(flowing.size(), n));
    again = while_([&](Given t) { return t[n] <= last; },
                   [&](Given t) {
                     const Tensors kept = written(t.subspan(n + 1), place(t[n]), t.first(n));
                     const Tensor next = t[n] + apart;
                     Tensors after = steps.next(t, where(next <= last, apart, 0));
                     after.push_back(next);
                     append(after, kept);
                     return after;
                   },
                   std::move(again));
    const Given kept = Given(again).subspan(n + 1);

    Tensors flow(s.begin(), s.begin() + std::ptrdiff_t(flowing.size()));
    flow.push_back(last);
    flow = while_([&](Given t) { return t.back() >= begin; },
                  [&](Given t) {
                    const Tensor from = place(t.back());
                    const Tensors x = steps.next(read(kept, from), t.back() - begin - from * apart);
                    Tensors after = step_back(x, t);
                    after.push_back(t.back() - 1);
                    return after;
                  },
                  std::move(flow));
    for (std::size_t k = 0; k < flowing.size() && flowing[k] < n; ++k)
      if (const Tensor& dy = dys[n + flowing[k]]) flow[k] = flow[k] + index(dy, {segment});
    flow.pop_back();
    append(flow, kept);
    flow.push_back(segment - 1);
    return flow;
  };

  const Tensor lowest = floor_divide(first, way.stride);
  append(gradients, repeated(operands.first(n), room));
  gradients.push_back(floor_divide(way.end - 1, way.stride));
  gradients =
      while_([&](Given s) { return s.back() >= lowest; }, segment_back, std::move(gradients));

  Tensors all(operands.size());
  for (std::size_t k = 0; k < flowing.size(); ++k) all[flowing[k]] = gradients[k];
  return all;
}

}  // namespace tandem::trace_detail
