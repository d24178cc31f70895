//! The order in which a reduction walks its array: axes turned, sorted and joined so that the
//! inner loops are long and follow memory.

#![expect(unsafe_code, reason = "elements are reached by offsets from the first")]

use std::marker::PhantomData;

use ndarray::ArrayViewD;
use smallvec::SmallVec;

/// Length and stride of an axis.
type Axis = (usize, isize);

/// The kept and the reduced axes of an array, outer ones first. Neither list is empty.
pub(super) struct Plan {
    kept: SmallVec<[Axis; 4]>,
    reduced: SmallVec<[Axis; 4]>,
    /// Offset of the element at which all axes start.
    start: isize,
}

impl Plan {
    pub(super) fn new<T>(x: &ArrayViewD<'_, T>, is_reduced: &[bool]) -> Plan {
        assert_eq!(x.ndim(), is_reduced.len(), "one flag per axis");
        let mut plan = Plan {
            kept: SmallVec::new(),
            reduced: SmallVec::new(),
            start: 0,
        };
        let axes = x.shape().iter().zip(x.strides()).zip(is_reduced);
        for ((&len, &stride), &is_reduced) in axes.filter(|((len, _), _)| **len != 1) {
            match is_reduced {
                false => plan.kept.push((len, stride)),
                true if stride >= 0 => plan.reduced.push((len, stride)),
                true => {
                    plan.start += (len as isize - 1).max(0) * stride;
                    plan.reduced.push((len, -stride));
                }
            }
        }
        plan.reduced.sort_by_key(|&(_, stride)| -stride);
        join(&mut plan.kept);
        join(&mut plan.reduced);
        plan
    }

    pub(super) fn elements<'a, T>(&self, x: &ArrayViewD<'a, T>) -> Elements<'a, T> {
        Elements {
            start: x.as_ptr().wrapping_offset(self.start),
            lifetime: PhantomData,
        }
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.kept.iter().map(|&(len, _)| len).product()
    }

    /// The number of reduced elements of each output.
    pub(super) fn length(&self) -> usize {
        self.reduced.iter().map(|&(len, _)| len).product()
    }

    /// The innermost reduced axis.
    pub(super) fn inner(&self) -> Axis {
        self.reduced[self.reduced.len() - 1]
    }

    /// The length of the innermost kept axis.
    pub(super) fn width(&self) -> usize {
        self.kept[self.kept.len() - 1].0
    }

    /// True if neighbouring outputs read neighbouring elements, and one output does not.
    pub(super) fn is_by_rows(&self) -> bool {
        let (len, stride) = self.kept[self.kept.len() - 1];
        len > 1 && stride == 1 && self.inner().1 != 1
    }

    /// True if rows of `width` elements follow each other without a gap.
    pub(super) fn is_dense_below(&self, width: usize) -> bool {
        self.reduced.len() == 1 && self.inner().1 == width as isize
    }

    /// Where the elements of an output start.
    pub(super) fn output_offset(&self, output: usize) -> isize {
        offset(&self.kept, output)
    }

    /// Where the reduced element `i` of an output lies, relative to the first.
    #[inline]
    pub(super) fn reduced_offset(&self, i: usize) -> isize {
        match self.reduced[..] {
            [(_, stride)] => i as isize * stride,
            _ => offset(&self.reduced, i),
        }
    }
}

/// Joins neighbouring axes that one stride describes, and makes sure that there is an axis.
fn join(axes: &mut SmallVec<[Axis; 4]>) {
    let mut joined: SmallVec<[Axis; 4]> = SmallVec::new();
    for &(len, stride) in axes.iter() {
        match joined.last_mut() {
            Some(last) if last.1 == stride * len as isize => *last = (last.0 * len, stride),
            _ => joined.push((len, stride)),
        }
    }
    if joined.is_empty() {
        joined.push((1, 0));
    }
    *axes = joined;
}

/// The offset of the position `i`, counted in C order.
fn offset(axes: &[Axis], mut i: usize) -> isize {
    let mut offset = 0;
    for &(len, stride) in axes.iter().rev() {
        offset += (i % len) as isize * stride;
        i /= len;
    }
    offset
}

/// The elements of an array, by their offset from the start of its [`Plan`].
pub(super) struct Elements<'a, T> {
    start: *const T,
    lifetime: PhantomData<&'a [T]>,
}

// SAFETY: it gives out shared references and copies of elements, as `&[T]` does.
unsafe impl<T: Sync> Sync for Elements<'_, T> {}

impl<T: Copy> Elements<'_, T> {
    /// `n` elements that lie one after the other. Offsets come from the array's own [`Plan`].
    #[inline(always)]
    pub(super) fn run(&self, offset: isize, n: usize) -> &[T] {
        // SAFETY: the plan's offsets are those of the array's elements, and `n` is at most the
        // length that is left of an axis, or of joined axes, of stride 1.
        unsafe { std::slice::from_raw_parts(self.start.offset(offset), n) }
    }

    /// One element. Its offset comes from the array's own [`Plan`].
    #[inline(always)]
    pub(super) fn at(&self, offset: isize) -> T {
        // SAFETY: the plan's offsets are those of the array's elements.
        unsafe { *self.start.offset(offset) }
    }
}
