// What a front end's object that belongs to a tensor is told.
#pragma once

namespace tandem {

/// TensorImpl::python points to a front end's wrapper. Usually the wrapper owns the impl; when the
/// impl outlives it and it has state of its own (attributes, a subclass), the front end keeps the
/// wrapper alive for the impl's sake. Called when such an impl is destroyed, from any thread.
using ReleaseWrapper = void (*)(void* python);
inline constinit ReleaseWrapper release_wrapper = nullptr;

}  // namespace tandem
