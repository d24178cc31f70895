//! Copies between strided views: rows at once where both sides have them, blocks of cache lines
//! where one side is transposed.
//!
//! [`Walk`] is the order in which a copy visits its elements; `lines` moves them.

mod lines;
mod walk;

#[cfg(test)]
mod tests;

use ndarray::{ArrayViewD, ArrayViewMutD};

pub(super) use lines::Ends;
pub(super) use walk::Walk;

use super::Tiles;
use crate::dtype::Element;

/// Elements of a tile.
const GRAIN: usize = 1 << 16;

/// Copies `src` to `out` in C order.
///
/// # Panics
///
/// If the sizes differ.
pub fn copy_to_slice<T: Element>(tiles: &dyn Tiles, src: ArrayViewD<'_, T>, out: &mut [T]) {
    let out = ArrayViewMutD::from_shape(src.raw_dim(), out).expect("out has the size of src");
    copy_to_view(tiles, src, out);
}

/// Copies `src` to a view of the same shape.
///
/// # Panics
///
/// If the shapes differ.
pub fn copy_to_view<T: Element>(
    tiles: &dyn Tiles,
    src: ArrayViewD<'_, T>,
    out: ArrayViewMutD<'_, T>,
) {
    assert_eq!(
        src.shape(),
        out.shape(),
        "a copy has the shape of its source"
    );
    if src.is_empty() {
        return;
    }
    let walk = Walk::new(src.shape(), src.strides(), out.strides());
    lines::copy(tiles, walk, GRAIN, src, out);
}
