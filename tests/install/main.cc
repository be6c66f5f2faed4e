#include <cstdio>

#include "tandem/tandem.h"

int main() {
  using namespace tandem;
  Tensor x = from_data({1.0, 2.0, 3.0}, {3}).requires_grad_();
  sum(x * x).backward();
  const bool right = x.grad().to_vector<double>() == std::vector{2.0, 4.0, 6.0};
  std::puts(right ? "tandem: found, linked and right" : "tandem: wrong gradient");
  return !right;
}
