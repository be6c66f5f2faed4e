"""progress(): how far a loop is. In a terminal a bar, in a notebook an HTML one; where output is piped, one line when the
loop ends.

    for x, y in tandem.progress(loader, "epoch 1", loss=lambda: loss):
        ...
"""

import sys
import time

from tandem._C import Tensor

_open = []  # bars that are running, the innermost last


def _duration(seconds):
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _value(value):
    if isinstance(value, Tensor) or callable(value):
        try:
            value = value.item() if isinstance(value, Tensor) else _value(value())
        except NameError:  # what the callable reads is not there before the first step
            return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _in_notebook():
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class progress:
    """Wraps an iterable; its elements come as they are. Keywords are shown behind the bar: numbers, tensors of one
    element and functions without arguments, which are asked each time.

        bar = tandem.progress(loader, "epoch 1")
        for x, y in bar:
            bar.set(loss=step(x, y))

    ``total`` is how many there will be, if ``len(iterable)`` does not say. With no iterable, call update(). The words
    of tqdm are understood: set_description, set_postfix, update, close, write, disable, leave.
    """

    def __init__(self, iterable=None, desc=None, total=None, *, leave=True, disable=False, file=None, mininterval=0.1,
                 **values):
        if iterable is not None and not hasattr(iterable, "__iter__") and not hasattr(iterable, "__getitem__"):
            raise TypeError(f"progress(): expected something to iterate over, got {type(iterable).__name__}; for a "
                            "number of steps, range(n), or total=n and update()")
        if total is None and hasattr(iterable, "__len__"):
            total = len(iterable)
        self.iterable, self.desc, self.total = iterable, desc, total
        self.leave, self.disable, self.mininterval = leave, disable, mininterval
        self.n, self.values, self._start = 0, values, time.perf_counter()
        self._file = file or sys.stderr
        self._drawn, self._closed, self._display = 0.0, False, None
        self._how = self._ends_once
        if disable:
            self._closed = True
            return
        if file is None and _in_notebook():
            self._how = self._as_html
        elif getattr(self._file, "isatty", lambda: False)():
            self._how = self._in_terminal
        _open.append(self)
        self._draw()

    def __len__(self):
        return self.total

    def __iter__(self):
        if self.disable:
            yield from self.iterable
            return
        if self._closed:  # iterated again
            self.__init__(self.iterable, self.desc, self.total, leave=self.leave, file=self._file,
                          mininterval=self.mininterval, **self.values)
        try:
            for element in self.iterable:
                yield element
                self.update()
        finally:
            self.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def update(self, n=1):
        """So many more are done."""
        self.n += n
        if not self._closed and time.perf_counter() - self._drawn >= self.mininterval:
            self._draw()

    def set(self, **values):
        """What is shown behind the bar."""
        self.values.update(values)

    def set_postfix(self, ordered_dict=None, refresh=True, **values):
        self.values.update(ordered_dict or {}, **values)

    def set_description(self, desc=None, refresh=True):
        self.desc = desc

    def refresh(self):
        """Draws it now."""
        if not self._closed:
            self._draw()

    def close(self):
        """The last state stays, unless leave=False."""
        if self._closed:
            return
        self._draw(last=True)
        self._closed = True
        if self in _open:
            _open.remove(self)

    @staticmethod
    def write(text, file=None):
        """Prints a line without tearing the bar."""
        for bar in _open[-1:]:
            if bar._how == bar._in_terminal:
                bar._file.write("\r\x1b[K")
        print(text, file=file)
        for bar in _open[-1:]:
            bar.refresh()

    def _draw(self, last=False):
        self._drawn = time.perf_counter()
        if last or _open and _open[-1] is self:
            self._how(last)

    def _facts(self, last):
        """What is said besides the bar: counts, speed, time, values."""
        elapsed = time.perf_counter() - self._start
        rate = self.n / elapsed if elapsed > 0 else 0.0
        facts = [f"{self.n}/{self.total}" if self.total is not None else str(self.n)]
        if self.n:
            facts.append(f"{rate:.3g} it/s" if rate >= 1 else f"{1 / rate:.3g} s/it")
        if last or not self.total or not self.n:
            facts.append(_duration(elapsed))
        else:
            facts.append(f"{_duration((self.total - self.n) / rate)} left")
        return facts + [f"{name} {_value(value)}" for name, value in self.values.items()]

    def _share(self):
        return min(self.n / self.total, 1.0) if self.total else float(bool(self.total == 0))

    def _in_terminal(self, last):
        import shutil

        encoding = getattr(self._file, "encoding", None) or "ascii"
        full, empty = ("━", "╌") if encoding.lower().startswith("utf") else ("#", "-")
        head = f"{self.desc} " if self.desc else ""
        tail = " ".join(self._facts(last))
        if self.total is not None:
            done = round(24 * self._share())
            head += f"{full * done}{empty * (24 - done)} {self._share():4.0%} "
        line = (head + tail)[:shutil.get_terminal_size().columns - 1]
        end = "" if not last else "\n" if self.leave else "\r\x1b[K"
        self._file.write(f"\r\x1b[K{line}{end}")
        self._file.flush()

    def _ends_once(self, last):
        if last and self.leave:
            head = f"{self.desc}: " if self.desc else ""
            print(head + ", ".join(self._facts(last)), file=self._file, flush=True)

    def _as_html(self, last):
        from IPython.display import HTML, display

        import html

        bar = (f'<progress value="{self.n}" max="{max(self.total, 1)}" style="width:16em;vertical-align:middle"></progress> '
               if self.total is not None else "")
        text = " · ".join(self._facts(last))
        picture = HTML(f"<div>{html.escape(str(self.desc or ''))} {bar}<small>{html.escape(text)}</small></div>")
        if self._display is None:
            self._display = display(picture, display_id=True)
        elif last and not self.leave:
            self._display.update(HTML(""))
        else:
            self._display.update(picture)
