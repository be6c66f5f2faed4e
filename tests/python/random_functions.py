"""Random functions of the public API, as Python source, and inputs for them.

``RandomFunction(random)`` draws by a ``random.Random``. Each line is run once as it is drawn, so the function has no
errors on these inputs.
"""

import tandem as torch
import tandem.nn.functional as F

FLOATS = [torch.float32, torch.float64, torch.float16, torch.bfloat16]
INTEGERS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
SIZES = [2, 3, 4, 5, 7, 8, 16, 17, 33]

UNARY = ("relu tanh sigmoid exp abs neg sin cos silu gelu softplus leaky_relu elu hardtanh hardswish hardsigmoid relu6 "
         "mish selu celu softsign logsigmoid tanhshrink softshrink hardshrink erf log1p expm1 square floor ceil round "
         "trunc sign frac sqrt rsqrt reciprocal log atan asinh exp2 erfc isnan isfinite logical_not signbit").split()
BINARY = ["+", "-", "*", "/", "<", "<=", "==", "!=", ">=", ">"]
BINARY_CALLS = ("maximum minimum atan2 fmod remainder hypot logaddexp logical_and logical_or logical_xor copysign fmin "
                "fmax floor_divide pow").split()
MOST = 400_000  # elements of a value
INTEGER_BINARY = ["&", "|", "^", "//", "%"]
IN_PLACE = "relu_ tanh_ sigmoid_ neg_ abs_ mul_ add_ sub_ exp_ zero_ fill_ clamp_ masked_fill_ copy_ index_put div_".split()
REDUCTIONS = "sum mean amax amin prod var std logsumexp norm any all max argmax argmin count_nonzero var_mean nansum median".split()


def _is_float(t):
    return t.dtype in FLOATS


class RandomFunction:
    def __init__(self, random):
        self.random = random
        self.values = {}  # name -> what it is on the first inputs
        self.lines = []
        self.names = 0
        self.scope = {"torch": torch, "F": F, "__name__": "random_function"}
        chance = random.random
        self.large = chance() < 0.06
        self.images = chance() < 0.3
        self.base = self._base()
        self.inputs = []  # (name, recipe)
        for _ in range(random.randint(1, 4)):
            self._add_input(self._related_shape())
        first = random.choice(["f32"] * 6 + ["f64", "f16", "bf16"])
        self.floats = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}[first]
        gradient = chance() < 0.4
        if gradient:
            for name in list(self.values):
                if _is_float(self.values[name]):
                    self._line(f"{name} = {name}.detach().requires_grad_()", name)
            leaves = [n for n, t in self.values.items() if _is_float(t)]
        for _ in range(random.randint(3, 25)):
            self._add_line()
        self.outputs = []
        made = [n for n in self.values if n.startswith("v")] or list(self.values)
        for name in made[-1:] + [random.choice(list(self.values)) for _ in range(random.randint(0, 3))]:
            if name not in self.outputs:
                self.outputs.append(name)
        if gradient and leaves:
            self._add_gradient(leaves)
        self.lines.append(f"return {', '.join(self.outputs)},")

    def source(self):
        return "\n    ".join([f"def f({', '.join(name for name, _ in self.inputs)}):"] + self.lines) + "\n"

    def function(self):
        scope = dict(self.scope)
        exec(compile(self.source(), "<random function>", "exec"), scope)
        return scope["f"]

    def __repr__(self):
        inputs = "\n".join(f"{name} = {recipe}" for name, recipe in self.inputs)
        return f"{inputs}\n{self.source()}"

    # Inputs.

    def _base(self):
        r = self.random
        if self.large:
            return r.choice([(130, 300), (3, 129, 140), (2, 16, 40, 41), (70000,), (300, 130), (2, 3, 100, 101), (1025, 48)])
        if self.images:
            return (r.choice([1, 2, 3]), r.choice([1, 2, 3, 4, 8, 16, 17]), r.choice([1, 4, 5, 7, 9]), r.choice([1, 4, 5, 8, 11]))
        sizes = SIZES + [1] + ([0] if r.random() < 0.05 else [])
        return tuple(r.choice(sizes) for _ in range(r.choice([0, 1, 2, 2, 2, 3, 3, 4, 5])))

    def _related_shape(self):
        """The base, or what broadcasts with it, or a permutation of it."""
        r, base = self.random, list(self.base)
        kind = r.randint(0, 9)
        if kind < 4 or not base:
            return tuple(base)
        if kind < 6:
            return tuple(base[r.randint(0, len(base)):])
        if kind < 9:
            return tuple(1 if r.random() < 0.4 else n for n in base)
        r.shuffle(base)
        return tuple(base)

    def _add_input(self, shape):
        r = self.random
        dtype = r.choice([torch.float32] * 8 + FLOATS + INTEGERS + [torch.bool])
        name = f"x{len(self.inputs)}"
        recipe = InputRecipe(shape, dtype, r.randint(0, 10**6), _strides_kind(r, shape))
        self.inputs.append((name, recipe))
        self.values[name] = recipe.make()

    # Lines.

    def _line(self, source, *names):
        """Runs it and keeps it where that is no error; False where it is."""
        scope = {**self.scope, **self.values}
        try:
            exec(source, scope)
            made = [scope[n] for n in names]
            if any(not isinstance(t, torch.Tensor) or t.numel() > MOST or t.dim() > 8 for t in made):
                return False
        except (RuntimeError, TypeError, ValueError, IndexError, AttributeError):
            return False
        self.values.update(zip(names, made))
        self.lines.append(source)
        return True

    def _new(self, expression):
        self.names += 1
        return self._line(f"v{self.names} = {expression}", f"v{self.names}")

    def _pick(self, test=None):
        names = [n for n, t in self.values.items() if test is None or test(t)]
        if not names:
            return None
        late = names[-5:]
        return self.random.choice(late if self.random.random() < 0.65 else names)

    def _fitting(self, name):
        """One that broadcasts with it, the same shape more often than not."""
        shape = self.values[name].shape

        def broadcasts(t):
            return all(a == b or a == 1 or b == 1 for a, b in zip(reversed(t.shape), reversed(shape)))

        if self.random.random() < 0.4:
            return self._pick(lambda t: t.shape == shape)
        return self._pick(broadcasts)

    def _number(self):
        return repr(self.random.choice([0.5, 2, -1, 0, 1.5, -0.3, 3, 1e-5, True]))

    def _dims(self, t, at_least=1):
        r = self.random
        dims = list(range(t.dim()))
        r.shuffle(dims)
        dims = dims[: r.randint(min(at_least, len(dims)), len(dims))]
        return [d - t.dim() if r.random() < 0.3 else d for d in dims]

    def _add_line(self):
        r = self.random
        kinds = [self._unary] * 5 + [self._binary] * 7 + [self._view] * 6 + [self._reduction] * 3 + [
            self._normal] * 3 + [self._product] * 2 + [self._joined] * 2 + [self._choice] * 2 + [self._indexed] * 2 + [
            self._scan] + [self._cast] * 2 + [self._in_place] * 2 + [self._loss] + [self._misc]
        if self.images:
            kinds += [self._image] * 8
        for _ in range(4):
            if r.choice(kinds)():
                return

    def _unary(self):
        x = self._pick()
        op = self.random.choice(UNARY)
        return self._new(f"F.{op}({x})" if not hasattr(torch, op) or self.random.random() < 0.1 and hasattr(F, op) else
                         f"torch.{op}({x})")

    def _binary(self):
        r = self.random
        x = self._pick()
        y = self._number() if r.random() < 0.25 else self._fitting(x)
        if r.random() < 0.3:
            x, y = y, x
        kind = r.random()
        if kind < 0.75:
            return self._new(f"{x} {r.choice(BINARY[:4] if kind < 0.65 else BINARY)} {y}")
        if kind < 0.85:
            return self._new(f"{x} {r.choice(INTEGER_BINARY)} {y}")
        return self._new(f"torch.{r.choice(BINARY_CALLS)}({x}, {y})")

    def _view(self):
        r = self.random
        x = self._pick(lambda t: t.dim() > 0) or self._pick()
        t = self.values[x]
        n = t.dim()
        dim = r.randint(-n, n - 1) if n else 0
        kind = r.randint(0, 17)
        if kind == 0:
            return self._new(f"{x}.transpose({dim}, {r.randint(-n, max(n - 1, 0))})")
        if kind in (1, 2):
            order = list(range(n))
            r.shuffle(order)
            return self._new(f"{x}.permute({order})")
        if kind in (3, 4, 5):
            parts = []
            for _ in range(r.randint(1, max(n, 1))):
                start = r.choice(["", "", "1", "-2", "0"])
                stop = r.choice(["", "", "", "-1", "3", "100"])
                step = r.choice(["", "", ":2", ":3"])
                parts.append(r.choice([f"{start}:{stop}{step}"] * 6 + ["0", "-1", "None", "..."]))
            if parts.count("...") > 1:
                return False
            return self._new(f"{x}[{', '.join(parts)}]")
        if kind in (6, 7):
            return self._new(f"{x}.flip({self._dims(t)})")
        if kind == 8:
            size = [r.choice([2, 3])] * r.randint(0, 1) + [-1 if s != 1 else r.choice([-1, 1, 3, 5]) for s in t.shape]
            return self._new(f"{x}.expand({size})")
        if kind == 9:
            y = self._pick()
            return self._new(r.choice([f"torch.broadcast_to({x}, {y}.shape)", f"{x}.expand_as({y})"]))
        if kind == 10:
            return self._new(f"{x}.reshape(-1)" if r.random() < 0.4 else f"{x}.flatten({r.randint(0, max(n - 1, 0))})")
        if kind == 11:
            shape = list(t.shape)
            r.shuffle(shape)
            return self._new(f"{x}.reshape({shape})")
        if kind == 12:
            return self._new(f"{x}.unsqueeze({r.randint(-n - 1, n)})")
        if kind == 13:
            return self._new(r.choice([f"{x}.squeeze()", f"{x}.squeeze({dim})"]))
        if kind == 14:
            return self._new(f"{x}.contiguous()" if r.random() < 0.5 else f"{x}.clone()")
        if kind == 15:
            return self._new(r.choice([f"{x}.diagonal()", f"{x}.T", f"{x}.mT", f"torch.diagonal({x}, {r.randint(-1, 1)}, 0, 1)"]))
        if kind == 16:
            return self._new(r.choice([f"{x}.roll({r.randint(-2, 3)}, {dim})", f"{x}.repeat({[r.choice([1, 2])] * n})",
                                       f"{x}.unfold({dim}, 2, 1)", f"{x}.movedim({dim}, 0)", f"torch.rot90({x})",
                                       f"{x}.repeat_interleave(2, {dim})"]))
        return self._new(f"{x}.narrow({dim}, {r.randint(0, 1)}, {r.randint(1, 3)})")

    def _reduction(self):
        r = self.random
        op = r.choice(REDUCTIONS)
        x = self._pick(lambda t: t.dim() > 0) or self._pick()
        t = self.values[x]
        keep = r.choice([True, False])
        if r.random() < 0.15:
            return self._new(f"torch.{op}({x})")
        if op in ("max", "argmax", "argmin", "median"):
            dim = self._dims(t)[0] if t.dim() else 0
            if op in ("max", "median"):
                return self._pair(f"torch.{op}({x}, {dim}, keepdim={keep})")
            return self._new(f"torch.{op}({x}, {dim}, keepdim={keep})")
        if op == "var_mean":
            return self._pair(f"torch.var_mean({x}, {self._dims(t)}, keepdim={keep})")
        if op == "count_nonzero":
            return self._new(f"torch.count_nonzero({x}, {self._dims(t)})")
        dims = self._dims(t)
        if op in ("prod", "any", "all"):
            dims = dims[0] if dims else 0
        if op == "norm":
            return self._new(f"torch.linalg.vector_norm({x}, {r.choice([1, 2, 3, float('inf')])!r}, {dims}, {keep})".replace(
                "inf", "float('inf')"))
        return self._new(f"torch.{op}({x}, dim={dims}, keepdim={keep})")

    def _pair(self, expression):
        self.names += 2
        a, b = f"v{self.names - 1}", f"v{self.names}"
        return self._line(f"{a}, {b} = {expression}", a, b)

    def _normal(self):
        r = self.random
        x = self._pick(lambda t: _is_float(t) and t.dim() > 0)
        if not x:
            return False
        t = self.values[x]
        dim = r.randint(-t.dim(), t.dim() - 1)
        kind = r.randint(0, 7)
        if kind < 3:
            return self._new(f"torch.{r.choice(['softmax', 'log_softmax'])}({x}, {r.choice([dim, -1])})")
        if kind < 5:
            shape = list(t.shape[-r.randint(1, min(2, t.dim())):])
            w = self._pick(lambda u: list(u.shape) == shape and u.dtype == t.dtype)
            if w and r.random() < 0.7:
                return self._new(f"F.layer_norm({x}, {shape}, {w}, {r.choice([w, None])})")
            return self._new(r.choice([f"F.layer_norm({x}, {shape})", f"F.rms_norm({x}, {shape})"]))
        if t.dim() < 2:
            return self._new(f"F.normalize({x}, dim={dim})")
        c = t.shape[1]
        w = self._pick(lambda u: list(u.shape) == [c] and u.dtype == t.dtype)
        if kind == 5:
            return self._new(f"F.group_norm({x}, {r.choice([1, 2, c])}" + (f", {w}, {w})" if w else ")"))
        fresh = lambda one: f"torch.{'ones' if one else 'zeros'}({c}, dtype={x}.dtype)"
        if kind == 6:
            return self._new(f"F.batch_norm({x}, {fresh(0)}, {fresh(1)}, {w}, {w}, training={r.choice([True, False])})")
        return self._new(f"F.batch_norm({x}, {w or fresh(0)}, {fresh(1)} * 2, training=False)")

    def _product(self):
        r = self.random
        x = self._pick(lambda t: _is_float(t) and t.dim() > 0)
        if not x:
            return False
        t = self.values[x]
        y = self._pick(lambda u: u.dtype == t.dtype and u.dim() > 0 and u.shape[-2 if u.dim() > 1 else 0] == t.shape[-1])
        if y and r.random() < 0.5:
            return self._new(f"{x} @ {y}")
        y = self._pick(lambda u: u.dtype == t.dtype and u.dim() > 0 and u.shape[-1] == t.shape[-1])
        if not y:
            return False
        if self.values[y].dim() > 1 and r.random() < 0.6:
            return self._new(f"{x} @ {y}.mT")
        if self.values[y].dim() == 2:
            n = self.values[y].shape[0]
            b = self._pick(lambda u: list(u.shape) == [n] and u.dtype == t.dtype)
            return self._new(f"F.linear({x}, {y}, {b})")
        if r.random() < 0.3:
            return self._new(f"F.scaled_dot_product_attention({x}, {y}, {y}, is_causal={r.choice([True, False])})")
        return self._new(f"torch.tensordot({x}, {y}, dims=([-1], [-1]))")

    def _image(self):
        r = self.random
        x = self._pick(lambda t: t.dim() == 4 and t.dtype in FLOATS)
        if not x:
            return False
        c = self.values[x].shape[1]
        kind = r.randint(0, 11)
        if kind < 5:
            groups = r.choice([1, 1, 1, c, 2])
            out = r.choice([1, 2, 4, 8, 16, 17, c, 2 * c])
            k = r.choice([1, 1, 2, 3, 3, 5])
            if c % groups:
                return False
            out = max(1, out // groups) * groups
            stride, dilation = r.choice([1, 1, 1, 2, 3]), r.choice([1, 1, 1, 2])
            padding = r.choice([0, 0, 1, k // 2])
            seed = r.randint(0, 99)
            self.names += 1
            w, b = f"w{self.names}", f"b{self.names}"
            generator = torch.Generator().manual_seed(seed)
            dtype = self.values[x].dtype
            weight = torch.randn(out, c // groups, k, k, generator=generator).to(dtype)
            if r.random() < 0.2:
                weight = weight.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
            self._constant(w, weight, f"torch.randn({out}, {c // groups}, {k}, {k}), seed {seed}, {dtype}")
            bias = "None"
            if r.random() < 0.6:
                self._constant(b, torch.randn(out, generator=generator).to(dtype), f"torch.randn({out}), then")
                bias = b
            line = f"F.conv2d({x}, {w}, {bias}, {stride}, {padding}, {dilation}, {groups})"
            if not self._new(line):
                return False
            v = f"v{self.names}"
            if r.random() < 0.4:
                fresh = f"torch.ones({out}, dtype={v}.dtype)"
                self._new(f"F.batch_norm({v}, {fresh} * 0.5, {fresh} * 1.5, {b if bias != 'None' else fresh}, {fresh}, "
                          f"training={r.random() < 0.3})")
                v = f"v{self.names}"
            if r.random() < 0.5 and v in self.values:
                self._new(r.choice(["F.relu(%s)", "F.relu6(%s)", "F.silu(%s)", "F.hardtanh(%s, -0.5, 0.25)", "torch.tanh(%s) + 1"])
                          % v)
            return True
        if kind < 9:
            k, s, p = r.choice([1, 2, 3]), r.choice([1, 2, 3]), r.choice([0, 0, 1])
            return self._new(f"F.{r.choice(['max_pool2d', 'avg_pool2d'])}({x}, {k}, {s}, {p})")
        if kind == 9:
            return self._new(f"F.adaptive_avg_pool2d({x}, {r.choice([1, 2])})")
        if kind == 10:
            return self._new(f"F.interpolate({x}, scale_factor=2, mode={r.choice(['nearest', 'bilinear'])!r})")
        return self._new(f"F.pad({x}, ({r.randint(0, 2)}, {r.randint(-1, 1)}, 1, 0), "
                         f"{r.choice(['constant', 'constant', 'reflect', 'replicate'])!r})")

    def _constant(self, name, tensor, text):
        self.scope[name] = tensor
        self.lines.append(f"# {name}: {text}")

    def _joined(self):
        r = self.random
        x = self._pick()
        t = self.values[x]
        if t.dim() and r.random() < 0.25:
            n = t.shape[0]
            return self._pair(f"torch.split({x}, [{n // 2}, {n - n // 2}])" if r.random() < 0.5 else f"{x}.chunk(2, -1)")
        same = self._pick(lambda u: u.shape == t.shape)
        third = self._pick(lambda u: u.shape == t.shape)
        dim = r.randint(-t.dim(), max(t.dim() - 1, 0))
        many = r.choice([f"{x}, {same}", f"{x}, {same}, {third}", x])
        return self._new(f"torch.{r.choice(['cat', 'stack'])}([{many}], {dim})")

    def _choice(self):
        r = self.random
        x = self._pick()
        c = self._pick(lambda t: t.dtype == torch.bool and t.shape == self.values[x].shape)
        c = c if c and r.random() < 0.6 else f"({x} > {self._number()})"
        y = self._number() if r.random() < 0.3 else self._fitting(x)
        kind = r.randint(0, 5)
        if kind < 3:
            return self._new(f"torch.where({c}, {x}, {y})" if r.random() < 0.6 else f"torch.where({c}, {y}, {x})")
        if kind == 3:
            return self._new(f"{x}.masked_fill({c}, {self._number()})")
        if kind == 4:
            return self._new(f"{x}.clamp({r.choice(['-0.5', '0', y])}, {r.choice(['0.7', '1', 'None'])})")
        z = self._fitting(x)
        return self._new(r.choice([f"torch.addcmul({x}, {y}, {z}, value=0.5)", f"torch.lerp({x}, {y}, {z})",
                                   f"torch.lerp({x}, {y}, 0.25)", f"torch.addcdiv({x}, {y}, {z})"]))

    def _indexed(self):
        r = self.random
        x = self._pick(lambda t: t.dim() > 0 and t.numel() > 0)
        if not x:
            return False
        t = self.values[x]
        dim = r.randint(0, t.dim() - 1)
        n = t.shape[dim]
        index = [r.randint(-n, n - 1) for _ in range(r.randint(1, 5))]
        positive = [i % n for i in index]
        kind = r.randint(0, 8)
        if kind == 0:
            return self._new(f"torch.index_select({x}, {dim}, torch.tensor({positive}))")
        if kind == 1:
            prefix = ":, " * dim
            return self._new(f"{x}[{prefix}torch.tensor({index})]")
        if kind == 2:
            return self._new(f"torch.gather({x}, {dim}, ({x}.abs() * 7).nan_to_num(0, 0, 0).clamp(0, {n - 1}).long())")
        if kind == 3:
            return self._new(f"torch.scatter_add({x}, {dim}, torch.zeros_like({x}).long(), {x})")
        if kind == 4:
            return self._new(f"F.embedding(torch.tensor({positive}), {x})")
        if kind == 5:
            return self._new(f"torch.index_add({x}, {dim}, torch.tensor({positive}), "
                             f"torch.index_select({x}, {dim}, torch.tensor({positive[::-1]})))")
        if kind == 6:
            return self._new(f"torch.{r.choice(['tril', 'triu'])}({x}, {r.randint(-1, 1)})")
        if kind == 7:
            rest = t.numel() // max(1, t.shape[0])
            y = self._pick(lambda u: u.dtype in (torch.int64, torch.int32) and u.numel() * rest <= MOST)
            return self._new(f"{x}[{y} % {t.shape[0]}]")
        return self._new(f"{x}.take_along_dim({x}.argsort({dim}), {dim})")

    def _scan(self):
        r = self.random
        x = self._pick(lambda t: t.dim() > 0)
        if not x:
            return False
        dim = r.randint(-self.values[x].dim(), self.values[x].dim() - 1)
        op = r.choice("cumsum cumsum cumprod logcumsumexp cummax sort topk diff".split())
        if op in ("cummax", "sort"):
            return self._pair(f"torch.{op}({x}, {dim})")
        if op == "topk":
            return self._pair(f"torch.topk({x}, {r.randint(1, 2)}, {dim})")
        return self._new(f"torch.{op}({x}, dim={dim})")

    def _cast(self):
        r = self.random
        x = self._pick()
        dtype = r.choice([self.floats] * 3 + [torch.float32] * 2 + FLOATS + INTEGERS[:2] + [torch.bool, torch.uint8, torch.int8])
        return self._new(f"{x}.to({str(dtype).replace('tandem', 'torch')})")

    def _in_place(self):
        r = self.random
        x = self._pick(lambda t: t.numel() > 0)
        if not x:
            return False
        t = self.values[x]
        y = self._fitting(x)
        self.names += 1
        v = f"v{self.names}"
        keep = len(self.lines)
        if not self._line(f"{v} = {x}.clone()", v):
            return False
        target = v
        if t.dim() and r.random() < 0.5:
            target = v + r.choice(["[0]", "[-1:]", "[::2]", "[..., 1:]", "[..., 0]", ".transpose(0, -1)", ".flip(0)", ".T"])
        op = r.choice(IN_PLACE)
        if target != v and r.random() < 0.5 and "[" in target:
            line = f"{target} {r.choice(['=', '+=', '*='])} {r.choice([y, self._number(), target.replace(v, x)])}"
        elif op in ("mul_", "add_", "sub_", "copy_", "div_"):
            line = f"{target}.{op}({r.choice([y, self._number(), target.replace(v, x), x])})"
        elif op == "fill_":
            line = f"{target}.fill_({self._number()})"
        elif op == "clamp_":
            line = f"{target}.clamp_(-0.5, 0.5)"
        elif op == "masked_fill_":
            line = f"{target}.masked_fill_({target} > 0.25, {self._number()})"
        elif op == "index_put":
            line = f"{v}[{v} < 0] = {self._number()}"
        else:
            line = f"{target}.{op}()"
        before = self.values[v].clone()
        if self._line(line, v):
            return True
        self.values[v] = before
        return len(self.lines) > keep

    def _loss(self):
        r = self.random
        x = self._pick(_is_float)
        if not x:
            return False
        t = self.values[x]
        y = self._pick(lambda u: u.shape == t.shape and u.dtype == t.dtype)
        reduction = r.choice(["mean", "sum", "none"])
        kind = r.randint(0, 7)
        if kind < 5:
            op = "mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy_with_logits".split()[kind]
            target = f"{y}.sigmoid()" if kind == 4 else y
            return self._new(f"F.{op}({x}, {target}, reduction={reduction!r})")
        if kind == 5:
            return self._new(f"F.kl_div({x}, {y}.abs(), reduction={reduction!r})")
        if t.dim() < 2 or not t.shape[1]:
            return False
        labels = f"torch.zeros({[t.shape[0], *t.shape[2:]]}, dtype=torch.int64)"
        if r.random() < 0.7 and t.dim() == 2:
            labels = f"torch.tensor({[r.randint(0, t.shape[1] - 1) for _ in range(t.shape[0])]})" if t.shape[0] < 40 else labels
        if kind == 6:
            return self._new(f"F.cross_entropy({x}, {labels}, reduction={reduction!r}, "
                             f"label_smoothing={r.choice([0.0, 0.0, 0.1])})")
        return self._new(f"F.nll_loss({x}, {labels}, reduction={reduction!r})")

    def _misc(self):
        r = self.random
        x = self._pick()
        dim = r.randint(-1, 0)
        y = self._fitting(x)
        return self._new(r.choice([
            f"torch.zeros_like({x})", f"torch.ones_like({x}) * 2", f"torch.full_like({x}, 3)", f"torch.nan_to_num({x})",
            f"torch.einsum('...i,...i->...i', {x}, {y})", f"torch.outer({x}.flatten()[:5], {x}.flatten()[:7])",
            f"F.glu({x}, {dim})", f"F.one_hot({x}.long() % 4, 4)", f"{x}.mean().detach()", f"{x}.detach() + {x}",
            f"torch.isclose({x}, {y})", f"F.cosine_similarity({x}, {y}, {dim})", f"F.prelu({x}, {x}.flatten()[:1])",
            f"torch.arange({x}.shape[0])", f"torch.linspace(0, 1, {x}.shape[-1]) + {x}", f"torch.bmm({x}, {x}.mT)",
            f"torch.cdist({x}, {x})", f"F.softmin({x}, {dim})", f"torch.trapezoid({x})", f"torch.kron({x}, {x}[:1])",
            f"torch.heaviside({x}, {y})", f"F.threshold({x}, 0.1, 2)"]))

    def _add_gradient(self, leaves):
        r = self.random
        loss = self._pick(lambda t: t.requires_grad and t.numel() > 0 and _is_float(t))
        if not loss:
            return
        names = []
        for leaf in leaves:
            names.append(f"g_{leaf}")
        weight = r.choice(["", f" * {loss}.detach()", " * 0.5", ".sigmoid()"])
        source = f"{', '.join(names)}, = torch.autograd.grad(({loss}{weight}).sum(), [{', '.join(leaves)}], allow_unused=True)"
        scope = {**self.scope, **self.values}
        try:
            exec(source, scope)
        except (RuntimeError, TypeError, ValueError):
            return
        self.lines.append(source)
        found = [n for n in names if scope[n] is not None]
        if found and r.random() < 0.15 and self._line_of_gradients(found, scope):
            return
        self.outputs += found

    def _line_of_gradients(self, found, scope):
        """What is done with gradients next: a step."""
        g = found[0]
        leaf = g[2:]
        try:
            exec(f"s = {leaf}.detach() - 0.1 * {g}", scope)
        except RuntimeError:
            return False
        self.lines.append(f"s = {leaf}.detach() - 0.1 * {g}")
        self.outputs.append("s")
        return True


def _strides_kind(r, shape):
    if len(shape) < 1 or r.random() < 0.45:
        return "rows"
    kinds = ["transposed", "transposed", "steps", "gaps", "flipped", "offset", "shuffled"]
    if len(shape) == 4:
        kinds += ["channels_last"] * 4
    kinds.append("expanded")
    return r.choice(kinds)


class InputRecipe:
    """A tensor of random numbers with strides of a kind."""

    def __init__(self, shape, dtype, seed, kind):
        self.shape, self.dtype, self.seed, self.kind = tuple(shape), dtype, seed, kind

    def __repr__(self):
        return f"{self.dtype}{list(self.shape)} {self.kind}, seed {self.seed}"

    def with_kind(self, kind):
        return InputRecipe(self.shape, self.dtype, self.seed, kind)

    def make(self, more=0):
        generator = torch.Generator().manual_seed(self.seed + more)

        def numbers(shape):
            t = torch.randn(*shape, generator=generator) if len(shape) else torch.randn(1, generator=generator)[0]
            if self.dtype == torch.bool:
                return t > 0
            if self.dtype == torch.uint8:
                return (t.abs() * 3).to(self.dtype)
            return (t * 3).to(self.dtype) if self.dtype in INTEGERS else t.to(self.dtype)

        shape, n = list(self.shape), len(self.shape)
        if self.kind == "transposed":
            return numbers(shape[::-1]).permute(list(range(n))[::-1])
        if self.kind == "channels_last" and n == 4:
            return numbers([shape[0], shape[2], shape[3], shape[1]]).permute(0, 3, 1, 2)
        if self.kind == "shuffled":
            order = [(i + 1) % n for i in range(n)]
            return numbers([shape[i] for i in order]).permute([order.index(i) for i in range(n)])
        if self.kind == "steps":
            return numbers(shape[:-1] + [2 * shape[-1]])[..., ::2]
        if self.kind == "gaps":
            return numbers([s + 2 for s in shape])[tuple(slice(1, s + 1) for s in shape)]
        if self.kind == "flipped":
            return numbers(shape).flip(-1)
        if self.kind == "offset":
            return numbers([shape[0] + 1] + shape[1:])[1:]
        if self.kind == "expanded" and n:
            return numbers([1 if i == self.seed % n else s for i, s in enumerate(shape)]).expand(shape)
        return numbers(shape)


KINDS = ["rows", "transposed", "channels_last", "shuffled", "steps", "gaps", "flipped", "offset", "expanded"]
