"""Batches from samples: tensors and arrays are stacked, numbers become tensors, containers are kept."""

from collections.abc import Mapping, Sequence


def default_convert(data):
    """Arrays as tensors, within containers too; everything else stays."""
    from ... import Tensor, as_tensor

    if isinstance(data, Tensor):
        return data
    if type(data).__module__ == "numpy":
        return data if getattr(getattr(data, "dtype", None), "kind", "S") in "SUO" else as_tensor(data)
    return _within(data, default_convert)


def _within(data, convert):
    if isinstance(data, Mapping):
        return _like(data, {key: convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*(convert(value) for value in data))
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [convert(value) for value in data]
    return data


def _like(first, entries):
    """A mapping of the same type, where that can be made from a dict."""
    try:
        return type(first)(entries)
    except TypeError:
        return entries


def default_collate(batch):
    """A batch of samples that are alike."""
    from ... import Tensor, as_tensor, float64, stack, tensor

    first = batch[0]
    if isinstance(first, Tensor):
        shape = first.shape
        for i, other in enumerate(batch):
            if other.shape != shape:
                raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 "
                                   f"and {list(other.shape)} at entry {i}")
        return stack(tuple(batch), 0)
    if type(first).__module__ == "numpy":
        if getattr(first, "shape", None) == ():
            return as_tensor(batch)
        if first.dtype.kind in "SUO":
            raise TypeError("default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
                            f"found {first.dtype}")
        return default_collate([as_tensor(item) for item in batch])
    if isinstance(first, float):
        return tensor(batch, dtype=float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _like(first, {key: default_collate([sample[key] for sample in batch]) for key in first})
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(column) for column in zip(*batch)))
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch)]
        try:
            return columns if isinstance(first, tuple) else type(first)(columns)
        except TypeError:
            return columns
    raise TypeError("default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
                    f"found {type(first)}")
