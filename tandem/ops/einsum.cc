// einsum: the equation's syntax, and its evaluation as a chain of batched matrix products.
#include <algorithm>
#include <array>

#include "tandem/ops/functions.h"
#include "tandem/ops/products.h"

namespace tandem {
namespace {

/// A dim's name: a letter, or -1, -2, … for the dims under the dots, counted from the last.
using Label = int;
using Labels = std::vector<Label>;

bool has(const Labels& labels, Label l) { return std::ranges::find(labels, l) != labels.end(); }
int place(const Labels& labels, Label l) {
  return int(std::ranges::find(labels, l) - labels.begin());
}

struct Equation {
  std::vector<Labels> terms;
  Labels result;
};

constexpr Label dots = 0;

/// "ab...c" with the dots as one label; letters only, the dots once.
Labels parse_term(std::string_view term, std::string_view equation) {
  Labels labels;
  for (std::size_t i = 0; i < term.size(); ++i) {
    const char c = term[i];
    if (c == ' ') continue;
    if (c == '.') {
      if (term.substr(i, 3) != "..." || has(labels, dots))
        fail(ErrorCode::value, "einsum", "found a '.' that is not part of the one ellipsis in '",
             term, "' of '", equation, "'");
      labels.push_back(dots);
      i += 2;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      labels.push_back(c);
    } else {
      fail(ErrorCode::value, "einsum", "expected letters and '...', got '", c, "' in '", equation,
           "'");
    }
  }
  return labels;
}

/// The dots as the dims that they stand for.
Labels spread(const Labels& labels, int under_dots) {
  Labels out;
  for (Label l : labels)
    if (l == dots)
      for (int i = under_dots; i > 0; --i) out.push_back(-i);
    else
      out.push_back(l);
  return out;
}

Equation parse(std::string_view text, Operands operands) {
  const std::size_t arrow = text.find("->");
  const std::string_view left = text.substr(0, arrow);
  Equation e;
  int most_dots = 0;
  std::array<int, 128> count{};
  for (std::size_t start = 0; start <= left.size();) {
    const std::size_t comma = std::min(left.find(',', start), left.size());
    Labels term = parse_term(left.substr(start, comma - start), text);
    start = comma + 1;
    if (e.terms.size() == operands.size())
      fail(ErrorCode::value, "einsum", "more operands in '", text, "' than the ", operands.size(),
           " passed");
    const Tensor& x = *operands[e.terms.size()];
    if (!x) fail(ErrorCode::value, "einsum", "operand ", e.terms.size(), " is undefined");
    const bool has_dots = has(term, dots);
    const int under = x.dim() - int(term.size()) + has_dots;
    if (has_dots ? under < 0 : under != 0)
      fail(ErrorCode::shape, "einsum", "the subscripts of operand ", e.terms.size(), " in '", text,
           "' name ", term.size() - has_dots, " dims, its shape is ", x.shape());
    most_dots = std::max(most_dots, has_dots ? under : 0);
    for (Label l : term)
      if (l != dots) ++count[std::size_t(l)];
    e.terms.push_back(spread(term, under));
  }
  if (e.terms.size() != operands.size())
    fail(ErrorCode::value, "einsum", "'", text, "' has ", e.terms.size(), " operands, got ",
         operands.size());
  if (arrow == std::string_view::npos) {
    e.result = spread({dots}, most_dots);
    for (Label l = 'A'; l <= 'z'; ++l)
      if (count[std::size_t(l)] == 1) e.result.push_back(l);
  } else {
    const Labels named = parse_term(text.substr(arrow + 2), text);
    for (std::size_t i = 0; i < named.size(); ++i) {
      const Label l = named[i];
      if (l != dots &&
          (count[std::size_t(l)] == 0 || std::count(named.begin(), named.end(), l) > 1))
        fail(ErrorCode::value, "einsum", "the result's subscript '", char(l), "' in '", text,
             count[std::size_t(l)] ? "' appears more than once" : "' is in no operand");
    }
    e.result = spread(named, most_dots);
  }
  return e;
}

struct Term {
  Tensor x;
  Labels labels;
};

/// A letter that stands twice takes the diagonal of its dims.
void take_diagonals(Term& t) {
  for (std::size_t i = 0; i < t.labels.size(); ++i) {
    const Label l = t.labels[i];
    const auto again = std::find(t.labels.begin() + int64_t(i) + 1, t.labels.end(), l);
    if (again == t.labels.end()) continue;
    const int first = int(i), second = int(again - t.labels.begin());
    if (t.x.shape()[first] != t.x.shape()[second])
      fail(ErrorCode::shape, "einsum", "subscript '", char(l), "' is repeated for dims ", first,
           " and ", second, " of different sizes in shape ", t.x.shape());
    t.x = diagonal(t.x, 0, first, second);
    t.labels.erase(again);
    t.labels.erase(t.labels.begin() + int64_t(i));
    t.labels.push_back(l);
    i = std::size_t(-1);  // places have moved
  }
}

/// Sums over the labels that nothing later reads.
void sum_out(Term& t, const Labels& wanted) {
  Dims gone;
  Labels left;
  for (std::size_t i = 0; i < t.labels.size(); ++i)
    if (has(wanted, t.labels[i]))
      left.push_back(t.labels[i]);
    else
      gone.push_back(int64_t(i));
  if (gone.empty()) return;
  t.x = sum(t.x, gone, false, t.x.dtype());
  t.labels = left;
}

/// The term with its dims in this order; new ones have size 1.
Tensor ordered(const Term& t, const Labels& order) {
  Dims dims;
  for (Label l : order)
    if (has(t.labels, l)) dims.push_back(place(t.labels, l));
  Tensor x = permute(t.x, dims);
  for (std::size_t i = 0; i < order.size(); ++i)
    if (!has(t.labels, order[i])) x = unsqueeze(x, int64_t(i));
  return x;
}

int64_t size_of_label(const Term& a, const Term& b, Label l) {
  const int64_t in_a = has(a.labels, l) ? a.x.shape()[place(a.labels, l)] : 1,
                in_b = has(b.labels, l) ? b.x.shape()[place(b.labels, l)] : 1;
  if (in_a != in_b && in_a != 1 && in_b != 1)
    fail(ErrorCode::shape, "einsum", "subscript '", l < 0 ? '.' : char(l), "' has sizes ", in_a,
         " and ", in_b, ", which do not broadcast");
  return in_a == 1 ? in_b : in_a;
}

/// Both terms as [batch, left, summed] and [batch, summed, right]; their product.
Term contract(Term a, Term b, const Labels& wanted) {
  Labels batch, left, right, summed;
  for (Label l : a.labels) {
    if (!has(b.labels, l))
      left.push_back(l);
    else
      (has(wanted, l) ? batch : summed).push_back(l);
  }
  for (Label l : b.labels)
    if (!has(a.labels, l)) right.push_back(l);
  const auto join = [](std::initializer_list<const Labels*> parts) {
    Labels all;
    for (const Labels* p : parts) all.insert(all.end(), p->begin(), p->end());
    return all;
  };
  const auto shaped = [&](const Term& t, const Labels& first, const Labels& second) {
    const Labels order = join({&batch, &first, &second});
    Dims whole, flat;
    int64_t m = 1, n = 1;
    for (Label l : batch) whole.push_back(size_of_label(a, b, l));
    flat = whole;
    for (Label l : first) whole.push_back(size_of_label(a, b, l)), m *= whole.back();
    for (Label l : second) whole.push_back(size_of_label(a, b, l)), n *= whole.back();
    flat.push_back(m);
    flat.push_back(n);
    return reshape(expand(ordered(t, order), whole), flat);
  };
  const Tensor product = matmul(shaped(a, left, summed), shaped(b, summed, right));
  Term out{product, join({&batch, &left, &right})};
  Dims shape;
  for (Label l : out.labels) shape.push_back(size_of_label(a, b, l));
  out.x = reshape(product, shape);
  return out;
}

}  // namespace

Tensor Einsum::decompose(Operands operands) const {
  if (operands.empty()) fail(ErrorCode::value, "einsum", "expected at least one operand");
  const Equation e = parse(equation->view(), operands);
  const auto wanted_after = [&](std::size_t i) {
    Labels wanted = e.result;
    for (std::size_t k = i + 1; k < e.terms.size(); ++k)
      wanted.insert(wanted.end(), e.terms[k].begin(), e.terms[k].end());
    return wanted;
  };
  Term total{*operands[0], e.terms[0]};
  take_diagonals(total);
  sum_out(total, wanted_after(0));
  for (std::size_t i = 1; i < e.terms.size(); ++i) {
    Term next{*operands[i], e.terms[i]};
    take_diagonals(next);
    Labels wanted = wanted_after(i);
    Labels wanted_by_next = wanted;
    wanted_by_next.insert(wanted_by_next.end(), total.labels.begin(), total.labels.end());
    sum_out(next, wanted_by_next);
    Labels wanted_by_total = wanted;
    wanted_by_total.insert(wanted_by_total.end(), next.labels.begin(), next.labels.end());
    sum_out(total, wanted_by_total);
    total = contract(std::move(total), std::move(next), wanted);
  }
  return ordered(total, e.result);
}

}  // namespace tandem
