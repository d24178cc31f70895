//! Accumulations of a run of elements, side by side in lanes, so that no step waits for the one
//! before it: what reductions and the rows of softmax and normalisation are made of.
//!
//! The loops over lanes are written so that LLVM vectorises them for every type, conversions
//! included: a few rows of lanes go into accumulations in memory. Call them inside of
//! [`simd::run`](super::simd::run).

/// Lanes of a run: with single precision four vectors of AVX2, with double eight.
pub(super) const LANES: usize = 32;
/// Rows of lanes that are taken at a time.
const ROWS: usize = 4;
/// Lanes of which the last ones are merged one by one.
const FEW: usize = 8;

/// The accumulation of `x`. `start` is that of nothing.
#[inline(always)]
pub(super) fn accumulate<T: Copy, A: Copy>(
    x: &[T],
    start: A,
    step: impl Fn(A, T) -> A,
    merge: impl Fn(A, A) -> A,
) -> A {
    if x.len() < LANES {
        return x.iter().fold(start, |acc, &x| step(acc, x));
    }
    let mut accs = [start; LANES];
    add(x, &mut accs, step);
    merge_lanes(&accs, merge)
}

/// Adds the elements of `x` to the lanes.
#[inline(always)]
pub(super) fn add<T: Copy, A: Copy>(x: &[T], accs: &mut [A; LANES], step: impl Fn(A, T) -> A) {
    let (rows, rest) = x.as_chunks::<LANES>();
    let (groups, rows) = rows.as_chunks::<ROWS>();
    for rows in groups {
        add_rows(rows, accs, &step);
    }
    for row in rows {
        add_rows(&[*row], accs, &step);
    }
    for (acc, &x) in accs.iter_mut().zip(rest) {
        *acc = step(*acc, x);
    }
}

#[inline(always)]
fn add_rows<T: Copy, A: Copy, const N: usize>(
    rows: &[[T; LANES]; N],
    accs: &mut [A; LANES],
    step: impl Fn(A, T) -> A,
) {
    for lane in 0..LANES {
        let mut acc = accs[lane];
        for row in rows {
            acc = step(acc, row[lane]);
        }
        accs[lane] = acc;
    }
}

/// The accumulation of pairs of elements, as many as `y` has.
#[inline(always)]
pub(super) fn accumulate_pairs<T: Copy, A: Copy>(
    x: &[T],
    y: &[T],
    start: A,
    step: impl Fn(A, T, T) -> A,
    merge: impl Fn(A, A) -> A,
) -> A {
    let mut accs = [start; LANES];
    let (x, x_rest) = x[..y.len()].as_chunks::<{ LANES * ROWS }>();
    let (y, y_rest) = y.as_chunks::<{ LANES * ROWS }>();
    for (x, y) in x.iter().zip(y) {
        for (lane, acc) in accs.iter_mut().enumerate() {
            for at in (lane..LANES * ROWS).step_by(LANES) {
                *acc = step(*acc, x[at], y[at]);
            }
        }
    }
    for (at, (&x, &y)) in x_rest.iter().zip(y_rest).enumerate() {
        let acc = &mut accs[at % LANES];
        *acc = step(*acc, x, y);
    }
    merge_lanes(&accs, merge)
}

/// Writes what `map` makes of each element to `to`, and merges the results.
#[inline(always)]
pub(super) fn map_accumulate<T: Copy, A: Copy>(
    from: &[T],
    to: &mut [A],
    start: A,
    map: impl Fn(T) -> A,
    merge: impl Fn(A, A) -> A,
) -> A {
    let mut accs = [start; LANES];
    let pieces = from.chunks(LANES * ROWS);
    for (from, to) in pieces.zip(to.chunks_mut(LANES * ROWS)) {
        for (to, &from) in to.iter_mut().zip(from) {
            *to = map(from);
        }
        add(to, &mut accs, &merge);
    }
    merge_lanes(&accs, merge)
}

/// Merges all lanes, pairwise.
#[inline(always)]
pub(super) fn merge_lanes<A: Copy>(accs: &[A; LANES], merge: impl Fn(A, A) -> A) -> A {
    let mut few = [accs[0]; FEW];
    for (lane, few) in few.iter_mut().enumerate() {
        let at = |i: usize| accs[lane + i * FEW];
        *few = merge(merge(at(0), at(2)), merge(at(1), at(3)));
    }
    // LLVM vectorises the merges above only if their results are stored, and these stores are seen
    // to be needed; otherwise it takes all lanes apart.
    std::hint::black_box(&mut few);
    let [a, b, c, d, e, f, g, h] = few;
    merge(
        merge(merge(a, e), merge(c, g)),
        merge(merge(b, f), merge(d, h)),
    )
}
