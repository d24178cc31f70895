//! Elements that follow from their position alone.

use super::Tiles;
use super::parts::each_chunk;

/// Elements of a tile.
const GRAIN: usize = 1 << 16;

/// Writes `f(i)` to the `i`-th element of `out`.
pub fn tabulate<T: Send>(tiles: &dyn Tiles, out: &mut [T], f: impl Fn(usize) -> T + Sync) {
    each_chunk(tiles, out, GRAIN, |start, chunk| {
        for (i, element) in (start..).zip(chunk) {
            *element = f(i);
        }
    });
}
