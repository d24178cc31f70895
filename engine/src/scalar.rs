//! A number from outside: weakly typed, so that `x + 1` keeps the dtype of `x`.

use crate::dtype::{C128, DType, Kind, default_float};

/// A Python or Rust number that takes part in an op beside arrays.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A real number.
    Float(f64),
    /// A complex number.
    Complex(C128),
}

impl Scalar {
    /// The kind of number.
    pub fn kind(self) -> Kind {
        match self {
            Scalar::Bool(_) => Kind::Bool,
            Scalar::Int(_) => Kind::Int,
            Scalar::Float(_) => Kind::Float,
            Scalar::Complex(_) => Kind::Complex,
        }
    }

    /// The dtype of an op on an array of `dtype` and this number: the array's, unless the number
    /// is of a higher kind.
    pub fn promote(self, dtype: DType) -> DType {
        if self.kind() <= dtype.kind() {
            return dtype;
        }
        match self.kind() {
            Kind::Complex => dtype.to_complex(),
            Kind::Float => default_float(),
            _ => DType::I64,
        }
    }

    /// The dtype of an array made of this number alone.
    pub fn dtype(self) -> DType {
        match self.kind() {
            Kind::Bool => DType::Bool,
            Kind::Int => DType::I64,
            Kind::Float => default_float(),
            Kind::Complex => default_float().to_complex(),
        }
    }

    /// As a real number; the imaginary part is dropped.
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(x) => f64::from(u8::from(x)),
            Scalar::Int(x) => x as f64,
            Scalar::Float(x) => x,
            Scalar::Complex(x) => x.re,
        }
    }

    /// As a complex number.
    pub fn to_c128(self) -> C128 {
        match self {
            Scalar::Complex(x) => x,
            other => C128::new(other.to_f64(), 0.0),
        }
    }

    /// As an integer; a fraction is cut off.
    pub fn to_i64(self) -> i64 {
        match self {
            Scalar::Int(x) => x,
            other => other.to_f64() as i64,
        }
    }

    /// Whether it is nonzero.
    pub fn to_bool(self) -> bool {
        match self {
            Scalar::Bool(x) => x,
            Scalar::Int(x) => x != 0,
            Scalar::Float(x) => x != 0.0,
            Scalar::Complex(x) => x != C128::new(0.0, 0.0),
        }
    }
}

macro_rules! scalar_from {
    ($($ty:ty => $variant:ident),*) => {
        $(impl From<$ty> for Scalar {
            fn from(x: $ty) -> Scalar {
                Scalar::$variant(x.into())
            }
        })*
    };
}

scalar_from! {
    bool => Bool, i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int,
    f32 => Float, f64 => Float, C128 => Complex
}
