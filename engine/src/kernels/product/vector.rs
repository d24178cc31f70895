//! Products with a vector, or a few: they touch each element of the matrix once or twice, so what
//! counts is that the matrix is read in the order in which it lies in memory.

use std::borrow::Cow;
use std::ops::{Add, Mul};

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis};

use crate::dtype::Element;
use crate::kernels::simd;

/// Most rows that are multiplied with the rows of a matrix one by one.
const FEW: usize = 8;
/// Outputs that are summed together: they stay in a level 1 cache while whole rows stream by.
const BLOCK: usize = 4096;
/// Independent sums of one dot product.
const LANES: usize = 16;

/// How a product with a vector, or a few, is computed.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// The rows of `a` times the dense columns of `b`.
    DotsWithA,
    /// The columns of `b` times the dense rows of `a`.
    DotsWithB,
    /// The sum of the rows of `b`, which are dense.
    RowsOfB,
    /// The sum of the columns of `a`, which are dense.
    ColumnsOfA,
}

/// The way of `a b`, if one operand is a vector, or has few rows beside a transposed matrix.
pub(super) fn way<T>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>) -> Option<Way> {
    let (m, n) = (a.nrows(), b.ncols());
    let is_long = b.nrows() >= 8 * LANES;
    if (m == 1 || m <= FEW && is_long) && has_dense_rows(b.t()) {
        Some(Way::DotsWithA)
    } else if n == 1 && has_dense_rows(a) {
        Some(Way::DotsWithB)
    } else if m == 1 && has_dense_rows(b) {
        Some(Way::RowsOfB)
    } else if n == 1 && has_dense_rows(a.t()) {
        Some(Way::ColumnsOfA)
    } else {
        None
    }
}

/// `c = a b`, in the way that [`way`] found.
pub(super) fn tile<T>(
    way: Way,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    mut c: ArrayViewMut2<'_, T>,
) where
    T: Element + Add<Output = T> + Mul<Output = T>,
{
    match way {
        Way::DotsWithA => dots(a, b.reversed_axes(), c),
        Way::DotsWithB => dots(b.reversed_axes(), a, c.reversed_axes()),
        Way::RowsOfB => combine(b, a.row(0), c.row_mut(0)),
        Way::ColumnsOfA => combine(a.reversed_axes(), b.column(0), c.column_mut(0)),
    }
}

/// True if the elements of each row lie one after the other.
fn has_dense_rows<T>(x: ArrayView2<'_, T>) -> bool {
    x.strides()[1] == 1 || x.ncols() == 1
}

/// The elements as a slice, copied if they are not one.
fn dense<T: Copy>(x: ArrayView1<'_, T>) -> Cow<'_, [T]> {
    match x.to_slice() {
        Some(slice) => Cow::Borrowed(slice),
        None => Cow::Owned(x.to_vec()),
    }
}

/// `c[i, j]` is the dot product of row `i` of `few` and row `j` of `many`, whose rows are dense.
fn dots<T>(few: ArrayView2<'_, T>, many: ArrayView2<'_, T>, mut c: ArrayViewMut2<'_, T>)
where
    T: Element + Add<Output = T> + Mul<Output = T>,
{
    let few: Vec<Cow<'_, [T]>> = (0..few.nrows())
        .map(|i| dense(few.index_axis_move(Axis(0), i)))
        .collect();
    let many: Vec<&[T]> = (0..many.nrows())
        .map(|j| many.index_axis_move(Axis(0), j).to_slice())
        .map(|row| row.expect("rows of `many` are dense"))
        .collect();
    simd::run(
        #[inline(always)]
        || match &few[..] {
            [x] => dots_with_all(x, &many, |j, dot| c[[0, j]] = dot),
            _ => {
                let few: Vec<&[T]> = few.iter().map(|x| &**x).collect();
                for (j, y) in many.iter().enumerate() {
                    dots_with_all(y, &few, |i, dot| c[[i, j]] = dot);
                }
            }
        },
    );
}

/// Gives `put` the dot products of `y` with each of `xs`, four at a time: each element of `y` is
/// then loaded once for four.
#[inline(always)]
fn dots_with_all<T>(y: &[T], xs: &[&[T]], mut put: impl FnMut(usize, T))
where
    T: Element + Add<Output = T> + Mul<Output = T>,
{
    let mut fours = xs.chunks_exact(4);
    let mut i = 0;
    for four in &mut fours {
        for dot in dots_with([four[0], four[1], four[2], four[3]], y) {
            put(i, dot);
            i += 1;
        }
    }
    for x in fours.remainder() {
        let [dot] = dots_with([*x], y);
        put(i, dot);
        i += 1;
    }
}

/// The dot products of `y` with each of `xs`, in [`LANES`] sums each.
#[inline(always)]
fn dots_with<T, const R: usize>(xs: [&[T]; R], y: &[T]) -> [T; R]
where
    T: Element + Add<Output = T> + Mul<Output = T>,
{
    let mut sums = [[T::default(); LANES]; R];
    let mut others = sums;
    let xs = xs.map(|x| &x[..y.len()]);
    let pairs = y.len() / (2 * LANES);
    for pair in 0..pairs {
        let at = pair * 2 * LANES;
        for r in 0..R {
            sums[r] = times_plus(&xs[r][at..], &y[at..], sums[r]);
            others[r] = times_plus(&xs[r][at + LANES..], &y[at + LANES..], others[r]);
        }
    }
    let mut dots = [T::default(); R];
    for r in 0..R {
        for at in pairs * 2 * LANES..y.len() {
            let lane = at % LANES;
            sums[r][lane] = sums[r][lane] + xs[r][at] * y[at];
        }
        for lane in 0..LANES {
            sums[r][lane] = sums[r][lane] + others[r][lane];
        }
        dots[r] = fold(&mut sums[r]);
    }
    dots
}

/// `x y + sums` for the first elements of `x` and `y`, lane by lane.
#[inline(always)]
fn times_plus<T>(x: &[T], y: &[T], sums: [T; LANES]) -> [T; LANES]
where
    T: Element + Add<Output = T> + Mul<Output = T>,
{
    let (x, y) = (&x[..LANES], &y[..LANES]);
    let mut next = sums;
    for lane in 0..LANES {
        next[lane] = sums[lane] + x[lane] * y[lane];
    }
    next
}

/// The sum of the lanes, halves onto halves.
#[inline(always)]
fn fold<T: Copy + Add<Output = T>>(sums: &mut [T; LANES]) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            sums[lane] = sums[lane] + sums[lane + half];
        }
        half /= 2;
    }
    sums[0]
}

/// `c` is the sum of the rows of `x`, which are dense, each times its factor in `by`.
fn combine<T>(x: ArrayView2<'_, T>, by: ArrayView1<'_, T>, mut c: ArrayViewMut1<'_, T>)
where
    T: Element + Add<Output = T> + Mul<Output = T>,
{
    let by = dense(by);
    let mut sums = [T::default(); BLOCK];
    for start in (0..c.len()).step_by(BLOCK) {
        let len = BLOCK.min(c.len() - start);
        let sums = &mut sums[..len];
        sums.fill(T::default());
        simd::run(
            #[inline(always)]
            || {
                let mut k = 0;
                let row = |k: usize| {
                    let row = x.index_axis_move(Axis(0), k);
                    &row.to_slice().expect("rows of `x` are dense")[start..start + len]
                };
                while k + 4 <= by.len() {
                    let rows = [row(k), row(k + 1), row(k + 2), row(k + 3)];
                    add_rows(sums, rows, [by[k], by[k + 1], by[k + 2], by[k + 3]]);
                    k += 4;
                }
                for k in k..by.len() {
                    add_rows(sums, [row(k)], [by[k]]);
                }
            },
        );
        for (c, &sum) in c.iter_mut().skip(start).zip(&*sums) {
            *c = sum;
        }
    }
}

#[inline(always)]
fn add_rows<T, const R: usize>(sums: &mut [T], rows: [&[T]; R], by: [T; R])
where
    T: Copy + Add<Output = T> + Mul<Output = T>,
{
    let rows = rows.map(|row| &row[..sums.len()]);
    for j in 0..sums.len() {
        let mut sum = sums[j];
        for (row, &by) in rows.iter().zip(&by) {
            sum = sum + row[j] * by;
        }
        sums[j] = sum;
    }
}
