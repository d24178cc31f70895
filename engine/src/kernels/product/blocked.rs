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

use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};

use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use super::pack::{copy_line, pack_slivers, transpose};
use super::register::{Real, Steps, Strip, TileShape};
use super::{TILE_WORK, work};
use crate::kernels::Tiles;
use crate::kernels::finish::Then;
use crate::memory::Scratch;

/// Most elements of the inner axis in one block.
const DEPTH: usize = 512;
/// Rows that a band has at least, for a sliver to be worth loading.
pub(super) const MIN_BAND: usize = 48;
/// Rows that a band has at most: its block fits a level 2 cache.
const MAX_BAND: usize = 256;
/// Tiles that a product is cut into while each is worth it, by bands first.
const MANY_TILES: usize = 16;
/// Slivers that are packed together.
const GROUP: usize = 4;
/// Bytes of packed slivers that are held at a time.
const MAX_PACKED: usize = 32 << 20;
/// Bytes of a `b` that stays in a cache where it lies.
const SMALL: usize = 32 << 10;
/// Rows up to which the copies of slivers are not used often enough.
const FEW_ROWS: usize = 48;
/// Bytes between rows of an `a` that is read where it lies: of farther ones too many fall on the
/// same lines of the cache.
const NEAR_ROWS: usize = 2 << 10;
/// The same between its columns, of which a register tile uses less at a time.
const NEAR_COLS: usize = 256;
/// Elements between packed lines beyond their length, against the same.
const PADDING: usize = 16;

/// `c = a b` by register tiles of a shape, for a `c` with dense rows; then `then`.
pub(super) fn product<T: Real>(
    shape: TileShape,
    tiles: &dyn Tiles,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut c: ArrayViewMut2<'_, T>,
    then: Then<'_>,
) {
    let bytes_of_column = a.ncols() * size_of::<T>();
    let width = (MAX_PACKED / bytes_of_column.max(1)).max(GROUP * shape.width);
    let width = width / shape.width * shape.width;
    let chunks = c.axis_chunks_iter_mut(Axis(1), width);
    for (i, (b, mut c)) in b.axis_chunks_iter(Axis(1), width).zip(chunks).enumerate() {
        Blocked::new(shape, a, b, &mut c).run(tiles, then.from(0, i * width));
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

    fn run(&self, tiles: &dyn Tiles, then: Then<'_>) {
        let n_groups = self.n_slivers().div_ceil(GROUP);
        let n_packed = self.n_slivers() - self.n_direct;
        let n_states = if n_packed > 0 {
            self.k.div_ceil(self.depth) * n_groups
        } else {
            0
        };
        let states: Vec<AtomicU8> = (0..n_states).map(|_| AtomicU8::new(EMPTY)).collect();
        let (rows, cols) = self.grid();
        let packed_len = n_packed * self.shape.width * self.k;
        let mut packed = Scratch::<T>::new(packed_len);
        let slivers = Slivers {
            product: self,
            states: &states,
            n_groups,
            packed: packed.as_mut_ptr(),
        };
        if rows * cols == 1 {
            return self.tile(&slivers, 0..self.m, 0..self.n_slivers(), 0, then);
        }
        let is_narrow = cols > 1 && self.n / cols < NARROW;
        let each = if is_narrow { Then::NOTHING } else { then };
        tiles.run(rows * cols, &|tile| {
            let (band, stretch) = (tile / cols, tile % cols);
            let steps = part(self.m.div_ceil(self.shape.step), band, rows);
            let first = steps.start * self.shape.step;
            let last = (steps.end * self.shape.step).min(self.m);
            // Stretches are cut between slivers, not groups: tiles of one size end at one time.
            let columns = part(self.n_slivers(), stretch, cols);
            // Bands begin at different slivers, so that they share the packing: the first two half
            // of them apart, the next two between these. `rows` is a power of two.
            let turn = band.reverse_bits() >> (usize::BITS - rows.ilog2()).min(usize::BITS - 1);
            let begin = columns.len() * turn / rows;
            self.tile(&slivers, first..last, columns, begin, each);
        });
        if is_narrow {
            // SAFETY: the tiles have written `c`, which is exclusively borrowed, and told nobody.
            unsafe { then.whole(tiles, (self.m, self.n)) };
        }
    }

    /// Into how many bands and stretches of columns the result is cut.
    fn grid(&self) -> (usize, usize) {
        let is_worth =
            |rows, cols| T::COST * work(self.m / rows, self.n / cols, self.k) >= TILE_WORK;
        let (mut rows, mut cols) = (1, 1);
        while (rows < MANY_TILES || self.m / rows > MAX_BAND)
            && self.m / rows >= 2 * MIN_BAND
            && is_worth(2 * rows, 1)
        {
            rows *= 2;
        }
        while rows * cols < MANY_TILES
            && self.n_slivers() / cols >= 2 * GROUP
            && is_worth(rows, 2 * cols)
        {
            cols *= 2;
        }
        (rows, cols)
    }

    /// The rows `rows` and the slivers `columns` of the result, the group of the `begin`-th of them and
    /// those after it first.
    fn tile(
        &self,
        slivers: &Slivers<'_, T>,
        rows: Range<usize>,
        columns: Range<usize>,
        begin: usize,
        then: Then<'_>,
    ) {
        let m = rows.len();
        let mut finished = Finished {
            then,
            rows: rows.clone(),
            columns: 0..0,
            wide: TOLD / (m * size_of::<T>()),
        };
        let packed_len = pitch(m) * pitch(self.depth);
        let packed_len = if self.reads_band_in_place(m) {
            0
        } else {
            packed_len
        };
        let mut packed = Scratch::<T>::new(packed_len);
        let n_blocks = self.k.div_ceil(self.depth);
        let groups = columns.start / GROUP..columns.end.div_ceil(GROUP);
        let first_group = (columns.start + begin) / GROUP - groups.start;
        for block in 0..n_blocks {
            let inner = block * self.depth..self.k.min((block + 1) * self.depth);
            let a = self.band(rows.clone(), inner.clone(), packed.as_mut_ptr());
            let mut left = groups.clone().collect::<Vec<_>>();
            left.rotate_left(first_group);
            while !left.is_empty() {
                let Some(next) = left.iter().position(|&group| slivers.pack(block, group)) else {
                    std::thread::yield_now();
                    continue;
                };
                let group = left.remove(next);
                let these = columns.start.max(group * GROUP)..columns.end.min((group + 1) * GROUP);
                for sliver in these.clone() {
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
                if block + 1 == n_blocks {
                    let [first, end] = [these.start, these.end]
                        .map(|sliver| self.n.min(sliver * self.shape.width));
                    finished.add(first..end);
                }
            }
        }
        finished.tell();
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
        let (m, k) = (rows.len(), inner.len());
        // A register tile goes along rows. Of columns it uses a few elements of each line of the
        // cache, so they are turned if they lie in one piece each, else copied as they are.
        let is_turned = a.row == 1 && a.col != 1;
        let along_rows = is_turned || a.col.unsigned_abs() <= a.row.unsigned_abs();
        let (n_lines, len) = if along_rows { (m, k) } else { (k, m) };
        let pitch = pitch(len);
        if is_turned {
            // SAFETY: as below, with a row for each element of the columns.
            unsafe { transpose(a.at, a.col, m, k, packed, pitch) };
        } else {
            let (line, step) = if along_rows {
                (a.row, a.col)
            } else {
                (a.col, a.row)
            };
            for i in 0..n_lines {
                let from = a.at.wrapping_offset(i as isize * line);
                // SAFETY: the scratch memory has room for the band's lines at their pitch (and for
                // the rows up to the next step), the block lies inside `a`.
                unsafe { copy_line(from, step, packed.add(i * pitch), len) };
            }
        }
        // The rows up to the next step are multiplied, too: as zeros, not as whatever lies there.
        let jut = m.next_multiple_of(self.shape.step) - m;
        let (more_lines, start, len) = if along_rows {
            (jut, m * pitch, k)
        } else {
            (k, m, jut)
        };
        for i in 0..more_lines {
            // SAFETY: the scratch memory has as many lines, and elements in each, to spare.
            unsafe {
                let line = packed.add(start + i * pitch);
                std::slice::from_raw_parts_mut(line, len).fill(T::default());
            }
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

/// Columns of a band that are finished. Neighbours are told of together, so that rows of a part are
/// long, while they are in the level 2 cache.
struct Finished<'a> {
    then: Then<'a>,
    rows: Range<usize>,
    columns: Range<usize>,
    /// How many are told of together.
    wide: usize,
}

/// Columns below which the rows of a part are so short that going on with them one by one takes longer
/// than with the whole result, which is small then.
const NARROW: usize = 256;

/// Bytes that are told of together: half of a level 2 cache.
const TOLD: usize = 256 << 10;

impl Finished<'_> {
    fn add(&mut self, columns: Range<usize>) {
        if self.columns.end == columns.start && columns.end - self.columns.start <= self.wide {
            self.columns.end = columns.end;
        } else {
            self.tell();
            self.columns = columns;
        }
    }

    fn tell(&mut self) {
        let columns = std::mem::take(&mut self.columns);
        if !columns.is_empty() {
            // SAFETY: whoever adds columns has written them for the last time, in rows that are its
            // tile's alone.
            unsafe { self.then.part(self.rows.clone(), columns) };
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
    /// Of each group of each block, whether its slivers are packed.
    states: &'a [AtomicU8],
    n_groups: usize,
    packed: *mut T,
}

/// States of a group of slivers.
const EMPTY: u8 = 0;
const BEING_PACKED: u8 = 1;
const PACKED: u8 = 2;

/// A group that the calling thread packs. If that panics, the group is empty again: whoever waits
/// for it tries, and fails likewise.
struct Packing<'a> {
    state: &'a AtomicU8,
    end: u8,
}

impl Packing<'_> {
    fn done(mut self) {
        self.end = PACKED;
    }
}

impl Drop for Packing<'_> {
    fn drop(&mut self) {
        // Release: who finds the group packed reads the slivers.
        self.state.store(self.end, Ordering::Release);
    }
}

// SAFETY: a packed sliver is written by the one thread that changed the state of its group from
// empty, and read by those that found it packed.
unsafe impl<T: Real> Sync for Slivers<'_, T> {}

impl<T: Real> Slivers<'_, T> {
    /// Packs the slivers of a group, unless that is done; false while another thread does it.
    fn pack(&self, block: usize, group: usize) -> bool {
        let Some(state) = self.states.get(block * self.n_groups + group) else {
            debug_assert!(self.states.is_empty(), "every group has its state");
            return true;
        };
        // Acquire, with the release in `Packing`: what whoever packed the slivers has written is
        // there. Looked at first, so that threads share the line of what is packed.
        let (acquire, relaxed) = (Ordering::Acquire, Ordering::Relaxed);
        let mut found = state.load(acquire);
        if found == EMPTY {
            match state.compare_exchange(EMPTY, BEING_PACKED, relaxed, acquire) {
                Ok(_) => {
                    let packing = Packing { state, end: EMPTY };
                    self.pack_group(block, group);
                    packing.done();
                    return true;
                }
                Err(other) => found = other,
            }
        }
        found == PACKED
    }

    fn pack_group(&self, block: usize, group: usize) {
        let product = self.product;
        let inner = block * product.depth..product.k.min((block + 1) * product.depth);
        let end = product.n_slivers().min((group + 1) * GROUP);
        let sliver = product.n_direct.max(group * GROUP);
        if sliver >= end {
            return;
        }
        let col = sliver * product.shape.width;
        let b = product.b.from(inner.start, col);
        let n = (end * product.shape.width).min(product.n) - col;
        // SAFETY: the block of the slivers lies inside `b`; their places among the packed ones, one
        // after the other, are written here alone.
        unsafe {
            let to = self.packed_at(inner.clone(), sliver);
            pack_slivers(b, inner.len(), n, to, product.shape.width);
        }
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
