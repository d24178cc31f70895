//! Element-wise functions of three arrays or numbers.

use super::element::{ElementOp, Takes, blocks, broadcast, common_dtype, kept_where};
use super::operand::Arg;
use super::registry::{Entry, entries};
use super::{greater, greater_equal, less, less_equal, logical_and, maximum, minimum};
use crate::array::{Array, Operand};
use crate::error::{Error, Result};
use crate::graph::ElementDef;
use crate::kernels::math::Real;

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "where" => where_: (condition: Arg<'_>, x: Arg<'_>, y: Arg<'_>),
    "clip" => clip: (x, low: Option<Arg<'_>>, high: Option<Arg<'_>>),
];

static WHERE: ElementOp = ElementOp {
    def: ElementDef {
        name: "where",
        block: blocks!(choose,
            bool: |condition, x, y| if condition { x } else { y },
            int: |condition, x, y| if condition { x } else { y },
            float: |condition, x, y| if condition { x } else { y },
            complex: |condition, x, y| if condition { x } else { y }
        ),
    },
    takes: Takes::Any,
    grad: Some(|cx| {
        let (g, condition) = (cx.g(), &cx.inputs[0]);
        Ok(smallvec::smallvec![
            None,
            cx.when_wanted(1, || where_(condition, g, 0.0))?,
            cx.when_wanted(2, || where_(condition, 0.0, g))?,
        ])
    }),
};

/// The elements of `x` where `condition` is nonzero, of `y` elsewhere.
///
/// # Errors
/// Shapes that do not broadcast.
pub fn where_<'a>(
    condition: impl Into<Arg<'a>>,
    x: impl Into<Arg<'a>>,
    y: impl Into<Arg<'a>>,
) -> Result<Array> {
    let inputs = [condition.into().0, x.into().0, y.into().0];
    let shape = broadcast("where", &inputs)?;
    WHERE.issue_as(&inputs, common_dtype(&inputs[1..]), shape)
}

static CLIP: ElementOp = ElementOp {
    def: ElementDef {
        name: "clip",
        block: blocks!(map3,
            bool: |x, low, high| (x | low) & high,
            int: |x, low, high| x.max(low).min(high),
            float: |x, low, high| Real::minimum(Real::maximum(x, low), high)
        ),
    },
    takes: Takes::Any,
    grad: Some(|cx| {
        let (g, x, low, high) = (cx.g(), &cx.inputs[0], &cx.inputs[1], &cx.inputs[2]);
        let is_inside = || logical_and(&greater_equal(x, low)?, &less_equal(x, high)?);
        Ok(smallvec::smallvec![
            cx.when_wanted(0, || kept_where(&is_inside()?, g))?,
            cx.when_wanted(1, || kept_where(&less(x, low)?, g))?,
            cx.when_wanted(2, || kept_where(&greater(x, high)?, g))?,
        ])
    }),
};

/// Each element, or the bound that it lies beyond; a bound that is `None` does not bound. The
/// gradient of an element on a bound is its own.
///
/// # Errors
/// No bound at all; shapes that do not broadcast; complex numbers.
pub fn clip<'a, L: Into<Arg<'a>>, H: Into<Arg<'a>>>(
    x: &'a Array,
    low: Option<L>,
    high: Option<H>,
) -> Result<Array> {
    match (low, high) {
        (Some(low), Some(high)) => CLIP.issue(&[Operand::Array(x), low.into().0, high.into().0]),
        (Some(low), None) => maximum(x, low),
        (None, Some(high)) => minimum(x, high),
        (None, None) => Err(Error::argument("clip", "one of max or min must be given")),
    }
}
