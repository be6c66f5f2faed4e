#include "tandem/runtime/reuse.h"

#include <algorithm>
#include <numeric>

#include "tandem/cpu/tile_program.h"
#include "tandem/runtime/control.h"
#include "tandem/tensor/layout.h"

namespace tandem::runtime {
namespace {

class Sharing {
 public:
  Sharing(Draft& draft, const PlanOptions& options)
      : plan_(draft.plan),
        draft_(draft),
        home_(draft.plan.buffers.size()),
        row_major_(options.row_major_outputs),
        carries_(options.carries) {
    std::iota(home_.begin(), home_.end(), 0);
    find_lifetimes(plan_);
    // What leaves the program is read after the last step.
    const int32_t end = int32_t(plan_.steps.size());
    for (int32_t r : draft.outputs) buffer(r).last = end;
    for (const Update& u : draft.updates) buffer(u.ref).last = end;
  }

  void run() {
    for (const Update& u : draft_.updates)
      placed_.push_back(place_over(u.ref, plan_.state[std::size_t(u.state)].ref));
    for (std::size_t c = 0; c < carries_; ++c) place_carry(c);
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) place_results(int32_t(s));
    for (std::size_t o = 0; o < draft_.outputs.size(); ++o) place_output(o);
    for (Ref& r : plan_.refs) r.buffer = find(r.buffer);
    copy_outputs();
    copy_updates();
  }

 private:
  /// The buffer that `b` has become part of.
  int32_t find(int32_t b) {
    while (home_[std::size_t(b)] != b) b = home_[std::size_t(b)];
    return b;
  }
  int32_t buffer_index(int32_t ref) { return find(plan_.refs[std::size_t(ref)].buffer); }
  Buffer& buffer(int32_t ref) { return plan_.buffers[std::size_t(buffer_index(ref))]; }

  bool same_place(const Ref& a, const Ref& b) const {
    return a.offset == b.offset && a.type == b.type && a.strides == b.strides;
  }

  /// Is ref all of its buffer, with no element twice?
  bool is_whole(int32_t ref) {
    const Ref& r = plan_.refs[std::size_t(ref)];
    return r.offset == 0 && bytes_of(r.type) == buffer(ref).bytes &&
           is_dense(r.type.shape, r.strides);
  }

  /// May the step write this result over `operand` while it reads its operands?
  bool may_overwrite(const Step& step, std::size_t result, std::size_t operand) {
    const OpInfo& info = *step.op.info;
    if (step.operands[operand] < 0) return false;
    if (step.product_operands >= 0) return false;  // the result holds the product at first
    const bool by_element = info.elementwise || step.tiles;
    if (is_control(info)) {  // a loop begins with what it is given to carry where the result lies
      if (result != operand || result >= loop_of(step).carries) return false;
    } else if (!by_element && info.in_place[result] != int(operand)) {
      return false;
    }
    if (step.tiles && !step.tiles->may_overwrite(result, operand)) return false;
    const int32_t over = step.operands[operand];
    if (!same_place(plan_.refs[std::size_t(over)], plan_.refs[std::size_t(step.results[result])]))
      return false;
    // Another operand in the same memory is safe where each element is read before it is written.
    for (std::size_t o = 0; o < step.operands.size(); ++o) {
      const int32_t other = step.operands[o];
      if (o == operand || other < 0 || buffer_index(other) != buffer_index(over)) continue;
      if (!by_element ||
          !same_place(plan_.refs[std::size_t(over)], plan_.refs[std::size_t(other)]) ||
          (step.tiles && !step.tiles->may_overwrite(result, o)))
        return false;
    }
    return true;
  }

  /// Can the new value be written over the old one?
  bool place_over(int32_t value, int32_t old) {
    const int32_t fresh = buffer_index(value), kept = buffer_index(old);
    Buffer &from = plan_.buffers[std::size_t(fresh)], &to = plan_.buffers[std::size_t(kept)];
    if (from.home != Home::arena || !is_whole(value) ||
        !same_place(plan_.refs[std::size_t(value)], plan_.refs[std::size_t(old)]))
      return false;
    if (to.last > from.first) return false;
    if (to.last == from.first) {
      const Step& step = plan_.steps[std::size_t(from.first)];
      bool allowed = !reads(step, kept);
      for (std::size_t r = 0; r < step.results.size() && !allowed; ++r)
        if (buffer_index(step.results[r]) == fresh)
          for (std::size_t o = 0; o < step.operands.size() && !allowed; ++o)
            allowed = step.operands[o] >= 0 && buffer_index(step.operands[o]) == kept &&
                      may_overwrite(step, r, o);
      if (!allowed) return false;
    }
    to.last = from.last;
    home_[std::size_t(fresh)] = kept;
    return true;
  }

  void place_carry(std::size_t c) {
    const int32_t value = draft_.outputs[c], old = plan_.inputs[c].ref;
    const bool stays = buffer_index(value) == buffer_index(old) &&
                       same_place(plan_.refs[std::size_t(value)], plan_.refs[std::size_t(old)]);
    if (stays || place_over(value, old)) plan_.outputs[c].ref = value;
  }

  bool reads(const Step& step, int32_t b) {
    return std::ranges::any_of(step.operands,
                               [&](int32_t r) { return r >= 0 && buffer_index(r) == b; });
  }

  void place_results(int32_t s) {
    const Step& step = plan_.steps[std::size_t(s)];
    std::vector<int32_t> taken;  // by another result, which may be read within the step
    for (std::size_t r = 0; r < step.results.size(); ++r) {
      const int32_t fresh = buffer_index(step.results[r]);
      Buffer& from = plan_.buffers[std::size_t(fresh)];
      if (from.home != Home::arena || from.first != s) continue;
      for (std::size_t o = 0; o < step.operands.size(); ++o) {
        if (step.operands[o] < 0) continue;
        const int32_t dying = buffer_index(step.operands[o]);
        Buffer& to = plan_.buffers[std::size_t(dying)];
        if (to.home != Home::arena || to.last != s || to.bytes != from.bytes ||
            std::ranges::count(taken, dying) || !may_overwrite(step, r, o))
          continue;
        taken.push_back(dying);
        to.last = from.last;
        home_[std::size_t(fresh)] = dying;
        break;
      }
    }
  }

  void place_output(std::size_t o) {
    const int32_t ref = draft_.outputs[o];
    Buffer& b = buffer(ref);
    if (b.home != Home::arena || !is_whole(ref)) return;
    if (row_major_ && !plan_.refs[std::size_t(ref)].contiguous) return;
    b.home = Home::output;
    b.index = int32_t(o);
    plan_.outputs[o].ref = ref;
  }

  void copy_outputs() {
    for (std::size_t o = 0; o < draft_.outputs.size(); ++o) {
      Outside& output = plan_.outputs[o];
      if (output.ref >= 0) continue;
      const Type type = plan_.refs[std::size_t(draft_.outputs[o])].type;
      output.ref = add_ref(plan_, Home::output, type, contiguous_strides(type.shape), int32_t(o));
      add_copy(plan_, draft_.outputs[o], output.ref, maker_of(draft_.outputs[o]));
    }
  }

  void copy_updates() {
    // A value that lies in the old memory of a state is saved before states are overwritten.
    std::vector<int32_t> from(draft_.updates.size(), -1);
    for (std::size_t u = 0; u < from.size(); ++u) {
      if (placed_[u]) continue;
      from[u] = draft_.updates[u].ref;
      const Ref value = plan_.refs[std::size_t(from[u])];
      if (!is_overwritten(value.buffer)) continue;
      const int32_t saved =
          add_ref(plan_, Home::arena, value.type, contiguous_strides(value.type.shape));
      add_copy(plan_, from[u], saved, maker_of(from[u]));
      from[u] = saved;
    }
    for (std::size_t u = 0; u < from.size(); ++u)
      if (from[u] >= 0)
        add_copy(plan_, from[u], plan_.state[std::size_t(draft_.updates[u].state)].ref,
                 maker_of(draft_.updates[u].ref));
  }

  /// Is it the memory of a state that an update is copied to?
  bool is_overwritten(int32_t b) {
    for (std::size_t u = 0; u < draft_.updates.size(); ++u)
      if (!placed_[u] && plan_.ref(plan_.state[std::size_t(draft_.updates[u].state)]).buffer == b)
        return true;
    return false;
  }

  /// The line that first wrote the value's memory.
  Location maker_of(int32_t ref) {
    const Buffer& b = plan_.buffers[std::size_t(plan_.refs[std::size_t(ref)].buffer)];
    return b.home == Home::arena || b.home == Home::output ? plan_.steps[std::size_t(b.first)].where
                                                           : Location();
  }

  Plan& plan_;
  Draft& draft_;
  std::vector<int32_t> home_;
  std::vector<bool> placed_;  // by update: the state holds its new value already
  const bool row_major_;
  const std::size_t carries_;
};

void remove_unused_buffers(Plan& plan) {
  std::vector<int32_t> now(plan.buffers.size(), -1);
  std::vector<Buffer> used;
  for (Ref& r : plan.refs) {
    int32_t& b = now[std::size_t(r.buffer)];
    if (b < 0) b = int32_t(used.size()), used.push_back(plan.buffers[std::size_t(r.buffer)]);
    r.buffer = b;
  }
  plan.buffers = std::move(used);
}

}  // namespace

void share_memory(Draft& draft, const PlanOptions& options) {
  Sharing(draft, options).run();
  remove_unused_buffers(draft.plan);
}

void find_lifetimes(Plan& plan) {
  for (Buffer& b : plan.buffers) b.first = b.home == Home::arena ? -1 : 0, b.last = 0;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    const auto touch = [&](int32_t buffer) {
      Buffer& b = plan.buffers[std::size_t(buffer)];
      if (b.first < 0) b.first = int32_t(s);
      b.last = int32_t(s);
    };
    for (int32_t r : step.operands)
      if (r >= 0) touch(plan.refs[std::size_t(r)].buffer);
    for (int32_t r : step.results) touch(plan.refs[std::size_t(r)].buffer);
    if (step.workspace >= 0) touch(step.workspace);
  }
}

}  // namespace tandem::runtime
