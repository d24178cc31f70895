//! Division with a remainder that has the sign of the divisor, by NumPy's rules.

use super::Real;

#[inline(always)]
pub(super) fn modulo<T: Real>(x: T, y: T) -> T {
    let rest = x.fmod(y);
    if rest == T::ZERO {
        return T::ZERO.copysign(y);
    }
    if (rest < T::ZERO) == (y < T::ZERO) {
        rest
    } else {
        rest + y
    }
}

#[inline(always)]
pub(super) fn floor_divide<T: Real>(x: T, y: T) -> T {
    if y == T::ZERO {
        return x / y;
    }
    let rest = x.fmod(y);
    let quotient = (x - rest) / y;
    let opposite = rest != T::ZERO && (rest < T::ZERO) != (y < T::ZERO);
    let quotient = if opposite {
        quotient - T::ONE
    } else {
        quotient
    };
    if quotient == T::ZERO {
        return T::ZERO.copysign(x / y);
    }
    // The quotient is an integer but for rounding.
    let floor = quotient.floor();
    if quotient - floor > T::of(0.5) {
        floor + T::ONE
    } else {
        floor
    }
}
