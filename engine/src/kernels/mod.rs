//! How things are computed, on slices and strides. `kernels` has never heard of arrays, ops or
//! threads: a kernel that can be split asks for its tiles through [`Tiles`].

mod half_precision;
mod halves;
mod lanes;
mod parts;
mod stream;

pub mod blocks;
pub mod copy;
pub mod count;
pub mod finish;
pub mod index;
pub mod linalg;
pub mod math;
pub mod normalize;
pub mod pairs;
pub mod product;
pub mod program;
pub mod random;
pub mod reduce;
pub mod simd;
pub mod softmax;
pub mod sort;

/// Runs the tiles of one large computation, on as many threads as the caller has.
///
/// Tiles are cut by shape alone, never by the number of threads, so that results do not depend on
/// who computes them.
pub trait Tiles: Sync {
    /// Calls `tile(i)` once for each `i` in `0..n`, in any order, and returns when all are done. A
    /// tile that was begun goes on until it is done: others may wait for it.
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync));
}

/// Runs every tile on the calling thread, in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct InOrder;

impl Tiles for InOrder {
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync)) {
        (0..n).for_each(tile);
    }
}
