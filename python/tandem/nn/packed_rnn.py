"""Recurrent layers over packed sequences: stretches of steps that as many sequences reach, one after the other."""

from .. import cat, dropout, zeros
from .._C import _nn as _registry
from .utils.rnn import PackedSequence


def _stretches(batch_sizes):
    """[(sequences, steps)]"""
    runs = []
    for n in batch_sizes:
        if runs and runs[-1][0] == n:
            runs[-1][1] += 1
        else:
            runs.append([n, 1])
    return runs


class _Layer:
    """One layer in one direction, as a core of its own that takes its weights from here."""

    def __init__(self, module, layer, direction, input_size):
        options = {name: getattr(module, name) for name in module._options}
        options.update(input_size=input_size, num_layers=1, batch_first=False, dropout=0.0, bidirectional=False)
        self.core = _registry.Core.make(module._core_name, options, False)
        suffix = f"_l{layer}" + ("_reverse" if direction else "")
        words = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", *(("weight_hr",) if module.proj_size else ()))
        self._parameters = {word + "_l0": getattr(module, word + suffix, None) for word in words}
        self._buffers, self._modules, self.training = {}, {}, module.training

    def __call__(self, x, state):
        output, state = self.core(self, x, state)
        return output, state if isinstance(state, tuple) else (state,)


def _one_direction(layer, data, runs, states, backwards):
    """Runs along the stretches. ``states``: tensors [1, N, H]. Gives the data's outputs and the last states."""
    count = len(states)
    parts, outputs, at = [], [], 0
    for n, steps in runs:
        parts.append(data[at : at + n * steps].reshape(steps, n, -1))
        at += n * steps
    final = [[] for _ in range(count)]
    current = None
    order = list(range(len(runs)))
    if backwards:
        order.reverse()
    for index in order:
        n = runs[index][0]
        have = 0 if current is None else current[0].shape[1]
        if current is None:
            current = [s[:, :n] for s in states]
        elif have > n:  # sequences that end here leave with their states
            for keep, s in zip(final, current):
                keep.append(s[:, n:])
            current = [s[:, :n] for s in current]
        elif have < n:  # backwards: those that begin here
            current = [cat([s, first[:, have:n]], 1) for s, first in zip(current, states)]
        part = parts[index].flip(0) if backwards else parts[index]
        given = tuple(s.contiguous() for s in current)
        output, current = layer(part, given if count > 1 else given[0])
        current = list(current)
        outputs.append((index, output.flip(0) if backwards else output))
    for keep, s in zip(final, current):
        keep.append(s)
    outputs = [o.reshape(-1, o.shape[-1]) for _, o in sorted(outputs, key=lambda pair: pair[0])]
    return cat(outputs), [cat(list(reversed(keep)), 1) for keep in final]


def run(module, packed, hx):
    """What module(packed, hx) gives: a PackedSequence and the last state, in the order of the sequences."""
    lstm = module._core_name == "LSTM"
    directions = 2 if module.bidirectional else 1
    sizes = packed.batch_sizes.tolist()
    runs, batch = _stretches(sizes), sizes[0]
    if hx is None:
        sizes_of_states = [module.proj_size or module.hidden_size, module.hidden_size][: 2 if lstm else 1]
        states = [zeros(module.num_layers * directions, batch, size, dtype=packed.data.dtype) for size in sizes_of_states]
    else:
        states = list(hx) if lstm else [hx]
        if packed.sorted_indices is not None:
            states = [s.index_select(1, packed.sorted_indices) for s in states]
    data, last = packed.data, [[] for _ in states]
    for number in range(module.num_layers):
        outputs = []
        for direction in range(directions):
            layer = _Layer(module, number, direction, data.shape[-1])
            at = number * directions + direction
            output, final = _one_direction(layer, data, runs, [s[at : at + 1] for s in states], direction == 1)
            outputs.append(output)
            for keep, s in zip(last, final):
                keep.append(s)
        data = outputs[0] if directions == 1 else cat(outputs, -1)
        if module.dropout and number + 1 < module.num_layers:
            data = dropout(data, module.dropout, module.training)
    last = [cat(keep) for keep in last]
    if packed.unsorted_indices is not None:
        last = [s.index_select(1, packed.unsorted_indices) for s in last]
    state = tuple(last) if lstm else last[0]
    return PackedSequence(data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices), state
