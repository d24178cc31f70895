//! Element types: the list of them, how two combine (promotion), and the trait that ties a Rust
//! type to its [`DType`].

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use half::{bf16, f16};
use num_complex::Complex;

use crate::scalar::Scalar;

/// 32-bit floats as real and imaginary part.
pub type C64 = Complex<f32>;
/// 64-bit floats as real and imaginary part.
pub type C128 = Complex<f64>;

/// The type of an array's elements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum DType {
    /// One byte, 0 or 1.
    Bool,
    /// Signed 8-bit integer.
    I8,
    /// Signed 16-bit integer.
    I16,
    /// Signed 32-bit integer.
    I32,
    /// Signed 64-bit integer.
    I64,
    /// Unsigned 8-bit integer.
    U8,
    /// Unsigned 16-bit integer.
    U16,
    /// Unsigned 32-bit integer.
    U32,
    /// Unsigned 64-bit integer.
    U64,
    /// IEEE half precision; computed in `F32`.
    F16,
    /// Brain float: the upper half of an `F32`; computed in `F32`.
    BF16,
    /// IEEE single precision, the default.
    F32,
    /// IEEE double precision.
    F64,
    /// Complex of two `F32`.
    C64,
    /// Complex of two `F64`.
    C128,
}

/// What kind of number a dtype holds; a higher kind wins a promotion.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Truth values.
    Bool,
    /// Integers, signed or not.
    Int,
    /// Floating-point numbers.
    Float,
    /// Complex numbers.
    Complex,
}

impl DType {
    /// Every dtype, in the order of the enum.
    pub const ALL: [DType; 15] = [
        DType::Bool,
        DType::I8,
        DType::I16,
        DType::I32,
        DType::I64,
        DType::U8,
        DType::U16,
        DType::U32,
        DType::U64,
        DType::F16,
        DType::BF16,
        DType::F32,
        DType::F64,
        DType::C64,
        DType::C128,
    ];

    /// NumPy's name of the dtype (`"float32"`).
    pub const fn name(self) -> &'static str {
        match self {
            DType::Bool => "bool",
            DType::I8 => "int8",
            DType::I16 => "int16",
            DType::I32 => "int32",
            DType::I64 => "int64",
            DType::U8 => "uint8",
            DType::U16 => "uint16",
            DType::U32 => "uint32",
            DType::U64 => "uint64",
            DType::F16 => "float16",
            DType::BF16 => "bfloat16",
            DType::F32 => "float32",
            DType::F64 => "float64",
            DType::C64 => "complex64",
            DType::C128 => "complex128",
        }
    }

    /// The dtype that NumPy calls `name`, if there is one.
    pub fn from_name(name: &str) -> Option<DType> {
        DType::ALL.into_iter().find(|dtype| dtype.name() == name)
    }

    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            DType::Bool | DType::I8 | DType::U8 => 1,
            DType::I16 | DType::U16 | DType::F16 | DType::BF16 => 2,
            DType::I32 | DType::U32 | DType::F32 => 4,
            DType::I64 | DType::U64 | DType::F64 | DType::C64 => 8,
            DType::C128 => 16,
        }
    }

    /// The kind of number it holds.
    pub const fn kind(self) -> Kind {
        match self {
            DType::Bool => Kind::Bool,
            DType::F16 | DType::BF16 | DType::F32 | DType::F64 => Kind::Float,
            DType::C64 | DType::C128 => Kind::Complex,
            _ => Kind::Int,
        }
    }

    /// True for float and complex dtypes: those that carry gradients.
    pub fn is_inexact(self) -> bool {
        self.kind() >= Kind::Float
    }

    /// True for integers with a sign.
    pub const fn is_signed_int(self) -> bool {
        matches!(self, DType::I8 | DType::I16 | DType::I32 | DType::I64)
    }

    /// The dtype that arithmetic on this one is done in: half precision computes in `F32`.
    pub const fn compute(self) -> DType {
        match self {
            DType::F16 | DType::BF16 => DType::F32,
            other => other,
        }
    }

    /// This dtype if it is float or complex, else the default float.
    pub fn to_inexact(self) -> DType {
        if self.is_inexact() {
            self
        } else {
            default_float()
        }
    }

    /// The float dtype of the real part of a complex dtype; any other dtype itself.
    pub const fn to_real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            other => other,
        }
    }

    /// The complex dtype whose parts hold this dtype.
    pub const fn to_complex(self) -> DType {
        match self {
            DType::F64 | DType::C128 => DType::C128,
            _ => DType::C64,
        }
    }

    /// The dtype of an op on both: the higher [`Kind`] wins (an integer beside a `F32` gives
    /// `F32`, as in MXNet), inside a kind the smallest dtype that holds both.
    pub fn promote(self, other: DType) -> DType {
        use DType::*;
        if self == other {
            return self;
        }
        let (low, high) = if self.kind() <= other.kind() {
            (self, other)
        } else {
            (other, self)
        };
        match (low.kind(), high.kind()) {
            (Kind::Int, Kind::Int) => promote_ints(low, high),
            (Kind::Float, Kind::Float) => match (low.size().max(high.size()), low, high) {
                (2, ..) => F32,
                (8, ..) => F64,
                _ => F32,
            },
            (_, Kind::Complex) if low == F64 || low == C128 || high == C128 => C128,
            _ => high,
        }
    }
}

/// The smallest integer dtype that holds both; `I64` where a `U64` meets a signed integer.
fn promote_ints(a: DType, b: DType) -> DType {
    let (small, large) = if a.size() <= b.size() { (a, b) } else { (b, a) };
    if a.is_signed_int() == b.is_signed_int() {
        return large;
    }
    let unsigned = if a.is_signed_int() { b } else { a };
    if small.size() < large.size() && large.is_signed_int() {
        return large;
    }
    match unsigned {
        DType::U8 => DType::I16,
        DType::U16 => DType::I32,
        _ => DType::I64,
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether floats without a dtype are 64 bits wide, as in NumPy.
static NUMPY_DEFAULTS: AtomicBool = AtomicBool::new(false);

/// The dtype of floats that were given none: `F32`, or `F64` after [`set_numpy_defaults`].
pub fn default_float() -> DType {
    if numpy_defaults() {
        DType::F64
    } else {
        DType::F32
    }
}

/// True if numbers without a dtype get NumPy's defaults (`int64`, `float64`).
pub fn numpy_defaults() -> bool {
    NUMPY_DEFAULTS.load(Ordering::Relaxed)
}

/// Chooses between MXNet's default dtype (`float32` for every number) and NumPy's.
pub fn set_numpy_defaults(on: bool) {
    NUMPY_DEFAULTS.store(on, Ordering::Relaxed);
}

/// A Rust type that arrays can hold.
///
/// Sealed by intent: the engine's kernels know exactly the types of [`DType`].
pub trait Element: Copy + Send + Sync + PartialEq + fmt::Debug + Default + 'static {
    /// Its dtype.
    const DTYPE: DType;

    /// The element as a number of its kind.
    fn into_scalar(self) -> Scalar;
}

macro_rules! element {
    ($($ty:ty => $dtype:ident, |$x:ident| $scalar:expr;)*) => {
        $(impl Element for $ty {
            const DTYPE: DType = DType::$dtype;

            #[inline]
            fn into_scalar(self) -> Scalar {
                let $x = self;
                $scalar
            }
        })*
    };
}

element! {
    bool => Bool, |x| Scalar::Bool(x);
    i8 => I8, |x| Scalar::Int(x.into());
    i16 => I16, |x| Scalar::Int(x.into());
    i32 => I32, |x| Scalar::Int(x.into());
    i64 => I64, |x| Scalar::Int(x);
    u8 => U8, |x| Scalar::Int(x.into());
    u16 => U16, |x| Scalar::Int(x.into());
    u32 => U32, |x| Scalar::Int(x.into());
    u64 => U64, |x| i64::try_from(x).map_or(Scalar::Float(x as f64), Scalar::Int);
    f16 => F16, |x| Scalar::Float(x.into());
    bf16 => BF16, |x| Scalar::Float(x.into());
    f32 => F32, |x| Scalar::Float(x.into());
    f64 => F64, |x| Scalar::Float(x);
    C64 => C64, |x| Scalar::Complex(C128::new(x.re.into(), x.im.into()));
    C128 => C128, |x| Scalar::Complex(x);
}

/// Runs `$body` with the type `$T` bound to the Rust type of `$dtype`, for the dtypes of a class.
///
/// `all`: every dtype; `number`: all but bool; `real`: integers and floats; `float`: the four
/// float dtypes; `complex`: the two complex ones; `inexact`: both of these; `compute`: integers, `F32`, `F64` and complex, what arithmetic is done in. A
/// dtype outside the class runs `$other`.
#[macro_export]
macro_rules! dispatch {
    (all, $dtype:expr, $T:ident => $body:expr) => {
        $crate::dispatch!(@ $dtype, $T => $body, {},
            Bool bool, I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64,
            F16 half::f16, BF16 half::bf16, F32 f32, F64 f64,
            C64 $crate::dtype::C64, C128 $crate::dtype::C128)
    };
    (number, $dtype:expr, $T:ident => $body:expr, else $other:expr) => {
        $crate::dispatch!(@ $dtype, $T => $body, { _ => $other },
            I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64,
            F16 half::f16, BF16 half::bf16, F32 f32, F64 f64,
            C64 $crate::dtype::C64, C128 $crate::dtype::C128)
    };
    (real, $dtype:expr, $T:ident => $body:expr, else $other:expr) => {
        $crate::dispatch!(@ $dtype, $T => $body, { _ => $other },
            I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64,
            F16 half::f16, BF16 half::bf16, F32 f32, F64 f64)
    };
    (float, $dtype:expr, $T:ident => $body:expr, else $other:expr) => {
        $crate::dispatch!(@ $dtype, $T => $body, { _ => $other },
            F16 half::f16, BF16 half::bf16, F32 f32, F64 f64)
    };
    (inexact, $dtype:expr, $T:ident => $body:expr, else $other:expr) => {
        $crate::dispatch!(@ $dtype, $T => $body, { _ => $other },
            F16 half::f16, BF16 half::bf16, F32 f32, F64 f64,
            C64 $crate::dtype::C64, C128 $crate::dtype::C128)
    };
    (complex, $dtype:expr, $T:ident => $body:expr, else $other:expr) => {
        $crate::dispatch!(@ $dtype, $T => $body, { _ => $other },
            C64 $crate::dtype::C64, C128 $crate::dtype::C128)
    };
    (compute, $dtype:expr, $T:ident => $body:expr, else $other:expr) => {
        $crate::dispatch!(@ $dtype, $T => $body, { _ => $other },
            I8 i8, I16 i16, I32 i32, I64 i64, U8 u8, U16 u16, U32 u32, U64 u64,
            F32 f32, F64 f64, C64 $crate::dtype::C64, C128 $crate::dtype::C128)
    };
    (@ $dtype:expr, $T:ident => $body:expr, { $($rest:tt)* }, $($name:ident $ty:ty),*) => {
        match $dtype {
            $($crate::dtype::DType::$name => { type $T = $ty; $body })*
            $($rest)*
        }
    };
}
