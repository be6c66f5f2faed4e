// Sampling into dense rows, with the streams of PyTorch's CPU generator: for Mt19937State the same
// bits for a seed, but for normal f32 numbers in blocks (within 1e-6). Serial: a stream has one
// order.
//
// State: Mt19937State or PhiloxState, advanced by each call. "u32" and "u64" are its next draws;
// "rand f32" is (u32 mod 2^24) 2^-24, "rand f64" is (u64 mod 2^53) 2^-53.
#pragma once
#include <cstdint>

#include "tandem/base/half.h"
#include "tandem/base/mt19937.h"
#include "tandem/base/philox.h"

namespace tandem::cpu {

/// [low, high): fma(rand, high - low, low) in f64 for double, else in f32 and then rounded.
/// T: Half, BFloat16, float, double.
template <class State, class T>
void uniform(State& state, T* out, int64_t n, double low, double high);

/// mean + std * N(0, 1). From 16 elements on in blocks of 16 uniforms, the last 16 drawn anew where
/// 16 does not divide n; fewer as `normal_pairs`. T: as uniform.
template <class State, class T>
void normal(State& state, T* out, int64_t n, double mean, double std);

/// The same by f64 Box-Muller pairs, whose second number waits in the state for the next call: how
/// PyTorch fills fewer than 16 elements, and any number that do not lie dense.
template <class State, class T>
void normal_pairs(State& state, T* out, int64_t n, double mean, double std);

/// Normal numbers outside [low, high] are drawn again (a whole row of candidates at a time) when
/// that takes few turns; else uniform ones are accepted with the density's probability. `scratch`:
/// n elements. T: float, double.
template <class State, class T>
void trunc_normal(State& state, T* out, int64_t n, double mean, double std, double low, double high,
                  T* scratch);

/// -log1p(-rand f64) / lambda, rounded. T: as uniform.
template <class State, class T>
void exponential(State& state, T* out, int64_t n, double lambda);

/// low + u32 mod (high - low), with u64 where high - low >= 2^28. T: any dtype but bool.
template <class State, class T>
void randint(State& state, T* out, int64_t n, int64_t low, int64_t high);

/// Any non-negative integer that T holds exactly (floating: up to 2^mantissa). T: any dtype.
template <class State, class T>
void random(State& state, T* out, int64_t n);

/// 0..n-1 in random order: element i changes places with i + u32 mod (n - i). T: int64_t, int32_t.
template <class State, class T>
void randperm(State& state, T* out, int64_t n);

/// rand f64 < p, an element a u64. T: any dtype.
template <class State, class T>
void bernoulli(State& state, T* out, int64_t n, double p);

/// rand < probability[i], rand f64 for double, else rand f32. Error: a probability outside [0, 1].
/// T: as uniform.
template <class State, class T>
void bernoulli_of(State& state, const T* probability, T* out, int64_t n);

/// `samples` indices for each row of `categories` weights. Without replacement, or for one sample,
/// the largest of weight / exponential; else a rand f64 each in the normalized cumulative sum.
/// weight: [rows, categories]; out: [rows, samples]. Errors: a weight that is negative or not
/// finite, a row of zeros, fewer weights above zero than samples. T: as uniform.
template <class State, class T>
void multinomial(State& state, const T* weight, int64_t* out, int64_t rows, int64_t categories,
                 int64_t samples, bool replacement);

}  // namespace tandem::cpu
