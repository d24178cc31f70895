//! Unsigned keys that sort as the elements do.
#![expect(
    unsafe_code,
    reason = "elements are read as the numbers that their bits are"
)]

use std::fmt::Debug;

use half::{bf16, f16};

use super::quick::Word;
use super::{Order, order, real};
use crate::dtype::{C64, C128, Element};
use crate::kernels::Tiles;
use crate::memory::{Plain, Scratch};

/// The bits of a real number, as an unsigned number.
pub(super) trait Bits: Plain + Ord + Default + Send + Sync + 'static {
    /// What such numbers are sorted as.
    type Word: Word;
    /// The last [`digit`](Bits::digit).
    const LAST_DIGIT: u16;

    /// The key of an element with these bits.
    fn to_key(self, form: &Form<Self>) -> Self;
    /// The bits of the element that this is the key of.
    fn to_bits(self, form: &Form<Self>) -> Self;
    /// In which of the steps from `low` on it is, each of `1 << shift`.
    fn digit(self, low: Self, shift: u32) -> u16;
    fn to_word(self) -> Self::Word;
    fn from_word(word: Self::Word) -> Self;
    fn to_u64(self) -> u64;
    fn from_u8(byte: u8) -> Self;
}

/// How the bits of a type become keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form<B> {
    /// Turned around in all.
    all: B,
    /// Turned around in those with the highest bit.
    high: B,
    /// The largest number but for the highest bit; what is above is NaN and has the largest key.
    most: B,
    /// Read as 0.
    zero: B,
    /// Turned around in keys.
    last: B,
}

macro_rules! bits {
    ($($ty:ty, $word:ty;)*) => {
        $(impl Bits for $ty {
            type Word = $word;
            const LAST_DIGIT: u16 = if size_of::<$ty>() == 1 { 0xff } else { 0x3fff };

            #[inline(always)]
            fn to_key(self, form: &Form<$ty>) -> $ty {
                const HIGH: $ty = !(<$ty>::MAX >> 1);
                let bits = if self == form.zero { 0 } else { self };
                let high = if bits >= HIGH { form.high } else { 0 };
                let key = bits ^ form.all ^ high;
                let key = if bits & !HIGH > form.most { <$ty>::MAX } else { key };
                key ^ form.last
            }

            #[inline(always)]
            fn to_bits(self, form: &Form<$ty>) -> $ty {
                const HIGH: $ty = !(<$ty>::MAX >> 1);
                self ^ form.all ^ if self < HIGH { form.high } else { 0 }
            }

            #[inline(always)]
            fn digit(self, low: $ty, shift: u32) -> u16 {
                const LAST: $ty = <$ty as Bits>::LAST_DIGIT as $ty;
                (self.saturating_sub(low) >> shift).min(LAST) as u16
            }

            #[inline(always)]
            fn to_word(self) -> $word {
                self.into()
            }

            #[inline(always)]
            fn from_word(word: $word) -> $ty {
                word as $ty
            }

            #[inline(always)]
            fn to_u64(self) -> u64 {
                self.into()
            }

            #[inline(always)]
            fn from_u8(byte: u8) -> $ty {
                byte.into()
            }
        }

        impl Form<$ty> {
            const UNSIGNED: Form<$ty> = Form { all: 0, high: 0, most: <$ty>::MAX, zero: 0, last: 0 };
            const SIGNED: Form<$ty> = Form { all: !(<$ty>::MAX >> 1), ..Form::<$ty>::UNSIGNED };

            /// The keys that equal elements share, -0 and 0 too, in an order.
            const fn ordered(self, order: Order) -> Form<$ty> {
                Form {
                    zero: if self.high == 0 { 0 } else { self.all },
                    last: match order {
                        Order::Ascending => 0,
                        Order::Descending => <$ty>::MAX,
                    },
                    ..self
                }
            }
        })*
    };
}

bits! {
    u8, u32;
    u16, u32;
    u32, u32;
    u64, u64;
}

/// The key of a complex number, compared field by field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pair<K> {
    /// Which parts are NaN: none, the imaginary, the real, both.
    nan: u8,
    re: K,
    im: K,
}

/// Elements that can be sorted: NaN last, complex numbers by their real part first.
pub trait SortKey: Element {
    /// The type of the keys.
    type Key: Copy + Ord + Debug + Send;
    /// The key; equal elements (-0 and 0) and all NaN have equal ones.
    fn key(self) -> Self::Key;
    /// The key that sorts in an order.
    fn ordered_key(self, order: Order) -> Self::Key;
    /// Sorts elements, the smallest first.
    fn sort(tiles: &dyn Tiles, x: &[Self], out: &mut [Self]);
    /// The positions that sort elements; equal ones keep their order.
    fn argsort(tiles: &dyn Tiles, x: &[Self], order: Order, out: &mut [i64]);
}

/// Bits of floats sort as sign and magnitude: negative ones are turned around, the others put after
/// them; -0 sorts before 0.
macro_rules! real {
    ($($ty:ty, $bits:ty, |$x:ident| $to_bits:expr, $form:expr;)*) => {
        $(impl SortKey for $ty {
            type Key = $bits;

            #[inline(always)]
            fn key(self) -> $bits {
                self.ordered_key(Order::Ascending)
            }

            #[inline(always)]
            fn ordered_key(self, order: Order) -> $bits {
                let $x = self;
                let bits: $bits = $to_bits;
                bits.to_key(&($form).ordered(order))
            }

            fn sort(tiles: &dyn Tiles, x: &[$ty], out: &mut [$ty]) {
                // SAFETY: an element is a number of as many bits. What sorting writes are bits
                // that it has read, or of a NaN.
                let (x, out) = unsafe {
                    (
                        std::slice::from_raw_parts(x.as_ptr().cast::<$bits>(), x.len()),
                        std::slice::from_raw_parts_mut(out.as_mut_ptr().cast::<$bits>(), out.len()),
                    )
                };
                real::sort(tiles, x, &$form, out);
            }

            fn argsort(tiles: &dyn Tiles, x: &[$ty], order: Order, out: &mut [i64]) {
                // SAFETY: an element is a number of as many bits.
                let x = unsafe { std::slice::from_raw_parts(x.as_ptr().cast::<$bits>(), x.len()) };
                order::argsort(tiles, x, &($form).ordered(order), None, out);
            }
        })*
    };
}

real! {
    bool, u8, |x| u8::from(x), Form::<u8>::UNSIGNED;
    u8, u8, |x| x, Form::<u8>::UNSIGNED;
    u16, u16, |x| x, Form::<u16>::UNSIGNED;
    u32, u32, |x| x, Form::<u32>::UNSIGNED;
    u64, u64, |x| x, Form::<u64>::UNSIGNED;
    i8, u8, |x| x.cast_unsigned(), Form::<u8>::SIGNED;
    i16, u16, |x| x.cast_unsigned(), Form::<u16>::SIGNED;
    i32, u32, |x| x.cast_unsigned(), Form::<u32>::SIGNED;
    i64, u64, |x| x.cast_unsigned(), Form::<u64>::SIGNED;
    f16, u16, |x| x.to_bits(), Form { high: u16::MAX >> 1, most: 0x7c00, ..Form::<u16>::SIGNED };
    bf16, u16, |x| x.to_bits(), Form { high: u16::MAX >> 1, most: 0x7f80, ..Form::<u16>::SIGNED };
    f32, u32, |x| x.to_bits(), Form { high: u32::MAX >> 1, most: 0x7f80_0000, ..Form::<u32>::SIGNED };
    f64, u64, |x| x.to_bits(), Form { high: u64::MAX >> 1, most: 0x7ff0_0000_0000_0000, ..Form::<u64>::SIGNED };
}

macro_rules! complex {
    ($($ty:ty, $key:ty;)*) => {
        $(impl SortKey for $ty {
            type Key = Pair<$key>;

            fn key(self) -> Pair<$key> {
                self.ordered_key(Order::Ascending)
            }

            fn ordered_key(self, order: Order) -> Pair<$key> {
                let nan = u8::from(self.re.is_nan()) << 1 | u8::from(self.im.is_nan());
                Pair {
                    nan: if order == Order::Ascending { nan } else { 3 - nan },
                    re: self.re.ordered_key(order),
                    im: self.im.ordered_key(order),
                }
            }

            fn sort(tiles: &dyn Tiles, x: &[$ty], out: &mut [$ty]) {
                let mut order = Scratch::new(x.len());
                // -0 equals 0 in each part, and sorts before it where all parts are equal.
                let signs = |x: $ty| (!x.re.is_sign_negative(), !x.im.is_sign_negative());
                let exact = |x: $ty| (x.key(), signs(x));
                argsort_pairs(tiles, x, exact, |x| x.key(), &mut order);
                for (out, &at) in out.iter_mut().zip(&*order) {
                    *out = x[at as usize];
                }
            }

            fn argsort(tiles: &dyn Tiles, x: &[$ty], order: Order, out: &mut [i64]) {
                let key = |x: $ty| x.ordered_key(order);
                argsort_pairs(tiles, x, key, key, out);
            }
        })*
    };
}

complex! {
    C64, u32;
    C128, u64;
}

/// The positions that sort complex numbers by keys: first by what of each goes into 64 bits.
fn argsort_pairs<T: Copy + Sync, K: Ord, P: Copy + Into<u64>>(
    tiles: &dyn Tiles,
    x: &[T],
    key: impl Fn(T) -> K + Sync,
    pair: impl Fn(T) -> Pair<P> + Sync,
    out: &mut [i64],
) {
    let mut first = Scratch::<u64>::new(x.len());
    for (first, &x) in first.iter_mut().zip(x) {
        let Pair { nan, re, .. } = pair(x);
        let re: u64 = re.into();
        *first = u64::from(nan) << 62 | re << (64 - 8 * size_of::<P>()) >> 2;
    }
    let compare = |i: usize, j: usize| key(x[i]).cmp(&key(x[j]));
    order::argsort(tiles, &first, &Form::<u64>::UNSIGNED, Some(&compare), out);
}
