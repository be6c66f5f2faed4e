#include "tandem/autograd/tape.h"

#include "tandem/autograd/frontier.h"
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/view_of.h"

namespace tandem {

namespace {

/// The node without its operands; results keep nothing yet.
Node* take_node(const OpInfo* info, const void* op, std::size_t operands, int results,
                Location where) {
  const std::size_t op_bytes = info ? info->bytes : 0;
  Node* node = new (block_cache.take(sizeof(Node) + operands * sizeof(Operand) +
                                     std::size_t(results) * sizeof(Result) + op_bytes))
      Node{.info = info, .where = where};
  node->operand_count = int32_t(operands);
  node->result_count = uint16_t(results);
  Result* result = node->results().data();
  for (int i = 0; i < results; ++i) new (result + i) Result;
  if (op_bytes) std::memcpy(node->op(), op, op_bytes);
  return node;
}

/// The operand's place in the history of `node`.
Operand* link_operand(Node* node, Operand* place, const TensorImpl* t) {
  Operand* o = new (place) Operand;
  if (!t) return o;
  o->passed = true;
  if (Node* producer = t->node) {
    retain(o->producer = producer);
    o->result_index = t->result_index;
    node->depth = std::max(node->depth, producer->depth + 1);
  }
  return o;
}

}  // namespace

Node* new_node(const OpInfo* info, const void* op, Operands in, int results, Location where) {
  Node* node = take_node(info, op, in.size(), results, where);
  Operand* place = node->operands().data();
  for (const Tensor* t : in) link_operand(node, place++, t->impl());
  return node;
}

/// A long chain is freed in a loop, not by recursion: a tape of a million ops must not overflow
/// the stack.
void destroy(Node* node) {
  struct Doomed {
    Node* first = nullptr;
    bool busy = false;
  };
  static constinit thread_local Doomed doomed_of_thread;
  Doomed& doomed = doomed_of_thread;
  node->next_doomed = std::exchange(doomed.first, node);
  if (std::exchange(doomed.busy, true)) return;
  while (Node* n = doomed.first) {
    doomed.first = n->next_doomed;
    const std::size_t bytes = n->bytes();
    const std::span<Operand> operands = n->operands();
    const std::span<Result> results = n->results();
    for (Operand& o : operands) {
      release(o.producer);
      o.~Operand();
    }
    for (Result& r : results) r.~Result();
    n->~Node();
    block_cache.give(n, bytes);
  }
  doomed.busy = false;
}

namespace {

/// Takes over one count of `node`.
void give_node(TensorImpl* t, Node* node, int result_index) {
  release(std::exchange(t->node, node));
  t->result_index = uint16_t(result_index);
  if (t->storage) t->node_version = t->storage->version;
}

}  // namespace

void set_node(TensorImpl* t, Node* node, int result_index) {
  retain(node);
  give_node(t, node, result_index);
}

namespace {

void check_inference(const OpInfo& info, Operands in) {
  for (const Tensor* t : in)
    if (t->impl() && t->impl()->inference)
      fail(ErrorCode::autograd, info.name(),
           "a tensor made in InferenceMode may not take part in recorded computation: clone(x) it "
           "outside, or make it in a NoGrad scope");
}

void give_history(const OpInfo& info, const void* op, Operands in, std::span<Tensor> out,
                  Location where) {
  int floating = 0;
  for (const Tensor& t : out) floating += is_floating(t.impl()->type.dtype);
  if (!floating) return;
  check_inference(info, in);
  Node* node = take_node(&info, op, in.size(), int(out.size()), where);
  const bool keep_operands = int(info.keep) & int(Keep::operands);
  const bool keep_result = int(info.keep) & int(Keep::result);
  const bool one_result = out.size() == 1;
  const Type& result_type = out[0].impl()->type;
  Operand* place = node->operands().data();
  for (const Tensor* x : in) {
    const TensorImpl* t = x->impl();
    Operand* o = link_operand(node, place++, t);
    if (!t) continue;
    if (keep_operands) {
      o->kept = *x;
      if (t->storage) o->version = t->storage->version;
    } else if (!one_result || t->type != result_type) {
      o->kept = type_only(t->type);
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    TensorImpl* t = out[i].impl();
    if (keep_result || !one_result) [[unlikely]] {
      Result& r = node->results()[i];
      r.kept = keep_result ? out[i].detach() : type_only(t->type);
      if (keep_result && t->storage) r.version = t->storage->version;
    }
    if (!is_floating(t->type.dtype)) continue;
    if (floating-- > 1) retain(node);  // the last one takes over the count it was made with
    give_node(t, node, int(i));
  }
}

void record(const OpInfo& info, const void* op, Operands in, std::span<Tensor> out,
            Location where) {
  Frontier* frontier = Frontier::current();
  if (!frontier) [[likely]]
    return give_history(info, op, in, out, where);
  check_inference(info, in);
  frontier->note(in, out);
}

void refresh_view(TensorImpl* t) {
  t->node_version = t->storage->version;
  TensorImpl* parent = t->view->parent;
  if (!needs_grad(parent)) {
    release(std::exchange(t->node, nullptr));
    return;
  }
  const Tensor operand = Tensor::share(parent);
  const Tensor* in[] = {&operand};
  Tensor out[] = {Tensor::share(t)};
  give_history(*t->view->info, t->view->op(), in, out, t->view->where);
}

/// Ops called inside are recorded but not computed: their history is wanted, not their values.
class RecordOnly final : public Tracer {
 public:
  RecordOnly() : saved_(std::exchange(mode.tracer, this)) {}
  ~RecordOnly() { mode.tracer = saved_; }
  void emit(const OpInfo&, const void*, Operands, std::span<const Tensor>, Location) override {}
  void assign(const Tensor&, const Tensor&, Location) override {}

 private:
  Tracer* saved_;
};

void keep_overwritten(const TensorImpl* target, const Tensor& value) {
  Node* node = value.impl()->node;
  if (!node) return;
  for (Operand& o : node->operands()) {
    const TensorImpl* kept = o.kept.impl();
    if (!kept || !kept->storage || kept->storage != target->storage ||
        kept->storage->version != o.version)
      continue;
    NoGrad off;
    Tensor before = clone(o.kept);
    if (kept->node) set_node(before.impl(), kept->node, kept->result_index);
    o.kept = before;
    o.version = before.version();
  }
}

void rebase(TensorImpl* target, const Tensor& value, Location where) {
  if (!target->view) {
    set_node(target, value.impl()->node, value.impl()->result_index);
    return;
  }
  // A write to a view is a write to its parent: parent' = write(parent, value).
  const ViewOf* view = target->view;
  if (!view->info->rules || !view->info->rules->write)
    fail(ErrorCode::autograd, view->info->name(),
         "an in-place write to this view cannot be differentiated: clone(x) it first");
  Tensor parent = Tensor::adopt(alias(view->parent));
  set_node(parent.impl(), view->parent->node, view->parent->result_index);
  Tensor written;
  {
    RecordOnly quietly;
    At line(where);
    written = view->info->rules->write(view->op(), parent, value);
  }
  rebase(view->parent, written, where);
  set_node(target, value.impl()->node, value.impl()->result_index);
}

/// slice_scatter -> SliceScatterBackward0; a custom function has no number, as in PyTorch.
std::string gradient_name(const TensorImpl* t) {
  if (!t->node || t->node->is_leaf()) return "";
  std::string s;
  bool starts_word = true;
  for (char c : t->node->name()) {
    if (c != '_') s += starts_word && c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c;
    starts_word = c == '_';
  }
  return s + (t->node->info ? "Backward0" : "Backward");
}

void check_anomaly(const OpInfo&, std::span<const Tensor>, Location);

constexpr Tape functions{.record = record,
                         .release_node = [](Node* node) { release(node); },
                         .refresh_view = refresh_view,
                         .keep_overwritten = keep_overwritten,
                         .rebase = rebase,
                         .gradient_name = gradient_name,
                         .check_anomaly = check_anomaly};

/// Anomaly mode: every op is checked, so the first to have a NaN is the one that made it.
void check_anomaly(const OpInfo& info, std::span<const Tensor> out, Location where) {
  const Mode saved = mode;
  mode.detect_anomaly = false;
  mode.grad = false;
  bool found = false;
  for (const Tensor& t : out)
    if (!mode.tracer && is_floating(t.dtype()) && t.impl()->data)
      found |= sum(cast(ne(t.detach(), t.detach()), DType::i64)).item() > 0;
  mode = saved;
  if (found)
    fail(ErrorCode::autograd, info.name(), "made the first NaN at ", where,
         " (anomaly detection is on)");
}

[[gnu::cold, gnu::noinline]] void changed_in_place(const Node& n, const Tensor& t, uint32_t version,
                                                   const std::string& what) {
  const Storage* s = t.impl()->storage;
  fail(ErrorCode::autograd, n.name(),
       "one of the variables needed for gradient computation has been "
       "modified by an inplace operation: ",
       what, " (", t.type(), ") was saved at ", n.where, " and written at ", s->written,
       "; it is at version ", s->version, ", expected version ", version,
       ". Compute a new tensor instead of writing in place, or clone(x) first");
}

void check_version(const Node& n, const Tensor& t, uint32_t version, std::string_view what, int i) {
  if (t.impl()->storage && t.impl()->storage->version != version) [[unlikely]]
    changed_in_place(n, t, version, text(what, " ", i));
}

}  // namespace

int Call::operands() const { return node.operand_count; }
bool Call::has(int i) const { return node.operands()[std::size_t(i)].passed; }
bool Call::needs(int i) const { return node.operands()[std::size_t(i)].producer; }

Tensor Call::operand(int i) const {
  const Operand& o = node.operands()[std::size_t(i)];
  if (o.kept) check_version(node, o.kept, o.version, "operand", i);
  return o.kept;
}

Tensor Call::result(int i) const {
  const Result& r = node.results()[std::size_t(i)];
  check_version(node, r.kept, r.version, "result", i);
  Tensor y = r.kept.detach();
  set_node(y.impl(), const_cast<Node*>(&node), i);
  return y;
}

const Type& Call::type(int i) const {
  const Tensor& kept = node.operands()[std::size_t(i)].kept;
  return kept ? kept.type() : dys[0].type();
}

const Type& Call::result_type(int i) const {
  const Tensor& kept = node.results()[std::size_t(i)].kept;
  return kept ? kept.type() : dys[std::size_t(i)].type();
}

void install_tape() {
  tape = &functions;
  vjp_by_decomposition = vjp_through_parts;
}

Tensor& Tensor::requires_grad_(bool wanted) {
  if (wanted && !is_floating(dtype()))
    fail(ErrorCode::autograd, "requires_grad_",
         "only tensors of floating dtype can require gradients, got ", dtype());
  if (wanted == known()->requires_grad) return *this;
  if (impl_->node && !impl_->requires_grad) {
    if (wanted) return *this;
    fail(ErrorCode::autograd, "requires_grad_",
         "you can only change requires_grad flags of leaf variables; detach(x) gives a tensor "
         "without history");
  }
  impl_->requires_grad = wanted;
  if (wanted) {
    impl_->node = new (block_cache.take(sizeof(Node))) Node;
    impl_->node->result_count = 0;
  } else {
    release(std::exchange(impl_->node, nullptr));
  }
  return *this;
}

bool Tensor::requires_grad() const { return needs_grad(known()); }
bool Tensor::is_leaf() const { return !needs_grad(known()) || impl_->node->is_leaf(); }

}  // namespace tandem
