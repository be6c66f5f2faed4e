"""Programs: functions that are traced once, read, run, planned, verified, and shipped in one file.

    program = tandem.trace(net, {"image": (tandem.dim("b"), 1, 28, 28)}, name="predict")
    print(program)                       # a person can read it
    program.forecast(b=64)               # its memory, before it runs
    tandem.save_program({"predict": program}, "net.tandem", assets={"labels": b"cat\\ndog\\n"})
    tandem.open("net.tandem").predict(image)
"""

import os
import warnings

from tandem import _C
from tandem._captured import Captured
from tandem._effects import Effects
from tandem._structure import flatten, names_of, unflatten

__all__ = ["Dim", "InputSpec", "Model", "Program", "Recorder", "dim", "forecast", "open", "record", "replay",
           "save_program", "trace", "verify"]

_largest = 2**63 - 1


class Dim:
    """A size that a program leaves open: any from ``min`` to ``max`` that is a multiple of ``multiple_of``. Equal names
    are equal sizes."""

    def __init__(self, name, *, min=1, max=None, multiple_of=1):
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"dim(): expected a name as 'b', got {name!r}")
        self.name, self.min, self.multiple_of = name, min, multiple_of
        self.max = _largest if max is None else max

    def __repr__(self):
        return f"dim({self.name!r})"


def dim(name, *, min=1, max=None, multiple_of=1):
    """A symbolic size for trace(): ``(dim("b"), 28, 28)``."""
    return Dim(name, min=min, max=max, multiple_of=multiple_of)


class InputSpec:
    """An input of a program: its sizes, numbers or dims, and its dtype."""

    def __init__(self, shape, dtype=_C.float32):
        self.shape, self.dtype = tuple(shape), dtype

    def __repr__(self):
        return f"InputSpec({self.shape}, {self.dtype})"

    @staticmethod
    def of(value, name):
        """``(dim("b"), 28)``, ``((dim("b"), 28), torch.uint8)``, an InputSpec, or a tensor of that shape and dtype."""
        if isinstance(value, InputSpec):
            return value
        if isinstance(value, _C.Tensor):
            return InputSpec(value.shape, value.dtype)
        if isinstance(value, (tuple, list)):
            if len(value) == 2 and isinstance(value[1], _C.dtype):
                return InputSpec(value[0], value[1])
            if all(isinstance(size, (int, Dim)) for size in value):
                return InputSpec(value)
        raise TypeError(f"trace(): input '{name}' must be a tuple of sizes and dims, such a tuple and a dtype, or a "
                        f"tensor; got {value!r}")


def trace(f, inputs, *, name=None, state=None):
    """The program that ``f``, a function or a module, is for such inputs: ``{"x": (dim("b"), 28, 28)}``, by name and in
    the order of f's arguments. It is run on tensors that have no values; what it does to modules, optimizers and tensors
    that it captures (see compile) becomes the program's state. A training step is a program like any other.

        step = tandem.trace(train_step, {"x": (dim("b"), 8), "y": ((dim("b"),), torch.int64)})

    Raises an error at the line of ``f`` that asks for a value (``if x.sum() > 0:``), with what to use instead.
    """
    if not isinstance(inputs, dict):
        raise TypeError("trace(): inputs must be a dict of sizes by name, as {'x': (dim('b'), 28, 28)}; got "
                        f"{type(inputs).__name__}")
    captured = Captured(f, state)
    kept = captured.state()
    specs = [(n, *_spec(InputSpec.of(v, n))) for n, v in inputs.items()]
    structure = []

    def traced(*tensors):
        found = []
        with Effects(captured, kept, defers=False) as effects:
            result = f(*tensors)
        structure[:] = [flatten(result, found)]
        lost = effects.problem or (f"leaves a tensor in {effects.kept[0][0].described(effects.kept[0][1])}"
                                   if effects.kept else None)
        if lost:
            warnings.warn(f"trace: the function {lost}, which the program does not: what is to last from call to call "
                          "must be a tensor that is there before, such as a buffer", stacklevel=4)
        return list(zip(names_of(structure[0]), effects.settle(found)))

    label = name or getattr(f, "__name__", type(f).__name__).strip("<>")
    return Program(_C._Programs.trace(traced, specs, kept, label), label, structure[0])


def _spec(spec):
    return list(spec.shape), spec.dtype


class Program:
    """A pure function of its inputs and its state. Call it with tensors; ``print`` shows its text."""

    def __init__(self, programs, name, structure=None):
        self._programs, self.name = programs, name
        self._structure = structure
        self.inputs = tuple(programs.inputs(name))
        self.outputs = tuple(programs.outputs(name))

    def __call__(self, *args, **kwargs):
        if kwargs:
            names = [n for n, _, _ in self.inputs]
            for k in kwargs:
                if k not in names[len(args):]:
                    raise TypeError(f"{self.name}(): no input {k!r}; it takes {', '.join(names)}")
            missing = [n for n in names[len(args):] if n not in kwargs]
            if missing:
                raise TypeError(f"{self.name}(): missing {', '.join(missing)}")
            args = (*args, *(kwargs[n] for n in names[len(args):]))
        args = [a if isinstance(a, _C.Tensor) else self._as_tensor(i, a) for i, a in enumerate(args)]
        results = self._programs.run(self.name, args)
        if self._structure is not None:
            return unflatten(self._structure, iter(results))
        names = [n for n, _, _ in self.outputs]
        if len(names) == 1:
            return results[0]
        if names == [f"result{i}" for i in range(len(names))]:
            return results
        return dict(zip(names, results))

    def _as_tensor(self, index, value):
        try:
            return _C.as_tensor(value)
        except TypeError as error:
            what = _described(self.inputs[index:index + 1]) or f"input {index}"
            raise TypeError(f"{self.name}(): expected a tensor or array as {what}; got {type(value).__name__}") from error

    def text(self, locations=True):
        """The program in the language of docs/ir.md."""
        return self._programs.text(self.name, locations)

    def __str__(self):
        return self.text()

    def __repr__(self):
        return f"<program {self.signature}>"

    @property
    def signature(self):
        """``predict(image: uint8[b, 28, 28]) -> (probs: float32[b, 10])``"""
        return f"{self.name}({_described(self.inputs)}) -> ({_described(self.outputs)})"

    def state(self):
        """The tensors it keeps between calls, by name; shared with the model that it was traced from."""
        every = self._programs.state()
        return {n: every[n] for n in self._programs.state_names(self.name)}

    def _shapes(self, shapes, sizes):
        if shapes:
            return [tuple(s.shape) if isinstance(s, _C.Tensor) else tuple(s) for s in shapes]
        dims = dict.fromkeys(size for _, shape, _ in self.inputs for size in shape if isinstance(size, str))
        for name, size in sizes.items():
            if name not in dims:
                raise TypeError(f"{self.name}: there is no dim {name!r}; its symbolic dims: {', '.join(dims) or 'none'}")
            if not hasattr(size, "__index__") or size < 0:
                raise TypeError(f"{self.name}: the size of {name} must be a whole number, got {size!r}")
        missing = [name for name in dims if name not in sizes]
        if missing:
            example = ", ".join(f"{name}={sizes.get(name, 64)}" for name in dims)
            raise TypeError(f"{self.name}: give a size for {' and '.join(missing)}, as forecast({example})")
        return [tuple(sizes[s] if isinstance(s, str) else s for s in shape) for _, shape, _ in self.inputs]

    def forecast(self, *shapes, budget=None, **sizes):
        """How much memory a call takes, before it runs: ``forecast(b=64)``, or with a shape for each input. With a
        ``budget``, in bytes or as ``"512MB"``, that of a plan that computes values twice as far as it takes to fit, or a
        ValueError that names what needs most."""
        return Forecast(self._programs.forecast(self.name, self._shapes(shapes, sizes), budget))

    def plan(self, *shapes, **sizes):
        """The flat list of kernel calls and where their memory lies, as text."""
        return self._programs.plan(self.name, self._shapes(shapes, sizes))

    def verify(self, *, size=3, seed=0):
        """Eager against compiled, with each number of threads; see tandem.verify."""
        return Verdicts([v for v in self._programs.verify({}, size, seed) if v["program"] == self.name])

    def save(self, path, *, assets=None, metadata=None):
        save_program(self, path, assets=assets, metadata=metadata)


def _described(values):
    return ", ".join(f"{n}: {str(d).split('.')[-1]}[{', '.join(map(str, shape))}]" for n, shape, d in values)


class Forecast:
    """Bytes that a call takes: ``arena`` for what it computes, ``packed`` weights, ``state``, ``inputs``, ``outputs``,
    ``constants``, ``total``. ``tensors`` are those held when most is: (name, type, line, bytes), the largest first;
    ``lines`` the (line, bytes) of the arena. ``print`` shows what needs most."""

    def __init__(self, found):
        self._text = found.pop("text")
        self.__dict__.update(found)

    def __str__(self):
        return self._text

    def __repr__(self):
        return f"Forecast(total={self.total}, arena={self.arena})"


class Verdicts(list):
    """One for each way of running each program. True where all passed."""

    def __bool__(self):
        return all(v["passed"] for v in self)

    def __str__(self):
        lines = []
        for v in self:
            how = "the same bits" if v["ulps"] == 0 else f"within {v['relative']:.3g} of the largest, {v['ulps']} ulps"
            lines.append(f"{'ok  ' if v['passed'] else 'FAIL'} {v['program']}: {v['how']}: "
                         f"{how if v['passed'] else v['first_difference']}")
        return "\n".join(lines)

    __repr__ = __str__


class Model:
    """What is in a program file: ``model.predict(x)``, or ``model["predict"]``. ``model.save(path)`` writes the file with
    the state as it is now, so training goes on from file to file."""

    def __init__(self, programs):
        self._programs = programs
        self.programs = programs.names

    def __getitem__(self, name):
        if name not in self.programs:
            raise KeyError(f"there is no program {name!r}; there are {', '.join(self.programs)}")
        return self.__dict__.setdefault("_program " + name, Program(self._programs, name))

    def __getattr__(self, name):
        if not name.startswith("_") and name in self.__dict__.get("programs", ()):
            return self[name]
        raise AttributeError(f"the file has no program {name!r}; it has {', '.join(self.__dict__.get('programs', ()))}")

    def __dir__(self):
        return [*super().__dir__(), *self.programs]

    def state_dict(self):
        """Every tensor that the file keeps, by name; aliases."""
        return self._programs.state()

    @property
    def assets(self):
        """Labels, tables, a tokenizer: bytes by name."""
        return self._programs.assets()

    @property
    def metadata(self):
        return self._programs.metadata()

    def verify(self, *, size=3, seed=0):
        return Verdicts(self._programs.verify({}, size, seed))

    def save(self, path):
        self._programs.save(os.fspath(path), {}, {})

    def __repr__(self):
        return "\n".join(["Model("] + [f"  {self[n].signature}" for n in self.programs] + [")"])


def save_program(programs, path, *, assets=None, metadata=None):
    """Writes a program, or several by name, with their state, into one file, atomically. ``assets`` are bytes or text by
    name. The file is valid safetensors; docs/program-file.md specifies it."""
    if isinstance(programs, Program):
        programs = {programs.name: programs}
    if isinstance(programs, Model):
        if assets or metadata:
            raise TypeError("save_program(): a Model keeps the assets and metadata of its file; to give others, pass its "
                            "programs by name: {name: model[name] for name in model.programs}")
        return programs.save(path)
    if not programs:
        raise TypeError("save_program(): give at least one program")
    file = _C._Programs()
    for name, program in programs.items():
        if not isinstance(program, Program):
            raise TypeError(f"save_program(): '{name}' must be a Program, as trace() gives, not "
                            f"{type(program).__name__}")
        file.add(program._programs, program.name, name)
    encoded = {}
    for name, asset in (assets or {}).items():
        if not isinstance(asset, (str, bytes, bytearray, memoryview)):
            raise TypeError(f"save_program(): asset {name!r} must be bytes or text, not {type(asset).__name__}; what has "
                            "structure is text as json.dumps() makes it")
        encoded[name] = asset.encode() if isinstance(asset, str) else bytes(asset)
    file.save(os.fspath(path), encoded, {k: str(v) for k, v in (metadata or {}).items()})


def open(path, *, verify_hashes=True, pack_weights=False):
    """A program file, every byte of it checked. Nothing in it is executed but its programs.

    ``pack_weights`` lays out the weights of products once instead of in every call: small batches run up to three times
    as fast and give the same bits, for memory that ``forecast()`` counts. For inference; weights that a program of the
    file updates are left as they are, and what NumPy writes into the others is not noticed.

        model = tandem.open("digits.tandem", pack_weights=True)
        probabilities = model.predict(images)
    """
    return Model(_C._Programs.load(os.fspath(path), verify_hashes, pack_weights))


def verify(what, *, size=3, seed=0):
    """Runs every program of a file, a Model or a Program eagerly and compiled, with each number of threads, and compares
    bits. The verdicts are true where all passed; `tandem verify FILE` also runs every SIMD target of the machine."""
    return (what if isinstance(what, (Model, Program)) else open(what)).verify(size=size, seed=seed)


def forecast(what, *shapes, program=None, budget=None, **sizes):
    """The memory that a program takes: of a Program, or of one of a file's programs."""
    if not isinstance(what, Program):
        model = what if isinstance(what, Model) else open(what)
        if program is None and len(model.programs) > 1:
            raise TypeError(f"forecast(): choose one of the programs: program={model.programs[0]!r}")
        what = model[program or model.programs[0]]
    return what.forecast(*shapes, budget=budget, **sizes)


class Recorder:
    """Calls a program and keeps its last steps; see record()."""

    def __init__(self, program, steps, path):
        self._program, self._path = program, path
        self._core = _C._StepRecorder(program._programs, program.name, steps)

    def __call__(self, *args):
        results = self._core.run(*args)
        if self._path is not None and self._core.is_broken:
            self.save(self._path)
            raise FloatingPointError(f"{self._program.name}: step {self._core.count - 1} gave a NaN or an infinity; the "
                                     f"steps up to it are in {str(self._path)!r}: print(tandem.replay(...))")
        if self._program._structure is not None:
            return unflatten(self._program._structure, iter(results))
        return results[0] if len(results) == 1 else results

    @property
    def is_broken(self):
        return self._core.is_broken

    def save(self, path):
        """The steps kept, in a file for replay()."""
        self._core.save(os.fspath(path))


def record(program, path=None, *, steps=8):
    """A function as ``program`` that keeps what its last steps took in and the state before them. With a ``path`` they
    are written, and FloatingPointError raised, when a result is NaN or infinite.

        step = tandem.record(step, "steps.tandem")
    """
    return Recorder(program, steps, path)


def replay(path, step=None):
    """Runs recorded steps again and, op by op, the first that gives a NaN or an infinity (or ``step``). Gives a report
    that names the op, its source line and the values around it."""
    programs, name, first, steps = _C._load_recording(os.fspath(path))
    lines = []
    for i, (inputs, outputs) in enumerate(steps):
        before = {k: v.clone() for k, v in programs.state().items()}
        results = programs.run(name, [inputs[n] for n, _, _ in programs.inputs(name)])
        same = all(_same(r, outputs[n]) for r, (n, _, _) in zip(results, programs.outputs(name)))
        finite = all(bool(t.isfinite().all()) for t in (*results, *programs.state().values())
                     if t.is_floating_point())
        lines.append(f"step {first + i}: {'finite' if finite else 'NaN or infinite'}, "
                     f"{'the bits that were recorded' if same else 'other bits than were recorded'}")
        if finite if step is None else first + i != step:
            continue
        found = programs.first_non_finite(name, inputs, before)
        lines.append(found or "no op gives a NaN or an infinity that it did not read")
        break
    return "\n".join(lines)


def _same(a, b):
    """One type and the same bits: 0 is not -0, and a NaN is itself."""
    return a.dtype == b.dtype and a.shape == b.shape and _C.equal(_bits(a), _bits(b))


def _bits(t):
    return t.detach().contiguous().reshape(-1).view(_C.uint8)
