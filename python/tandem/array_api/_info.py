"""What this implementation has."""

from tandem import _C

from ._dtypes import kinds, of_name


class Info:
    """What __array_namespace_info__() gives."""

    def capabilities(self):
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 12}

    def default_device(self):
        return _C.device("cpu")

    def default_dtypes(self, *, device=None):
        """There are no complex dtypes."""
        return {"real floating": _C.float32, "integral": _C.int64, "indexing": _C.int64}

    def dtypes(self, *, device=None, kind=None):
        """By name, those that the standard names and that exist here: no uint16, uint32, uint64, complex64, complex128."""
        if kind is None:
            return dict(of_name)
        found = {}
        for k in kind if isinstance(kind, tuple) else (kind,):
            if k not in kinds:
                raise _C.ArgumentError(f"dtypes: there is no kind {k!r}; expected one of {', '.join(kinds)}")
            found.update((n, d) for n, d in of_name.items() if d in kinds[k])
        return found

    def devices(self):
        return (_C.device("cpu"),)


def __array_namespace_info__():
    """The dtypes, devices and abilities of this namespace."""
    return Info()
