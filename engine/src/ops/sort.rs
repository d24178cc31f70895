//! Sorting and what rests on it: orders, the largest elements, distinct values, searches,
//! quantiles.

use std::sync::Arc;

use smallvec::SmallVec;

use super::axes::Axes;
use super::binary::{add, multiply};
use super::create::astype;
use super::index::{add_along, take_along_axis, write_where};
use super::registry::{Entry, entries};
use super::unary::isnan;
use crate::array::{Array, Backward, Gradient, Grads, Operand, Rule, issue_one};
use crate::dispatch;
use crate::dtype::{DType, Element, Kind};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Run};
use crate::kernels::index::Mode;
use crate::kernels::sort::{self, Order, Side, Unique};
use crate::memory::Device;
use crate::shape::{Shape, axis_mask, normalize_axis};

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "sort" => sort: (x, axis),
    "argsort" => argsort: (x, axis, descending),
    "topk" => topk: (x, k, axis, smallest),
    "unique" => unique: (x, axis, positions),
    "searchsorted" => searchsorted: (sorted, values, right, sorter),
    "quantile" => quantile: (x, q, axes: Axes, method, keepdims),
    "bincount" => bincount: (x, weights, minlength),
];

/// Elements from which sorting is worth handing over at once.
const HEAVY: usize = 1 << 15;

/// What a sort gives along its axis.
#[derive(Clone, Copy)]
enum Gives {
    /// The elements.
    Elements,
    /// Their positions.
    Positions(Order),
}

struct Sort {
    axis: usize,
    gives: Gives,
    size: usize,
}

impl Kernel for Sort {
    fn name(&self) -> &'static str {
        match self.gives {
            Gives::Elements => "sort",
            Gives::Positions(_) => "argsort",
        }
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, out) = (&cx.inputs[0], &mut cx.outputs[0]);
        dispatch!(all, x.dtype, T => match self.gives {
            Gives::Elements => sort::sort(cx.tiles, x.view::<T>(), self.axis, out.slice::<T>()),
            Gives::Positions(order) => {
                sort::argsort(cx.tiles, x.view::<T>(), self.axis, order, out.slice());
            }
        });
        Ok(())
    }
}

impl Gradient for Sort {
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let x = &cx.inputs[0];
        let places = argsort(x, Some(self.axis as isize), false)?;
        let len = x.shape()[self.axis];
        let g = add_along(cx.g(), &places, self.axis, len, Mode::Raise)?;
        Ok(SmallVec::from_iter([Some(g)]))
    }
}

/// The elements along an axis, the smallest first and NaN last; without an axis, of the flat
/// array.
///
/// # Errors
/// An axis that the array does not have.
pub fn sort(x: &Array, axis: Option<isize>) -> Result<Array> {
    sorted(x, axis, Gives::Elements)
}

/// The positions along an axis that sort it; equal elements keep their order.
///
/// # Errors
/// An axis that the array does not have.
pub fn argsort(x: &Array, axis: Option<isize>, descending: bool) -> Result<Array> {
    let order = if descending {
        Order::Descending
    } else {
        Order::Ascending
    };
    sorted(x, axis, Gives::Positions(order))
}

fn sorted(x: &Array, axis: Option<isize>, gives: Gives) -> Result<Array> {
    let x = match axis {
        None => &x.ravel()?,
        Some(_) => x,
    };
    let name = match gives {
        Gives::Elements => "sort",
        Gives::Positions(_) => "argsort",
    };
    let axis = normalize_axis(name, axis.unwrap_or(0), x.ndim())?;
    let kernel = Arc::new(Sort {
        axis,
        gives,
        size: x.size(),
    });
    let (rule, dtype): (Option<Rule>, _) = match gives {
        Gives::Elements => (Some(Rule::Shared(kernel.clone())), x.dtype()),
        Gives::Positions(_) => (None, DType::I64),
    };
    let output = (x.shape().clone(), dtype);
    issue_one(Op::Kernel(kernel), rule, &[Operand::Array(x)], output)
}

/// The positions of the first elements of an axis in an order.
struct TopK {
    axis: usize,
    k: usize,
    order: Order,
    size: usize,
}

impl Kernel for TopK {
    fn name(&self) -> &'static str {
        "topk"
    }

    fn is_heavy(&self) -> bool {
        self.size >= HEAVY
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (x, out) = (&cx.inputs[0], cx.outputs[0].slice::<i64>());
        let TopK { axis, k, order, .. } = *self;
        dispatch!(all, x.dtype, T => {
            sort::topk(cx.tiles, x.view::<T>(), axis, k, order, None, Some(out));
        });
        Ok(())
    }
}

/// The `k` largest elements along an axis, the largest first, and their positions; or the smallest.
///
/// # Errors
/// An axis that the array does not have, or that is shorter than `k`.
pub fn topk(x: &Array, k: usize, axis: Option<isize>, smallest: bool) -> Result<(Array, Array)> {
    let x = match axis {
        None => &x.ravel()?,
        Some(_) => x,
    };
    let axis = normalize_axis("topk", axis.unwrap_or(0), x.ndim())?;
    if k > x.shape()[axis] {
        let fact = format!("{k} elements of an axis with size {}", x.shape()[axis]);
        return Err(Error::argument("topk", fact));
    }
    let order = if smallest {
        Order::Ascending
    } else {
        Order::Descending
    };
    let op = Op::Kernel(Arc::new(TopK {
        axis,
        k,
        order,
        size: x.size(),
    }));
    let lens = x.shape().iter().enumerate();
    let shape: Shape = lens
        .map(|(i, &len)| if i == axis { k } else { len })
        .collect();
    let positions = issue_one(op, None, &[Operand::Array(x)], (shape, DType::I64))?;
    let values = take_along_axis(x, &positions, Some(axis as isize))?;
    Ok((values, positions))
}

/// The distinct values of the flat array, or the distinct parts of an axis, sorted; if `positions`,
/// also for each the position of the first of them, for each element which of the values it has, and
/// how many have each value. It waits for `x`, whose data decide the shapes.
///
/// # Errors
/// An axis that the array does not have; the failure of `x`; no memory.
pub fn unique(x: &Array, axis: Option<isize>, positions: bool) -> Result<Vec<Array>> {
    let device = x.device();
    let Some(axis) = axis else {
        let x = x.ravel()?;
        return dispatch!(all, x.dtype(), T => match positions {
            true => {
                let (order, x) = (argsort(&x, Some(0), false)?.lease()?, x.lease()?);
                let order = order.view::<i64>();
                let order = order.as_slice().expect("an order is dense");
                let found = sort::unique(x.view::<T>(), order);
                unique_arrays(found, |n| Shape::from([n]), device)
            }
            false => {
                let sorted = sort(&x, Some(0))?.lease()?;
                let sorted = sorted.view::<T>();
                let values = sort::unique_values(sorted.as_slice().expect("what is sorted is dense"));
                Ok(vec![Array::from_elements(&values, [values.len()], device)?])
            }
        });
    };
    let axis = normalize_axis("unique", axis, x.ndim())? as isize;
    let rows = x.moveaxis(&[axis], &[0])?;
    let shape = |n| {
        std::iter::once(n)
            .chain(rows.shape()[1..].iter().copied())
            .collect()
    };
    let lease = rows.lease()?;
    let mut found = dispatch!(all, x.dtype(), T => {
        unique_arrays(sort::unique_rows(lease.view::<T>()), shape, device)
    })?;
    found[0] = found[0].moveaxis(&[0], &[axis])?;
    Ok(found)
}

/// What was found, as arrays; `shape` is that of `n` values.
fn unique_arrays<T: Element>(
    found: Unique<T>,
    shape: impl Fn(usize) -> Shape,
    device: Device,
) -> Result<Vec<Array>> {
    let positions = |found: &[i64]| Array::from_elements(found, [found.len()], device);
    Ok(vec![
        Array::from_elements(&found.values, shape(found.first.len()), device)?,
        positions(&found.first)?,
        positions(&found.inverse)?,
        positions(&found.counts)?,
    ])
}

struct SearchSorted {
    side: Side,
}

impl Kernel for SearchSorted {
    fn name(&self) -> &'static str {
        "searchsorted"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let (sorted, values) = (&cx.inputs[0], &cx.inputs[1]);
        let sorter: Option<Vec<i64>> = cx.inputs.get(2).map(|x| x.view().iter().copied().collect());
        let n = sorted.layout.shape.size() as i64;
        if let Some(at) = sorter.iter().flatten().find(|at| !(0..n).contains(*at)) {
            let fact = format!("sorter holds {at} for an array with size {n}");
            return Err(Error::index("searchsorted", fact));
        }
        let out = cx.outputs[0].slice::<i64>();
        dispatch!(all, sorted.dtype, T => {
            let sorted: Vec<T> = sorted.view::<T>().iter().copied().collect();
            let (sorter, values) = (sorter.as_deref(), values.view::<T>());
            sort::searchsorted(cx.tiles, &sorted, sorter, self.side, values, out);
        });
        Ok(())
    }
}

/// Where each value would go into `sorted` to keep it sorted: before elements equal to it, or
/// after them if `right`. `sorter` names the elements in their order if they are not.
///
/// # Errors
/// A `sorted` that is not one-dimensional; a sorter of another length.
pub fn searchsorted(
    sorted: &Array,
    values: &Array,
    right: bool,
    sorter: Option<&Array>,
) -> Result<Array> {
    const OP: &str = "searchsorted";
    if sorted.ndim() != 1 || sorter.is_some_and(|sorter| sorter.shape() != sorted.shape()) {
        let fact = "the sorted array and its sorter must be 1-d and of one length";
        return Err(Error::argument(OP, fact));
    }
    let dtype = sorted.dtype().promote(values.dtype());
    let (sorted, values) = (astype(sorted, dtype)?, astype(values, dtype)?);
    let sorter = sorter
        .map(|sorter| astype(sorter, DType::I64))
        .transpose()?;
    let side = if right { Side::Right } else { Side::Left };
    let inputs: SmallVec<[Operand<'_>; 3]> = [&sorted, &values]
        .into_iter()
        .chain(&sorter)
        .map(Operand::Array)
        .collect();
    let output = (values.shape().clone(), DType::I64);
    issue_one(
        Op::Kernel(Arc::new(SearchSorted { side })),
        None,
        &inputs,
        output,
    )
}

/// The value below which each of the parts `q` of the elements lie, over all axes or some; with
/// several parts, on a new first axis. Between two elements `method` decides: `"linear"` (the
/// default), `"lower"`, `"higher"`, `"midpoint"` or `"nearest"`. NaN where an element is.
///
/// # Errors
/// A part outside [0, 1]; another method; no elements; complex numbers.
pub fn quantile(
    x: &Array,
    q: Vec<f64>,
    axes: impl Into<Axes>,
    method: Option<&str>,
    keepdims: bool,
) -> Result<Array> {
    const OP: &str = "quantile";
    if q.iter().any(|q| !(0.0..=1.0).contains(q)) {
        return Err(Error::argument(OP, "quantiles must be in the range [0, 1]"));
    }
    if x.dtype().kind() == Kind::Complex {
        return Err(Error::DType {
            op: OP,
            dtype: x.dtype(),
            takes: "real numbers",
        });
    }
    let mask = axis_mask(OP, axes.into().as_slice(), x.ndim())?;
    let lanes = sort(
        &lanes(&astype(x, x.dtype().to_inexact())?, &mask)?,
        Some(-1),
    )?;
    let n = lanes.shape()[lanes.ndim() - 1];
    if n == 0 {
        return Err(Error::argument(OP, "no quantile of no elements"));
    }
    let kept = x.shape().without(&mask, keepdims);
    let lens: SmallVec<[isize; 4]> = kept.iter().map(|&len| len as isize).collect();
    let each = q
        .iter()
        .map(|q| part(&lanes, *q, n, method.unwrap_or("linear"))?.reshape(&lens));
    let parts: Vec<Array> = each.collect::<Result<_>>()?;
    super::stack(parts.iter().collect(), None)
}

/// `x` with the axes of the mask together as its last.
fn lanes(x: &Array, mask: &[bool]) -> Result<Array> {
    let axis = |reduced: bool| (0..x.ndim()).filter(move |&axis| mask[axis] == reduced);
    let axes: SmallVec<[isize; 4]> = axis(false).chain(axis(true)).map(|i| i as isize).collect();
    let n: usize = axis(true).map(|axis| x.shape()[axis]).product();
    let kept = axis(false).map(|axis| x.shape()[axis] as isize);
    let lens: SmallVec<[isize; 4]> = kept.chain([n as isize]).collect();
    x.transpose(Some(&axes))?.reshape(&lens)
}

/// The part `q` of sorted lanes of `n` elements.
fn part(lanes: &Array, q: f64, n: usize, method: &str) -> Result<Array> {
    let at = q * (n - 1) as f64;
    let last = lanes.ndim() - 1;
    let element = |at: f64| lanes.index_axis(last, at as isize);
    let between = |weight: f64| {
        let (low, high) = (element(at.floor())?, element(at.ceil())?);
        match at.floor() == at.ceil() {
            true => low.copy(),
            false => add(&multiply(&low, 1.0 - weight)?, &multiply(&high, weight)?),
        }
    };
    let part = match method {
        "linear" => between(at.fract())?,
        "midpoint" => between(0.5)?,
        "lower" => element(at.floor())?.copy()?,
        "higher" => element(at.ceil())?.copy()?,
        // Halves go to the even position, as in NumPy.
        "nearest" => element(at.round_ties_even())?.copy()?,
        other => {
            let fact = format!("method '{other}' is not supported");
            return Err(Error::argument("quantile", fact));
        }
    };
    // NaN is sorted last.
    write_where(&part, &isnan(&element((n - 1) as f64)?)?, f64::NAN)?;
    Ok(part)
}

/// How often each integer from 0 on occurs, at least `minlength` of them, or the sum of its
/// weights. It waits for `x`, whose data decide the length.
///
/// # Errors
/// An array that is not one-dimensional or holds negative or other numbers than integers; weights
/// of another shape.
pub fn bincount(x: &Array, weights: Option<&Array>, minlength: Option<usize>) -> Result<Array> {
    const OP: &str = "bincount";
    if x.ndim() != 1 || weights.is_some_and(|weights| weights.shape() != x.shape()) {
        return Err(Error::argument(
            OP,
            "the array and its weights must be 1-d and of one length",
        ));
    }
    if x.dtype().is_inexact() {
        return Err(Error::DType {
            op: OP,
            dtype: x.dtype(),
            takes: "integers",
        });
    }
    let x = astype(x, DType::I64)?;
    let places = x.to_vec::<i64>()?;
    if places.iter().any(|&at| at < 0) {
        return Err(Error::argument(
            OP,
            "'list' argument must have no negative elements",
        ));
    }
    let n = places
        .iter()
        .max()
        .map_or(0, |&max| max as usize + 1)
        .max(minlength.unwrap_or(0));
    let ones;
    let weights = match weights {
        Some(weights) => weights,
        None => {
            ones = super::ones(x.shape().clone(), DType::I64, x.device())?;
            &ones
        }
    };
    add_along(weights, &x, 0, n, Mode::Raise)
}
