#include "tandem/runtime/tandem.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tandem/runtime/program_file.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/allocations.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

using graph::ParameterKind;
using graph::SymbolicInt;
using graph::Value;
using ::testing::HasSubstr;

/// predict: y = x @ w for x: f32[b, 3]; train_step: w += step.
runtime::ProgramFile file() {
  const SymbolicInt b = SymbolicInt::symbol(0);
  Program predict;
  predict.name = "predict";
  predict.symbols = {"b"};
  const Value x = predict.add_parameter(ParameterKind::input, "x", {DType::f32, {b, 3}});
  const Value w = predict.add_parameter(ParameterKind::state, "w", {DType::f32, {3, 2}});
  const Value y = predict.add_value({DType::f32, {b, 2}});
  predict.instructions.push_back(
      {AnyOp(info_of<Matmul>), {x, w}, {y}, {}, {}, Location::current()});
  predict.outputs.push_back({"y", y});

  Builder train("train_step");
  const Value step = train.input("step", {DType::f32, {}});
  train.update("w", train(Add{}, {train.state("w", {DType::f32, {3, 2}}), step}));

  runtime::ProgramFile f;
  f.programs.programs = {predict, train.program};
  f.state.add("w", full({3, 2}, 1.0, float32));
  f.add_asset("labels", "zero one");
  return f;
}

class TandemC : public ::testing::Test {
 protected:
  void SetUp() override {
    save_program(path, file());
    ok(tandem_model_open_file(path.c_str(), &model));
    ok(tandem_session_create(model, nullptr, &session));
  }
  void TearDown() override {
    tandem_session_close(session);
    tandem_model_close(model);
  }
  static void ok(tandem_status status) { ASSERT_EQ(status, TANDEM_OK) << tandem_error_message(); }

  template <class T>
  static tandem_tensor tensor(tandem_dtype dtype, std::vector<int64_t> shape, std::vector<T>& v) {
    tandem_tensor t{sizeof t, dtype, int32_t(shape.size()), {}, v.data(), v.size() * sizeof(T)};
    std::ranges::copy(shape, t.shape);
    return t;
  }
  std::vector<float> predict(std::vector<float> x) {
    const int64_t b = int64_t(x.size()) / 3;
    std::vector<float> y(std::size_t(2 * b));
    const tandem_tensor in = tensor(TANDEM_F32, {b, 3}, x), out = tensor(TANDEM_F32, {b, 2}, y);
    ok(tandem_session_run(session, "predict", &in, 1, &out, 1));
    return y;
  }
  void train(float by) {
    std::vector<float> step{by};
    const tandem_tensor in = tensor(TANDEM_F32, {}, step);
    ok(tandem_session_run(session, "train_step", &in, 1, nullptr, 0));
  }

  TemporaryFolder folder;
  const std::string path = folder / "model.tandem";
  tandem_model* model = nullptr;
  tandem_session* session = nullptr;
};

TEST_F(TandemC, TellsWhatIsInTheFile) {
  EXPECT_EQ(tandem_abi_version(), uint32_t(TANDEM_ABI_VERSION));
  ASSERT_EQ(tandem_model_program_count(model), 2u);
  EXPECT_STREQ(tandem_model_program_name(model, 0), "predict");
  EXPECT_STREQ(tandem_model_program_name(model, 1), "train_step");
  EXPECT_EQ(tandem_model_program_name(model, 2), nullptr);
  EXPECT_EQ(tandem_model_input_count(model, "predict"), 1u);
  EXPECT_EQ(tandem_model_output_count(model, "train_step"), 0u);
  EXPECT_EQ(tandem_model_output_count(model, "nothing"), 0u);
  tandem_tensor_info info{.size = sizeof info};
  ok(tandem_model_input(model, "predict", 0, &info));
  EXPECT_STREQ(info.name, "x");
  EXPECT_STREQ(info.type, "f32[b, 3]");
  EXPECT_EQ(info.rank, 2);
  EXPECT_EQ(info.shape[0], -1);
  EXPECT_EQ(info.shape[1], 3);
  const void* labels;
  std::size_t bytes;
  ok(tandem_model_asset(model, "labels", &labels, &bytes));
  EXPECT_EQ(std::string_view(static_cast<const char*>(labels), bytes), "zero one");
}

TEST_F(TandemC, RunsAtAnyBatchSize) {
  EXPECT_EQ(predict({1, 2, 3}), (std::vector<float>{6, 6}));
  EXPECT_EQ(predict({1, 2, 3, 4, 5, 6}), (std::vector<float>{6, 6, 15, 15}));
  EXPECT_EQ(predict({}), std::vector<float>());
}

TEST_F(TandemC, BindTellsShapesAndBytes) {
  tandem_tensor in{sizeof in, TANDEM_F32, 2, {5, 3}, nullptr, 0}, out{.size = sizeof out};
  uint64_t required = 0;
  ok(tandem_session_bind(session, "predict", &in, 1, &out, 1, &required));
  EXPECT_EQ(out.dtype, TANDEM_F32);
  EXPECT_EQ(out.rank, 2);
  EXPECT_EQ(out.shape[0], 5);
  EXPECT_EQ(out.shape[1], 2);
  EXPECT_EQ(out.bytes, 40u);
  EXPECT_EQ(required, 60u + 24 + 40);
}

TEST_F(TandemC, TrainsAndKeepsItsState) {
  train(1);
  train(2);
  EXPECT_EQ(predict({1, 0, 0}), (std::vector<float>{4, 4}));
  tandem_tensor w{.size = sizeof w};
  ok(tandem_session_state(session, "w", &w));
  EXPECT_EQ(w.shape[0], 3);
  EXPECT_EQ(static_cast<const float*>(w.data)[5], 4);

  const std::string saved = folder / "trained.tandem";
  ok(tandem_session_state_save(session, saved.c_str()));
  train(10);
  ok(tandem_session_state_load(session, saved.c_str()));
  EXPECT_EQ(predict({1, 0, 0}), (std::vector<float>{4, 4}));

  tandem_model* trained;
  tandem_session* other;
  ok(tandem_model_open_file(saved.c_str(), &trained));
  ok(tandem_session_create(trained, nullptr, &other));
  tandem_model_close(trained);  // the session needs it no more
  std::swap(session, other);
  EXPECT_EQ(predict({1, 0, 0}), (std::vector<float>{4, 4}));
  tandem_session_close(other);
}

TEST_F(TandemC, SessionsHaveAStateEach) {
  tandem_session* other;
  ok(tandem_session_create(model, nullptr, &other));
  train(1);
  std::swap(session, other);
  EXPECT_EQ(predict({1, 0, 0}), (std::vector<float>{1, 1}));
  tandem_session_close(other);
}

TEST_F(TandemC, NothingIsAllocatedAfterTheFirstRun) {
  std::vector<float> x{1, 2, 3}, y(2), step{1};
  const tandem_tensor in = tensor(TANDEM_F32, {1, 3}, x), out = tensor(TANDEM_F32, {1, 2}, y);
  const tandem_tensor by = tensor(TANDEM_F32, {}, step);
  const auto both = [&] {
    return tandem_session_run(session, "predict", &in, 1, &out, 1) == TANDEM_OK &&
           tandem_session_run(session, "train_step", &by, 1, nullptr, 0) == TANDEM_OK;
  };
  ASSERT_TRUE(both());
  const int64_t before = allocations;
  bool all = true;
  for (int i = 0; i < 10; ++i) all &= both();
  EXPECT_EQ(allocations - before, 0);
  EXPECT_TRUE(all);
}

TEST_F(TandemC, OpensMemory) {
  std::string bytes;
  {
    FILE* f = fopen(path.c_str(), "rb");
    ASSERT_TRUE(f);
    char part[4096];
    for (std::size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) bytes.append(part, n);
    fclose(f);
  }
  tandem_model* opened = nullptr;
  ok(tandem_model_open_memory(bytes.data(), bytes.size(), &opened));
  EXPECT_EQ(tandem_model_program_count(opened), 2u);
  tandem_model_close(opened);
  EXPECT_EQ(tandem_model_open_memory(bytes.data(), 100, &opened), TANDEM_ERROR_FORMAT);
}

TEST_F(TandemC, ErrorsSayWhatWasExpected) {
  const auto fails = [](tandem_status status, tandem_status expected, const char* part) {
    EXPECT_EQ(status, expected);
    EXPECT_THAT(tandem_error_message(), HasSubstr(part));
  };
  tandem_model* none = nullptr;
  fails(tandem_model_open_file("/nowhere/model.tandem", &none), TANDEM_ERROR_IO, "/nowhere");
  fails(tandem_model_open_file(nullptr, &none), TANDEM_ERROR_VALUE, "path is NULL");
  EXPECT_EQ(none, nullptr);

  std::vector<float> x(6), y(4);
  tandem_tensor in = tensor(TANDEM_F32, {2, 3}, x), out = tensor(TANDEM_F32, {2, 2}, y);
  const auto run = [&] { return tandem_session_run(session, "predict", &in, 1, &out, 1); };
  fails(tandem_session_run(session, "predcit", &in, 1, &out, 1), TANDEM_ERROR_INDEX, "predcit");
  fails(tandem_session_run(session, nullptr, &in, 1, &out, 1), TANDEM_ERROR_VALUE, "NULL");
  fails(tandem_session_run(session, "predict", &in, 0, &out, 1), TANDEM_ERROR_VALUE,
        "has 1 input, got 0");
  fails(tandem_session_run(session, "predict", &in, 1, &out, 0), TANDEM_ERROR_VALUE,
        "has 1 output, got 0");
  in.shape[1] = 4;
  fails(run(), TANDEM_ERROR_SHAPE, "x: dim 1 must be 3, got 4");
  in = tensor(TANDEM_F64, {2, 3}, x);
  fails(run(), TANDEM_ERROR_DTYPE, "x: expected f32[b, 3]");
  in = tensor(TANDEM_F32, {2, 3}, x);
  in.bytes = 20;
  fails(run(), TANDEM_ERROR_VALUE, "needs 24 bytes, got 20");
  in = tensor(TANDEM_F32, {2, 3}, x);
  in.data = reinterpret_cast<char*>(x.data()) + 1;
  fails(run(), TANDEM_ERROR_VALUE, "not aligned");
  in.data = nullptr;
  fails(run(), TANDEM_ERROR_VALUE, "data is NULL");
  in = tensor(TANDEM_F32, {2, 3}, x);
  in.rank = 99;
  fails(run(), TANDEM_ERROR_SHAPE, "rank must be in 0..12");
  in = tensor(TANDEM_F32, {-1, 3}, x);
  fails(run(), TANDEM_ERROR_SHAPE, "0 or more");
  in = tensor(TANDEM_F32, {2, 3}, x);
  in.size = 8;
  fails(run(), TANDEM_ERROR_VALUE, "size must be");
  in.size = sizeof in;
  out = tensor(TANDEM_F32, {1, 2}, y);
  fails(run(), TANDEM_ERROR_SHAPE, "y: is float32[2, 2], got memory for float32[1, 2]");

  tandem_session* small = nullptr;
  const tandem_session_options options{sizeof options, 0, 50};
  ok(tandem_session_create(model, &options, &small));
  tandem_tensor bound{.size = sizeof bound};
  fails(tandem_session_bind(small, "predict", &in, 1, &bound, 1, nullptr), TANDEM_ERROR_VALUE,
        "the budget is 50 B");
  tandem_session_close(small);
  tandem_session_close(nullptr);
  tandem_model_close(nullptr);
}

TEST_F(TandemC, ClosedHandlesAreFoundToBeClosed) {
  std::vector<float> x(3), y(2);
  const tandem_tensor in = tensor(TANDEM_F32, {1, 3}, x), out = tensor(TANDEM_F32, {1, 2}, y);
  tandem_session* closed = nullptr;
  ok(tandem_session_create(model, nullptr, &closed));
  tandem_session_close(closed);
  tandem_session_close(closed);
  EXPECT_EQ(tandem_session_run(closed, "predict", &in, 1, &out, 1), TANDEM_ERROR_VALUE);
  EXPECT_STREQ(tandem_error_message(), "tandem: session is closed, or never was opened");
  tandem_session* next = nullptr;  // may lie where the closed one lay, but is another one
  ok(tandem_session_create(model, nullptr, &next));
  EXPECT_EQ(tandem_session_run(closed, "predict", &in, 1, &out, 1), TANDEM_ERROR_VALUE);
  tandem_session_close(closed);
  ok(tandem_session_run(next, "predict", &in, 1, &out, 1));
  tandem_session_close(next);

  tandem_model* gone = nullptr;
  ok(tandem_model_open_file(path.c_str(), &gone));
  tandem_model_close(gone);
  tandem_tensor_info info{.size = sizeof info};
  EXPECT_EQ(tandem_model_input(gone, "predict", 0, &info), TANDEM_ERROR_VALUE);
  EXPECT_STREQ(tandem_error_message(), "tandem: model is closed, or never was opened");
  EXPECT_EQ(tandem_model_program_count(gone), 0u);
  EXPECT_EQ(tandem_model_program_name(gone, 0), nullptr);
  EXPECT_EQ(tandem_session_create(gone, nullptr, &closed), TANDEM_ERROR_VALUE);
  EXPECT_EQ(closed, nullptr) << "what failed gives none";
  tandem_model_close(gone);
  EXPECT_EQ(tandem_model_open_file("/nowhere", &gone), TANDEM_ERROR_IO);
  EXPECT_EQ(gone, nullptr);
}

TEST_F(TandemC, ReadsNoMoreTensorsThanTheProgramTakes) {
  std::vector<float> x(3), y(2);
  const auto in = std::make_unique<tandem_tensor>(tensor(TANDEM_F32, {1, 3}, x));
  const tandem_tensor out = tensor(TANDEM_F32, {1, 2}, y);
  EXPECT_EQ(tandem_session_run(session, "predict", in.get(), 2, &out, 1), TANDEM_ERROR_VALUE);
  EXPECT_STREQ(tandem_error_message(), "predict: has 1 input, got 2");
  EXPECT_EQ(tandem_session_run(session, "predict", in.get(), 1, &out, 1000), TANDEM_ERROR_VALUE);
  EXPECT_STREQ(tandem_error_message(), "predict: has 1 output, got 1000");
}

TEST_F(TandemC, OutputsOverInputsAreRefused) {
  std::vector<float> x{1, 2, 3, 4, 5, 6};
  const tandem_tensor in = tensor(TANDEM_F32, {2, 3}, x);
  tandem_tensor out{sizeof out, TANDEM_F32, 2, {2, 2}, x.data() + 2, 16};
  EXPECT_EQ(tandem_session_run(session, "predict", &in, 1, &out, 1), TANDEM_ERROR_VALUE);
  EXPECT_STREQ(tandem_error_message(), "y: its memory overlaps that of 'x'");
  EXPECT_EQ(x, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  std::vector<float> both(10);  // one behind the other
  tandem_tensor front{sizeof front, TANDEM_F32, 2, {2, 3}, both.data(), 40};
  out.data = both.data() + 6;
  ok(tandem_session_run(session, "predict", &front, 1, &out, 1));
}

TEST_F(TandemC, WithoutMemoryItSaysSoAndGoesOn) {
  std::vector<float> x(3), y(2);
  tandem_tensor in = tensor(TANDEM_F32, {1, 3}, x), out = tensor(TANDEM_F32, {1, 2}, y);
  // The product lies in the session's arena: its rows are summed.
  runtime::ProgramFile f = file();
  Program& predict = f.programs.programs[0];
  const Value sums = predict.add_value({DType::f32, {SymbolicInt::symbol(0)}});
  const Sum of_rows{.dim = {1}};
  predict.instructions.push_back({AnyOp(info_of<Sum>, &of_rows),
                                  {predict.outputs[0].value},
                                  {sums},
                                  {},
                                  {},
                                  Location::current()});
  predict.outputs[0].value = sums;
  const std::string sums_path = folder / "sums.tandem";
  save_program(sums_path, f);
  tandem_model* opened = nullptr;
  tandem_session* large = nullptr;
  ok(tandem_model_open_file(sums_path.c_str(), &opened));
  ok(tandem_session_create(opened, nullptr, &large));
  in = tensor(TANDEM_F32, {int64_t{1} << 52, 3}, x);
  EXPECT_EQ(tandem_session_bind(large, "predict", &in, 1, &out, 1, nullptr), TANDEM_ERROR_MEMORY);
  EXPECT_THAT(tandem_error_message(), HasSubstr("cannot allocate"));
  x = {1, 2, 3};
  in = tensor(TANDEM_F32, {1, 3}, x);
  out = tensor(TANDEM_F32, {1}, y);
  ok(tandem_session_run(large, "predict", &in, 1, &out, 1));
  EXPECT_EQ(y[0], 12);
  tandem_session_close(large);
  tandem_model_close(opened);
}

// What each thread sees is a run as if it were alone, a closed session, or an error of its own.
TEST_F(TandemC, ThreadsShareAModelAndASession) {
  std::atomic<int> right = 0, refused = 0, wrong = 0;
  std::atomic<bool> closing = false;
  tandem_session* shared = nullptr;
  ok(tandem_session_create(model, nullptr, &shared));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      tandem_session* own = nullptr;
      if (tandem_session_create(model, nullptr, &own) != TANDEM_OK) ++wrong;
      for (int i = 0; i < 50; ++i)
        for (tandem_session* s : {own, shared}) {
          const int64_t batch = (i + t) % 5 + 1;
          std::vector<float> x(std::size_t(3 * batch), float(t)), y(std::size_t(2 * batch));
          const tandem_tensor in = tensor(TANDEM_F32, {batch, 3}, x);
          const tandem_tensor out = tensor(TANDEM_F32, {batch, 2}, y);
          if (tandem_session_run(s, "predict", &in, 1, &out, 1) != TANDEM_OK)
            ++(s == shared && closing ? refused : wrong);
          else
            ++(y == std::vector<float>(y.size(), 3 * float(t)) ? right : wrong);
          if (tandem_session_run(own, "predict", &in, 1, &out, 2) != TANDEM_ERROR_VALUE ||
              std::string_view(tandem_error_message()) != "predict: has 1 output, got 2")
            ++wrong;
          if (t == 0 && i == 40) {
            closing = true;  // from here on it may be closed
            tandem_session_close(shared);
          }
        }
      tandem_session_close(own);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(right + refused, 400);
  EXPECT_GE(refused, 9);
}

}  // namespace
}  // namespace tandem
