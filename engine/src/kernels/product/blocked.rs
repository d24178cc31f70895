//! Products of real floats, blocked for the caches.
//!
//! The result is cut into bands of rows; a band goes over the slivers of `b`, a register tile wide,
//! block by block of the inner axis. A block of a band stays in the level 2 cache, a block of a
//! sliver in that of level 1. Slivers are copied so that they lie in one piece, once for all bands:
//! by the first tile that needs them. Operands that are read well where they lie are not copied.
//!
//! An element of the result is the sum over blocks of fused multiply-adds in order, whatever the
//! cut, so its bits depend on nothing but its row and its column.

#![expect(unsafe_code, reason = "blocks are reached from pointers by steps")]

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Once;
use std::thread::LocalKey;

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use super::pack::{copy_line, pack_sliver};
use super::register::{Real, Steps, Strip, TileShape};
use super::{FEW_TILES, TILE_WORK, work};
use crate::kernels::Tiles;

/// Most elements of the inner axis in one block.
const DEPTH: usize = 512;
/// Rows that a band has at least, for a sliver to be worth loading.
pub(super) const MIN_BAND: usize = 48;
/// Rows that a band has at most: its block fits a level 2 cache.
const MAX_BAND: usize = 256;
/// Bands that a product is cut into before they get higher than needed.
const MANY_BANDS: usize = 8;
/// Slivers that are packed together.
const GROUP: usize = 4;
/// Bytes of packed slivers that are held at a time.
const MAX_PACKED: usize = 32 << 20;
/// Bytes of a `b` that stays in a cache where it lies.
const SMALL: usize = 64 << 10;
/// Rows up to which the copies of slivers are not used often enough.
const FEW_ROWS: usize = 48;
/// Bytes between rows of an `a` that is read where it lies: of farther ones too many fall on the
/// same lines of the cache.
const NEAR_ROWS: usize = 2 << 10;
/// The same between its columns, of which a register tile uses less at a time.
const NEAR_COLS: usize = 512;
/// Elements between packed lines beyond their length, against the same.
const PADDING: usize = 16;

/// `c = a b` by register tiles of a shape, for a `c` with dense rows.
pub(super) fn product<T: Real>(
    shape: TileShape,
    tiles: &dyn Tiles,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut c: ArrayViewMut2<'_, T>,
) {
    let bytes_of_column = a.ncols() * size_of::<T>();
    let width = (MAX_PACKED / bytes_of_column.max(1)).max(GROUP * shape.width);
    let width = width / shape.width * shape.width;
    for (b, mut c) in b
        .axis_chunks_iter(Axis(1), width)
        .zip(c.axis_chunks_iter_mut(Axis(1), width))
    {
        Blocked::new(shape, a, b, &mut c).run(tiles);
    }
}

/// A product on its way.
struct Blocked<T> {
    shape: TileShape,
    m: usize,
    n: usize,
    k: usize,
    a: Steps<T>,
    b: Steps<T>,
    c: *mut T,
    c_step: isize,
    /// Elements of the inner axis in a block.
    depth: usize,
    /// Slivers from the first one on that are read where they lie.
    n_direct: usize,
}

// SAFETY: `a` and `b` are only read; `c` is exclusively borrowed for the product, whose tiles write
// disjoint parts of it.
unsafe impl<T: Real> Sync for Blocked<T> {}

impl<T: Real> Blocked<T> {
    fn new(
        shape: TileShape,
        a: ArrayView2<'_, T>,
        b: ArrayView2<'_, T>,
        c: &mut ArrayViewMut2<'_, T>,
    ) -> Blocked<T> {
        let ((m, k), n) = (a.dim(), b.ncols());
        let is_direct = b.strides()[1] == 1 && (m <= FEW_ROWS || k * n * size_of::<T>() <= SMALL);
        Blocked {
            shape,
            m,
            n,
            k,
            a: steps(a),
            b: steps(b),
            c_step: c.strides()[0],
            c: c.as_mut_ptr(),
            depth: k.div_ceil(k.div_ceil(DEPTH)),
            n_direct: if is_direct { n / shape.width } else { 0 },
        }
    }

    fn n_slivers(&self) -> usize {
        self.n.div_ceil(self.shape.width)
    }

    fn run(&self, tiles: &dyn Tiles) {
        let n_groups = self.n_slivers().div_ceil(GROUP);
        let n_packed = self.n_slivers() - self.n_direct;
        let n_once = if n_packed > 0 {
            self.k.div_ceil(self.depth) * n_groups
        } else {
            0
        };
        let once: Vec<Once> = (0..n_once).map(|_| Once::new()).collect();
        let (rows, cols) = self.grid();
        let packed_len = n_packed * self.shape.width * self.k;
        with_scratch(&SLIVERS, packed_len, |packed: *mut T| {
            let slivers = Slivers {
                product: self,
                once: &once,
                n_groups,
                packed,
            };
            if rows * cols == 1 {
                return self.tile(&slivers, 0..self.m, 0..n_groups, 0);
            }
            tiles.run(rows * cols, &|tile| {
                let (band, stretch) = (tile / cols, tile % cols);
                let steps = part(self.m.div_ceil(self.shape.step), band, rows);
                let first = steps.start * self.shape.step;
                let last = (steps.end * self.shape.step).min(self.m);
                let groups = part(n_groups, stretch, cols);
                // Bands begin at different slivers, so that they share the packing.
                let begin = groups.len() * band / rows;
                self.tile(&slivers, first..last, groups, begin);
            });
        });
    }

    /// Into how many bands and stretches of columns the result is cut.
    fn grid(&self) -> (usize, usize) {
        let is_worth =
            |rows, cols| T::COST * work(self.m / rows, self.n / cols, self.k) >= TILE_WORK;
        let (mut rows, mut cols) = (1, 1);
        while (rows < MANY_BANDS || self.m / rows > MAX_BAND)
            && self.m / rows >= 2 * MIN_BAND
            && is_worth(2 * rows, 1)
        {
            rows *= 2;
        }
        while rows * cols < FEW_TILES
            && self.n_slivers() / cols >= 2 * GROUP
            && is_worth(rows, 2 * cols)
        {
            cols *= 2;
        }
        (rows, cols)
    }

    /// The rows `rows` and the groups of slivers `groups` of the result, the groups from `begin` on
    /// first.
    fn tile(
        &self,
        slivers: &Slivers<'_, T>,
        rows: Range<usize>,
        groups: Range<usize>,
        begin: usize,
    ) {
        let m = rows.len();
        let packed_len = pitch(m) * pitch(self.depth);
        let packed_len = if self.reads_band_in_place(m) {
            0
        } else {
            packed_len
        };
        with_scratch(&BAND, packed_len, |packed: *mut T| {
            for block in 0..self.k.div_ceil(self.depth) {
                let inner = block * self.depth..self.k.min((block + 1) * self.depth);
                let a = self.band(rows.clone(), inner.clone(), packed);
                for i in 0..groups.len() {
                    let group = groups.start + (begin + i) % groups.len();
                    slivers.pack(block, group);
                    for sliver in group * GROUP..self.n_slivers().min((group + 1) * GROUP) {
                        let (b, b_step) = slivers.at(inner.clone(), sliver);
                        let has_next = sliver >= self.n_direct && sliver + 1 < self.n_slivers();
                        let next = has_next.then(|| slivers.at(inner.clone(), sliver + 1).0);
                        let col = sliver * self.shape.width;
                        let c = self.c.wrapping_offset(rows.start as isize * self.c_step);
                        let strip = Strip {
                            m,
                            n: self.shape.width.min(self.n - col),
                            k: inner.len(),
                            a,
                            b,
                            b_step,
                            next,
                            c: c.wrapping_add(col),
                            c_step: self.c_step,
                            adds: block > 0,
                        };
                        // SAFETY: `band` has the rows up to the next step, `at` a whole sliver;
                        // the strip of the result belongs to this tile.
                        unsafe { T::strip(&strip) };
                    }
                }
            }
        });
    }

    /// Whether bands of `m` rows are read where they lie.
    fn reads_band_in_place(&self, m: usize) -> bool {
        let near = |step: isize, bytes| step.unsigned_abs() * size_of::<T>() <= bytes;
        let (row, col) = (self.a.row, self.a.col);
        let is_near = col == 1 && near(row, NEAR_ROWS) || row == 1 && near(col, NEAR_COLS);
        is_near && m.is_multiple_of(self.shape.step)
    }

    /// A block of a band, read where it lies or packed.
    fn band(&self, rows: Range<usize>, inner: Range<usize>, packed: *mut T) -> Steps<T> {
        let a = self.a.from(rows.start, inner.start);
        if self.reads_band_in_place(rows.len()) {
            return a;
        }
        let along_rows = a.col.unsigned_abs() <= a.row.unsigned_abs();
        let (m, k) = (rows.len(), inner.len());
        let (n_lines, len) = if along_rows { (m, k) } else { (k, m) };
        let (line, step) = if along_rows {
            (a.row, a.col)
        } else {
            (a.col, a.row)
        };
        let pitch = pitch(len);
        for i in 0..n_lines {
            let from = a.at.wrapping_offset(i as isize * line);
            // SAFETY: the scratch memory has room for the band's lines at their pitch (and for
            // the rows up to the next step), the block lies inside `a`.
            unsafe { copy_line(from, step, packed.add(i * pitch), len) };
        }
        let pitch = pitch as isize;
        let (row, col) = if along_rows { (pitch, 1) } else { (1, pitch) };
        Steps {
            at: packed,
            row,
            col,
        }
    }
}

impl<T> Steps<T> {
    /// The part from an element on.
    fn from(self, row: usize, col: usize) -> Steps<T> {
        let at = self.at.wrapping_offset(row as isize * self.row);
        Steps {
            at: at.wrapping_offset(col as isize * self.col),
            ..self
        }
    }
}

fn steps<T>(x: ArrayView2<'_, T>) -> Steps<T> {
    let &[row, col] = x.strides() else {
        unreachable!("a matrix has two axes")
    };
    Steps {
        at: x.as_ptr(),
        row,
        col,
    }
}

/// The `i`-th of `parts` equal parts of `0..len`.
fn part(len: usize, i: usize, parts: usize) -> Range<usize> {
    i * len / parts..(i + 1) * len / parts
}

/// Elements from one packed line of `len` elements to the next.
fn pitch(len: usize) -> usize {
    len.next_multiple_of(PADDING) + PADDING
}

/// The slivers of `b`: those that are read where they lie, then packed ones, block after block.
struct Slivers<'a, T> {
    product: &'a Blocked<T>,
    /// One for each group of each block, done when its slivers are packed.
    once: &'a [Once],
    n_groups: usize,
    packed: *mut T,
}

// SAFETY: a packed sliver is written under its `Once`, by one thread, and read after it.
unsafe impl<T: Real> Sync for Slivers<'_, T> {}

impl<T: Real> Slivers<'_, T> {
    /// Packs the slivers of a group, unless that is done.
    fn pack(&self, block: usize, group: usize) {
        let Some(once) = self.once.get(block * self.n_groups + group) else {
            return;
        };
        once.call_once(|| {
            let product = self.product;
            let inner = block * product.depth..product.k.min((block + 1) * product.depth);
            let end = product.n_slivers().min((group + 1) * GROUP);
            for sliver in product.n_direct.max(group * GROUP)..end {
                let col = sliver * product.shape.width;
                let b = product.b.from(inner.start, col);
                let n = product.shape.width.min(product.n - col);
                // SAFETY: the block of the sliver lies inside `b`; its place among the packed
                // ones is written here alone.
                unsafe {
                    let to = self.packed_at(inner.clone(), sliver);
                    pack_sliver(b, inner.len(), n, to, product.shape.width);
                }
            }
        });
    }

    /// A block of a sliver, and the step between its rows.
    fn at(&self, inner: Range<usize>, sliver: usize) -> (*const T, isize) {
        let product = self.product;
        if sliver < product.n_direct {
            let b = product.b.from(inner.start, sliver * product.shape.width);
            return (b.at, b.row);
        }
        (self.packed_at(inner, sliver), product.shape.width as isize)
    }

    fn packed_at(&self, inner: Range<usize>, sliver: usize) -> *mut T {
        let product = self.product;
        let n_packed = product.n_slivers() - product.n_direct;
        let before = inner.start * n_packed + (sliver - product.n_direct) * inner.len();
        self.packed.wrapping_add(before * product.shape.width)
    }
}

/// A cache line of scratch memory.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line {
    _bytes: [u8; 64],
}

type Scratch = RefCell<Vec<Line>>;

thread_local! {
    /// Packed slivers, lent to every thread that runs tiles.
    static SLIVERS: Scratch = const { RefCell::new(Vec::new()) };
    /// A packed block of a band.
    static BAND: Scratch = const { RefCell::new(Vec::new()) };
}

/// Calls `body` with room for `len` elements, which hold numbers of an earlier use.
fn with_scratch<T: Real>(
    scratch: &'static LocalKey<Scratch>,
    len: usize,
    body: impl FnOnce(*mut T),
) {
    // Taken out meanwhile: a thread that waits for tiles may be given another product.
    let mut lines = scratch.take();
    let wanted = (len * size_of::<T>()).div_ceil(size_of::<Line>());
    if lines.len() < wanted {
        lines.clear();
        lines.resize(wanted, Line { _bytes: [0; 64] });
    }
    body(lines.as_mut_ptr().cast());
    scratch.set(lines);
}
