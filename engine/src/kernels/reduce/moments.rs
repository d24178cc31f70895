//! Mean and squared distances from it in one pass over memory: each block, which is in a cache by
//! then, is read twice, and what the blocks have is merged by the formula of Chan, Golub and
//! LeVeque. Beside a large mean the distances between means of blocks are as exact as those of
//! elements: of double precision the mean is kept in two parts, others leave room enough in one.

use std::marker::PhantomData;

use super::element::{Mean, To};
use super::{COLUMNS, NO_CONTEXTS, Reduction, add_rows};
use crate::kernels::lanes;

/// Rows whose columns are taken as a block: some hundred KiB of them, for a level 2 cache.
const ROWS: usize = 64;

/// Mean and spread of elements, with a mean of type `M`: `f64`, or a complex number.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread<M>(PhantomData<fn() -> M>);

impl<M> Spread<M> {
    /// The reduction.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

/// What is known of some elements.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moments<M> {
    n: f64,
    /// Their mean.
    pub mean: M,
    /// What the mean leaves out, where it was found.
    rest: M,
    /// The sum of their squared distances from it: what a variance is made of.
    pub squares: f64,
}

impl<M: Mean> Moments<M> {
    const NONE: Moments<M> = Moments {
        n: 0.0,
        mean: M::ZERO,
        rest: M::ZERO,
        squares: 0.0,
    };

    /// Elements of one group with those of another, which are `share` of all.
    #[inline(always)]
    fn with(self, other: Moments<M>, share: f64) -> Moments<M> {
        let distance = (other.mean - self.mean) + (other.rest - self.rest);
        let between = distance.square() * (self.n * share);
        let rest = self.rest + distance * share;
        let mean = self.mean + rest;
        Moments {
            n: self.n + other.n,
            mean,
            rest: rest - (mean - self.mean),
            squares: self.squares + other.squares + between,
        }
    }
}

/// True if a mean is much more precise than elements of type `T`, so that its rounding is lost
/// beside theirs.
const fn is_narrow<T, M>() -> bool {
    size_of::<T>() < size_of::<M>()
}

impl<T: To<M>, M: Mean> Reduction<T> for Spread<M> {
    type Acc = Moments<M>;
    type Out = Moments<M>;

    #[inline(always)]
    fn identity(&self) -> Moments<M> {
        Moments::NONE
    }

    #[inline(always)]
    fn step(&self, acc: Moments<M>, x: T) -> Moments<M> {
        let one = Moments {
            n: 1.0,
            mean: x.to(),
            ..Moments::NONE
        };
        Reduction::<T>::merge(self, acc, one)
    }

    #[inline(always)]
    fn merge(&self, a: Moments<M>, b: Moments<M>) -> Moments<M> {
        match a.n > 0.0 {
            true => a.with(b, b.n / (a.n + b.n)),
            false => b,
        }
    }

    #[inline(always)]
    fn finish(&self, acc: Moments<M>) -> Moments<M> {
        Moments {
            mean: if acc.n > 0.0 {
                acc.mean
            } else {
                M::over(M::ZERO, 0.0)
            },
            ..acc
        }
    }

    #[inline(always)]
    fn block(&self, x: &[T]) -> Moments<M> {
        let n = x.len() as f64;
        let total = lanes::accumulate(
            x,
            M::ZERO,
            #[inline(always)]
            |acc, x| acc + x.to(),
            M::plus,
        );
        let mean = M::over(total, n);
        let squares = lanes::accumulate(
            x,
            0.0,
            #[inline(always)]
            |acc, x| acc + (x.to() - mean).square(),
            #[inline(always)]
            |a, b| a + b,
        );
        let mut moments = Moments {
            n,
            mean,
            squares,
            ..Moments::NONE
        };
        if !is_narrow::<T, M>() {
            let rest = lanes::accumulate(
                x,
                M::ZERO,
                #[inline(always)]
                |acc, x| acc + (x.to() - mean),
                M::plus,
            );
            moments.rest = M::over(rest, n);
        }
        moments
    }

    #[inline(always)]
    fn add_rows<'a>(&self, n: usize, row: impl Fn(usize) -> &'a [T], accs: &mut [Moments<M>])
    where
        T: 'a,
    {
        let mut columns = Columns {
            means: &mut [M::ZERO; COLUMNS][..accs.len()],
            rests: &mut [M::ZERO; COLUMNS][..accs.len()],
            squares: &mut [0.0; COLUMNS][..accs.len()],
        };
        for first in (0..n).step_by(ROWS) {
            let n = ROWS.min(n - first);
            columns.read(n, |i| row(first + i));
            columns.add_to(accs, n as f64);
        }
    }
}

/// What is known of a block of columns.
struct Columns<'a, M> {
    means: &'a mut [M],
    rests: &'a mut [M],
    squares: &'a mut [f64],
}

impl<M: Mean> Columns<'_, M> {
    /// Finds it for `n` rows.
    #[inline(always)]
    fn read<'a, T: To<M> + 'a>(&mut self, n: usize, row: impl Fn(usize) -> &'a [T]) {
        let none = &NO_CONTEXTS[..self.means.len()];
        self.means.fill(M::ZERO);
        add_rows(
            n,
            &row,
            none,
            self.means,
            #[inline(always)]
            |(), acc, x| acc + x.to(),
        );
        for mean in &mut *self.means {
            *mean = M::over(*mean, n as f64);
        }
        self.squares.fill(0.0);
        add_rows(
            n,
            &row,
            self.means,
            self.squares,
            #[inline(always)]
            |mean, acc, x| acc + (x.to() - mean).square(),
        );
        if !is_narrow::<T, M>() {
            self.rests.fill(M::ZERO);
            add_rows(
                n,
                &row,
                self.means,
                self.rests,
                #[inline(always)]
                |mean, acc, x| acc + (x.to() - mean),
            );
            for rest in &mut *self.rests {
                *rest = M::over(*rest, n as f64);
            }
        }
    }

    /// Adds its `n` rows to accumulations that have all taken as many.
    #[inline(always)]
    fn add_to(&self, accs: &mut [Moments<M>], n: f64) {
        let before = accs.first().map_or(0.0, |acc| acc.n);
        let share = n / (n + before);
        let figures = self.means.iter().zip(&*self.rests).zip(&*self.squares);
        for (acc, ((&mean, &rest), &squares)) in accs.iter_mut().zip(figures) {
            let column = Moments {
                n,
                mean,
                rest,
                squares,
            };
            // Far from a mean of nothing the rest would be lost.
            *acc = if before > 0.0 {
                acc.with(column, share)
            } else {
                column
            };
        }
    }
}
