#include "tandem/cpu/tile_program.h"
#include "tandem/runtime/forecast.h"
#include "tandem/runtime/plan.h"

namespace tandem::runtime {
namespace {

class Printer {
 public:
  Printer(const Plan& plan, std::string indent)
      : plan_(plan), indent_(std::move(indent)), names_(plan.refs.size()) {
    for (const Outside& o : plan.inputs) name(o.ref, "%" + o.name);
    for (const Outside& o : plan.state) name(o.ref, "@" + o.name);
    for (const Outside& o : plan.constants)
      name(o.ref, plan.ref(o).type.shape.empty() ? o.name : "#" + o.name);
  }

  std::string print() {
    line(text("plan of ", plan_.program, ": ", plan_.steps.size(), " steps, arena ",
              readable_bytes(plan_.arena_bytes), " (at least ", readable_bytes(plan_.lower_bound),
              ")"));
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) print_step(s);
    for (const Outside& o : plan_.outputs) {
      announce_view(o.ref);
      line(text("  output %", o.name, " = ", names_[std::size_t(o.ref)], ": ", plan_.ref(o).type));
    }
    return std::move(out_);
  }

 private:
  void name(int32_t ref, std::string n) { names_[std::size_t(ref)] = std::move(n); }
  void line(std::string_view s) { out_ += text(indent_, s, "\n"); }

  /// "arena 1024..2048", "output 0"
  std::string place(const Ref& r) const {
    const Buffer& b = plan_.buffer_of(r);
    if (b.home == Home::arena) return text("arena ", b.offset, "..", b.offset + b.bytes);
    return text(runtime::name(b.home), " ", b.index);
  }

  /// A ref that no step makes is a view.
  void announce_view(int32_t ref) {
    if (!names_[std::size_t(ref)].empty()) return;
    const Ref& r = plan_.refs[std::size_t(ref)];
    std::string of = place(r);
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (plan_.refs[i].buffer == r.buffer && !names_[i].empty()) of = names_[i];
    name(ref, text("%", ref));
    line(text("       %", ref, ": ", r.type, " = view of ", of, ", offset ", r.offset, ", strides ",
              r.strides));
  }

  /// The ops of a chain: "[add, tanh]", and "[add, tanh; reduced]" if that is its end. Behind the
  /// name of a product they are its epilogue.
  static std::string inside(const Step& step) {
    std::string ops;
    for (std::string_view op : chain_ops(step)) ops += text(ops.empty() ? "" : ", ", op);
    return ops.empty() ? ops : text("[", ops, step.reduction ? "; reduced]" : "]");
  }

  void print_step(std::size_t number) {
    const Step& step = plan_.steps[number];
    for (int32_t r : step.operands)
      if (r >= 0) announce_view(r);
    std::string operands, results, notes;
    for (int32_t r : step.operands)
      operands += text(operands.empty() ? "" : ", ", r < 0 ? "none" : names_[std::size_t(r)]);
    for (int32_t r : step.results) {
      const Ref& ref = plan_.refs[std::size_t(r)];
      for (int32_t o : step.operands)
        if (o >= 0 && plan_.refs[std::size_t(o)].buffer == ref.buffer) {
          notes += text(", over ", names_[std::size_t(o)]);
          break;
        }
      if (names_[std::size_t(r)].empty()) name(r, text("%", r));
      results += text(results.empty() ? "" : ", ", names_[std::size_t(r)], ": ", ref.type, " in ",
                      place(ref));
    }
    if (step.workspace >= 0) {
      const Buffer& b = plan_.buffers[std::size_t(step.workspace)];
      notes += text(", workspace ", b.offset, "..", b.offset + b.bytes);
    }
    if (step.packed >= 0)
      notes += text(", weights packed in ",
                    readable_bytes(plan_.buffers[std::size_t(step.packed)].bytes));
    if (step.where.line()) notes += text("  ", step.where);
    line(text("  ", number,
              number < 10    ? "  "
              : number < 100 ? " "
                             : "",
              "  ", results, " = ", step.op.info->name(), inside(step), "(", operands, ")", notes));
    for (const Plan& body : step.bodies) out_ += Printer(body, indent_ + "       ").print();
  }

  const Plan& plan_;
  std::string indent_;
  std::vector<std::string> names_;
  std::string out_;
};

}  // namespace

std::vector<std::string_view> chain_ops(const Step& step) {
  static constexpr std::string_view affine[] = {"sub", "mul", "add"};
  std::vector<std::string_view> ops(affine, affine + step.affine_operands);
  if (step.activation) ops.push_back(step.activation->info->name());
  if (step.tiles)
    for (const cpu::TileChain::Op& op : step.tiles->chain().ops) ops.push_back(op.op.info->name());
  return ops;
}

std::string to_text(const Plan& plan) { return Printer(plan, "").print(); }

}  // namespace tandem::runtime
