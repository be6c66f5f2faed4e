"""What PyTorch programs write, evaluated by PyTorch and by Tandem: the same text, or an error of the
same kind. Runs where PyTorch is installed."""

import warnings

import pytest

import tandem

torch = pytest.importorskip("torch")

EXPRESSIONS = """
t.tensor([1, 2.5]) ; t.tensor([[1, 2], [3, 4]]) ; t.tensor(True) ; t.tensor([]) ; t.tensor(3, dtype=t.float64)
t.zeros(2, 3) ; t.ones((2,), dtype=t.int32) ; t.full((2, 2), 7) ; t.full((2,), 1.5) ; t.full((2,), True)
t.arange(5) ; t.arange(1, 4) ; t.arange(0, 1, 0.25) ; t.arange(3.) ; t.arange(5, 0, -2) ; t.eye(3) ; t.eye(2, 3)
t.linspace(0, 1, 5) ; t.logspace(0, 2, 3) ; t.zeros_like(t.ones(2, dtype=t.int8)) ; t.ones(2).new_zeros(3)
t.arange(6).view(2, 3).t() ; t.arange(6).reshape(3, -1) ; t.arange(24).reshape(2, 3, 4).permute(2, 0, 1).shape
t.arange(4).unsqueeze(0).shape ; t.zeros(1, 2, 1).squeeze().shape ; t.zeros(1, 2, 1).squeeze(0).shape
t.zeros(2, 3).expand(4, 2, 3).shape ; t.arange(3).repeat(2, 2) ; t.arange(3).flip(0) ; t.arange(6).roll(2)
t.arange(3) + 1.5 ; t.arange(3) / 2 ; t.arange(-3, 3) // 2 ; t.arange(-3, 3) % 2 ; t.arange(3) ** 2 ; 2 ** t.arange(3)
t.arange(3) * t.tensor(1.5) ; t.ones(2, dtype=t.half) + 1.5 ; t.ones(2, dtype=t.half) + t.ones(2) ; -t.arange(3)
t.tensor([True, False]) + True ; t.tensor([True]) & t.tensor([False]) ; ~t.tensor([True, False]) ; t.arange(4) & 1
t.arange(3) > 1 ; t.arange(3) == 1 ; t.arange(3) != t.tensor([0, 5, 2]) ; 1 < t.arange(3) ; t.arange(3) << 2
t.tensor([1., 2]).sum() ; t.ones(2, 3).sum(0) ; t.ones(2, 3).sum((0, 1)) ; t.ones(2, 3).mean(1, keepdim=True)
t.arange(3).sum() ; t.tensor([True, True]).sum() ; t.arange(6).view(2, 3).max() ; t.arange(6).view(2, 3).max(1).values
t.arange(6).view(2, 3).argmax() ; t.arange(6).view(2, 3).argmax(1) ; t.arange(6.).view(2, 3).std() ; t.arange(6.).var(unbiased=False)
t.arange(6).view(2, 3).cumsum(1) ; t.arange(1, 4).prod() ; t.arange(4).bool().any() ; t.arange(4).bool().all()
t.tensor([3, 1, 2]).sort().values ; t.tensor([3, 1, 2]).argsort(descending=True) ; t.tensor([3., 1, 2]).topk(2).indices
t.tensor([1., 2, 3]).softmax(0) ; t.tensor([1., 2]).log_softmax(-1) ; t.tensor([-1., 1]).relu() ; t.tensor([-1., 1]).sigmoid()
t.tensor([0.5]).exp() ; t.tensor([4, 9]).sqrt() ; t.tensor([-1.5, 2.5, 0.5]).round() ; t.tensor([-1.5]).abs() ; t.tensor([2.]).rsqrt()
t.tensor([-1., 0, 3]).clamp(0, 2) ; t.tensor([-1., 0, 3]).clamp(min=0) ; t.tensor([1., 2]).pow(2) ; t.tensor([1., 2]).square()
t.cat([t.ones(1, 2), t.zeros(1, 2)]) ; t.cat((t.ones(1, 2), t.zeros(1, 2)), dim=1) ; t.stack([t.arange(2), t.arange(2)], 1)
[x.shape for x in t.arange(5).chunk(2)] ; [x.tolist() for x in t.arange(5).split([2, 3])] ; [x.tolist() for x in t.arange(5).split(2)]
t.meshgrid(t.arange(2), t.arange(3), indexing='ij')[0] ; t.where(t.tensor([True, False]), 1., 2.) ; t.where(t.arange(3) > 0, t.arange(3), -1)
t.arange(3).unbind() ; t.nonzero(t.tensor([0, 1, 2])) ; t.tensor([[0, 1], [2, 0]]).nonzero(as_tuple=True) ; t.arange(12).view(3, 4)[:, 1]
t.arange(12).view(3, 4)[1] ; t.arange(12).view(3, 4)[-1, ::2] ; t.arange(12).view(3, 4)[[0, 2]] ; t.arange(12).view(3, 4)[..., None].shape
t.arange(12).view(3, 4)[t.arange(12).view(3, 4) > 5] ; t.arange(12).view(3, 4)[[0, 1], [1, 2]] ; t.arange(3)[t.tensor(1)] ; t.arange(3)[None]
t.arange(24).view(2, 3, 4)[[0, 1], :, [1, 2]].shape ; t.arange(24).view(2, 3, 4)[:, [0, 1], [1, 2]].shape ; t.arange(3)[True] ; t.arange(3)[...]
t.ones(2, 3) @ t.ones(3, 2) ; t.ones(3) @ t.ones(3) ; t.ones(2, 2, 3) @ t.ones(3) ; t.einsum('ij,jk->ik', t.ones(2, 2), t.ones(2, 2)) ; t.ones(2, 2).mm(t.eye(2))
t.bmm(t.ones(2, 1, 2), t.ones(2, 2, 1)) ; t.outer(t.arange(2), t.arange(3)) ; t.ones(3).dot(t.ones(3)) ; t.tensordot(t.ones(2, 3), t.ones(3, 2), 1)
t.triu(t.ones(3, 3)) ; t.ones(2, 2).tril(-1) ; t.diag(t.arange(3)) ; t.arange(9).view(3, 3).diagonal() ; t.trace(t.ones(2, 2))
t.ones(2, 3).gather(1, t.tensor([[0], [1]])) ; t.zeros(2, 2).scatter(1, t.tensor([[0], [1]]), 1.) ; t.zeros(3).scatter_add(0, t.tensor([0, 0]), t.ones(2))
t.zeros(2).masked_fill(t.tensor([True, False]), 5) ; t.arange(4).masked_select(t.arange(4) > 1) ; t.arange(6).view(2, 3).index_select(1, t.tensor([0, 2]))
t.tensor([3, 1, 3]).unique() ; t.bincount(t.tensor([0, 2, 2])) ; t.repeat_interleave(t.tensor([1, 2]), 2) ; t.arange(4).flatten() ; t.zeros(2, 3, 4).flatten(1).shape
t.tensor([float('nan'), 1]).isnan() ; t.tensor([1e10, 1e-10]) ; t.tensor([1.5, float('inf')]) ; t.tensor(1.23456789) ; t.tensor([0.00001, 1])
t.arange(1100) ; t.zeros(0, 3) ; t.tensor([[[1., 2]]]) ; t.tensor([1, 2], dtype=t.uint8) ; t.tensor([1.], dtype=t.bfloat16) ; t.tensor(5) ; t.tensor(-2.0)
t.ones(2, requires_grad=True) ; t.ones(2, requires_grad=True) * 2 ; (t.ones(2, requires_grad=True) * 2).sum() ; t.ones(2, requires_grad=True).exp().mean()
t.ones(2).size() ; t.ones(2, 3).shape[1] ; t.Size([1, 2]) ; t.ones(2, 3).stride() ; t.ones(2).dtype ; t.ones(2).device ; t.ones(2).type() ; t.float16
t.ones(2, 3).T.is_contiguous() ; t.ones(1).item() ; t.arange(3).tolist() ; int(t.tensor(3.7)) ; float(t.tensor(2)) ; bool(t.tensor([0])) ; len(t.ones(3, 2)) ; 3 in t.arange(4)
t.ones(2).numpy().dtype.name ; t.from_numpy(np.arange(3)) ; t.as_tensor([1, 2]) ; t.tensor(np.float64(2)) ; t.tensor([np.float32(1)]) ; t.tensor(np.ones(2)) ; t.tensor(np.int32(3)).dtype
t.allclose(t.ones(2), t.ones(2)) ; t.equal(t.ones(2), t.ones(2)) ; t.is_tensor(t.ones(1)) ; t.numel(t.ones(2, 3)) ; t.promote_types(t.int32, t.float16) ; t.can_cast(t.float32, t.int32)
t.result_type(t.arange(2), 1.5) ; t.finfo(t.float16).max ; t.iinfo(t.int16).min ; t.norm(t.ones(4)) ; t.ones(2, 2).norm(dim=1) ; t.clip(t.arange(3), 1, 2) ; t.lerp(t.zeros(1), t.ones(1), 0.3)
t.max(t.arange(3), t.tensor([2, 0, 1])) ; t.logsumexp(t.zeros(3), 0) ; t.cumprod(t.arange(1, 4), 0) ; t.isclose(t.ones(1), t.ones(1)) ; t.kthvalue(t.tensor([3., 1, 2]), 2).values
t.floor_divide(t.tensor([-3]), 2) ; t.remainder(t.tensor([-3]), 2) ; t.fmod(t.tensor([-3]), 2) ; t.true_divide(t.tensor([1]), 2) ; t.add(1, t.ones(1), alpha=2) if 0 else 0 ; t.add(t.ones(1), t.ones(1), alpha=2)
t.quantile(t.arange(5.), 0.3) ; t.diff(t.tensor([1, 4, 9])) ; t.histc(t.tensor([1., 2, 1]), 4, 0, 3) ; t.cov(t.tensor([[0., 1, 2], [2, 1, 0]])) ; t.cdist(t.zeros(1, 2), t.ones(2, 2)) ; t.mode(t.tensor([1, 2, 2])).values
t.block_diag(t.ones(1, 1), t.ones(1, 2)) ; t.cartesian_prod(t.arange(2), t.arange(2)) ; t.combinations(t.arange(3)) ; t.trapz(t.ones(3)) ; t.heaviside(t.tensor([-1., 0]), t.tensor([.5])) ; t.sinc(t.tensor([0., .5]))
t.arange(5).unfold(0, 2, 1) ; t.zeros(2, 2).fill_diagonal_(1) ; t.ones(2).zero_() ; t.ones(2).add_(1).mul_(3) ; t.ones(2).copy_(t.arange(2)) ; t.ones(2, 2).index_fill(0, t.tensor([0]), 5.)
t.LongTensor([1, 2]) ; t.FloatTensor([1]).dtype ; isinstance(t.ones(1), t.FloatTensor) ; t.Tensor([1, 2]) ; t.ones(1).type('torch.LongTensor') ; t.ones(2).half().dtype ; t.ones(2).to(t.int64)
t.atleast_2d(t.ones(2)) ; t.movedim(t.zeros(1, 2, 3), 0, 2).shape ; t.swapaxes(t.zeros(1, 2), 0, 1).shape ; t.hstack([t.ones(1), t.ones(2)]) ; t.vstack([t.ones(1), t.ones(1)]) ; t.tile(t.arange(2), (2,))
t.ones(2)[5] ; t.ones(2)['a'] ; t.ones(2)[1.5] ; t.ones(2, 2)[0, 0, 0] ; t.ones(2)[::-1] ; t.zeros(2) + t.zeros(3) ; t.zeros(2, 3) @ t.zeros(2, 3) ; t.tensor([[1], [1, 2]]) ; t.tensor('a')
t.ones(2).item() ; float(t.ones(2)) ; bool(t.ones(2)) ; bool(t.ones(0)) ; len(t.tensor(1)) ; t.zeros(-1) ; t.ones(2).view(3) ; t.ones(2).reshape(3) ; t.ones(2, 3).view(-1, -1) ; t.softmax(t.ones(2), 5)
t.sum(t.ones(2), dims=0) ; t.relu() ; t.relu(1, 2) ; t.cat([]) ; t.cat([t.ones(2), t.ones(2, 2)]) ; t.stack([t.ones(2), t.ones(3)]) ; t.ones(2).requires_grad_().numpy() ; t.arange(2).requires_grad_()
t.ones(2, requires_grad=True).add_(1) ; t.ones(2).backward() ; (t.ones(2, requires_grad=True) * 2).backward() ; t.arange(3).mean() ; t.tensor([2]) ** -1 ; t.from_numpy(np.arange(3)[::-1]) ; t.ones(2).to('nowhere')
t.arange(3).add_(1.5) ; t.ones(2) + 'a' ; t.ones(2) + None ; t.gather(t.ones(2), 0, t.tensor([5])) ; t.ones(2).squeeze(3) ; t.ones(2).transpose(0, 1) ; t.ones(2, 2).expand(3, 3) ; t.device('bogus') ; t.zeros(2, dtype='x')
t.broadcast_tensors(t.ones(1, 2), t.ones(2, 1))[0].shape ; t.broadcast_shapes((1, 2), (2, 1)) ; t.argwhere(t.tensor([0, 1])) ; t.tensor_split(t.arange(5), 2)[0] ; t.tensor_split(t.arange(5), [1, 3])[1] ; t.ravel(t.ones(2, 2))
t.ones(3).long().float().double() ; t.arange(6).view(2, 3).sum(axis=1) ; t.concat([t.ones(1)]) ; t.ones(2, 3, dtype=float).dtype ; t.ones(2).bool() ; t.hypot(t.tensor([3.]), t.tensor([4.])) ; t.erf(t.tensor([.5]))
t.select(t.arange(4).view(2, 2), 0, 1) ; t.arange(4).narrow(0, 1, 2) ; t.take(t.arange(4), t.tensor([3])) ; t.searchsorted(t.tensor([1, 3]), 2) ; t.bucketize(t.tensor([2]), t.tensor([1, 3])) ; t.logit(t.tensor([.3]))
t.index_add(t.zeros(2), 0, t.tensor([0, 0]), t.ones(2)) ; t.addmm(t.ones(1), t.ones(1, 1), t.ones(1, 1)) ; t.nan_to_num(t.tensor([float('nan')])) ; t.count_nonzero(t.arange(3)) ; t.median(t.tensor([3., 1, 2])) ; t.std_mean(t.arange(3.))
round(t.tensor(2.0).item()) ; '%d' % t.tensor(3) ; f'{t.tensor(1.5):.3f}' ; str(t.ones(1)) ; [1, 2][t.tensor(1)] ; max(t.tensor([1, 3])) ; sum([t.tensor(1), t.tensor(2)]) ; t.tensor(1) == None ; t.ones(2) == 'a'
"""
CASES = [e.strip() for line in EXPRESSIONS.strip().splitlines() for e in line.split(" ; ")]

def shown(value):
    """As text, without the names that differ by design."""
    if hasattr(value, "n_sequence_fields"):
        value = tuple(value)
    return repr(value).replace("tandem.", "torch.")


def outcome(module, expression):
    import numpy as np

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = eval(expression, {"t": module, "np": np})
        except Exception as e:
            return next((k for k in (IndexError, TypeError, ValueError, RuntimeError) if isinstance(e, k)),
                        type(e)), e
    return shown(value), None


@pytest.mark.parametrize("expression", CASES)
def test_expression(expression):
    expected, error = outcome(torch, expression)
    got, our_error = outcome(tandem, expression)
    if error is None:
        assert our_error is None, f"{type(our_error).__name__}: {our_error}"
        assert got == expected
    else:
        assert our_error is not None, f"gave {got}, PyTorch raises {type(error).__name__}: {error}"
        assert isinstance(our_error, expected), f"{type(our_error)}, PyTorch raises {expected}: {error}"


#: Functions whose parameters PyTorch's own list gives otherwise: arguments of old (inplace,
#: size_average), of other back ends (cudnn_enabled), or overloads that Tandem has beside the op.
OTHERWISE = set("""
adaptive_max_pool1d addbmm atleast_1d atleast_2d atleast_3d baddbmm batch_norm
binary_cross_entropy_with_logits bmm broadcast_to bucketize celu cumulative_trapezoid diag_embed div
divide dot embedding gather group_norm isfinite isin isinf instance_norm kl_div layer_norm xlogy
logsumexp lstm_cell msort native_group_norm nonzero permute relu repeat_interleave scatter
searchsorted selu swapaxes swapdims tensordot threshold topk trapz trapezoid where narrow_copy
""".split())
COMMON = {"out", "dtype", "layout", "device", "requires_grad", "pin_memory", "memory_format",
          "names", "generator"}


def test_parameters_have_pytorchs_names_and_order():
    import inspect

    from torch.overrides import get_testing_overrides

    compared, different = 0, {}
    for function, like in get_testing_overrides().items():
        name = getattr(function, "__name__", "")
        ours = getattr(tandem, name, None)
        if getattr(torch, name, None) is not function or ours is None:
            continue
        try:
            names = ["input" if p == "A" else p for p in inspect.signature(ours).parameters
                     if p not in COMMON]
        except ValueError:
            continue  # nanobind's
        theirs = [p for p in inspect.signature(like).parameters if p not in COMMON]
        compared += 1
        if theirs != names[: len(theirs)] and name not in OTHERWISE:
            different[name] = (theirs, names)
    assert compared > 200 and not different
