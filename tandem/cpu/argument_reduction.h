// Exact reduction of huge angles, for the lanes of sin, cos and tan that leave the fast range.
#pragma once

namespace tandem::detail {

/// x = quadrant * pi/2 + high + low (mod 2 pi) with |high + low| <= pi/4; returns quadrant in 0..3.
/// high + low carries at least 100 bits. x: any finite double with |x| >= 1; NaN and infinity give
/// NaN. Payne and Hanek, "Radian reduction for trigonometric functions", 1983: only the bits of
/// 2/pi that matter for x's exponent are multiplied, in integers, so the result is the same on
/// every machine.
int reduce_angle(double x, double& high, double& low);

}  // namespace tandem::detail
