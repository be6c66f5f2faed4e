"""What classes of the module registry have in Python beyond it: other ways to make them, other inputs that they take."""

from .packed_rnn import run
from .parameter import Parameter
from .utils.rnn import PackedSequence


class FromPretrained:
    """Embedding.from_pretrained."""

    __slots__ = ()

    @classmethod
    def from_pretrained(cls, embeddings, freeze=True, padding_idx=None):
        """An Embedding of the given rows."""
        if embeddings.dim() != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        rows, columns = embeddings.shape
        embedding = cls.__new__(cls)
        embedding.__init__(rows, columns, padding_idx=padding_idx)
        embedding.weight = Parameter(embeddings, requires_grad=not freeze)
        return embedding


class PackedInput:
    """Recurrent layers take a PackedSequence and give one back."""

    __slots__ = ()

    def flatten_parameters(self):
        """Weights lie as they are; nothing to do."""

    @property
    def all_weights(self):
        """The weights of each layer and direction."""
        count = (4 if self.bias else 2) + (1 if self.proj_size else 0)
        every = [p for p in self._parameters.values() if p is not None]
        return [every[i : i + count] for i in range(0, len(every), count)]

    def forward(self, input, hx=None):
        if not isinstance(input, PackedSequence):
            return super().forward(input, hx)
        return run(self, input, hx)


additions = {
    "Embedding": (FromPretrained,),
    "LSTM": (PackedInput,),
    "GRU": (PackedInput,),
    "RNN": (PackedInput,),
}
