//! Backward: walks the tape from the heads to the leaves and applies each op's gradient rule, in
//! ops, so that it is queued, fused and, if asked for, recorded like anything else.

mod backward;

pub use crate::array::custom;
pub use backward::{backward, grad};
