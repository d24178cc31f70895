//! The order in which a copy visits its elements.

use smallvec::SmallVec;

/// One loop of a walk: its length and the steps, in elements, on both sides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::kernels) struct Axis {
    pub(super) len: usize,
    pub(super) src: isize,
    pub(super) dst: isize,
}

/// Nested loops, the innermost last, that visit each element of two views of one shape once.
///
/// Axes are merged where both sides allow it and sorted by their steps in the destination, so
/// that writes go forward; where the source runs along another axis than the destination, that
/// axis is the second last and both are meant to be walked in blocks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::kernels) struct Walk {
    pub(super) axes: SmallVec<[Axis; 4]>,
    /// Where the first element is, counted from the first of the view.
    pub(super) src: isize,
    pub(super) dst: isize,
    /// Whether the last two axes are walked in blocks.
    pub(super) blocked: bool,
}

impl Walk {
    /// The walk over a shape without zeros, given the strides of both sides.
    pub(in crate::kernels) fn new(shape: &[usize], src: &[isize], dst: &[isize]) -> Walk {
        let mut walk = Walk {
            axes: SmallVec::new(),
            src: 0,
            dst: 0,
            blocked: false,
        };
        for ((&len, &src), &dst) in shape.iter().zip(src).zip(dst) {
            walk.push(Axis { len, src, dst });
        }
        walk.axes.sort_by_key(|axis| std::cmp::Reverse(axis.dst));
        walk.merge();
        walk.order_for_blocks();
        walk
    }

    /// Adds a loop, turned around where it would write backwards.
    fn push(&mut self, axis: Axis) {
        let Axis { len, src, dst } = axis;
        match () {
            () if len == 1 => {}
            () if dst >= 0 => self.axes.push(axis),
            () => {
                self.src += src * (len as isize - 1);
                self.dst += dst * (len as isize - 1);
                self.axes.push(Axis {
                    len,
                    src: -src,
                    dst: -dst,
                });
            }
        }
    }

    fn merge(&mut self) {
        let mut merged: SmallVec<[Axis; 4]> = SmallVec::new();
        for axis in self.axes.drain(..) {
            let whole = |step: isize| step * axis.len as isize;
            match merged.last_mut() {
                Some(outer) if outer.src == whole(axis.src) && outer.dst == whole(axis.dst) => {
                    *outer = Axis {
                        len: outer.len * axis.len,
                        ..axis
                    };
                }
                _ => merged.push(axis),
            }
        }
        self.axes = merged;
    }

    /// Moves the axis along which the source runs beside that of the destination.
    fn order_for_blocks(&mut self) {
        let Some((&inner, outer)) = self.axes.split_last() else {
            return;
        };
        let runs = |&(_, axis): &(usize, &Axis)| axis.src != 0;
        let Some((at, fast)) = outer
            .iter()
            .enumerate()
            .filter(runs)
            .min_by_key(|(_, axis)| axis.src.abs())
        else {
            return;
        };
        if inner.src != 0 && fast.src.abs() < inner.src.abs() {
            let fast = self.axes.remove(at);
            self.axes.insert(self.axes.len() - 1, fast);
            self.blocked = true;
        }
    }

    /// The number of elements.
    pub(in crate::kernels) fn size(&self) -> usize {
        self.axes.iter().map(|axis| axis.len).product()
    }

    /// True if it visits a single element.
    #[inline]
    pub(in crate::kernels) fn is_single(&self) -> bool {
        self.axes.is_empty()
    }

    /// Cuts the walk into parts of at most `grain` elements, halving its longest axis.
    pub(super) fn cut(self, grain: usize, parts: &mut Vec<Walk>) {
        if self.size() <= grain.max(1) {
            return parts.push(self);
        }
        let lens = self.axes.iter().map(|axis| axis.len).enumerate();
        let (longest, len) = lens
            .max_by_key(|&(_, len)| len)
            .expect("only loops have a size");
        // Whole cache lines on both sides, where they start at one.
        let first = if len >= 128 {
            (len / 2).next_multiple_of(64)
        } else {
            len / 2
        };
        let mut second = self.clone();
        let axis = &mut second.axes[longest];
        second.src += axis.src * first as isize;
        second.dst += axis.dst * first as isize;
        axis.len -= first;
        let mut whole = self;
        whole.axes[longest].len = first;
        whole.cut(grain, parts);
        second.cut(grain, parts);
    }
}
