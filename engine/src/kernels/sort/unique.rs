//! Distinct values and rows.

use ndarray::ArrayViewD;

use super::keys::SortKey;
use crate::kernels::InOrder;
use crate::kernels::copy::flat;

/// The distinct values (or rows) of an array, and where they come.
#[derive(Clone, PartialEq, Debug)]
pub struct Unique<T> {
    /// The values, sorted; the elements of rows one after the other.
    pub values: Vec<T>,
    /// The position, in C order, of the first element with each value.
    pub first: Vec<i64>,
    /// Which of the values each element has.
    pub inverse: Vec<i64>,
    /// How many elements have each value.
    pub counts: Vec<i64>,
}

/// The distinct values of sorted elements; all NaN count as one.
pub fn unique_values<T: SortKey>(sorted: &[T]) -> Vec<T> {
    let mut values: Vec<T> = Vec::new();
    for &value in sorted {
        if values.last().is_none_or(|last| last.key() != value.key()) {
            values.push(value);
        }
    }
    values
}

/// The distinct values of `x`, sorted, and where they come; all NaN count as one. `order` holds the
/// positions that sort `x` and leave equal elements in their order.
pub fn unique<T: SortKey>(x: ArrayViewD<'_, T>, order: &[i64]) -> Unique<T> {
    let x = flat(&InOrder, x);
    groups(&x, 1, order.iter().map(|&at| at as usize))
}

/// The distinct rows of `x`, the parts of its first axis, ordered by their first elements that
/// differ, and where they come.
pub fn unique_rows<T: SortKey>(x: ArrayViewD<'_, T>) -> Unique<T> {
    let n = x.shape()[0];
    let size = x.shape()[1..].iter().product();
    let x = flat(&InOrder, x);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| row(&x, size, a).cmp(row(&x, size, b)));
    groups(&x, size, order.into_iter())
}

/// The keys of a row.
fn row<T: SortKey>(x: &[T], size: usize, at: usize) -> impl Iterator<Item = T::Key> {
    x[at * size..][..size].iter().map(|x| x.key())
}

/// Groups of equal rows, given in their order.
fn groups<T: SortKey>(
    x: &[T],
    size: usize,
    order: impl ExactSizeIterator<Item = usize>,
) -> Unique<T> {
    let mut found = Unique {
        values: Vec::new(),
        first: Vec::new(),
        inverse: vec![0; order.len()],
        counts: Vec::new(),
    };
    let mut last = None;
    for at in order {
        if !last.is_some_and(|last| row(x, size, last).eq(row(x, size, at))) {
            found.values.extend_from_slice(&x[at * size..][..size]);
            found.first.push(at as i64);
            found.counts.push(0);
        }
        last = Some(at);
        found.inverse[at] = found.first.len() as i64 - 1;
        *found.counts.last_mut().expect("the first row is new") += 1;
    }
    found
}
