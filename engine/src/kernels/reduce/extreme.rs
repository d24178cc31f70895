//! Positions of the greatest and the least elements: the first of equals, or the first NaN.

use ndarray::{ArrayView1, ArrayView2, ArrayViewD, Axis, Ix1, Ix2};
use parking_lot::Mutex;

use super::element::Ordered;
use super::{BLOCK, CHUNK};
use crate::kernels::lanes::{LANES, merge_lanes};
use crate::kernels::{Tiles, simd};

/// Columns that are searched together.
const COLUMNS: usize = 512;
/// Rows, or rows of lanes, that are looked at together.
const ROWS: usize = 4;

/// The position of the greatest element along `axis`, or in the flattened array, which is not
/// empty. `out` has the other axes in C order.
///
/// # Panics
/// If `out` has another length than the other axes, or there is nothing to choose from.
pub fn argmax<T: Ordered>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: Option<usize>,
    out: &mut [i64],
) {
    search::<T, Greatest>(tiles, x, axis, out);
}

/// As [`argmax`], of the least element.
///
/// # Panics
/// As [`argmax`].
pub fn argmin<T: Ordered>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: Option<usize>,
    out: &mut [i64],
) {
    search::<T, Least>(tiles, x, axis, out);
}

/// Which end of the order is looked for.
pub(super) trait End {
    /// True if `new` is nearer to this end than `old`.
    fn is_nearer<K: PartialOrd>(new: K, old: K) -> bool;
    /// A key that none is further from this end than.
    fn furthest<T: Ordered>() -> T::Key;
}

pub(super) struct Greatest;
pub(super) struct Least;

impl End for Greatest {
    #[inline(always)]
    fn is_nearer<K: PartialOrd>(new: K, old: K) -> bool {
        new > old
    }

    #[inline(always)]
    fn furthest<T: Ordered>() -> T::Key {
        T::LOWEST
    }
}

impl End for Least {
    #[inline(always)]
    fn is_nearer<K: PartialOrd>(new: K, old: K) -> bool {
        new < old
    }

    #[inline(always)]
    fn furthest<T: Ordered>() -> T::Key {
        T::HIGHEST
    }
}

/// True if `new` takes the place of `old`: it is nearer to the end, or the first NaN.
#[inline(always)]
fn wins<T: Ordered, E: End>(new: T::Key, old: T::Key) -> bool {
    E::is_nearer(new, old) | (T::is_nan(new) & !T::is_nan(old))
}

fn search<T: Ordered, E: End>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: Option<usize>,
    out: &mut [i64],
) {
    if out.is_empty() {
        return;
    }
    assert!(!x.is_empty(), "an extreme of nothing");
    let Some(axis) = axis else {
        let x = x.as_standard_layout();
        let x = x.as_slice().expect("a standard layout is a slice");
        out[0] = search_long::<T, E>(tiles, x);
        return;
    };
    let last = x.ndim() - 1;
    assert_eq!(
        out.len() * x.len_of(Axis(axis)),
        x.len(),
        "length of the output"
    );
    let is_by_rows = axis != last && x.strides()[last] == 1 && x.strides()[axis] != 1;
    if is_by_rows {
        search_rows::<T, E>(tiles, x, axis, out);
    } else {
        search_lanes::<T, E>(tiles, x, axis, out);
    }
}

/// Searches lanes along `axis`, each on its own.
fn search_lanes<T: Ordered, E: End>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: usize,
    out: &mut [i64],
) {
    let others: Vec<usize> = (0..x.ndim()).filter(|&other| other != axis).collect();
    let lens: Vec<usize> = others.iter().map(|&other| x.shape()[other]).collect();
    let x = x.permuted_axes([&others[..], &[axis]].concat());
    let len = x.shape()[x.ndim() - 1];
    let lane = |i: usize| -> ArrayView1<'_, T> {
        at_position(&x, &lens, i)
            .into_dimensionality::<Ix1>()
            .expect("one axis is left")
    };
    if len > 2 * CHUNK {
        for (i, out) in out.iter_mut().enumerate() {
            let lane = lane(i);
            let lane = lane.as_standard_layout();
            *out = search_long::<T, E>(
                tiles,
                lane.as_slice().expect("a standard layout is a slice"),
            );
        }
        return;
    }
    let per_tile = (CHUNK / len).max(1);
    let shares: Vec<_> = out.chunks_mut(per_tile).map(Mutex::new).collect();
    let dense = x.to_slice();
    tiles.run(shares.len(), &|tile| {
        for (i, out) in (tile * per_tile..).zip(shares[tile].lock().iter_mut()) {
            let slice = match dense {
                Some(all) => Some(&all[i * len..(i + 1) * len]),
                None => lane(i).to_slice(),
            };
            let found = match slice {
                Some(slice) => search_run::<T, E>(slice),
                None => first_of::<T, E>(lane(i).iter().copied()),
            };
            *out = found.1 as i64;
        }
    });
}

/// Searches along `axis` row by row, for arrays whose last axis is dense.
fn search_rows<T: Ordered, E: End>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    axis: usize,
    out: &mut [i64],
) {
    let last = x.ndim() - 1;
    let outer: Vec<usize> = (0..last).filter(|&other| other != axis).collect();
    let lens: Vec<usize> = outer.iter().map(|&other| x.shape()[other]).collect();
    let x = x.permuted_axes([&outer[..], &[axis, last]].concat());
    let width = x.shape()[last];
    let per_row = width.div_ceil(COLUMNS);
    let shares: Vec<_> = out
        .chunks_mut(width)
        .flat_map(|row| row.chunks_mut(COLUMNS))
        .map(Mutex::new)
        .collect();
    tiles.run(shares.len(), &|tile| {
        let slab = at_position(&x, &lens, tile / per_row);
        let slab: ArrayView2<'_, T> = slab
            .into_dimensionality::<Ix2>()
            .expect("two axes are left");
        search_columns::<T, E>(slab, tile % per_row * COLUMNS, &mut shares[tile].lock());
    });
}

/// The part of `x` at a position of its leading axes, counted in C order.
fn at_position<'a, T>(x: &ArrayViewD<'a, T>, lens: &[usize], mut i: usize) -> ArrayViewD<'a, T> {
    let mut x = x.clone();
    for (axis, &len) in lens.iter().enumerate().rev() {
        x = x.index_axis_move(Axis(axis), i % len);
        i /= len;
    }
    x
}

/// Searches the columns of `x` from `start` on, one for each of `out`.
fn search_columns<T: Ordered, E: End>(x: ArrayView2<'_, T>, start: usize, out: &mut [i64]) {
    let mut best = vec![E::furthest::<T>(); out.len()];
    out.fill(0);
    let n = out.len();
    let row = |i: usize| {
        let row = x.index_axis(Axis(0), i).to_slice();
        &row.expect("rows are dense")[start..start + n]
    };
    let whole = x.nrows() / ROWS * ROWS;
    simd::run(
        #[inline(always)]
        || {
            for i in (0..whole).step_by(ROWS) {
                let rows: [&[T]; ROWS] = std::array::from_fn(|j| row(i + j));
                take_winners::<T, E, ROWS>(rows, i as i64, &mut best, out);
            }
            for i in whole..x.nrows() {
                take_winners::<T, E, 1>([row(i)], i as i64, &mut best, out);
            }
        },
    );
}

/// Takes several rows, since LLVM makes slow masked stores where a single choice is stored back.
#[inline(always)]
fn take_winners<T: Ordered, E: End, const N: usize>(
    rows: [&[T]; N],
    first: i64,
    best: &mut [T::Key],
    out: &mut [i64],
) {
    let n = out.len();
    let (rows, best) = (rows.map(|row| &row[..n]), &mut best[..n]);
    for j in 0..n {
        let (mut key, mut at) = (best[j], out[j]);
        for (i, row) in (first..).zip(&rows) {
            let new = row[j].key();
            let wins = wins::<T, E>(new, key);
            key = if wins { new } else { key };
            at = if wins { i } else { at };
        }
        (best[j], out[j]) = (key, at);
    }
}

/// The position in a long slice, searched in tiles.
fn search_long<T: Ordered, E: End>(tiles: &dyn Tiles, x: &[T]) -> i64 {
    let parts: Vec<_> = x.chunks(CHUNK).map(|x| Mutex::new((x, None))).collect();
    tiles.run(parts.len(), &|i| {
        let (x, found) = &mut *parts[i].lock();
        *found = Some(search_run::<T, E>(x));
    });
    let found = parts
        .into_iter()
        .map(|part| part.into_inner().1.expect("every tile has run"));
    best_part::<T, E>(found, CHUNK) as i64
}

/// The position of the best of the parts, each of which gives its best key and where it is.
fn best_part<T: Ordered, E: End>(
    parts: impl Iterator<Item = (T::Key, usize)>,
    len: usize,
) -> usize {
    let mut best: Option<(T::Key, usize)> = None;
    for (i, (key, at)) in parts.enumerate() {
        if best.is_none_or(|(old, _)| wins::<T, E>(key, old)) {
            best = Some((key, i * len + at));
        }
    }
    best.expect("there is a part").1
}

/// The best key of a slice and its position: the best block first, then the place in it.
fn search_run<T: Ordered, E: End>(x: &[T]) -> (T::Key, usize) {
    let mut best: Option<(T::Key, &[T], usize)> = None;
    for (i, block) in x.chunks(BLOCK).enumerate() {
        let key = simd::run(
            #[inline(always)]
            || best_key::<T, E>(block),
        );
        if best.is_none_or(|(old, ..)| wins::<T, E>(key, old)) {
            best = Some((key, block, i * BLOCK));
        }
    }
    let (key, block, start) = best.expect("a slice with an element");
    let at = simd::run(
        #[inline(always)]
        || first_place::<T>(block, key),
    );
    (key, start + at)
}

/// The first position of a key in a slice that has it; one NaN is as good as another.
#[inline(always)]
fn first_place<T: Ordered>(x: &[T], key: T::Key) -> usize {
    let is_it = |x: &T| (x.key() == key) | (T::is_nan(key) & T::is_nan(x.key()));
    let has_it = |chunk: &[T; LANES]| chunk.iter().fold(false, |has, x| has | is_it(x));
    let (chunks, rest) = x.as_chunks::<LANES>();
    let whole = chunks.iter().take_while(|chunk| !has_it(chunk)).count();
    let found = chunks.get(whole).map_or(rest, |chunk| &chunk[..]);
    let within = found.iter().position(is_it);
    whole * LANES + within.expect("the best key of the slice")
}

/// The best key of a slice, or a NaN. NaNs are looked for apart, several rows of lanes at a time:
/// comparisons that let them through would take twice as long.
#[inline(always)]
pub(super) fn best_key<T: Ordered, E: End>(x: &[T]) -> T::Key {
    let mut best = [E::furthest::<T>(); LANES];
    let mut nans = best;
    let (groups, rest) = x.as_chunks::<{ ROWS * LANES }>();
    for group in groups {
        take_group::<T, E>(group, &mut best, &mut nans);
    }
    if let Some(&any) = rest.first() {
        let mut group = [any; ROWS * LANES];
        group[..rest.len()].copy_from_slice(rest);
        take_group::<T, E>(&group, &mut best, &mut nans);
    }
    let nan = merge_lanes(&nans, nan_or::<T>);
    nan_or::<T>(merge_lanes(&best, nearer::<E, _>), nan)
}

/// Takes rows of lanes into the best key of each, as [`take_rows`].
#[inline(always)]
fn take_group<T: Ordered, E: End>(
    group: &[T; ROWS * LANES],
    best: &mut [T::Key; LANES],
    nans: &mut [T::Key; LANES],
) {
    if T::IS_FASTER_TOGETHER {
        let keys = T::keys(group);
        take_rows::<T, E>(
            #[inline(always)]
            |at| keys[at],
            best,
            nans,
        );
    } else {
        take_rows::<T, E>(
            #[inline(always)]
            |at| group[at].key(),
            best,
            nans,
        );
    }
}

/// Takes rows of lanes, whose keys `key_at` gives, into the best key of each lane, and a NaN into `nans` where there is one.
#[inline(always)]
fn take_rows<T: Ordered, E: End>(
    key_at: impl Fn(usize) -> T::Key,
    best: &mut [T::Key; LANES],
    nans: &mut [T::Key; LANES],
) {
    for lane in 0..LANES {
        let (mut key, mut has_nan) = (best[lane], false);
        for row in 0..ROWS {
            let new = key_at(row * LANES + lane);
            key = nearer::<E, _>(key, new);
            has_nan |= T::is_nan(new);
        }
        best[lane] = key;
        nans[lane] = if has_nan { T::NAN } else { nans[lane] };
    }
}

/// The key that is nearer to the end, of two that are no NaNs.
#[inline(always)]
fn nearer<E: End, K: PartialOrd + Copy>(a: K, b: K) -> K {
    if E::is_nearer(b, a) { b } else { a }
}

/// `b` if it is a NaN, else `a`.
#[inline(always)]
fn nan_or<T: Ordered>(a: T::Key, b: T::Key) -> T::Key {
    if T::is_nan(b) { b } else { a }
}

/// The best key and its first position.
fn first_of<T: Ordered, E: End>(xs: impl Iterator<Item = T>) -> (T::Key, usize) {
    let mut best: Option<(T::Key, usize)> = None;
    for (i, x) in xs.enumerate() {
        let key = x.key();
        if best.is_none_or(|(old, _)| wins::<T, E>(key, old)) {
            best = Some((key, i));
        }
    }
    best.expect("an element")
}
