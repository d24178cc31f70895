//! Random programs on arrays, run by the engine and, at once and with plain vectors, by a model.
//!
//! Elements are whole numbers up to a thousand, so that sums are exact in any order.

use forerun_engine::{Array, DType, Device, Layout, Lease, Shape, ops, runtime};

const LIMIT: f64 = 1000.0;
/// Arrays that a program holds at once, beyond which it drops some.
const MAX_ARRAYS: usize = 24;

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// What the model holds of an array: a view of one of its vectors.
#[derive(Clone)]
struct View {
    variable: usize,
    layout: Layout,
    /// Views with places that coincide, and arrays of other threads, are only read.
    is_writable: bool,
}

/// An array of the engine and its twin.
#[derive(Clone)]
struct Pair {
    array: Array,
    view: View,
}

/// An array that several programs read, with its elements.
#[derive(Clone)]
pub(crate) struct SharedArray {
    pub(crate) array: Array,
    pub(crate) elements: Vec<f64>,
}

/// A program under way.
pub(crate) struct Program {
    random: Random,
    /// The length of an axis.
    n: usize,
    variables: Vec<Vec<f64>>,
    pairs: Vec<Pair>,
    leases: Vec<(Lease, Vec<f64>)>,
    /// A hash of all elements that were looked at.
    hash: u64,
    seed: u64,
}

/// An array for several programs: queued, not waited for.
pub(crate) fn shared_array(n: usize, seed: u64) -> SharedArray {
    let mut random = Random(seed);
    let start: Vec<f64> = (0..n * n).map(|_| random.below(50) as f64).collect();
    let mut array = Array::from_elements(&start, [n, n], Device::default()).unwrap();
    let mut elements = start;
    for _ in 0..20 {
        array = array + 1.0;
        elements.iter_mut().for_each(|x| *x += 1.0);
    }
    SharedArray { array, elements }
}

/// Runs a program of `n_ops` ops on arrays with axes of `n`, and returns the hash of all that it
/// looked at.
pub(crate) fn run(seed: u64, n: usize, n_ops: usize, shared: &[SharedArray]) -> u64 {
    let mut program = Program::new(seed, n, shared);
    for _ in 0..n_ops {
        program.step();
    }
    program.finish()
}

impl Program {
    fn new(seed: u64, n: usize, shared: &[SharedArray]) -> Program {
        let mut program = Program {
            random: Random(seed),
            n,
            variables: Vec::new(),
            pairs: Vec::new(),
            leases: Vec::new(),
            hash: 0xcbf2_9ce4_8422_2325,
            seed,
        };
        for other in shared {
            program.add(other.array.clone(), other.elements.clone());
            let last = program.pairs.last_mut().unwrap();
            last.view.is_writable = false;
        }
        for _ in 0..4 {
            program.create();
        }
        program
    }

    fn step(&mut self) {
        if self.pairs.len() > MAX_ARRAYS {
            while self.pairs.len() > MAX_ARRAYS / 2 {
                let at = self.random.below(self.pairs.len());
                self.pairs.swap_remove(at);
            }
        }
        if self.pairs.len() < 2 {
            return self.create();
        }
        match self.random.below(100) {
            0..=4 => self.create(),
            5..=29 => self.binary(),
            30..=41 => self.with_number(),
            42..=53 => self.view(),
            54..=64 => self.write(),
            65..=68 => self.write_number(),
            69..=76 => self.in_place(),
            77..=83 => self.reduce(),
            84..=85 => self.copy(),
            86..=88 => self.product(),
            89..=91 => self.drop_one(),
            92..=93 => self.look(),
            94 => self.lease(),
            95 => runtime::wait_all().unwrap(),
            96..=97 => runtime::hand_over(),
            98 => runtime::set_fusion(self.random.chance(2)),
            _ => self.pick().array.wait().unwrap(),
        }
    }

    fn create(&mut self) {
        let shape: Shape = match self.random.below(4) {
            0 => [self.n].into(),
            1 => [1, self.n].into(),
            _ => [self.n, self.n].into(),
        };
        let elements: Vec<f64> = (0..shape.size())
            .map(|_| self.random.below(100) as f64 - 50.0)
            .collect();
        let array = Array::from_elements(&elements, shape, Device::default()).unwrap();
        self.add(array, elements);
    }

    fn binary(&mut self) {
        let (a, b) = (self.pick(), self.pick());
        let Some(shape) = a.array.shape().broadcast(b.array.shape()) else {
            return;
        };
        let (x, y) = (&a.array, &b.array);
        let (made, function): (_, fn(f64, f64) -> f64) = match self.random.below(4) {
            0 => (ops::add(x, y), |x, y| x + y),
            1 => (ops::subtract(x, y), |x, y| x - y),
            2 => (ops::multiply(x, y), |x, y| x * y),
            _ => (ops::maximum(x, y), f64::max),
        };
        let (xs, ys) = (self.stretched(&a, &shape), self.stretched(&b, &shape));
        let elements = xs.iter().zip(&ys).map(|(&x, &y)| cut(function(x, y)));
        self.add(limited(&made.unwrap()), elements.collect());
    }

    fn with_number(&mut self) {
        let pair = self.pick();
        let elements = self.elements(&pair.view).into_iter();
        let x = &pair.array;
        let (array, elements) = match self.random.below(3) {
            0 => (x + 3.0, elements.map(|x| x + 3.0).collect()),
            1 => (x * -2.0, elements.map(|x| x * -2.0).collect()),
            _ => (
                ops::floor(&(x * 0.37)).unwrap(),
                elements.map(|x| (x * 0.37).floor()).collect::<Vec<_>>(),
            ),
        };
        let elements = elements.into_iter().map(cut).collect();
        self.add(limited(&array), elements);
    }

    /// A view of an array: transposed, a slice (backwards too), one row, or stretched.
    fn view(&mut self) {
        let Pair { array, mut view } = self.pick();
        let layout = &mut view.layout;
        let ndim = layout.shape.ndim();
        if ndim == 0 {
            return;
        }
        let axis = self.random.below(ndim);
        let len = layout.shape[axis];
        let mut lens = layout.shape.to_vec();
        match self.random.below(5) {
            0 => {
                let array = array.transpose(None).unwrap();
                *layout = array.layout();
                return self.pairs.push(Pair { array, view });
            }
            1 if len > 0 && ndim > 1 => {
                let array = array.index_axis(axis, len as isize - 1).unwrap();
                layout.offset += (len - 1) * layout.strides[axis].unsigned_abs();
                // Backwards strides count down.
                if layout.strides[axis] < 0 {
                    layout.offset -= 2 * (len - 1) * layout.strides[axis].unsigned_abs();
                }
                layout.strides.remove(axis);
                lens.remove(axis);
                layout.shape = lens.into();
                return self.pairs.push(Pair { array, view });
            }
            2 if len > 1 => {
                lens[axis] = len - 1;
                if self.random.chance(2) {
                    layout.offset = (layout.offset as isize + layout.strides[axis]) as usize;
                }
            }
            3 if len > 1 => {
                let step = layout.strides[axis];
                layout.offset = (layout.offset as isize + (len as isize - 1) * step) as usize;
                layout.strides[axis] = -step;
            }
            4 if ndim == 1 => {
                layout.strides.insert(0, 0);
                lens.insert(0, 3);
                view.is_writable = false;
            }
            _ => return,
        }
        view.layout.shape = lens.into();
        let array = array.strided(view.layout.clone()).unwrap();
        self.pairs.push(Pair { array, view });
    }

    fn write(&mut self) {
        let (target, source) = (self.pick(), self.pick());
        let shape = target.array.shape().clone();
        let fits = source.array.shape().broadcast(&shape).as_ref() == Some(&shape);
        if target.view.is_writable && fits {
            let elements = self.stretched(&source, &shape);
            ops::write(&target.array, &source.array).unwrap();
            self.assign(&target.view, &elements);
        }
    }

    fn write_number(&mut self) {
        let target = self.pick();
        if target.view.is_writable {
            let number = self.random.below(9) as f64;
            ops::write_number(&target.array, number).unwrap();
            self.assign(&target.view, &vec![number; target.array.size()]);
        }
    }

    /// `x += y` or `x *= 2`.
    fn in_place(&mut self) {
        let (target, other) = (self.pick(), self.pick());
        let shape = target.array.shape().clone();
        let fits = other.array.shape().broadcast(&shape).as_ref() == Some(&shape);
        if !target.view.is_writable || !fits {
            return;
        }
        let result = limited(&ops::add(&target.array, &other.array).unwrap());
        ops::store(&target.array, &result).unwrap();
        let (xs, ys) = (self.elements(&target.view), self.stretched(&other, &shape));
        let elements: Vec<f64> = xs.iter().zip(&ys).map(|(x, y)| cut(x + y)).collect();
        self.assign(&target.view, &elements);
    }

    fn reduce(&mut self) {
        let pair = self.pick();
        let ndim = pair.array.ndim();
        let elements = self.elements(&pair.view);
        if ndim == 0 || elements.is_empty() {
            return;
        }
        let axis = self.random.below(ndim);
        let lens = pair.array.shape();
        let inner: usize = lens[axis + 1..].iter().product();
        let keepdims = self.random.chance(2);
        let is_sum = self.random.chance(2);
        let mut reduced =
            vec![if is_sum { 0.0 } else { f64::NEG_INFINITY }; elements.len() / lens[axis]];
        for (i, &x) in elements.iter().enumerate() {
            let place = &mut reduced[i / (inner * lens[axis]) * inner + i % inner];
            *place = if is_sum { *place + x } else { place.max(x) };
        }
        let axis = axis as isize;
        let array = match is_sum {
            true => ops::sum(&pair.array, axis, keepdims, None),
            false => ops::max(&pair.array, axis, keepdims),
        };
        let elements = reduced.into_iter().map(cut).collect();
        self.add(limited(&array.unwrap()), elements);
    }

    fn copy(&mut self) {
        let pair = self.pick();
        let elements = self.elements(&pair.view);
        self.add(pair.array.copy().unwrap(), elements);
    }

    /// A product of matrices, with what may be fused with it: ops that read it, other arrays and each
    /// other. Any of them may be kept, or read through a view later.
    fn product(&mut self) {
        let (a, b) = (self.pick(), self.pick());
        let (x, y) = (a.array.shape(), b.array.shape());
        if x.ndim() != 2 || y.ndim() != 2 || x[1] != y[0] || x.size() > 4096 {
            return;
        }
        let (xs, ys) = (self.elements(&a.view), self.elements(&b.view));
        let (m, k, n) = (x[0], x[1], y[1]);
        let at = |i: usize, j: usize| (0..k).map(|l| xs[i * k + l] * ys[l * n + j]).sum::<f64>();
        let made: Vec<f64> = (0..m * n).map(|i| at(i / n, i % n)).collect();
        let array = ops::matmul(&a.array, &b.array).unwrap();
        let other = self.pick();
        let shape = array.shape().clone();
        if other.array.shape().broadcast(&shape).as_ref() == Some(&shape) {
            let others = self.stretched(&other, &shape);
            let sums = made.iter().zip(others).map(|(x, y)| cut(cut(*x) + y));
            let sum = limited(&(limited(&array) + &other.array));
            self.add(sum, sums.collect());
        }
        if self.random.chance(2) {
            let elements = made.iter().map(|&x| cut(x)).collect();
            self.add(limited(&array), elements);
        }
        if self.random.chance(2) {
            let squares = made.iter().map(|&x| cut(cut(x) * cut(x)));
            let array = limited(&array);
            self.add(limited(&(&array * &array)), squares.collect());
        }
    }

    fn drop_one(&mut self) {
        let at = self.random.below(self.pairs.len());
        self.pairs.swap_remove(at);
    }

    /// Waits for one array and compares it.
    fn look(&mut self) {
        let pair = self.pick();
        self.check(&pair);
    }

    fn lease(&mut self) {
        let pair = self.pick();
        let elements = self.elements(&pair.view);
        self.leases.push((pair.array.lease().unwrap(), elements));
    }

    fn finish(mut self) -> u64 {
        for pair in std::mem::take(&mut self.pairs) {
            self.check(&pair);
        }
        for (lease, elements) in &self.leases {
            let leased: Vec<f64> = lease.view().iter().copied().collect();
            assert_eq!(&leased, elements, "a lease changed (seed {})", self.seed);
        }
        self.hash
    }

    fn check(&mut self, pair: &Pair) {
        let expected = self.elements(&pair.view);
        let found = pair.array.to_vec::<f64>().unwrap();
        // Zeros of either sign are equal here; their bits are in the hash.
        assert!(
            found == expected,
            "{:?} differs (seed {}, n {})",
            pair.array,
            self.seed,
            self.n
        );
        for x in found {
            self.hash = (self.hash ^ x.to_bits()).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn add(&mut self, array: Array, elements: Vec<f64>) {
        assert_eq!(array.dtype(), DType::F64);
        assert_eq!(array.size(), elements.len());
        let layout = Layout::dense(array.shape().clone());
        self.variables.push(elements);
        let view = View {
            variable: self.variables.len() - 1,
            layout,
            is_writable: true,
        };
        self.pairs.push(Pair { array, view });
    }

    fn pick(&mut self) -> Pair {
        let at = self.random.below(self.pairs.len());
        self.pairs[at].clone()
    }

    /// The model's elements of a view, in C order.
    fn elements(&self, view: &View) -> Vec<f64> {
        let data = &self.variables[view.variable];
        places(&view.layout).map(|at| data[at]).collect()
    }

    /// As `elements`, broadcast to `shape`.
    fn stretched(&self, pair: &Pair, shape: &Shape) -> Vec<f64> {
        let layout = pair.view.layout.broadcast_to(shape).unwrap();
        let view = View {
            layout,
            ..pair.view.clone()
        };
        self.elements(&view)
    }

    fn assign(&mut self, view: &View, elements: &[f64]) {
        for (at, &x) in places(&view.layout).zip(elements) {
            self.variables[view.variable][at] = x;
        }
    }
}

/// The positions of a layout's elements, in C order.
fn places(layout: &Layout) -> impl Iterator<Item = usize> {
    let (shape, strides) = (layout.shape.to_vec(), layout.strides.to_vec());
    let offset = layout.offset as isize;
    (0..layout.shape.size()).map(move |mut i| {
        let mut at = offset;
        for axis in (0..shape.len()).rev() {
            at += (i % shape[axis]) as isize * strides[axis];
            i /= shape[axis];
        }
        at as usize
    })
}

fn cut(x: f64) -> f64 {
    x.clamp(-LIMIT, LIMIT)
}

fn limited(x: &Array) -> Array {
    ops::clip(x, Some(-LIMIT), Some(LIMIT)).unwrap()
}
