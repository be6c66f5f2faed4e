"""The version, as text that also compares as a version."""

from tandem import _C


def _numbers(text):
    release = str(text).split("+")[0]
    parts = []
    for part in release.split("."):
        digits = ""
        for letter in part:
            if not letter.isdigit():
                break
            digits += letter
        parts.append(int(digits or 0))
    return tuple(parts)


class TandemVersion(str):
    """"2.15.0+tandem": the PyTorch release that programs may expect. Compares by number."""

    def _pair(self, other):
        other = ".".join(map(str, other)) if isinstance(other, tuple) else other
        a, b = _numbers(self), _numbers(other)
        n = max(len(a), len(b))
        return a + (0,) * (n - len(a)), b + (0,) * (n - len(b))

    def __lt__(self, other):
        a, b = self._pair(other)
        return a < b

    def __le__(self, other):
        a, b = self._pair(other)
        return a <= b

    def __gt__(self, other):
        a, b = self._pair(other)
        return a > b

    def __ge__(self, other):
        a, b = self._pair(other)
        return a >= b

    def __eq__(self, other):
        return str.__eq__(self, other)

    __hash__ = str.__hash__


#: Tandem's own version.
tandem_version = _C._version
__version__ = TandemVersion("2.15.0+tandem")
