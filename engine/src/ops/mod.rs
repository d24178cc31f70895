//! What: every op in one place, with its name, arguments, shape and dtype rule, kernel and
//! gradient.
//!
//! An element-wise op is an entry of a table (`unary`, `binary`); an op with a kernel of its own is
//! a struct with `impl Kernel` and `impl Gradient` beside the function that issues it; a composite
//! is a function over other ops. `registry` lists them by name for frontends.

mod activation;
mod axes;
mod binary;
mod create;
mod custom;
mod element;
mod files;
mod index;
mod linalg;
mod moving;
mod nn;
mod operand;
mod power;
mod product;
pub mod random;
mod reduce;
pub mod registry;
mod sort;
mod ternary;
mod unary;
mod write;

pub use activation::*;
pub use axes::Axes;
pub use binary::*;
pub use create::{arange, astype, dense_copy, eye, full, linspace, ones, to_device, zeros};
pub use custom::custom_kernel;
pub use files::{Part, read_file};
pub use index::{
    Index, boolean_mask, diag, diagonal, gather_nd, getitem, index_add, index_update, nonzero,
    put_along_axis, setitem, take, take_along_axis,
};
pub use linalg::{cholesky, det, eigh, inv, lstsq, pinv, qr, slogdet, solve, svd};
pub use moving::{
    Ints, Sections, array_split, concatenate, flatten, flip, meshgrid, pad, repeat, roll, rot90,
    split, stack, tile, tril, triu,
};
pub use nn::{
    batch_norm, batch_norm_train, dropout, embedding, fully_connected, group_norm, instance_norm,
    l2_normalization, layer_norm, log_softmax, one_hot, pick, sequence_mask, softmax,
};
pub use operand::Arg;
pub(crate) use operand::raising;
pub use power::{power, round};
pub use product::{
    Contracted, batch_dot, dot, einsum, inner, kron, matmul, outer, tensordot, vdot,
};
pub(crate) use reduce::sum_to;
pub use reduce::{
    NormOrd, all, any, argmax, argmin, cumprod, cumsum, logsumexp, max, mean, min, nansum, norm,
    prod, std, sum, var,
};
pub use sort::{argsort, bincount, quantile, searchsorted, sort, topk, unique};
pub use ternary::{clip, where_};
pub use unary::*;
pub(crate) use write::add_to_view;
pub use write::{store, write, write_number};
