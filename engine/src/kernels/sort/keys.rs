//! Unsigned keys that sort as the elements do.
#![expect(unsafe_code, reason = "a key says that any bytes are one")]

use std::fmt::Debug;

use half::{bf16, f16};

use crate::dtype::{C64, C128, Element};
use crate::memory::Plain;

/// An unsigned number, sorted as such, with access to its bytes.
pub trait Key: Plain + Ord + Debug + Send + Sync + 'static {
    /// Its number of bytes.
    const DIGITS: usize;
    /// The `i`-th byte from the lowest.
    fn digit(self, i: usize) -> usize;
    /// True if the bytes from the `i`-th on are the same.
    fn same_from(self, other: Self, i: usize) -> bool;
    /// The key that sorts the other way round.
    fn reversed(self) -> Self;
}

macro_rules! unsigned {
    ($($ty:ty)*) => {
        $(impl Key for $ty {
            const DIGITS: usize = size_of::<$ty>();

            #[inline(always)]
            fn digit(self, i: usize) -> usize {
                (self >> (8 * i)) as usize & 0xff
            }

            #[inline(always)]
            fn same_from(self, other: $ty, i: usize) -> bool {
                (self ^ other) >> (8 * i) == 0
            }

            fn reversed(self) -> $ty {
                !self
            }
        })*
    };
}

unsigned!(u8 u16 u32 u64);

/// The key of a complex number, compared field by field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct Pair<K> {
    /// Which parts are NaN: none, the imaginary, the real, both.
    nan: u8,
    re: K,
    im: K,
    /// In exact keys, which parts are not -0: the last to compare, as -0 equals 0 in each part.
    signs: u8,
}

// SAFETY: unsigned numbers all of them; any bytes are some.
unsafe impl<K: Key> Plain for Pair<K> {}

impl<K: Key> Key for Pair<K> {
    const DIGITS: usize = 2 * K::DIGITS + 2;

    #[inline(always)]
    fn digit(self, i: usize) -> usize {
        match i {
            0 => usize::from(self.signs),
            _ if i <= K::DIGITS => self.im.digit(i - 1),
            _ if i <= 2 * K::DIGITS => self.re.digit(i - 1 - K::DIGITS),
            _ => usize::from(self.nan),
        }
    }

    fn same_from(self, other: Pair<K>, i: usize) -> bool {
        (i..Self::DIGITS).all(|i| self.digit(i) == other.digit(i))
    }

    fn reversed(self) -> Pair<K> {
        Pair {
            nan: !self.nan,
            re: self.re.reversed(),
            im: self.im.reversed(),
            signs: !self.signs,
        }
    }
}

/// Elements that can be sorted: NaN last, complex numbers by their real part first.
pub trait SortKey: Element {
    /// The type of the keys.
    type Key: Key;
    /// The key; equal elements (-0 and 0) and all NaN have equal ones.
    fn key(self) -> Self::Key;
    /// A key that the element can be made from again; -0 sorts before 0.
    fn exact_key(self) -> Self::Key;
    /// The element of an exact key.
    fn from_key(key: Self::Key) -> Self;
}

macro_rules! exact {
    ($($ty:ty, $key:ty: |$x:ident| $to:expr, |$k:ident| $from:expr;)*) => {
        $(impl SortKey for $ty {
            type Key = $key;

            #[inline(always)]
            fn key(self) -> $key {
                self.exact_key()
            }

            #[inline(always)]
            fn exact_key(self) -> $key {
                let $x = self;
                $to
            }

            #[inline(always)]
            fn from_key($k: $key) -> $ty {
                $from
            }
        })*
    };
}

exact! {
    bool, u8: |x| u8::from(x), |k| k != 0;
    u8, u8: |x| x, |k| k;
    u16, u16: |x| x, |k| k;
    u32, u32: |x| x, |k| k;
    u64, u64: |x| x, |k| k;
    i8, u8: |x| (x ^ i8::MIN) as u8, |k| k as i8 ^ i8::MIN;
    i16, u16: |x| (x ^ i16::MIN) as u16, |k| k as i16 ^ i16::MIN;
    i32, u32: |x| (x ^ i32::MIN) as u32, |k| k as i32 ^ i32::MIN;
    i64, u64: |x| (x ^ i64::MIN) as u64, |k| k as i64 ^ i64::MIN;
}

/// Bits of floats sort as sign and magnitude: negative ones are turned around, the others put
/// after them. NaN gets the largest key, whose bits are a NaN.
macro_rules! float {
    ($($ty:ty, $key:ty;)*) => {
        $(impl SortKey for $ty {
            type Key = $key;

            #[inline(always)]
            fn key(self) -> $key {
                const ZERO: $key = 1 << (<$key>::BITS - 1);
                let key = self.exact_key();
                // The key of -0.
                if key == ZERO - 1 { ZERO } else { key }
            }

            #[inline(always)]
            fn exact_key(self) -> $key {
                const SIGN: $key = 1 << (<$key>::BITS - 1);
                let bits = self.to_bits();
                match () {
                    () if self.is_nan() => <$key>::MAX,
                    () if bits & SIGN == 0 => bits | SIGN,
                    () => !bits,
                }
            }

            #[inline(always)]
            fn from_key(key: $key) -> $ty {
                const SIGN: $key = 1 << (<$key>::BITS - 1);
                <$ty>::from_bits(if key & SIGN == 0 { !key } else { key ^ SIGN })
            }
        })*
    };
}

float! {
    f16, u16;
    bf16, u16;
    f32, u32;
    f64, u64;
}

macro_rules! complex {
    ($($ty:ty, $part:ty, $key:ty;)*) => {
        $(impl SortKey for $ty {
            type Key = Pair<$key>;

            fn key(self) -> Pair<$key> {
                let nan = u8::from(self.re.is_nan()) << 1 | u8::from(self.im.is_nan());
                Pair { nan, re: self.re.key(), im: self.im.key(), signs: 0 }
            }

            fn exact_key(self) -> Pair<$key> {
                let positive = |x: $part| u8::from(x.key() == x.exact_key());
                Pair { signs: positive(self.re) << 1 | positive(self.im), ..self.key() }
            }

            fn from_key(key: Pair<$key>) -> $ty {
                let part = |k, positive| if positive { <$part>::from_key(k) } else { -0.0 };
                <$ty>::new(part(key.re, key.signs & 2 != 0), part(key.im, key.signs & 1 != 0))
            }
        })*
    };
}

complex! {
    C64, f32, u32;
    C128, f64, u64;
}
