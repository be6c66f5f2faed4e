"""LBFGS (Liu and Nocedal, 1989), with the line search of Nocedal and Wright (2006), algorithms 3.5 and 3.6."""

from math import sqrt

from .. import cat, enable_grad, no_grad
from .optimizer import Optimizer


class LBFGS(Optimizer):
    """Newton's method with an inverse Hessian of the last ``history_size`` steps. ``step(closure)`` takes up to
    ``max_iter`` of them and calls closure, which computes the loss and its gradients, once or more for each.

        optimizer = optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")
        optimizer.step(closure)
    """

    def __init__(self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7, tolerance_change=1e-9,
                 history_size=100, line_search_fn=None):
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if line_search_fn not in (None, "strong_wolfe"):
            raise ValueError(f"LBFGS: expected line_search_fn None or 'strong_wolfe', got {line_search_fn!r}")
        super().__init__(params, dict(
            lr=lr, max_iter=max_iter, max_eval=max_iter * 5 // 4 if max_eval is None else max_eval,
            tolerance_grad=tolerance_grad, tolerance_change=tolerance_change, history_size=history_size,
            line_search_fn=line_search_fn))
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def _gradient(self):
        return cat([(p.new_zeros(p.numel()) if p.grad is None else p.grad.reshape(-1)) for p in self._params])

    def _move(self, distance, direction):
        at = 0
        for p in self._params:
            p.add_(direction[at : at + p.numel()].view_as(p), alpha=distance)
            at += p.numel()

    def _try(self, closure, before, distance, direction):
        """Loss and gradient at a distance, from where the parameters are put back."""
        self._move(distance, direction)
        loss, gradient = float(closure()), self._gradient()
        for p, value in zip(self._params, before):
            p.copy_(value)
        return loss, gradient

    def step(self, closure):
        with no_grad():
            return self._iterate(enable_grad()(closure))

    def _iterate(self, closure):
        group, state = self.param_groups[0], self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        first = closure()
        loss, evaluations = float(first), 1
        state["func_evals"] += 1
        gradient = self._gradient()
        if gradient.abs().max() <= group["tolerance_grad"]:
            return first

        direction, distance = state.get("d"), state.get("t")
        steps, changes, factors = state.get("old_stps"), state.get("old_dirs"), state.get("ro")
        scale, before, loss_before = state.get("H_diag"), state.get("prev_flat_grad"), state.get("prev_loss")
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                direction, steps, changes, factors, scale = -gradient, [], [], [], 1
            else:
                change, step = gradient - before, direction * distance
                curvature = change.dot(step)
                if curvature > 1e-10:
                    if len(changes) == group["history_size"]:
                        for history in (changes, steps, factors):
                            history.pop(0)
                    changes.append(change)
                    steps.append(step)
                    factors.append(1.0 / curvature)
                    scale = curvature / change.dot(change)
                direction = _newton_direction(gradient, steps, changes, factors, scale)
            before, loss_before = gradient.clone(), loss
            distance = min(1.0, 1.0 / float(gradient.abs().sum())) * group["lr"] if state["n_iter"] == 1 else group["lr"]
            slope = float(gradient.dot(direction))
            if slope > -group["tolerance_change"]:
                break

            used = 0
            if group["line_search_fn"] == "strong_wolfe":
                here = [p.clone() for p in self._params]
                loss, gradient, distance, used = _strong_wolfe(
                    lambda t: self._try(closure, here, t, direction), distance, float(direction.abs().max()), loss,
                    gradient, slope, direction)
                self._move(distance, direction)
            else:
                self._move(distance, direction)
                if iteration != group["max_iter"]:
                    with enable_grad():
                        loss = float(closure())
                    gradient, used = self._gradient(), 1
            evaluations += used
            state["func_evals"] += used
            if (evaluations >= group["max_eval"] or gradient.abs().max() <= group["tolerance_grad"]
                    or (direction * distance).abs().max() <= group["tolerance_change"]
                    or abs(loss - loss_before) < group["tolerance_change"]):
                break

        state.update(d=direction, t=distance, old_dirs=changes, old_stps=steps, ro=factors, H_diag=scale,
                     prev_flat_grad=before, prev_loss=loss_before)
        return first


def _newton_direction(gradient, steps, changes, factors, scale):
    """-H gradient, by the two loops over the history."""
    q, alphas = -gradient, []
    for step, change, factor in zip(reversed(steps), reversed(changes), reversed(factors)):
        alphas.append(step.dot(q) * factor)
        q = q - change * alphas[-1]
    r = q * scale
    for step, change, factor, alpha in zip(steps, changes, factors, reversed(alphas)):
        r = r + step * (alpha - change.dot(r) * factor)
    return r


def _cubic_minimum(a, b, bounds=None):
    """Of the cubic through two points (place, value, slope), within the bounds."""
    (x1, f1, g1), (x2, f2, g2) = sorted((a[:3], b[:3]))
    low, high = bounds or (x1, x2)
    mean = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = mean * mean - g1 * g2
    if square < 0:
        return (low + high) / 2
    root = sqrt(square)
    return min(max(x2 - (x2 - x1) * ((g2 + root - mean) / (g2 - g1 + 2 * root)), low), high)


def _strong_wolfe(evaluate, t, largest, loss, gradient, slope, direction, c1=1e-4, c2=0.9, tolerance=1e-9, tries=25):
    """A distance that lowers the loss enough and flattens the slope enough. Points are (place, loss, slope, gradient).
    Gives (loss, gradient, distance, evaluations)."""
    def at(place):
        value, g = evaluate(place)
        return place, value, float(g.dot(direction)), g

    def too_high(p):
        return p[1] > loss + c1 * p[0] * slope

    def flat(p):
        return abs(p[2]) <= -c2 * slope

    start = (0.0, loss, slope, gradient)
    previous, point, used, bracket, done = start, at(t), 1, None, False
    for count in range(tries):
        if too_high(point) or (count > 1 and point[1] >= previous[1]) or (point[2] >= 0 and not flat(point)):
            bracket = [previous, point]
            break
        if flat(point):
            bracket, done = [point], True
            break
        bounds = point[0] + 0.01 * (point[0] - previous[0]), point[0] * 10
        previous, point = point, at(_cubic_minimum(previous, point, bounds))
        used += 1
    if bracket is None:
        bracket, done = [start, point], True

    stuck = False
    low, high = (0, 1) if bracket[0][1] <= bracket[-1][1] else (1, 0)
    while not done and used <= tries:
        left, right = sorted(p[0] for p in bracket)
        if (right - left) * largest < tolerance:
            break
        t = _cubic_minimum(*bracket)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) >= margin:
            stuck = False
        elif stuck or t >= right or t <= left:
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            stuck = False
        else:
            stuck = True
        point = at(t)
        used += 1
        if too_high(point) or point[1] >= bracket[low][1]:
            bracket[high] = point
            low, high = (0, 1) if bracket[0][1] <= bracket[1][1] else (1, 0)
            continue
        if flat(point):
            done = True
        elif point[2] * (bracket[high][0] - bracket[low][0]) >= 0:
            bracket[high] = bracket[low]
        bracket[low] = point
    place, value, _, g = bracket[low if len(bracket) > 1 else 0]
    return value, g, place, used
