//! The positions that sort elements: numbers of which the upper half is a key and the lower the
//! position of its element. Of long keys only 32 bits; the few elements that these leave together
//! are compared.
#![expect(
    unsafe_code,
    reason = "positions are written over the numbers they are of"
)]

use std::cmp::Ordering;

use super::buckets::{Buckets, MANY, shift_to_32_bits};
use super::keys::{Bits, Form};
use super::quick;
use crate::kernels::{Tiles, simd};
use crate::memory::Scratch;

/// Compares the elements at two positions.
pub(super) type Compare<'a> = dyn Fn(usize, usize) -> Ordering + Sync + 'a;

/// The positions that sort the elements of these bits by their keys, where 64 bits of these are
/// near each other by `compare`, if there is more to compare. Equal ones keep their order.
pub(super) fn argsort<B: Bits>(
    tiles: &dyn Tiles,
    x: &[B],
    form: &Form<B>,
    compare: Option<&Compare<'_>>,
    out: &mut [i64],
) {
    let n = x.len();
    assert_eq!(n, out.len(), "every element has a place");
    assert!(
        u32::try_from(n).is_ok(),
        "positions of {n} elements exceed 32 bits"
    );
    let keys = |i: usize, j: usize| x[i].to_key(form).cmp(&x[j].to_key(form));
    let compare = (size_of::<B>() == 8).then_some(compare.unwrap_or(&keys));
    // SAFETY: both are numbers of 64 bits.
    let out = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<u64>(), n) };
    if n >= MANY {
        let form = *form;
        let number = move |at: usize, range| number(x[at].to_key(&form), range, at);
        let each = |bucket: &mut [u64]| finish(bucket, compare);
        return Buckets::new(tiles, x, &form).each(number, out, each);
    }
    simd::run(
        #[inline(always)]
        || number_all(x, form, out),
    );
    finish(out, compare);
}

/// A number that sorts as the key and then the position do.
#[inline(always)]
fn number<B: Bits>(key: B, (low, shift): (u64, u32), at: usize) -> u64 {
    let key = match size_of::<B>() {
        8 => (key.to_u64() - low) >> shift,
        _ => key.to_u64(),
    };
    key << 32 | at as u64
}

#[inline(always)]
fn number_all<B: Bits>(x: &[B], form: &Form<B>, out: &mut [u64]) {
    let form = *form;
    let (mut low, mut high) = (u64::MAX, 0);
    if size_of::<B>() == 8 {
        for x in x {
            let key = x.to_key(&form).to_u64();
            (low, high) = (low.min(key), high.max(key));
        }
    }
    let range = (low, shift_to_32_bits(high.wrapping_sub(low)));
    for (at, (out, x)) in out.iter_mut().zip(x).enumerate() {
        *out = number(x.to_key(&form), range, at);
    }
}

/// Sorts the numbers and leaves their positions.
fn finish(numbers: &mut [u64], compare: Option<&Compare<'_>>) {
    if !numbers.is_sorted() {
        quick::sort(numbers, &mut Scratch::new(numbers.len()));
    }
    const LOWER: u64 = u32::MAX as u64;
    if let Some(compare) = compare {
        let compare = |a: &u64, b: &u64| {
            let (a, b) = (a & LOWER, b & LOWER);
            compare(a as usize, b as usize).then(a.cmp(&b))
        };
        for run in numbers.chunk_by_mut(|a, b| a >> 32 == b >> 32) {
            if !run.is_sorted_by(|a, b| compare(a, b).is_lt()) {
                run.sort_unstable_by(compare);
            }
        }
    }
    for number in numbers {
        *number &= LOWER;
    }
}
