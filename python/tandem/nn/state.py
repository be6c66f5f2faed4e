"""state_dict() and load_state_dict() of modules: PyTorch's keys, order, version numbers and error texts."""

from collections import OrderedDict, namedtuple

from .. import Tensor, no_grad
from .changes import changes


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    __slots__ = ()

    def __repr__(self):
        return super().__repr__() if self.missing_keys or self.unexpected_keys else "<All keys matched successfully>"

    __str__ = __repr__


class _Problems(list):
    """The messages of one load, and the copies to make when there are none: a failed load changes nothing."""

    def __init__(self):
        super().__init__()
        self.copies = []


class State:
    """What Module does to save and load its tensors."""

    __slots__ = ()
    _version = 1

    def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
        """Parameters and persistent buffers as detached aliases: they share memory with the module."""
        if args:
            destination = args[0] if destination is None else destination
            prefix = args[1] if len(args) > 1 and prefix == "" else prefix
            keep_vars = args[2] if len(args) > 2 else keep_vars
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._state_dict_pre_hooks.run_list():
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, child in self._modules.items():
            if child is not None:
                child.state_dict(destination=destination, prefix=prefix + name + ".", keep_vars=keep_vars)
        for hook in self._state_dict_hooks.run_list():
            replaced = hook(self, destination, prefix, metadata)
            if replaced is not None:
                destination = replaced
        return destination

    def _own_state(self):
        """Names and tensors of this module alone that are saved."""
        transient = self._non_persistent_buffers_set
        yield from ((n, p) for n, p in self._parameters.items() if p is not None)
        yield from ((n, b) for n, b in self._buffers.items() if b is not None and n not in transient)

    def _save_to_state_dict(self, destination, prefix, keep_vars):
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if type(self).get_extra_state is not State.get_extra_state:
            destination[prefix + "_extra_state"] = self.get_extra_state()

    def get_extra_state(self):
        """State beyond tensors; a class that has some defines this and set_extra_state."""
        raise RuntimeError("Reached a code path in Module.get_extra_state() that should never be called.")

    def set_extra_state(self, state):
        raise RuntimeError("Reached a code path in Module.set_extra_state() that should never be called.")

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Copies values in, or with ``assign`` takes the tensors themselves. Every key that does not fit is named
        at once; after an error nothing was changed."""
        if not isinstance(state_dict, dict) and not hasattr(state_dict, "items"):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing, unexpected, problems = [], [], _Problems()
        metadata = getattr(state_dict, "_metadata", None)
        # Modules that PyTorch compiled are saved under a name in between.
        state_dict = OrderedDict((key.replace("_orig_mod.", ""), value) for key, value in state_dict.items())
        if metadata is not None:
            metadata = {key.replace("_orig_mod.", "").removesuffix("_orig_mod"): value for key, value in metadata.items()}
        if metadata is not None:
            state_dict._metadata = metadata

        def load(module, local, prefix):
            local_metadata = {} if metadata is None else dict(metadata.get(prefix[:-1], {}))
            if assign:
                local_metadata["assign_to_params_buffers"] = True
            module._load_from_state_dict(local, prefix, local_metadata, True, missing, unexpected, problems)
            for name, child in module._modules.items():
                if child is not None:
                    below = prefix + name + "."
                    load(child, {k: v for k, v in local.items() if k.startswith(below)}, below)
            keys = _IncompatibleKeys(missing, unexpected)
            for hook in module._load_state_dict_post_hooks.run_list():
                if hook(module, keys) is not None:
                    raise RuntimeError("Hooks registered with ``register_load_state_dict_post_hook`` are not expected "
                                       "to return new values, if incompatible_keys need to be modified, it should be "
                                       "done inplace.")

        load(self, state_dict, "")
        texts = list(problems)
        if strict:
            if unexpected:
                texts.insert(0, "Unexpected key(s) in state_dict: {}. ".format(_quoted(unexpected)))
            if missing:
                texts.insert(0, "Missing key(s) in state_dict: {}. ".format(_quoted(missing)))
        if texts:
            raise RuntimeError(
                "Error(s) in loading state_dict for {}:\n\t{}".format(type(self).__name__, "\n\t".join(texts))
                + (_hint(missing, unexpected) if strict else "")
            )
        with no_grad():
            for copy in problems.copies:
                copy()
        return _IncompatibleKeys(missing, unexpected)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs):
        for hook in self._load_state_dict_pre_hooks.run_list():
            hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        own = dict(self._own_state())
        for name, tensor in own.items():
            key = prefix + name
            if key not in state_dict:
                if strict:
                    missing_keys.append(key)
                continue
            value = state_dict[key]
            if not isinstance(value, Tensor):
                error_msgs.append(f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like '
                                  f"object from checkpoint but received {type(value)}")
                continue
            if _is_lazy(tensor):
                self._copy(error_msgs, lambda t=tensor, v=value: (t.materialize(v.shape), t.copy_(v)))
                continue
            if tuple(value.shape) != tuple(tensor.shape):
                if not tensor.dim() and tuple(value.shape) == (1,):  # checkpoints of the time before 0-d tensors
                    value = value[0]
                else:
                    error_msgs.append(f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
                                      f"the shape in current model is {tensor.shape}.")
                    continue
            if assign:
                self._copy(error_msgs, lambda n=name, t=tensor, v=value: self._assign(n, t, v))
            else:
                self._copy(error_msgs, lambda t=tensor, v=value: t.copy_(v))
        extra = prefix + "_extra_state"
        if type(self).set_extra_state is not State.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    first = key[len(prefix):].split(".", 1)
                    known = first[0] in self._modules and len(first) > 1 or first[0] in own and len(first) == 1
                    if not known:
                        unexpected_keys.append(key)

    @staticmethod
    def _copy(error_msgs, copy):
        if isinstance(error_msgs, _Problems):
            error_msgs.copies.append(copy)
        else:  # a module's own loading calls this with a list of its own
            with no_grad():
                copy()

    def _assign(self, name, tensor, value):
        from .parameter import Parameter

        changes[0] += 1
        if name in self._parameters:
            value = value if isinstance(value, Parameter) else Parameter(value, requires_grad=tensor.requires_grad)
            self._parameters[name] = value
        else:
            self._buffers[name] = value

    def register_state_dict_pre_hook(self, hook):
        return self._state_dict_pre_hooks.add(hook)

    def register_state_dict_post_hook(self, hook):
        return self._state_dict_hooks.add(hook)

    _register_state_dict_hook = register_state_dict_post_hook

    def register_load_state_dict_pre_hook(self, hook):
        return self._load_state_dict_pre_hooks.add(lambda *args: hook(self, *args))

    def _register_load_state_dict_pre_hook(self, hook, with_module=False):
        return self.register_load_state_dict_pre_hook(hook) if with_module else self._load_state_dict_pre_hooks.add(hook)

    def register_load_state_dict_post_hook(self, hook):
        return self._load_state_dict_post_hooks.add(hook)


def _is_lazy(tensor):
    from .parameter import UninitializedParameter

    return isinstance(tensor, UninitializedParameter)


def _quoted(keys):
    return ", ".join(f'"{key}"' for key in keys)


def _common_prefix(longer, shorter):
    """"module." where every one of ``longer`` is one of ``shorter`` with that in front, or ""."""
    if len(longer) != len(shorter) or not longer or not longer[0].endswith(shorter[0]):
        return ""
    prefix = longer[0][: len(longer[0]) - len(shorter[0])]
    return prefix if all(a == prefix + b for a, b in zip(longer, shorter)) else ""


def _hint(missing, unexpected):
    """How to mend keys that do not match, as far as that can be seen."""
    if prefix := _common_prefix(unexpected, missing):
        return f'\n\tAll keys differ by the prefix "{prefix}" of the state_dict: take it off.'
    if prefix := _common_prefix(missing, unexpected):
        return f'\n\tAll keys differ by the prefix "{prefix}", which the state_dict lacks.'
    if not (missing and unexpected):
        return ""
    import difflib

    near = ((key, difflib.get_close_matches(key, unexpected, 1)) for key in missing)
    return "".join(f'\n\t"{found[0]}" may be meant for "{key}".' for key, found in near if found)
