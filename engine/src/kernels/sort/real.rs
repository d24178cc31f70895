//! Sorts real numbers.

use super::buckets::{Buckets, MANY};
use super::distribute::Blocks;
use super::keys::{Bits, Form};
use super::{GRAIN, quick};
use crate::kernels::parts::each_chunk;
use crate::kernels::{Tiles, simd};
use crate::memory::Scratch;

/// Elements of one byte from which they are counted.
const MANY_BYTES: usize = 1 << 10;

/// Sorts the elements of these bits, the smallest first.
pub(super) fn sort<B: Bits>(tiles: &dyn Tiles, x: &[B], form: &Form<B>, out: &mut [B]) {
    assert_eq!(x.len(), out.len(), "every element has a place");
    match x.len() {
        n if size_of::<B>() == 1 && n >= MANY_BYTES => count(tiles, x, form, out),
        n if n >= MANY => Buckets::new(tiles, x, form).each(
            move |at, _| x[at],
            out,
            |bucket| {
                let mut words = Scratch::new(2 * bucket.len());
                read(bucket, form, &mut words[..bucket.len()]);
                write(&mut words, form, bucket);
            },
        ),
        n => {
            let mut words = Scratch::new(2 * n);
            read(x, form, &mut words[..n]);
            write(&mut words, form, out);
        }
    }
}

/// Writes as many of each element as there are.
fn count<B: Bits>(tiles: &dyn Tiles, x: &[B], form: &Form<B>, out: &mut [B]) {
    let n = x.len();
    let form = *form;
    let key = move |at: usize| x[at].to_key(&form).to_u64() as usize;
    let starts = Blocks::new(tiles, n).starts(key);
    each_chunk(tiles, out, GRAIN, |start, chunk| {
        let end = start + chunk.len();
        let place = |at: usize| at.clamp(start, end) - start;
        for (key, &first) in starts.iter().enumerate() {
            let next = starts.get(key + 1).copied().unwrap_or(n);
            let key = B::from_u8(key as u8).to_bits(&form);
            chunk[place(first)..place(next)].fill(key);
        }
    });
}

/// The keys of elements.
fn read<B: Bits>(x: &[B], form: &Form<B>, words: &mut [B::Word]) {
    #[inline(always)]
    fn body<B: Bits>(x: &[B], form: &Form<B>, words: &mut [B::Word]) {
        let form = *form;
        for (word, x) in words.iter_mut().zip(x) {
            *word = x.to_key(&form).to_word();
        }
    }
    simd::run(
        #[inline(always)]
        || body(x, form, words),
    );
}

/// Sorts the keys in the first half of `words` and writes their elements.
fn write<B: Bits>(words: &mut [B::Word], form: &Form<B>, out: &mut [B]) {
    #[inline(always)]
    fn body<B: Bits>(words: &[B::Word], form: &Form<B>, out: &mut [B]) {
        let form = *form;
        for (out, word) in out.iter_mut().zip(words) {
            *out = B::from_word(*word).to_bits(&form);
        }
    }
    let (words, spare) = words.split_at_mut(out.len());
    quick::sort(words, spare);
    simd::run(
        #[inline(always)]
        || body(words, form, out),
    );
}
