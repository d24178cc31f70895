//! Buckets of elements that lie between each other's, by a sample: so many, and alike in size, that
//! each fits a cache and threads have enough to share.

use super::GRAIN;
use super::distribute::{Blocks, split};
use super::keys::{Bits, Form};
use crate::kernels::parts::{each_chunk, each_part};
use crate::kernels::{Tiles, simd};
use crate::memory::Scratch;

/// Elements from which buckets are worth their passes.
pub(super) const MANY: usize = 1 << 18;

/// Elements of a bucket, where there are not too many of them for 128.
const BUCKET: usize = 1 << 15;

/// Elements of the sample for each bucket.
const SAMPLE: usize = 16;

/// Elements whose digits are taken at once.
const STRETCH: usize = 1 << 9;

/// The bucket of each element.
pub(super) struct Buckets<'a> {
    tiles: &'a dyn Tiles,
    buckets: Scratch<u8>,
    /// The smallest key of each bucket, and by how much keys are shifted to be within 32 bits of it.
    ranges: [(u64, u32); 256],
}

impl Buckets<'_> {
    pub(super) fn new<'a, B: Bits>(tiles: &'a dyn Tiles, x: &[B], form: &Form<B>) -> Buckets<'a> {
        let rule = Rule::new(x, form);
        let mut buckets = Scratch::new(x.len());
        each_chunk(tiles, &mut buckets, GRAIN, |start, chunk| {
            rule.apply(&x[start..][..chunk.len()], form, chunk);
        });
        Buckets {
            tiles,
            buckets,
            ranges: rule.ranges(),
        }
    }

    /// Moves what `make` gives for the positions and ranges of the elements to `out`, bucket by
    /// bucket, and calls `each` with those of every bucket.
    pub(super) fn each<Y: Copy + Send>(
        &self,
        make: impl Fn(usize, (u64, u32)) -> Y + Sync + Copy,
        out: &mut [Y],
        each: impl Fn(&mut [Y]) + Sync,
    ) {
        let (buckets, ranges) = (&*self.buckets, &self.ranges);
        let bucket = move |at: usize| usize::from(buckets[at]);
        let make = move |at| make(at, ranges[bucket(at)]);
        let starts = Blocks::new(self.tiles, out.len()).distribute(bucket, make, out);
        each_part(self.tiles, split(out, &starts), |_, bucket| each(bucket));
    }
}

/// Which keys go to which bucket.
struct Rule<B> {
    low: B,
    shift: u32,
    /// The bucket of each digit.
    buckets: Vec<u8>,
}

impl<B: Bits> Rule<B> {
    fn new(x: &[B], form: &Form<B>) -> Rule<B> {
        let n_buckets = x.len().div_ceil(BUCKET).clamp(2, 128);
        let n = n_buckets * SAMPLE;
        let step = x.len() / n;
        // Not at even steps: elements may come in a rhythm.
        let place = |i: usize| i * step + (i as u32).wrapping_mul(0x9e37_79b9) as usize % step;
        let mut sample: Vec<B> = (0..n).map(|i| x[place(i)].to_key(form)).collect();
        sample.sort_unstable();
        // What few lie far away must not make the steps wide.
        let few = n / 64;
        let (low, high) = (sample[few], sample[n - 1 - few]);
        let width = high.to_u64() - low.to_u64();
        let is_in_steps = |shift: &u32| width >> shift <= u64::from(B::LAST_DIGIT);
        let shift = (0..64).find(is_in_steps).expect("0 is in the steps");
        let mut before = sample.iter().map(|key| key.digit(low, shift)).peekable();
        let mut n_before = 0;
        let buckets = (0..=B::LAST_DIGIT).map(|digit| {
            while before.next_if(|&one| one < digit).is_some() {
                n_before += 1;
            }
            (n_before / SAMPLE).min(n_buckets - 1) as u8
        });
        Rule {
            low,
            shift,
            buckets: buckets.collect(),
        }
    }

    fn apply(&self, x: &[B], form: &Form<B>, buckets: &mut [u8]) {
        let mut digits = [0; STRETCH];
        for (x, buckets) in x.chunks(STRETCH).zip(buckets.chunks_mut(STRETCH)) {
            let digits = &mut digits[..x.len()];
            simd::run(
                #[inline(always)]
                || to_digits(x, form, self.low, self.shift, digits),
            );
            for (bucket, &digit) in buckets.iter_mut().zip(&*digits) {
                *bucket = self.buckets[usize::from(digit)];
            }
        }
    }

    fn ranges(&self) -> [(u64, u32); 256] {
        let mut ranges = [(0, 0); 256];
        // `None` beyond the greatest key there may be.
        let first = |digit: usize| match digit {
            0 => Some(0),
            _ => self.low.to_u64().checked_add((digit as u64) << self.shift),
        };
        let mut digit = 0;
        for digits in self.buckets.chunk_by(|a, b| a == b) {
            let next = digit + digits.len();
            let start = first(digit).unwrap_or(u64::MAX);
            let end = first(next).filter(|_| next < self.buckets.len());
            let last = end.map_or(u64::MAX, |end| end - 1);
            ranges[usize::from(digits[0])] = (start, shift_to_32_bits(last - start));
            digit = next;
        }
        ranges
    }
}

/// By how much numbers up to `most` are shifted to have 32 bits.
pub(super) fn shift_to_32_bits(most: u64) -> u32 {
    32_u32.saturating_sub(most.leading_zeros())
}

#[inline(always)]
fn to_digits<B: Bits>(x: &[B], form: &Form<B>, low: B, shift: u32, digits: &mut [u16]) {
    let form = *form;
    for (digit, x) in digits.iter_mut().zip(x) {
        *digit = x.to_key(&form).digit(low, shift);
    }
}
