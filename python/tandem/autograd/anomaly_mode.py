"""Finding the op that made the first NaN."""

from tandem import _C


class set_detect_anomaly:
    """Switches the search on or off, at once; as a scope, until its end."""

    def __init__(self, mode, check_nan=True):
        self._before = _C._set_detect_anomaly(bool(mode) and check_nan)

    def __enter__(self):
        return None

    def __exit__(self, *exception):
        _C._set_detect_anomaly(self._before)


class detect_anomaly:
    """Inside, each op checks its results, and the first NaN is an error that names its line."""

    def __init__(self, check_nan=True):
        self._check = check_nan

    def __enter__(self):
        self._before = _C._set_detect_anomaly(self._check)

    def __exit__(self, *exception):
        _C._set_detect_anomaly(self._before)
