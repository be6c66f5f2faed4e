"""Sequences of different lengths: padded to one, or packed, all first steps before all second ones."""

from collections import namedtuple

from ... import Tensor, as_tensor, cat, full, int64


class PackedSequence(namedtuple("PackedSequence", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])):
    """data: the steps, [sum of lengths, …]; batch_sizes: how many sequences reach each step."""

    def __new__(cls, data, batch_sizes=None, sorted_indices=None, unsorted_indices=None):
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args, **kwargs):
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else type(self)(data, *self[1:])

    def cpu(self):
        return self.to("cpu")

    def cuda(self, *args, **kwargs):
        return type(self)(self.data.cuda(*args, **kwargs), *self[1:])

    @property
    def is_cuda(self):
        return self.data.is_cuda


def invert_permutation(permutation):
    return None if permutation is None else permutation.argsort()


def _lengths(lengths):
    return as_tensor(lengths, dtype=int64)


def pack_padded_sequence(input, lengths, batch_first=False, enforce_sorted=True):
    """Packs [T, N, …], or [N, T, …] with batch_first. Sequences come by falling length, or are sorted here."""
    lengths = _lengths(lengths)
    if input.shape[0 if batch_first else 1] != lengths.shape[0]:
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {lengths.shape[0]} "
                           f"(batch_size={input.shape[0 if batch_first else 1]})")
    order = None
    if not enforce_sorted:
        lengths, order = lengths.sort(descending=True, stable=True)
        input = input.index_select(0 if batch_first else 1, order)
    sizes = lengths.tolist()
    if any(a < b for a, b in zip(sizes, sizes[1:])):
        raise RuntimeError("`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
                           "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement")
    if sizes[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0")
    if batch_first:
        input = input.transpose(0, 1)
    batch_sizes = [sum(1 for n in sizes if n > t) for t in range(sizes[0])]
    data = cat([input[t, :n] for t, n in enumerate(batch_sizes)])
    return PackedSequence(data, as_tensor(batch_sizes, dtype=int64), order)


def pad_packed_sequence(sequence, batch_first=False, padding_value=0.0, total_length=None):
    """The padded sequences of a packed one, in their first order, and their lengths."""
    sizes = sequence.batch_sizes.tolist()
    steps, batch = len(sizes), sizes[0]
    if total_length is not None:
        if total_length < steps:
            raise ValueError("Expected total_length to be at least the length of the longest sequence in input, but got "
                             f"total_length={total_length} and max sequence length being {steps}")
        steps = total_length
    rest = sequence.data.shape[1:]
    rows = []
    for part in sequence.data.split(sizes):
        missing = batch - part.shape[0]
        rows.append(part if not missing else cat([part, full((missing, *rest), padding_value, dtype=part.dtype)]))
    from ... import stack

    padded = stack(rows)
    if steps > len(sizes):
        padded = cat([padded, full((steps - len(sizes), batch, *rest), padding_value, dtype=padded.dtype)])
    lengths = as_tensor([sum(1 for n in sizes if n > i) for i in range(batch)], dtype=int64)
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices]
    return (padded.transpose(0, 1) if batch_first else padded), lengths


def pad_sequence(sequences, batch_first=False, padding_value=0.0, padding_side="right"):
    """Sequences [L_i, …] of different lengths as one tensor."""
    from ... import stack

    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    sequences = list(sequences)
    longest = max(s.shape[0] for s in sequences)
    rows = []
    for s in sequences:
        if s.shape[0] < longest:
            padding = full((longest - s.shape[0], *s.shape[1:]), padding_value, dtype=s.dtype)
            s = cat([s, padding] if padding_side == "right" else [padding, s])
        rows.append(s)
    return stack(rows, 0 if batch_first else 1)


def unpad_sequence(padded_sequences, lengths, batch_first=False):
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [row[:n] for row, n in zip(padded_sequences, _lengths(lengths).tolist())]


def pack_sequence(sequences, enforce_sorted=True):
    """Packs sequences [L_i, …]."""
    return pack_padded_sequence(pad_sequence(sequences), [s.shape[0] for s in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences):
    return unpad_sequence(*pad_packed_sequence(packed_sequences, batch_first=True), batch_first=True)
