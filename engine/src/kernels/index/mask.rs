//! Choosing by truth values: where they are true, and the rows that stand there.

use ndarray::ArrayViewD;

use super::GRAIN;
use crate::dtype::Element;
use crate::kernels::Tiles;
use crate::kernels::copy::flat;
use crate::kernels::parts::{each_chunk, each_part};

/// Truth values that are looked at together.
const BLOCK: usize = 512;

/// The number of blocks that [`count_true`] counts for a mask of `n` elements.
pub fn n_blocks(n: usize) -> usize {
    n.div_ceil(GRAIN)
}

/// How many elements are true, for each block of the mask.
pub fn count_true(tiles: &dyn Tiles, mask: ArrayViewD<'_, bool>, counts: &mut [i64]) {
    let mask = flat(tiles, mask);
    each_chunk(tiles, counts, 1, |first, counts| {
        for (count, mask) in counts.iter_mut().zip(mask[first * GRAIN..].chunks(GRAIN)) {
            *count = mask
                .chunks(255)
                .map(|mask| i64::from(mask.iter().map(|&is_true| u8::from(is_true)).sum::<u8>()))
                .sum();
        }
    });
}

/// Calls `found` with the positions of the true elements, some at a time; they are counted from
/// `start`.
fn each_true(mask: &[bool], start: usize, mut found: impl FnMut(&[usize])) {
    let mut places = [0; BLOCK];
    for (block, mask) in mask.chunks(BLOCK).enumerate() {
        let mut n = 0;
        for (i, &is_true) in mask.iter().enumerate() {
            // Written in any case, and kept if true: no branch to mispredict.
            places[n] = start + block * BLOCK + i;
            n += usize::from(is_true);
        }
        found(&places[..n]);
    }
}

/// Calls `found(part, places)` with the positions of the true elements in turn, for the parts of
/// an output that has `size` elements for each of them; `counts` are those of [`count_true`].
fn each_place<U: Send>(
    tiles: &dyn Tiles,
    mask: &[bool],
    counts: &[usize],
    size: usize,
    mut out: &mut [U],
    found: impl Fn(&mut [U], &[usize]) + Sync,
) {
    let mut parts = Vec::with_capacity(counts.len());
    for &count in counts {
        let part;
        (part, out) = out.split_at_mut(count * size);
        parts.push(part);
    }
    each_part(tiles, parts, |block, mut part| {
        let start = block * GRAIN;
        let end = mask.len().min(start + GRAIN);
        each_true(&mask[start..end], start, |places| {
            let (first, rest) = std::mem::take(&mut part).split_at_mut(places.len() * size);
            found(first, places);
            part = rest;
        });
    });
}

/// The coordinates along `axis` of the true elements, in C order.
pub fn coordinates(
    tiles: &dyn Tiles,
    mask: ArrayViewD<'_, bool>,
    counts: &[usize],
    axis: usize,
    out: &mut [i64],
) {
    let shape = mask.shape();
    let (len, inner) = (shape[axis], shape[axis + 1..].iter().product::<usize>());
    let is_flat = shape[..axis].iter().all(|&len| len == 1) && inner == 1;
    each_place(
        tiles,
        &flat(tiles, mask.view()),
        counts,
        1,
        out,
        |out, places| {
            if is_flat {
                out.iter_mut()
                    .zip(places)
                    .for_each(|(out, &at)| *out = at as i64);
            } else {
                out.iter_mut()
                    .zip(places)
                    .for_each(|(out, &at)| *out = (at / inner % len) as i64);
            }
        },
    );
}

/// The rows of `x` for which the mask is true, one after the other; `x` has the axes of the mask
/// and then those of a row.
pub fn compress<T: Element>(
    tiles: &dyn Tiles,
    x: ArrayViewD<'_, T>,
    mask: ArrayViewD<'_, bool>,
    counts: &[usize],
    out: &mut [T],
) {
    let size: usize = x.shape()[mask.ndim()..].iter().product();
    let (x, mask) = (flat(tiles, x), flat(tiles, mask));
    each_place(tiles, &mask, counts, size, out, |out, places| {
        if size == 1 {
            out.iter_mut()
                .zip(places)
                .for_each(|(out, &at)| *out = x[at]);
        } else if size > 0 {
            for (out, &at) in out.chunks_exact_mut(size).zip(places) {
                out.copy_from_slice(&x[at * size..][..size]);
            }
        }
    });
}

/// The reverse of [`compress`]: `rows` go to where the mask is true, zeros elsewhere.
pub fn expand<T: Element>(
    tiles: &dyn Tiles,
    rows: ArrayViewD<'_, T>,
    mask: ArrayViewD<'_, bool>,
    counts: &[usize],
    out: &mut [T],
) {
    let size: usize = rows.shape()[1..].iter().product();
    if out.is_empty() {
        return;
    }
    let (rows, mask) = (flat(tiles, rows), flat(tiles, mask));
    let starts = counts.iter().scan(0, |end, count| {
        *end += count;
        Some(*end - count)
    });
    let starts: Vec<usize> = starts.collect();
    each_chunk(tiles, out, GRAIN * size, |at, out| {
        out.fill(T::default());
        let (start, mut row) = (at / size, starts[at / size / GRAIN]);
        let end = start + out.len() / size;
        each_true(&mask[start..end], 0, |places| {
            for &place in places {
                out[place * size..][..size].copy_from_slice(&rows[row * size..][..size]);
                row += 1;
            }
        });
    });
}
