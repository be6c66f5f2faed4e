// What each file of the binding adds to the module.
#pragma once
#include "python/binding/python.h"

namespace tandem::python {

void bind_exchange(nb::module_& m);      // DLPack, pickle, copy
void bind_generator(nb::module_& m);     // random numbers
void bind_autograd(nb::module_& m);      // modes, backward, hooks
void bind_function(nb::module_& m);      // autograd.Function
void bind_variants(nb::module_& m);      // functions that are no ops
void bind_storage(nb::module_& m);       // untyped_storage()
void bind_runtime(nb::module_& m);       // threads, targets, versions
void bind_programs(nb::module_& m);      // traced programs and their files
void bind_compiled(nb::module_& m);      // compile
void bind_control_flow(nb::module_& m);  // cond, while_loop, scan
void bind_nn(nb::module_& m);            // nn: modules from their registry
void bind_init(nb::module_& m);          // init: initial values of parameters
void bind_optim(nb::module_& m);         // optim: optimizers and schedules from their registry
void bind_io(nb::module_& m);            // io: files of tensors
void bind_data(nb::module_& m);          // data: data files and where they are found

}  // namespace tandem::python
