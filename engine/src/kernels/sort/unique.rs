//! Distinct values.

use ndarray::ArrayViewD;

use super::keys::SortKey;
use super::lanes::flat;
use super::{Order, sorted_keys, sorted_records};
use crate::kernels::Tiles;

/// The distinct values of an array, and where they come.
#[derive(Clone, PartialEq, Debug)]
pub struct Unique<T> {
    /// The values, sorted.
    pub values: Vec<T>,
    /// The position, in C order, of the first element with each value.
    pub first: Vec<i64>,
    /// Which of the values each element has.
    pub inverse: Vec<i64>,
    /// How many elements have each value.
    pub counts: Vec<i64>,
}

/// The distinct values of `x`, sorted; all NaN count as one.
pub fn unique_values<T: SortKey>(tiles: &dyn Tiles, x: ArrayViewD<'_, T>) -> Vec<T> {
    let mut values: Vec<T> = Vec::new();
    let mut last = None;
    for key in sorted_keys(tiles, &flat(tiles, x)) {
        let value = T::from_key(key);
        if last != Some(value.key()) {
            last = Some(value.key());
            values.push(value);
        }
    }
    values
}

/// The distinct values of `x`, sorted, and where they come; all NaN count as one.
pub fn unique<T: SortKey>(tiles: &dyn Tiles, x: ArrayViewD<'_, T>) -> Unique<T> {
    let x = flat(tiles, x);
    let mut found = Unique {
        values: Vec::new(),
        first: Vec::new(),
        inverse: vec![0; x.len()],
        counts: Vec::new(),
    };
    let mut last = None;
    for (key, at) in sorted_records(tiles, &x, Order::Ascending) {
        if last != Some(key) {
            last = Some(key);
            found.values.push(x[at as usize]);
            found.first.push(i64::from(at));
            found.counts.push(0);
        }
        found.inverse[at as usize] = found.values.len() as i64 - 1;
        *found.counts.last_mut().expect("the first key is new") += 1;
    }
    found
}
