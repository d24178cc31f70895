//! The `axis` argument: none for all axes, one, or several.

use smallvec::SmallVec;

/// Which axes an op works on; negative ones count from the last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Axes(Option<SmallVec<[isize; 4]>>);

impl Axes {
    /// Every axis.
    pub const ALL: Axes = Axes(None);

    /// The axes as given; `None` for all.
    pub fn as_slice(&self) -> Option<&[isize]> {
        self.0.as_deref()
    }
}

impl From<isize> for Axes {
    fn from(axis: isize) -> Axes {
        Axes(Some(SmallVec::from_slice(&[axis])))
    }
}

impl<const N: usize> From<[isize; N]> for Axes {
    fn from(axes: [isize; N]) -> Axes {
        Axes(Some(SmallVec::from_slice(&axes)))
    }
}

impl From<&[isize]> for Axes {
    fn from(axes: &[isize]) -> Axes {
        Axes(Some(SmallVec::from_slice(axes)))
    }
}

impl From<Option<isize>> for Axes {
    fn from(axis: Option<isize>) -> Axes {
        axis.map_or(Axes::ALL, Axes::from)
    }
}
