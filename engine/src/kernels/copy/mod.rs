//! Copies between strided views: rows at once where both sides have them, blocks of cache lines
//! where one side is transposed.
//!
//! [`Walk`] is the order in which a copy visits its elements; `lines` moves them.

mod lines;
mod walk;

#[cfg(test)]
mod tests;

use std::ops::Deref;

use ndarray::{ArrayViewD, ArrayViewMutD};

pub(super) use lines::Ends;
pub(super) use walk::Walk;

use super::Tiles;
use crate::dtype::Element;
use crate::memory::Scratch;

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

/// The elements of a view in C order: where they lie, or copied.
#[derive(Debug)]
pub(super) enum Flat<'a, T> {
    Lent(&'a [T]),
    Copied(Scratch<T>),
}

/// The elements of `x` in C order, copied where they are not so already.
pub(super) fn flat<'a, T: Element>(tiles: &dyn Tiles, x: ArrayViewD<'a, T>) -> Flat<'a, T> {
    if let Some(slice) = x.to_slice() {
        return Flat::Lent(slice);
    }
    let mut out = Scratch::new(x.len());
    copy_to_slice(tiles, x, &mut out);
    Flat::Copied(out)
}

impl<T: Element> Deref for Flat<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Flat::Lent(elements) => elements,
            Flat::Copied(elements) => elements,
        }
    }
}
