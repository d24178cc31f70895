//! Parts of an output for the tiles that write them: each tile takes the one part that is its own.

use std::sync::{Mutex, PoisonError};

use super::Tiles;

/// Calls `tile(i, part)` with each of the parts, as the tiles of one computation.
pub(crate) fn each_part<P: Send>(tiles: &dyn Tiles, parts: Vec<P>, tile: impl Fn(usize, P) + Sync) {
    // Never contended: a tile locks only its own part, once.
    let parts: Vec<_> = parts
        .into_iter()
        .map(|part| Mutex::new(Some(part)))
        .collect();
    tiles.run(parts.len(), &|i| {
        let part = parts[i]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        tile(i, part.expect("every tile runs once"));
    });
}

/// Calls `tile(start, chunk)` with each stretch of `len` elements of `out`; the last one may be
/// shorter.
pub(crate) fn each_chunk<T: Send>(
    tiles: &dyn Tiles,
    out: &mut [T],
    len: usize,
    tile: impl Fn(usize, &mut [T]) + Sync,
) {
    if out.len() <= len {
        return tile(0, out);
    }
    each_part(tiles, out.chunks_mut(len).collect(), |i, chunk| {
        tile(i * len, chunk)
    });
}
