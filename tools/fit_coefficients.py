#!/usr/bin/env python3
"""Writes tandem/cpu/math_coefficients.h: the polynomials of tandem/cpu/math-inl.h.

Each is the minimax polynomial of a smooth function (Remez exchange in 60-digit arithmetic) under a
weight that measures what its error does to the final result, of the lowest degree whose error
stays below the bound of its type. Coefficients are then rounded to the type: harmless, as every
polynomial here is multiplied by something small before it is added to an exact leading term.

Usage: python3 tools/fit_coefficients.py > tandem/cpu/math_coefficients.h   (needs mpmath)
"""
from mpmath import mp, mpf, matrix, lu_solve, exp, log, sin, cos, atan, asin, sinh, tanh, sqrt, pi, erf, erfc

mp.dps = 60


def remez(f, weight, low, high, degree, rounds=10):
    """Coefficients in powers of x, and the largest |weight * (polynomial - f)| on [low, high]."""
    low, high = mpf(low), mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    count = 24 * (degree + 2)
    grid = [-cos(pi * i / count) for i in range(count + 1)]  # in u, x = middle + half * u
    values = [f(middle + half * u) for u in grid]
    weights = [weight(middle + half * u) for u in grid]
    picks = [round(count * i / (degree + 1)) for i in range(degree + 2)]
    picks = [min(max(p, 1), count - 1) for p in picks]
    best = None
    for _ in range(rounds):
        a, b = matrix(degree + 2, degree + 2), matrix(degree + 2, 1)
        for row, p in enumerate(picks):
            for k in range(degree + 1):
                a[row, k] = mp.chebyt(k, grid[p])
            a[row, degree + 1] = (-1) ** row / weights[p]
            b[row] = values[p]
        c = lu_solve(a, b)
        errors = [
            (sum(c[k] * mp.chebyt(k, u) for k in range(degree + 1)) - v) * w
            for u, v, w in zip(grid, values, weights)
        ]
        worst = max(abs(e) for e in errors)
        if best is None or worst < best[1]:
            best = ([c[k] for k in range(degree + 1)], worst)
        # One extremum from each run of errors of the same sign, then the best alternating window.
        extrema = []
        for i, e in enumerate(errors):
            if extrema and (errors[extrema[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[extrema[-1]]):
                    extrema[-1] = i
            else:
                extrema.append(i)
        while len(extrema) > degree + 2:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < degree + 2 or extrema == picks:
            break
        picks = extrema
    return powers(best[0], middle, half), best[1]


def powers(chebyshev, middle, half):
    """From sum c_k T_k((x - middle) / half) to powers of x."""
    def times_u(p):
        out = [mpf(0)] * (len(p) + 1)
        for i, v in enumerate(p):
            out[i] -= v * middle / half
            out[i + 1] += v / half
        return out

    terms = [[mpf(1)], times_u([mpf(1)])]
    while len(terms) < len(chebyshev):
        doubled = [2 * v for v in times_u(terms[-1])]
        for i, v in enumerate(terms[-2]):
            doubled[i] -= v
        terms.append(doubled)
    total = [mpf(0)] * len(chebyshev)
    for c, t in zip(chebyshev, terms):
        for i, v in enumerate(t):
            total[i] += c * v
    return total


def odd(f):
    """(f(sqrt(z)) / sqrt(z) - 1) / z and the weight that makes its error relative to f."""
    def fit(z):
        z = z if z > mpf("1e-30") else mpf("1e-30")
        return (f(sqrt(z)) / sqrt(z) - 1) / z

    def weight(z):
        z = z if z > mpf("1e-30") else mpf("1e-30")
        return z / (f(sqrt(z)) / sqrt(z))

    return fit, weight


def tiny(f):
    """f away from 0, where its formula cancels."""
    return lambda x: f(x if abs(x) > mpf("1e-12") else mpf("1e-12"))


def log_ratio(s):
    return log((1 + s) / (1 - s))


def erfcx(a):
    return exp(a * a) * erfc(a)


def erfc_fit(center, high):
    def from_t(t):
        return center * (1 + t) / (1 - t)

    def fit(t):
        return (1 + 2 * from_t(t)) * erfcx(from_t(t)) - 1

    def to_t(a):
        return (mpf(a) - center) / (mpf(a) + center)

    return fit, lambda t: 1 / (1 + fit(t)), to_t("0.499"), to_t(high)


def ndtr_fit(center, high):
    def fit(u):
        a = center * (1 + u) / (1 - u)
        return (a + center) * erfcx(a / sqrt(2)) / 2

    return fit, lambda u: 1 / fit(u), mpf(-1), (mpf(high) - center) / (mpf(high) + center)


def families():
    """(name, what it approximates, f, weight, low, high) for each type."""
    z_log = mpf("0.02944")  # s = (m - 1) / (m + 1) for m in [sqrt(1/2), sqrt(2)]
    yield ("exp", "(exp(r) - 1 - r) / r^2 for |r| <= ln(2) / 2",
           tiny(lambda r: (exp(r) - 1 - r) / r**2), lambda r: r * r / exp(r) + mpf("1e-30"),
           "-0.34658", "0.34658")
    yield ("log", "(log((1 + s) / (1 - s)) - 2 s) / s^3 in z = s^2",
           tiny(lambda z: (log_ratio(sqrt(z)) / sqrt(z) - 2) / z), lambda z: z / 2 + mpf("1e-30"),
           0, z_log)
    yield ("log_tail", "the same less its 2/3, divided by z",
           lambda z: sum(mpf(2) / (2 * k + 5) * z**k for k in range(40)),
           lambda z: z * z / 2 * mpf(2) ** 11 + mpf("1e-30"), 0, z_log)
    f, w = odd(sin)
    yield "sin", "(sin(r) / r - 1) / z in z = r^2, |r| <= pi / 4", f, w, 0, "0.6202"
    yield ("cos", "(cos(r) - 1 + z / 2) / z^2 in z = r^2, |r| <= pi / 4",
           tiny(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2), lambda z: z * z / cos(sqrt(z)) + mpf("1e-30"),
           0, "0.6202")
    f, w = odd(atan)
    yield "atan", "(atan(r) / r - 1) / z in z = r^2, |r| <= 1/2", f, w, 0, "0.25"
    f, w = odd(asin)
    yield "asin", "(asin(r) / r - 1) / z in z = r^2, |r| <= 1/2", f, w, 0, "0.25"
    f, w = odd(tanh)
    yield "tanh", "(tanh(r) / r - 1) / z in z = r^2, |r| <= 5/8", f, w, 0, "0.390625"
    f, w = odd(sinh)
    yield "sinh", "(sinh(r) / r - 1) / z in z = r^2, |r| <= 1", f, w, 0, 1

    def erf_ratio(z):
        z = z if z > mpf("1e-30") else mpf("1e-30")
        return erf(sqrt(z)) / sqrt(z)

    yield ("erf", "erf(r) / r - 2 / sqrt(pi), over z, in z = r^2, |r| <= 0.92",
           lambda z: (erf_ratio(z) - 2 / sqrt(pi)) / (z if z > mpf("1e-30") else mpf("1e-30")),
           lambda z: (z + mpf("1e-30")) / erf_ratio(z), 0, "0.8465")


def parts(value, bits):
    """value as a sum of numbers of so many bits each, the largest first."""
    out = []
    for b in bits:
        scale = mpf(2) ** (mp.floor(log(abs(value), 2)) + 1 - b)
        out.append(mp.nint(value / scale) * scale)
        value -= out[-1]
    return out


def literal(value, suffix):
    return mp.nstr(value, 9 if suffix else 17, min_fixed=-1, max_fixed=1) + suffix


def show(name, comment, ctype, coefficients, error):
    suffix = "f" if ctype == "float" else ""
    print(f"  /// {comment}: {mp.nstr(error, 2)}.")
    body = ", ".join(literal(c, suffix) for c in coefficients)
    print(f"  static constexpr {ctype} {name}[] = {{{body}}};")


def main():
    print("// Written by tools/fit_coefficients.py, which says what they are; do not edit.\n#pragma once\n")
    print("namespace tandem::detail {\n")
    print("/// Minimax polynomials, lowest power first, with the error they bring to the result.")
    print("template <class T>\nstruct Coefficients;\n")
    for ctype, bound, high, center in (("float", mpf(2) ** -28, 10.5, 2), ("double", mpf(2) ** -58, 28, 4)):
        print(f"template <>\nstruct Coefficients<{ctype}> {{")
        for name, comment, f, weight, low, top in families():
            for degree in range(2, 24):
                coefficients, error = remez(f, weight, low, top, degree)
                if error < bound:
                    break
            show(name, comment, ctype, coefficients, error)
        f, weight, low, top = erfc_fit(center, high)
        for degree in range(6, 30):
            coefficients, error = remez(f, weight, low, top, degree)
            if error < bound:
                break
        show("erfc", f"(1 + 2 a) exp(a^2) erfc(a) - 1 in t = (a - {center}) / (a + {center}), a >= 1/2",
             ctype, coefficients, error)
        center, high = (3, "14.5") if ctype == "float" else (4, "38.6")
        f, weight, low, top = ndtr_fit(mpf(center), high)
        for degree in range(6, 30):
            coefficients, error = remez(f, weight, low, top, degree)
            if error < bound:
                break
        show("ndtr", f"(a + {center}) exp(a^2 / 2) Phi(-a) in u = (a - {center}) / (a + {center}), 0 <= a <= {high}",
             ctype, coefficients, error)
        full = 24 if ctype == "float" else 53
        suffix = "f" if ctype == "float" else ""
        for name, comment, value, bits in (
            # n * ln2[0] is exact for every exponent n of the type.
            ("ln2", "ln(2), the first part short", log(2), (full - 9 if full == 24 else full - 12, full)),
            ("ln2_sum", "ln(2)", log(2), (full, full)),
            ("log2_e", "1 / ln(2)", 1 / log(2), (full, full)),
            ("log10_2", "log10(2)", log(2, 10), (full, full)),
            ("two_thirds", "2 / 3", mpf(2) / 3, (full, full)),
            ("two_over_root_pi", "2 / sqrt(pi)", 2 / sqrt(pi), (full, full)),
            ("half_pi", "pi / 2", pi / 2, (full, full, full)),
        ):
            print(f"  /// {comment}, as a sum.")
            body = ", ".join(literal(c, suffix) for c in parts(value, bits))
            print(f"  static constexpr {ctype} {name}[] = {{{body}}};")
        print("};\n")
    print("}  // namespace tandem::detail")


if __name__ == "__main__":
    main()
