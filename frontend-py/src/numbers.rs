//! Nested lists of Python numbers as arrays, for the lists that need no rule of NumPy's.

use forerun_engine::{Array, Device, Element, Result};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyTuple};

/// Elements that Python numbers become.
pub(crate) trait Number: Element {
    /// The element nearest to a float, if such are taken.
    fn of_float(x: f64) -> Option<Self>;
    /// The element that an integer is.
    fn of_int(x: i64) -> Option<Self>;
}

macro_rules! number {
    ($($ty:ty: |$float:ident| $of_float:expr, |$int:ident| $of_int:expr;)*) => {
        $(impl Number for $ty {
            #[inline]
            fn of_float($float: f64) -> Option<$ty> {
                $of_float
            }

            #[inline]
            fn of_int($int: i64) -> Option<$ty> {
                $of_int
            }
        })*
    };
}

/// Integers up to here are doubles, so that it does not matter what they are converted by.
const EXACT: u64 = 1 << 53;

number! {
    f32: |x| Some(x as f32), |x| (x.unsigned_abs() <= EXACT).then_some(x as f32);
    f64: |x| Some(x), |x| (x.unsigned_abs() <= EXACT).then_some(x as f64);
    i32: |_x| None, |x| i32::try_from(x).ok();
    i64: |_x| None, |x| Some(x);
}

/// The array of the numbers in `source`; `None` where they are not such a list.
pub(crate) fn array<T: Number>(source: &Bound<'_, PyAny>, device: Device) -> Option<Result<Array>> {
    let mut shape = Vec::new();
    let mut first = Some(source.clone());
    while let Some(list) = first.as_ref().and_then(List::new) {
        shape.push(list.len());
        first = Some(list.get(0)?);
    }
    let mut elements = Vec::with_capacity(shape.iter().product());
    collect::<T>(source, &shape, &mut elements)?;
    Some(Array::from_elements(&elements, shape, device))
}

/// Adds the numbers of a list that has a shape, in order.
fn collect<T: Number>(
    source: &Bound<'_, PyAny>,
    shape: &[usize],
    elements: &mut Vec<T>,
) -> Option<()> {
    let Some((&len, rest)) = shape.split_first() else {
        elements.push(number(source)?);
        return Some(());
    };
    let list = List::new(source).filter(|list| list.len() == len)?;
    (0..len).try_for_each(|i| collect(&list.get(i)?, rest, elements))
}

fn number<T: Number>(source: &Bound<'_, PyAny>) -> Option<T> {
    if let Ok(float) = source.cast_exact::<PyFloat>() {
        return T::of_float(float.value());
    }
    if let Ok(int) = source.cast_exact::<PyInt>() {
        return T::of_int(int.extract().ok()?);
    }
    let truth = source.cast_exact::<PyBool>().ok()?;
    T::of_int(truth.is_true().into())
}

/// A list or a tuple.
enum List<'a, 'py> {
    List(&'a Bound<'py, PyList>),
    Tuple(&'a Bound<'py, PyTuple>),
}

impl<'a, 'py> List<'a, 'py> {
    fn new(source: &'a Bound<'py, PyAny>) -> Option<List<'a, 'py>> {
        if let Ok(list) = source.cast_exact::<PyList>() {
            return Some(List::List(list));
        }
        source.cast_exact::<PyTuple>().ok().map(List::Tuple)
    }

    fn len(&self) -> usize {
        match self {
            List::List(list) => list.len(),
            List::Tuple(tuple) => tuple.len(),
        }
    }

    fn get(&self, i: usize) -> Option<Bound<'py, PyAny>> {
        match self {
            List::List(list) => list.get_item(i).ok(),
            List::Tuple(tuple) => tuple.get_item(i).ok(),
        }
    }
}
