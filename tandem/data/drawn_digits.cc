#include "tandem/data/drawn_digits.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tandem/base/error.h"

namespace tandem {
namespace {

struct Point {
  float x, y;
};
using Stroke = std::vector<Point>;
using Strokes = std::vector<Stroke>;

/// A stream of numbers for each image of its own, so that any image can be drawn alone: SplitMix64
/// (Steele, Lea and Flood 2014).
class Random {
 public:
  Random(uint64_t seed, uint64_t index) : state_(seed * 0x9e3779b97f4a7c15 ^ index << 20) {
    next();
  }
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  float uniform(float low, float high) {
    return low + float(next() >> 40) * 0x1p-24f * (high - low);
  }
  bool chance(float p) { return uniform(0, 1) < p; }
  /// Roughly normal: the sum of four uniforms, scaled to unit variance.
  float normal() {
    float sum = 0;
    for (int i = 0; i < 4; ++i) sum += uniform(-1, 1);
    return sum * 0.866f;
  }

 private:
  uint64_t state_;
};

/// Part of an ellipse, angles in quarter turns, clockwise from the right as y points down.
void add_arc(Stroke& to, Point centre, float rx, float ry, float from, float until) {
  const int steps = std::max(3, int(std::abs(until - from) * 5));
  for (int i = 0; i <= steps; ++i) {
    const float angle =
        std::numbers::pi_v<float> / 2 * (from + (until - from) * float(i) / float(steps));
    to.push_back({centre.x + rx * std::cos(angle), centre.y + ry * std::sin(angle)});
  }
}
/// A curve from the stroke's end by way of `control` (quadratic Bézier).
void add_curve(Stroke& to, Point control, Point end) {
  const Point start = to.back();
  constexpr int steps = 6;
  for (int i = 1; i <= steps; ++i) {
    const float t = float(i) / steps, a = (1 - t) * (1 - t), b = 2 * t * (1 - t), c = t * t;
    to.push_back(
        {a * start.x + b * control.x + c * end.x, a * start.y + b * control.y + c * end.y});
  }
}

/// The digit's strokes in a box of about -1..1, in one of the ways people write it.
Strokes skeleton(int digit, Random& random) {
  const auto near = [&](float value, float spread = 0.08f) {
    return value + spread * random.uniform(-1, 1);
  };
  Strokes strokes(1);
  Stroke& s = strokes[0];
  switch (digit) {
    case 0: {
      const float start = random.uniform(-1.6f, -0.6f);
      add_arc(s, {0, 0}, near(0.55f, 0.15f), 0.95f, start, start + near(4.05f, 0.2f));
      break;
    }
    case 1: {
      const float lean = near(0, 0.1f);
      if (random.chance(0.4f)) s.push_back({near(-0.35f, 0.15f), near(-0.55f, 0.15f)});
      s.push_back({lean, -0.95f});
      s.push_back({near(0, 0.1f), 0.95f});
      if (random.chance(0.15f))
        strokes.push_back({{near(-0.4f), near(0.93f)}, {near(0.4f), near(0.93f)}});
      break;
    }
    case 2: {
      const float foot = near(0.8f);
      add_arc(s, {0, -0.45f}, near(0.52f), near(0.5f), -2.1f, near(0.25f, 0.2f));
      if (random.chance(0.35f)) {  // a loop at the foot
        add_curve(s, {near(0.1f, 0.15f), near(0.5f)}, {near(-0.4f), foot});
        add_curve(s, {near(-0.85f), near(0.75f)}, {near(-0.35f), near(0.55f)});
        add_curve(s, {near(0.1f), near(0.7f)}, {near(0.7f), near(0.85f)});
      } else {
        add_curve(s, {near(0.15f, 0.15f), near(0.35f, 0.15f)}, {near(-0.6f), foot});
        add_curve(s, {0, near(foot, 0.1f)}, {near(0.65f), near(0.85f)});
      }
      break;
    }
    case 3: {
      const float waist = near(-0.05f);
      add_arc(s, {-0.05f, waist - 0.45f}, near(0.48f), near(0.45f), near(-2.1f, 0.3f), 0.9f);
      if (random.chance(0.5f)) s.push_back({near(-0.25f, 0.12f), waist});
      add_arc(s, {-0.05f, waist + 0.48f}, near(0.55f), near(0.48f), -0.95f, near(2.1f, 0.3f));
      break;
    }
    case 4: {
      const float bar = near(0.2f, 0.12f), right = near(0.25f, 0.1f);
      if (random.chance(0.6f)) {  // open at the top
        s.push_back({near(-0.5f), near(-0.85f)});
        add_curve(s, {near(-0.6f), near(-0.1f, 0.15f)}, {near(-0.45f), bar});
        s.push_back({near(0.6f), near(bar, 0.06f)});
        strokes.push_back({{near(right, 0.1f), near(-0.85f, 0.15f)}, {right, near(0.95f)}});
      } else {
        s.push_back({right, near(-0.95f)});
        s.push_back({near(-0.62f), bar});
        s.push_back({near(0.6f), near(bar, 0.06f)});
        strokes.push_back({{right, -0.95f}, {near(right, 0.06f), near(0.95f)}});
      }
      break;
    }
    case 5: {
      const float left = near(-0.4f), top = near(-0.88f);
      s.push_back({left, top});
      s.push_back({near(left, 0.06f), near(-0.1f, 0.1f)});
      add_arc(s, {-0.05f, 0.38f}, near(0.55f), near(0.52f), -1.5f, near(2.0f, 0.3f));
      strokes.push_back({{left, top}, {near(0.5f, 0.12f), near(-0.9f, 0.1f)}});
      break;
    }
    case 6: {
      s.push_back({near(0.35f, 0.15f), near(-0.92f)});
      add_curve(s, {near(-0.45f, 0.15f), near(-0.6f, 0.15f)}, {-0.5f, 0.4f});
      add_arc(s, {0, 0.45f}, 0.5f, near(0.48f), 2, near(-2.1f, 0.25f));
      break;
    }
    case 7: {
      const float top = near(-0.85f), foot = near(-0.1f, 0.2f);
      s.push_back({near(-0.6f), near(top, 0.1f)});
      s.push_back({near(0.55f), top});
      add_curve(s, {near(0.1f, 0.15f), near(-0.1f, 0.15f)}, {foot, near(0.95f)});
      if (random.chance(0.3f))
        strokes.push_back({{near(-0.3f), near(0.08f)}, {near(0.5f), near(0.02f)}});
      break;
    }
    case 8: {
      const float waist = near(-0.06f);
      if (random.chance(0.5f)) {  // one line that crosses itself
        s.push_back({near(0.4f), near(-0.75f)});
        add_curve(s, {near(0), near(-1.15f)}, {-0.42f, near(-0.65f)});
        add_curve(s, {near(-0.55f), near(-0.2f)}, {0.05f, near(0.05f)});
        add_curve(s, {near(0.75f), near(0.35f)}, {0.42f, near(0.75f)});
        add_curve(s, {near(0), near(1.15f)}, {-0.45f, near(0.7f)});
        add_curve(s, {near(-0.6f), near(0.3f)}, {0.05f, near(-0.05f)});
        add_curve(s, {near(0.45f), near(-0.4f)}, {near(0.4f), near(-0.75f)});
      } else {
        add_arc(s, {0, waist - 0.45f}, near(0.42f), 0.44f, 1, 5);
        strokes.emplace_back();
        add_arc(strokes.back(), {0, waist + 0.5f}, near(0.52f), 0.5f, -1, 3);
      }
      break;
    }
    case 9: {
      const float cx = near(-0.05f);
      add_arc(s, {cx, -0.42f}, near(0.46f), near(0.48f), near(-0.3f, 0.2f), -4);
      if (random.chance(0.5f))
        s.push_back({near(0.35f), near(0.95f)});
      else
        add_curve(s, {near(0.5f), near(0.5f, 0.2f)}, {near(-0.05f, 0.3f), near(0.95f)});
      break;
    }
    default:
      fail(ErrorCode::value, "draw_digit", "no digit ", digit, "; expected 0..9");
  }
  return strokes;
}

/// Where the pen goes on the page: the skeleton sheared, scaled, turned, bent and moved.
void place(Strokes& strokes, Random& random) {
  const float half = random.uniform(7.6f, 10.2f), width = half * random.uniform(0.8f, 1.15f);
  const float angle = 0.11f * random.normal(), shear = 0.16f * random.normal() - 0.08f;
  const float sine = std::sin(angle), cosine = std::cos(angle);
  // A slow wave along each axis, as a hand has.
  const float bend_x = 0.07f * random.normal(), bend_y = 0.05f * random.normal();
  const float phase_x = random.uniform(0, 6.28f), phase_y = random.uniform(0, 6.28f);
  const float centre = (drawn_digit_size - 1) / 2.0f;
  const Point shift{0.7f * random.normal(), 0.7f * random.normal()};
  for (Stroke& stroke : strokes)
    for (Point& p : stroke) {
      const float x = p.x + bend_x * std::sin(2.6f * p.y + phase_x) - shear * p.y;
      const float y = p.y + bend_y * std::sin(2.6f * p.x + phase_y);
      p = {centre + shift.x + width * (cosine * x - sine * y),
           centre + shift.y + half * (sine * x + cosine * y)};
    }
}

/// Lays ink along a line: full inside the pen's radius, fading over a pixel at its edge.
void ink(Point a, Point b, float radius, std::span<float> page) {
  const float reach = radius + 0.6f;
  const auto bound = [](float v) { return std::clamp(int(v), 0, drawn_digit_size - 1); };
  const int left = bound(std::min(a.x, b.x) - reach), right = bound(std::max(a.x, b.x) + reach + 1);
  const int top = bound(std::min(a.y, b.y) - reach), bottom = bound(std::max(a.y, b.y) + reach + 1);
  const float dx = b.x - a.x, dy = b.y - a.y, length2 = std::max(dx * dx + dy * dy, 1e-6f);
  for (int y = top; y <= bottom; ++y)
    for (int x = left; x <= right; ++x) {
      const float px = float(x) - a.x, py = float(y) - a.y;
      const float t = std::clamp((px * dx + py * dy) / length2, 0.0f, 1.0f);
      const float ex = px - t * dx, ey = py - t * dy;
      const float distance = std::sqrt(ex * ex + ey * ey);
      float& pixel = page[size_t(y * drawn_digit_size + x)];
      pixel = std::max(pixel, std::clamp(radius + 0.5f - distance, 0.0f, 1.0f));
    }
}

}  // namespace

void draw_digit(int digit, uint64_t seed, uint64_t index, std::span<uint8_t> image) {
  constexpr size_t pixels = drawn_digit_size * drawn_digit_size;
  if (image.size() != pixels)
    fail(ErrorCode::value, "draw_digit", "expected room for ", pixels, " pixels, got ",
         image.size());
  Random random(seed, index);
  Strokes strokes = skeleton(digit, random);
  place(strokes, random);

  float page[pixels] = {};
  const float radius = std::clamp(1.15f + 0.32f * random.normal(), 0.55f, 2.0f);
  for (const Stroke& stroke : strokes)
    for (size_t i = 1; i < stroke.size(); ++i) ink(stroke[i - 1], stroke[i], radius, page);

  const float brightness = random.uniform(0.85f, 1.0f), grain = random.uniform(0.0f, 0.1f);
  const float dirt = random.chance(0.3f) ? random.uniform(0.0f, 0.04f) : 0.0f;
  for (size_t i = 0; i < pixels; ++i) {
    float value = page[i] * (brightness + grain * random.normal());
    if (dirt > 0) value += dirt * std::abs(random.normal());
    image[i] = uint8_t(std::clamp(value, 0.0f, 1.0f) * 255 + 0.5f);
  }
}

}  // namespace tandem
