#include "tandem/nn/module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/autograd/tape.h"
#include "tandem/nn/containers.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Scale : nn::Module {
  Tensor& factor = register_parameter("factor", full({2}, 3.0));
  Tensor& calls = register_buffer("calls", full({}, 0, int64));
  Tensor& cache = register_buffer("cache", full({1}, 0.0), false);
  Tensor forward(const Tensor& x) override {
    calls.fill_(calls.item() + 1);
    return x * factor;
  }
  std::string extra_repr() const override { return "2"; }
};

struct Net : nn::Module {
  Scale& first = register_module("first", Scale());
  Tensor& shift = register_parameter("shift", full({2}, 1.0));
  nn::ModuleList& layers = register_module("layers", nn::ModuleList(Scale(), Scale()));
  Tensor& bias = register_parameter("bias", Tensor());
  Tensor forward(const Tensor& x) override {
    Tensor y = first(x) + shift;
    for (nn::Module& layer : layers) y = layer(y);
    return y;
  }
};

std::vector<std::string> names(const NamedTensors& tensors) {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : tensors) all.push_back(name);
  return all;
}

TEST(Module, NamesOwnEntriesFirstThenChildren) {
  Net net;
  EXPECT_THAT(names(net.named_parameters()),
              ElementsAre("shift", "first.factor", "layers.0.factor", "layers.1.factor"));
  EXPECT_THAT(names(net.named_buffers()),
              ElementsAre("first.calls", "first.cache", "layers.0.calls", "layers.0.cache",
                          "layers.1.calls", "layers.1.cache"));
  EXPECT_THAT(names(net.state_dict()),
              ElementsAre("shift", "first.factor", "first.calls", "layers.0.factor",
                          "layers.0.calls", "layers.1.factor", "layers.1.calls"));
  EXPECT_THAT(names(net.named_parameters("net", false)), ElementsAre("net.shift"));
  std::vector<std::string> paths;
  for (auto& [path, module] : net.named_modules()) paths.push_back(path);
  EXPECT_THAT(paths, ElementsAre("", "first", "layers", "layers.0", "layers.1"));
  EXPECT_EQ(&net.get_submodule("layers.1"), &net.layers[-1]);
}

TEST(Module, MovesWithoutLosingItsParts) {
  nn::Sequential outer{Net()};
  Net& net = outer.at<Net>(0);
  net.first.factor = full({2}, 5.0).requires_grad_();
  EXPECT_THAT(outer.state_dict()["0.first.factor"].to_vector<int>(), ElementsAre(5, 5));
  EXPECT_THAT(outer(full({2}, 1.0)).to_vector<int>(), ElementsAre(54, 54));
  EXPECT_EQ(net.first.calls.item(), 1);
}

TEST(Module, TiedParametersCountOnceAndAreSavedTwice) {
  Net net;
  net.layers.at<Scale>(1).factor = net.first.factor;
  EXPECT_EQ(net.parameters().size(), 3);
  EXPECT_EQ(net.state_dict().size(), 7);
  EXPECT_EQ(net.named_parameters("", true, false).size(), 4);
}

TEST(Module, StateSharesMemoryAndHasNoHistory) {
  Net net;
  Tensor shift = net.state_dict()["shift"];
  EXPECT_FALSE(shift.requires_grad());
  shift.fill_(7);
  EXPECT_EQ(net.shift.to_vector<int>()[0], 7);
}

TEST(Module, LoadsWhatItSaved) {
  Net a, b;
  a.shift.detach().fill_(4);
  const Tensor handle = b.shift;
  EXPECT_EQ(text(b.load_state_dict(a.state_dict())), "<All keys matched successfully>");
  EXPECT_THAT(handle.to_vector<int>(), ElementsAre(4, 4));
  EXPECT_TRUE(b.shift.requires_grad());
}

TEST(Module, ReportsEveryKeyThatDoesNotMatch) {
  Net net;
  NamedTensors state{
      {"shift", full({3}, 0.0)}, {"first.factor", full({2}, 9.0)}, {"other", full({1}, 0.0)}};
  EXPECT_EQ(error_of([&] { net.load_state_dict(state); }),
            "load_state_dict: Error(s) in loading state_dict for Net:"
            "\n\tMissing key(s) in state_dict: \"first.calls\", \"layers.0.factor\", "
            "\"layers.0.calls\", \"layers.1.factor\", \"layers.1.calls\". "
            "\n\tUnexpected key(s) in state_dict: \"other\". "
            "\n\tsize mismatch for shift: copying a param with shape torch.Size([3]) from "
            "checkpoint, the shape in current model is torch.Size([2]).");
  EXPECT_EQ(net.first.factor.to_vector<int>()[0], 3) << "nothing is changed by an error";
  EXPECT_THAT(error_of([&] { net.load_state_dict(state, false); }), HasSubstr("size mismatch"));
  const auto result =
      net.load_state_dict({{"first.factor", full({2}, 9.0)}, {"x", full({}, 0.0)}}, false);
  EXPECT_EQ(result.missing_keys.size(), 6);
  EXPECT_THAT(result.unexpected_keys, ElementsAre("x"));
  EXPECT_EQ(net.first.factor.to_vector<int>()[0], 9);
}

TEST(Module, SaysHowKeysDiffer) {
  Net net;
  NamedTensors prefixed, misspelt;
  for (const auto& [name, tensor] : net.state_dict()) {
    prefixed.add("module." + name, tensor);
    misspelt.add(name == "first.factor" ? "first.factr" : name, tensor);
  }
  EXPECT_THAT(error_of([&] { net.load_state_dict(prefixed); }),
              HasSubstr("All keys differ by the prefix \"module.\" of the state_dict"));
  EXPECT_THAT(error_of([&] { net.load_state_dict(misspelt); }),
              HasSubstr("\"first.factr\" may be meant for \"first.factor\""));
}

TEST(Module, ErrorsNameTheModule) {
  Net net;
  const std::string said = error_of([&] { net(full({3}, 1.0)); });
  EXPECT_THAT(said, HasSubstr("module \"first\" of Net"));
  nn::Sequential deep;
  deep.append(nn::Sequential(Net()));
  EXPECT_THAT(error_of([&] { deep(full({3}, 1.0)); }),
              HasSubstr("module \"0.0.first\" of Sequential"));
  Scale alone;
  EXPECT_THAT(error_of([&] { alone(full({3}, 1.0)); }), HasSubstr("; module Scale"));
}

TEST(Module, OpsBelongToTheUsersLine) {
  struct Exp : nn::Module {
    unsigned line = 0;
    Tensor forward(const Tensor& x) override {
      line = std::source_location::current().line() + 1;
      return exp(x);
    }
  };
  nn::Sequential net{Exp()};
  const Tensor x = full({1}, 1.0).requires_grad_();
  EXPECT_EQ(net(x).impl()->node->where.line(), net.at<Exp>(0).line);
}

TEST(Module, HooksSeeAndReplace) {
  Net net;
  int seen = 0;
  auto before = net.first.register_forward_pre_hook(
      [](nn::Module&, std::span<Tensor> inputs) { inputs[0] = inputs[0] * 2; });
  auto after = net.first.register_forward_hook(
      [&](nn::Module& module, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
        EXPECT_EQ(&module, &net.first);
        EXPECT_EQ(inputs[0].to_vector<int>()[0], 2);
        ++seen;
        outputs[0] = outputs[0] + 1;
      });
  EXPECT_THAT(net.first(full({2}, 1.0)).to_vector<int>(), ElementsAre(7, 7));
  before.remove();
  after.remove();
  after.remove();
  EXPECT_THAT(net.first(full({2}, 1.0)).to_vector<int>(), ElementsAre(3, 3));
  EXPECT_EQ(seen, 1);
}

TEST(Module, ModesReachTheWholeTree) {
  Net net;
  net.eval();
  EXPECT_FALSE(net.layers[0].training);
  net.train();
  EXPECT_TRUE(net.layers[0].training);
  net.requires_grad_(false);
  EXPECT_FALSE(net.shift.requires_grad());
  net.requires_grad_();
  sum(net(full({2}, 1.0))).backward();
  EXPECT_TRUE(net.shift.grad());
  net.zero_grad(false);
  EXPECT_EQ(net.shift.grad().to_vector<int>()[0], 0);
  net.zero_grad();
  EXPECT_FALSE(net.shift.grad());
  std::vector<std::string> order;
  net.apply([&](nn::Module& m) { order.push_back(m.name()); });
  EXPECT_THAT(order, ElementsAre("Scale", "Scale", "Scale", "ModuleList", "Net"));
}

TEST(Module, CastsInPlace) {
  Net net;
  const Tensor handle = net.shift;
  sum(net(full({2}, 1.0))).backward();
  net.to(float64);
  EXPECT_EQ(handle.dtype(), float64);
  EXPECT_EQ(handle.grad().dtype(), float64);
  EXPECT_EQ(net.first.calls.dtype(), int64);
  EXPECT_THAT(handle.to_vector<int>(), ElementsAre(1, 1));
  EXPECT_EQ(net(full({2}, 1, float64)).dtype(), float64);
  EXPECT_THAT(error_of([&] { net.to(int32); }), HasSubstr("floating dtypes only"));
}

TEST(Module, PrintsAsPyTorchDoes) {
  Net net;
  EXPECT_EQ(to_string(net),
            "Net(\n"
            "  (first): Scale(2)\n"
            "  (layers): ModuleList(\n"
            "    (0-1): 2 x Scale(2)\n"
            "  )\n"
            ")");
  EXPECT_EQ(to_string(nn::Sequential()), "Sequential()");
}

TEST(Module, RefusesBadRegistrations) {
  struct Bad : nn::Module {
    using nn::Module::Module;
  } bad;
  EXPECT_THAT(error_of([&] { bad.register_parameter("a.b", full({1}, 0.0)); }),
              HasSubstr("can't contain \".\""));
  EXPECT_THAT(error_of([&] { bad.register_buffer("", full({1}, 0.0)); }),
              HasSubstr("empty string"));
  bad.register_parameter("a", full({1}, 0.0));
  EXPECT_THAT(error_of([&] { bad.register_module("a", Scale()); }), HasSubstr("already exists"));
  EXPECT_THAT(error_of([&] { bad.register_parameter("b", bad.parameters()[0] * 2); }),
              HasSubstr("non-leaf"));
  EXPECT_THAT(error_of([&] { bad(full({1}, 0.0)); }), HasSubstr("has no forward"));
  EXPECT_THAT(error_of([&] { bad.get_submodule("x"); }), HasSubstr("no child module \"x\""));
}

TEST(ModuleDict, KeepsOrderAndFindsByName) {
  nn::ModuleDict dict;
  dict.insert("b", Scale());
  dict.insert("a", Net());
  EXPECT_THAT(dict.keys(), ElementsAre("b", "a"));
  EXPECT_TRUE(dict.contains("a"));
  EXPECT_EQ(dict["a"].name(), "Net");
  EXPECT_THAT(error_of([&] { dict["c"]; }), HasSubstr("no child module \"c\""));
}

}  // namespace
}  // namespace tandem
