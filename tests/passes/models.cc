#include "tests/passes/models.h"

#include "tandem/cli/digit_net.h"
#include "tandem/graph/check.h"
#include "tandem/graph/interpret.h"
#include "tandem/graph/text.h"
#include "tandem/nn/attention.h"
#include "tandem/nn/normalization.h"
#include "tandem/nn/rnn.h"
#include "tandem/tandem.h"
#include "tandem/trace/control_flow.h"
#include "tandem/trace/trace.h"

namespace tandem {
namespace {

NamedTensors state_of(const nn::Module& module) {
  NamedTensors state = module.named_parameters();
  for (const auto& [name, t] : module.named_buffers()) state.add(name, t);
  return state;
}

/// Gradient descent on the loss.
Tensor train(const std::vector<Tensor>& parameters, const Tensor& loss) {
  const std::vector<Tensor> gradients = grad(loss, parameters);
  NoGrad off;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Tensor parameter = parameters[i];
    parameter.sub_(gradients[i] * 0.1);
  }
  return loss;
}

TracedModel traced(std::string name, const Function& f, const std::vector<InputSpec>& inputs,
                   const NamedTensors& state, NamedTensors example, int batch_dim = 0) {
  Traced t = trace(f, inputs, {.name = name, .state = state});
  const int64_t batch = example.begin()->second.size(batch_dim);
  return {std::move(name), std::move(t.program), std::move(example), std::move(t.state), batch};
}

/// Convolution, batch norm, relu, linear.
struct NormNet : nn::Module {
  Tensor forward(const Tensor& x) override { return fc(flatten(relu(norm(conv(x))), 1)); }
  nn::Conv2d& conv = register_module("conv", nn::Conv2d(1, 4, 3, {.padding = 1}));
  nn::BatchNorm2d& norm = register_module("norm", nn::BatchNorm2d(4));
  nn::Linear& fc = register_module("fc", nn::Linear(4 * 36, 3));
};

}  // namespace

Program TracedModel::bound() const {
  const int64_t sizes[] = {batch};
  return graph::bind(program, sizes);
}

TracedModel digits_predict() {
  manual_seed(1);
  cli::DigitNet net;
  net.eval();
  return traced("predict",
                [&](const Tensor& image) { return softmax(net(unsqueeze(image, 1) / 255.0), 1); },
                {{"image", {dim("b"), 28, 28}, uint8}}, state_of(net),
                {{"image", cast(randint(0, 256, {3, 28, 28}), uint8)}});
}

TracedModel digits_train_step() {
  manual_seed(2);
  cli::DigitNet net;
  return traced("train_step",
                [&](const Tensor& pixels, const Tensor& labels) {
                  return train(net.parameters(), cross_entropy(net(pixels), labels));
                },
                {{"pixels", {dim("b"), 1, 28, 28}}, {"labels", {dim("b")}, int64}}, state_of(net),
                {{"pixels", rand({2, 1, 28, 28})}, {"labels", randint(0, 10, {2})}});
}

TracedModel batch_norm_train_step() {
  manual_seed(3);
  NormNet net;
  return traced("train_step",
                [&](const Tensor& x, const Tensor& labels) {
                  return train(net.parameters(), cross_entropy(net(x), labels));
                },
                {{"x", {dim("b", {.min = 2}), 1, 6, 6}}, {"labels", {dim("b")}, int64}},
                state_of(net), {{"x", randn({4, 1, 6, 6})}, {"labels", randint(0, 3, {4})}});
}

TracedModel transformer_train_step() {
  manual_seed(4);
  nn::TransformerEncoderLayer layer(
      16, 2, {.dim_feedforward = 32, .activation = "gelu", .batch_first = true});
  return traced("train_step",
                [&](const Tensor& x) {
                  return train(layer.parameters(),
                               mse_loss(layer(x, {.is_causal = true}), x * 0.5));
                },
                {{"x", {dim("b"), 5, 16}}}, state_of(layer), {{"x", randn({3, 5, 16})}});
}

TracedModel lstm_train_step() {
  manual_seed(5);
  nn::LSTM lstm(6, 8, {.num_layers = 2, .batch_first = true});
  return traced("train_step",
                [&](const Tensor& x) { return train(lstm.parameters(), mean(square(lstm(x)[0]))); },
                {{"x", {dim("b"), 5, 6}}}, state_of(lstm), {{"x", randn({3, 5, 6})}});
}

TracedModel scan_train_step() {
  manual_seed(6);
  const Tensor w = (randn({4, 4}) * 0.5).requires_grad_(), v = randn({4}).requires_grad_();
  return traced(
      "train_step",
      [&](const Tensor& x) {
        const auto [last, seen] = scan(
            [&](std::span<const Tensor> in) {
              const Tensor h = tanh(matmul(in[0], exp(w) * 0.1) + in[1] * v);
              return std::vector<Tensor>{h, h * 1.0};
            },
            {x[0]}, {x});
        return train({w, v}, sum(square(last[0])) + mean(seen[0]));
      },
      {{"x", {6, dim("b"), 4}}}, {{"w", w}, {"v", v}}, {{"x", randn({6, 3, 4})}}, 1);
}

std::vector<TracedModel> traced_models() {
  std::vector<TracedModel> models;
  for (auto make : {digits_predict, digits_train_step, batch_norm_train_step,
                    transformer_train_step, lstm_train_step, scan_train_step})
    models.push_back(make());
  return models;
}

void expect_same_results(const TracedModel& model, const Program& after) {
  const auto expected = graph::interpret(model.program, model.inputs, model.state);
  const auto found = graph::interpret(after, model.inputs, model.state);
  const auto compare = [](const NamedTensors& a, const NamedTensors& b) {
    ASSERT_EQ(std::distance(a.begin(), a.end()), std::distance(b.begin(), b.end()));
    for (const auto& [name, t] : a) {
      const Tensor x = copy_of(t), y = copy_of(b[name]);
      ASSERT_EQ(x.type(), y.type()) << name;
      EXPECT_EQ(std::memcmp(x.data_ptr(), y.data_ptr(), std::size_t(x.nbytes())), 0) << name;
    }
  };
  compare(expected.outputs, found.outputs);
  compare(expected.updates, found.updates);
}

std::string rewritten(const std::function<Program(Program)>& pass, std::string_view text) {
  const Program after = pass(graph::parse_program(text));
  graph::check(after);
  return graph::print(after, {.locations = false});
}

std::vector<std::string> op_names(const Program& program) {
  std::vector<std::string> names;
  for (const auto& i : program.instructions)
    if (!graph::is_number(i)) names.emplace_back(i.info().name());
  return names;
}

}  // namespace tandem
