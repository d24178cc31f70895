//! Scalar functions of the integer types for the loops of elementwise kernels, by NumPy's rules:
//! they wrap, and what has no value (a quotient by zero) is 0.

use crate::dtype::Element;

/// An integer type that kernels compute in, with its functions.
pub trait Integer: Element + Ord {
    /// The integer below the quotient; 0 for a divisor of 0.
    fn floor_divide(self, y: Self) -> Self;
    /// Remainder with the sign of the divisor; 0 for a divisor of 0.
    fn modulo(self, y: Self) -> Self;
    /// Remainder with the sign of the dividend; 0 for a divisor of 0.
    fn fmod(self, y: Self) -> Self;
    /// The quotient of 1, cut off; 0 for 0.
    fn reciprocal(self) -> Self;
    /// `self` to the power `y`; 0 for a negative `y`.
    fn power(self, y: Self) -> Self;
    /// Shifted towards the high bits; 0 beyond the width.
    fn left_shift(self, y: Self) -> Self;
    /// Shifted towards the low bits; beyond the width only the sign is left.
    fn right_shift(self, y: Self) -> Self;
    /// Greatest common divisor.
    fn gcd(self, y: Self) -> Self;
    /// Least common multiple.
    fn lcm(self, y: Self) -> Self;
    /// -1, 0 or 1.
    fn sign(self) -> Self;
    /// The absolute value; the smallest integer stays itself.
    fn absolute(self) -> Self;
}

macro_rules! integer {
    ($($ty:ident: $kind:ident),*) => { $(
        impl Integer for $ty {
            #[inline(always)]
            fn floor_divide(self, y: $ty) -> $ty {
                if y == 0 {
                    return 0;
                }
                let quotient = self.wrapping_div(y);
                let below = self.wrapping_rem(y) != 0 && integer!(@ negative $kind, self ^ y);
                quotient.wrapping_sub($ty::from(below))
            }

            #[inline(always)]
            fn modulo(self, y: $ty) -> $ty {
                if y == 0 {
                    return 0;
                }
                let rest = self.wrapping_rem(y);
                let opposite = rest != 0 && integer!(@ negative $kind, rest ^ y);
                if opposite { rest.wrapping_add(y) } else { rest }
            }

            #[inline(always)]
            fn fmod(self, y: $ty) -> $ty {
                if y == 0 { 0 } else { self.wrapping_rem(y) }
            }

            #[inline(always)]
            fn reciprocal(self) -> $ty {
                if self == 1 || self.wrapping_add(1) == 0 && $ty::MIN != 0 { self } else { 0 }
            }

            #[inline(always)]
            fn power(self, y: $ty) -> $ty {
                if integer!(@ negative $kind, y) {
                    return 0;
                }
                let (mut base, mut rest, mut power) = (self, y, 1 as $ty);
                while rest != 0 {
                    if rest & 1 == 1 {
                        power = power.wrapping_mul(base);
                    }
                    base = base.wrapping_mul(base);
                    rest >>= 1;
                }
                power
            }

            #[inline(always)]
            fn left_shift(self, y: $ty) -> $ty {
                // A negative count is a large one once its sign counts as a bit.
                if (y as u64) < u64::from($ty::BITS) { self.wrapping_shl(y as u32) } else { 0 }
            }

            #[inline(always)]
            fn right_shift(self, y: $ty) -> $ty {
                let count = if (y as u64) < u64::from($ty::BITS) { y as u32 } else { $ty::BITS - 1 };
                let beyond = (y as u64) >= u64::from($ty::BITS) && $ty::MIN == 0;
                if beyond { 0 } else { self >> count }
            }

            #[inline(always)]
            fn gcd(self, y: $ty) -> $ty {
                let (mut a, mut b) = (self.absolute(), y.absolute());
                while b != 0 {
                    (a, b) = (b, a.wrapping_rem(b).absolute());
                }
                a
            }

            #[inline(always)]
            fn lcm(self, y: $ty) -> $ty {
                let common = self.gcd(y);
                if common == 0 {
                    return 0;
                }
                self.absolute().wrapping_div(common).wrapping_mul(y.absolute())
            }

            #[inline(always)]
            fn sign(self) -> $ty {
                let is_negative = integer!(@ negative $kind, self);
                if is_negative { (0 as $ty).wrapping_sub(1) } else { $ty::from(self != 0) }
            }

            #[inline(always)]
            fn absolute(self) -> $ty {
                integer!(@ $kind, self)
            }
        }
    )* };
    (@ negative signed, $x:expr) => { ($x) < 0 };
    (@ negative unsigned, $x:expr) => {{ let _ = $x; false }};
    (@ signed, $x:ident) => { $x.wrapping_abs() };
    (@ unsigned, $x:ident) => { $x };
}

integer! {
    i8: signed, i16: signed, i32: signed, i64: signed,
    u8: unsigned, u16: unsigned, u32: unsigned, u64: unsigned
}
