// tandem.Generator and everything that draws from one.
#include <nanobind/stl/optional.h>

#include <random>

#include "python/binding/define_method.h"
#include "python/binding/factory.h"
#include "python/binding/location.h"
#include "python/binding/tensor_caster.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/ops/random.h"

namespace tandem::python {
namespace {

using namespace nb::literals;

/// A seed may be negative, or have any of 64 bits set.
uint64_t seed_of(nb::handle seed) {
  Ref whole = Ref::steal(PyNumber_Index(seed.ptr()));
  if (!whole) raise_argument("manual_seed", "seed", "int", seed.ptr());
  const unsigned long long bits = PyLong_AsUnsignedLongLongMask(whole.get());
  if (PyErr_Occurred()) nb::raise_python_error();
  return bits;
}
uint64_t fresh_seed(Generator& g) {
  std::random_device device;
  const uint64_t seed = (uint64_t(device()) << 32 | device()) >> 11;  // PyTorch's 53 bits
  g.manual_seed(seed);
  return seed;
}

/// rand, randn: a function of the size.
template <class Draw>
void define_drawn(nb::module_& m, const char* name, Draw draw, const char* doc) {
  m.def(
      name,
      [name, draw](nb::args size, Generator* generator, std::optional<DType> dtype, nb::object,
                   OnCpu, bool requires_grad, bool, nb::object named) {
        Dims shape;
        if (named.is_none())
          shape = sizes_of(name, size);
        else if (!to_dims(named.ptr(), shape))
          raise_argument(name, "size", "ints", named.ptr());
        return with_grad(draw(shape, dtype.value_or(DType::f32), generator, python_line()),
                         requires_grad);
      },
      "sizes"_a, nb::kw_only(), "generator"_a = nb::none(), "dtype"_a = nb::none(),
      "layout"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false,
      "pin_memory"_a = false, "size"_a = nb::none(), doc);
}

/// rand_like, randn_like
template <class Draw>
void define_drawn_like(nb::module_& m, const char* name, Draw draw, const char* doc) {
  m.def(
      name,
      [draw](const Tensor& t, std::optional<DType> dtype, nb::object, OnCpu, bool requires_grad,
             nb::object, Generator* generator) {
        return with_grad(draw(t.shape(), dtype.value_or(t.dtype()), generator, python_line()),
                         requires_grad);
      },
      "input"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false, "memory_format"_a = nb::none(),
      "generator"_a = nb::none(), doc);
}

/// randint(high, size), randint(low, high, size)
Tensor draw_integers(nb::args args, nb::object low, nb::object high, nb::object size,
                     Generator* generator, std::optional<DType> dtype, nb::object, OnCpu,
                     bool requires_grad, bool) {
  std::vector<nb::object> given;
  for (nb::handle a : args) given.push_back(nb::borrow(a));
  const auto next = [&](nb::object& to) {
    if (!to.is_none() || given.empty()) return;
    to = given.front();
    given.erase(given.begin());
  };
  // With a size by position, or by name, what comes first is low only if there are two.
  const std::size_t numbers = given.size() - (size.is_none() && !given.empty() ? 1 : 0);
  if (numbers == 2 || (numbers == 1 && !high.is_none() && low.is_none())) next(low);
  next(high);
  next(size);
  int64_t from = 0, to = 0;
  Dims shape;
  if (!given.empty() || high.is_none() || size.is_none())
    raise_type_error(
        "randint(): it takes randint(low=0, high, size, *, generator=None, dtype=None, "
        "device=None, requires_grad=False)");
  if (!low.is_none() && !to_integer(low.ptr(), from))
    raise_argument("randint", "low", "int", low.ptr());
  if (!to_integer(high.ptr(), to)) raise_argument("randint", "high", "int", high.ptr());
  if (!PySequence_Check(size.ptr()) || !to_dims(size.ptr(), shape))
    raise_argument("randint", "size", "a tuple of ints", size.ptr());
  return with_grad(randint(from, to, shape, dtype.value_or(DType::i64), generator, python_line()),
                   requires_grad);
}

Tensor draw_normal(nb::object mean, nb::object std, nb::object size, Generator* generator,
                   std::optional<DType> dtype, OnCpu, bool requires_grad) {
  const Location where = python_line();
  double m = 0, s = 1;
  const bool mean_is = is_tensor(mean.ptr()), std_is = is_tensor(std.ptr());
  if (!mean_is && !to_number(mean.ptr(), m))
    raise_argument("normal", "mean", "float or Tensor", mean.ptr());
  if (!std_is && !to_number(std.ptr(), s))
    raise_argument("normal", "std", "float or Tensor", std.ptr());
  if (!mean_is && !std_is) {
    Dims shape;
    if (size.is_none())
      raise_type_error("normal(): two numbers need a size: normal(0.0, 1.0, (2, 3))");
    if (!to_dims(size.ptr(), shape)) raise_argument("normal", "size", "ints", size.ptr());
    return with_grad(normal(m, s, shape, dtype.value_or(DType::f32), generator, where),
                     requires_grad);
  }
  const Tensor& like = tensor_of(mean_is ? mean.ptr() : std.ptr());
  const Tensor a = mean_is ? tensor_of(mean.ptr()) : full({}, m, like.dtype());
  const Tensor b = std_is ? tensor_of(std.ptr()) : full({}, s, like.dtype());
  return normal({a, where}, {b, where}, generator);
}

void define_in_place() {
  define_method(
      "uniform_",
      [](nb::object self, double from, double to, Generator* g) {
        tensor_of_mutable(self.ptr()).uniform_(from, to, g, python_line());
        return self;
      },
      "from"_a = 0.0, "to"_a = 1.0, nb::kw_only(), "generator"_a = nb::none(),
      "Fills with numbers uniform in [from, to).");
  define_method(
      "normal_",
      [](nb::object self, double mean, double std, Generator* g) {
        tensor_of_mutable(self.ptr()).normal_(mean, std, g, python_line());
        return self;
      },
      "mean"_a = 0.0, "std"_a = 1.0, nb::kw_only(), "generator"_a = nb::none(),
      "Fills with normally distributed numbers.");
  define_method(
      "exponential_",
      [](nb::object self, double lambd, Generator* g) {
        tensor_of_mutable(self.ptr()).exponential_(lambd, g, python_line());
        return self;
      },
      "lambd"_a = 1.0, nb::kw_only(), "generator"_a = nb::none(),
      "Fills with exponentially distributed numbers.");
  define_method(
      "bernoulli_",
      [](nb::object self, nb::object p, Generator* g) {
        Tensor& t = tensor_of_mutable(self.ptr());
        const Location where = python_line();
        double number;
        if (is_tensor(p.ptr()))
          t.copy_(bernoulli({expand(tensor_of(p.ptr()), t.shape()), where}, g), where);
        else if (to_number(p.ptr(), number))
          t.bernoulli_(number, g, where);
        else
          raise_argument("bernoulli_", "p", "float or Tensor", p.ptr());
        return self;
      },
      "p"_a = 0.5, nb::kw_only(), "generator"_a = nb::none(), "Fills with 1 with probability p.");
  define_method(
      "random_",
      [](nb::object self, std::optional<int64_t> from, std::optional<int64_t> to, Generator* g) {
        Tensor& t = tensor_of_mutable(self.ptr());
        if (!from)
          t.random_(g, python_line());
        else
          t.random_(to ? *from : 0, to ? *to : *from, g, python_line());
        return self;
      },
      "from"_a = nb::none(), "to"_a = nb::none(), nb::kw_only(), "generator"_a = nb::none(),
      "Fills with integers: all that the dtype holds, below `from`, or in [from, to).");
  define_method(
      "bernoulli",
      [](const Tensor& t, std::optional<double> p, Generator* g) {
        const Arg input(t, python_line());
        return p ? bernoulli(input, *p, g) : bernoulli(input, g);
      },
      "p"_a = nb::none(), nb::kw_only(), "generator"_a = nb::none());
  define_method(
      "multinomial",
      [](const Tensor& t, int64_t num_samples, bool replacement, Generator* g) {
        return multinomial({t, python_line()}, num_samples, replacement, g);
      },
      "num_samples"_a, "replacement"_a = false, nb::kw_only(), "generator"_a = nb::none());
}

}  // namespace

void bind_generator(nb::module_& m) {
  nb::class_<Generator>(m, "Generator", "A stream of random numbers.")
      .def(
          "__init__", [](Generator* self, OnCpu) { new (self) Generator(); },
          "device"_a = nb::none())
      .def(
          "manual_seed",
          [](nb::object self, nb::handle seed) {
            nb::cast<Generator&>(self).manual_seed(seed_of(seed));
            return self;
          },
          "seed"_a, "Starts anew from a seed.")
      .def("seed", fresh_seed, "Starts anew from a seed of the system's, and returns it.")
      .def("initial_seed", &Generator::initial_seed)
      .def("get_state", &Generator::get_state)
      .def(
          "set_state",
          [](nb::object self, const Tensor& state) {
            nb::cast<Generator&>(self).set_state(state);
            return self;
          },
          "new_state"_a)
      .def_prop_ro("device", [](const Generator&) { return Device{}; })
      .def("__reduce__", [](const Generator& g) {
        return nb::make_tuple(nb::module_::import_("tandem._pickle").attr("generator_with_state"),
                              nb::make_tuple(g.get_state()));
      });
  Generator* process = &default_generator();
  m.attr("default_generator") = nb::cast(process, nb::rv_policy::reference);
  m.def(
      "manual_seed",
      [](nb::handle seed) {
        Generator& generator = default_generator();  // a worker's own, in a worker
        generator.manual_seed(seed_of(seed));
        return &generator;
      },
      nb::rv_policy::reference, "seed"_a, "Seeds the default generator.");
  m.def(
      "seed", [] { return fresh_seed(default_generator()); },
      "Seeds the default generator from the system, and returns the seed.");
  m.def("initial_seed", [] { return default_generator().initial_seed(); });
  m.def(
      "get_rng_state", [] { return default_generator().get_state(); },
      "Everything that the next random numbers depend on.");
  m.def(
      "set_rng_state", [](const Tensor& state) { default_generator().set_state(state); },
      "new_state"_a);

  define_drawn(m, "rand", rand, "Uniform in [0, 1).");
  define_drawn(m, "randn", randn, "Normally distributed: mean 0, standard deviation 1.");
  define_drawn_like(m, "rand_like", rand, "rand() of a tensor's shape and dtype.");
  define_drawn_like(m, "randn_like", randn, "randn() of a tensor's shape and dtype.");
  m.def("randint", draw_integers, "args"_a, nb::kw_only(), "low"_a = nb::none(),
        "high"_a = nb::none(), "size"_a = nb::none(), "generator"_a = nb::none(),
        "dtype"_a = nb::none(), "layout"_a = nb::none(), "device"_a = nb::none(),
        "requires_grad"_a = false, "pin_memory"_a = false, "Integers in [low, high).");
  m.def(
      "randint_like",
      [](const Tensor& t, int64_t low, std::optional<int64_t> high, std::optional<DType> dtype,
         OnCpu) {
        return randint(high ? low : 0, high ? *high : low, t.shape(), dtype.value_or(t.dtype()),
                       nullptr, python_line());
      },
      "input"_a, "low"_a, "high"_a = nb::none(), nb::kw_only(), "dtype"_a = nb::none(),
      "device"_a = nb::none(), "Integers in [low, high), or below `low`, of a tensor's shape.");
  m.def(
      "randperm",
      [](int64_t n, Generator* g, DType dtype, nb::object, OnCpu, bool grad, bool) {
        return with_grad(randperm(n, dtype, g, python_line()), grad);
      },
      "n"_a, nb::kw_only(), "generator"_a = nb::none(), "dtype"_a = DType::i64,
      "layout"_a = nb::none(), "device"_a = nb::none(), "requires_grad"_a = false,
      "pin_memory"_a = false, "0..n-1 in random order.");
  m.def("normal", draw_normal, "mean"_a = 0.0, "std"_a = 1.0, "size"_a = nb::none(), nb::kw_only(),
        "generator"_a = nb::none(), "dtype"_a = nb::none(), "device"_a = nb::none(),
        "requires_grad"_a = false, "mean + std * N(0, 1).");
  m.def(
      "bernoulli",
      [](const Tensor& t, std::optional<double> p, Generator* g) {
        const Arg input(t, python_line());
        return p ? bernoulli(input, *p, g) : bernoulli(input, g);
      },
      "input"_a, "p"_a = nb::none(), nb::kw_only(), "generator"_a = nb::none(),
      "1 with the probability that stands in input, or p.");
  m.def(
      "multinomial",
      [](const Tensor& t, int64_t num_samples, bool replacement, Generator* g) {
        return multinomial({t, python_line()}, num_samples, replacement, g);
      },
      "input"_a, "num_samples"_a, "replacement"_a = false, nb::kw_only(),
      "generator"_a = nb::none(), "Indices drawn in proportion to the weights of each row.");
  m.def(
      "dropout",
      [](const Tensor& t, double p, bool train, Generator* g) {
        return dropout({t, python_line()}, p, train, g);
      },
      "input"_a, "p"_a, "train"_a, nb::kw_only(), "generator"_a = nb::none(),
      "While training, zeroes elements with probability p and divides the rest by 1 - p.");
  define_in_place();
}

}  // namespace tandem::python
