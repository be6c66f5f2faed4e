// tandem._C: the module that Python's package stands on.
#include "python/binding/module.h"

#include "python/binding/convert.h"
#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/numpy.h"
#include "python/binding/op_callable.h"
#include "python/binding/size_type.h"
#include "python/binding/tensor_new.h"
#include "python/binding/tensor_text.h"
#include "python/binding/tensor_type.h"
#include "tandem/tandem.h"

NB_MODULE(_C, m) {
  using namespace tandem::python;
  nanobind::set_leak_warnings(false);  // tensors may be alive when the interpreter ends
  tandem::initialize();
  bind_errors(m);
  bind_location(m);
  bind_size(m);
  bind_tensor_type(m);
  bind_dtype(m);
  bind_device(m);
  bind_ops(m);
  bind_tensor_methods(m);
  bind_conversions(m);
  bind_tensor_text(m);
  bind_tensor_new(m);
  bind_numpy(m);
  bind_exchange(m);
  bind_generator(m);
  bind_autograd(m);
  bind_function(m);
  bind_variants(m);
  bind_storage(m);
  bind_runtime(m);
  bind_programs(m);
  bind_compiled(m);
  bind_control_flow(m);
  bind_nn(m);
  bind_init(m);
  bind_optim(m);
  bind_io(m);
  bind_data(m);
}
