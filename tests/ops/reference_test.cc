// Ops against results and gradients that PyTorch computed: $TANDEM_DATA/ops/samples.json and
// samples.safetensors. An op takes part when the registry has its name and the case's arguments
// are operands and attributes of its signature.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tandem/io/tensor_files.h"
#include "tandem/ops/define.h"
#include "tandem/ops/registry.h"
#include "tests/ops/samples.h"
#include "tests/test_data.h"

namespace tandem {
namespace {

using json = nlohmann::json;

/// The case cannot be said with this signature.
struct NotOurs {};

class ReferenceCase {
 public:
  ReferenceCase(const OpInfo& info, const json& c, const std::map<std::string, Tensor>& store)
      : info_(info), store_(store), op_(info), operands_(std::size_t(info.operands)) {
    int position = 0;
    set(position++, c["input"]);
    for (const json& a : c["args"]) set(position++, a);
    for (const auto& [name, value] : c["kwargs"].items()) set(place_of(name), value);
  }

  std::vector<Tensor> run() {
    std::vector<Tensor> out(std::size_t(info_.results));
    if (info_.promotion == Promotion::none) return results_of(op_, operands_);
    std::vector<NumArg> args;
    std::vector<const NumArg*> pointers;
    args.reserve(operands_.size());
    for (const Tensor& t : operands_) {
      if (!t) throw NotOurs();
      if (numbers_.contains(&t - operands_.data()))
        args.emplace_back(numbers_.at(&t - operands_.data()));
      else
        args.emplace_back(t);
    }
    for (const NumArg& a : args) pointers.push_back(&a);
    return {apply_promoted(info_, op_.data(), pointers)};
  }
  const std::vector<Tensor>& leaves() const { return leaves_; }

 private:
  int place_of(const std::string& name) const {
    for (int p = 0; p < info_.signature.parameters(); ++p) {
      std::string_view ours = info_.signature.parameter(p);
      if (ours.starts_with('*')) ours.remove_prefix(1);
      if (ours.ends_with('?')) ours.remove_suffix(1);
      if (ours == name) return p;
    }
    throw NotOurs();
  }

  Tensor tensor(const json& v) {
    Tensor t = store_.at(v["tensor"]);
    if (!v["grad"]) return t;
    t = from_data(t.to_vector<float>(), t.shape());
    leaves_.push_back(t.requires_grad_());
    return t;
  }
  static const json* list(const json& v) {
    if (v.is_object() && v.contains("list")) return &v["list"];
    if (v.is_object() && v.contains("tuple")) return &v["tuple"];
    return nullptr;
  }
  static AttributeValue value(const json& v) {
    if (v.is_null()) return {};
    if (v.is_boolean()) return v.get<bool>();
    if (v.is_number_integer()) return v.get<int64_t>();
    if (v.is_number()) return v.get<double>();
    if (v.is_string()) return Name(std::string_view(v.get<std::string>())).view().data();
    if (v.is_object() && v.contains("float"))
      return std::strtod(v["float"].get<std::string>().c_str(), nullptr);
    if (v.is_object() && v.contains("dtype")) {
      const std::string name = v["dtype"];
      for (int d = 0; d < dtype_count; ++d)
        if (long_name(DType(d)) == name) return DType(d);
    }
    if (const json* items = list(v)) {
      Dims dims;
      for (const json& i : *items)
        if (i.is_number_integer())
          dims.push_back(i.get<int64_t>());
        else
          throw NotOurs();
      return dims;
    }
    throw NotOurs();
  }

  void set(int position, const json& v) {
    if (position >= info_.signature.parameters()) throw NotOurs();
    const int is = info_.order[position];
    if (is < 0) {
      const AttributeInfo& a = info_.attribute[~is];
      if (v.is_null()) return;  // None: the default
      try {
        set_attribute(a, op_.data(), value(v));
      } catch (const Error&) {
        throw NotOurs();
      }
    } else if (is >= info_.operands) {
      const json* items = list(v);
      if (!items) throw NotOurs();
      for (const json& i : *items) {
        if (!i.is_object() || !i.contains("tensor")) throw NotOurs();
        operands_.push_back(tensor(i));
      }
    } else if (v.is_null()) {
      return;
    } else if (v.is_object() && v.contains("tensor")) {
      operands_[std::size_t(is)] = tensor(v);
    } else if (info_.numbers >> is & 1 && (v.is_number() || v.is_boolean())) {
      const Scalar number = v.is_boolean()          ? Scalar(v.get<bool>())
                            : v.is_number_integer() ? Scalar(v.get<int64_t>())
                                                    : Scalar(v.get<double>());
      numbers_.emplace(is, number);
      const DType like = operands_[0] ? operands_[0].dtype() : float32;
      const bool fits = number.category() <= category(like);
      operands_[std::size_t(is)] = full({}, number, fits ? std::optional(like) : std::nullopt);
    } else {
      throw NotOurs();
    }
  }

  const OpInfo& info_;
  const std::map<std::string, Tensor>& store_;
  AnyOp op_;
  std::vector<Tensor> operands_, leaves_;
  std::map<int64_t, Scalar> numbers_;
};

bool agrees(const Tensor& found, const Tensor& expected, double rtol, double atol) {
  if (found.type() != expected.type()) return false;
  const std::vector<double> a = found.to_vector<double>(), b = expected.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
          std::abs(a[i] - b[i]) <= atol + rtol * std::abs(b[i])))
      return false;
  return true;
}

std::vector<const json*> flat(const json& v) {
  if (v.is_object() && (v.contains("list") || v.contains("tuple"))) {
    std::vector<const json*> all;
    for (const json& i : v.contains("list") ? v["list"] : v["tuple"])
      for (const json* j : flat(i)) all.push_back(j);
    return all;
  }
  return {&v};
}

/// The gradients of sum(results * cos(0, 1, …)).
bool gradients_agree(const json& c, const std::vector<Tensor>& results,
                     const std::vector<Tensor>& leaves,
                     const std::map<std::string, Tensor>& store) {
  Tensor total;
  for (const Tensor& y : results) {
    if (!y.requires_grad()) continue;
    const Tensor w = reshape(cast(cos(cast(arange(y.numel()), float64)), y.dtype()), y.shape());
    const Tensor part = sum(y * w);
    total = total ? total + part : part;
  }
  if (!total) return false;
  total.backward();
  std::size_t i = 0;
  for (const json& g : c["grads"]) {
    const Tensor found = leaves.at(i++).grad();
    if (g.is_null()) {
      if (found && sum(ne(found, 0)).item() > 0) return false;
    } else if (!found || !agrees(found, store.at(g["tensor"]), 1e-3, 1e-4)) {
      return false;
    }
  }
  return true;
}

TEST(Reference, OpsAgreeWithPyTorch) {
  const std::string data = test_data();
  if (data.empty()) GTEST_SKIP() << "TANDEM_DATA is not set";
  std::ifstream file(data + "/ops/samples.json");
  if (!file) GTEST_SKIP() << data << " has no ops/samples.json";
  const json ops = json::parse(file)["ops"];
  std::map<std::string, Tensor> store;
  for (auto& [name, t] : load_safetensors(data + "/ops/samples.safetensors")) store[name] = t;

  std::vector<std::string> differing;
  int present = 0, cases = 0, agreeing = 0, gradients = 0, agreeing_gradients = 0;
  for (const auto& [key, op] : ops.items()) {
    std::string name = key.substr(0, key.find('|'));
    if (name.starts_with("nn.functional.")) name = name.substr(14);
    std::ranges::replace(name, '.', '_');  // linalg.solve is linalg_solve
    const OpInfo* info = find_op(name);
    if (!info) continue;
    ++present;
    for (const json& c : op["cases"]) {
      try {
        ReferenceCase run(*info, c, store);
        const std::vector<Tensor> results = run.run();
        ++cases;
        const std::vector<const json*> expected = flat(c["output"]);
        bool same = expected.size() == results.size();
        for (std::size_t i = 0; i < results.size() && same; ++i)
          same = expected[i]->is_object() && expected[i]->contains("tensor") &&
                 agrees(results[i], store.at((*expected[i])["tensor"]), 1e-4, 1e-5);
        agreeing += same;
        if (!same) differing.push_back(key);
        if (!same || !c.contains("grads")) continue;
        ++gradients;
        const bool agree = gradients_agree(c, results, run.leaves(), store);
        agreeing_gradients += agree;
        if (!agree) differing.push_back("gradient of " + key);
      } catch (const NotOurs&) {
        continue;
      } catch (const Error& e) {
        ++cases;
        differing.push_back(key + ": " + e.what());
      }
    }
  }
  std::printf("ops present %d of %zu, cases agreeing %d of %d, gradients %d of %d\n", present,
              ops.size(), agreeing, cases, agreeing_gradients, gradients);
  for (const std::string& what : differing) std::printf("  %s\n", what.c_str());
  EXPECT_GT(cases, 300);
  EXPECT_GE(agreeing, 0.9 * cases);
  EXPECT_GE(agreeing_gradients, 0.97 * gradients);
}

}  // namespace
}  // namespace tandem
