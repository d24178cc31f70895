//! Going on with the output of a kernel part by part, as the parts are finished and while they are
//! still in a cache.
#![expect(
    unsafe_code,
    reason = "a part is read and written by whoever is told of it"
)]

use std::fmt;
use std::ops::Range;

use super::Tiles;

/// Goes on with the parts of an output. The output is a matrix here: its last axis is the columns,
/// all others together are the rows.
pub trait Finish: Sync {
    /// Goes on with a part.
    ///
    /// # Safety
    /// All elements of the part are written, nobody accesses them until the call returns, and the
    /// kernel does not access them afterwards. Each element is in one part.
    unsafe fn part(&self, rows: Range<usize>, columns: Range<usize>);
}

/// What a kernel tells of its finished parts, if anything goes on with them; of the whole output, or
/// of what lies from a row and a column of it on.
#[derive(Clone, Copy)]
pub struct Then<'a> {
    finish: Option<&'a dyn Finish>,
    row: usize,
    column: usize,
}

/// Elements of a part that is worth a tile.
const GRAIN: usize = 32 << 10;

impl<'a> Then<'a> {
    /// Nothing goes on with the output.
    pub const NOTHING: Then<'static> = Then {
        finish: None,
        row: 0,
        column: 0,
    };

    /// `finish` goes on with the output.
    pub fn new(finish: &'a dyn Finish) -> Then<'a> {
        let finish = Some(finish);
        Then {
            finish,
            ..Then::NOTHING
        }
    }

    /// The same, for a kernel whose output lies in the whole one from a row and a column on.
    #[must_use]
    pub fn from(self, row: usize, column: usize) -> Then<'a> {
        Then {
            row: self.row + row,
            column: self.column + column,
            ..self
        }
    }

    /// True if somebody is to be told.
    pub fn is_wanted(&self) -> bool {
        self.finish.is_some()
    }

    /// Tells of a finished part.
    ///
    /// # Safety
    /// As for [`Finish::part`].
    pub unsafe fn part(&self, rows: Range<usize>, columns: Range<usize>) {
        if let Some(finish) = self.finish {
            let moved = |range: Range<usize>, by: usize| range.start + by..range.end + by;
            // SAFETY: promised by the caller.
            unsafe { finish.part(moved(rows, self.row), moved(columns, self.column)) };
        }
    }

    /// Tells of a whole output, which was finished before anybody was told.
    ///
    /// # Safety
    /// As for [`Finish::part`].
    pub unsafe fn whole(&self, tiles: &dyn Tiles, (rows, columns): (usize, usize)) {
        if !self.is_wanted() {
            return;
        }
        let height = (GRAIN / columns.max(1)).max(1);
        tiles.run(rows.div_ceil(height), &|i| {
            let part = i * height..rows.min((i + 1) * height);
            // SAFETY: promised by the caller; no two tiles share a row.
            unsafe { self.part(part, 0..columns) };
        });
    }
}

impl fmt::Debug for Then<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Then(from {}, {})", self.row, self.column)
    }
}
