use std::ops::Range;
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use half::{bf16, f16};
use ndarray::{Array2, ArrayD, ArrayView2, Axis, IxDyn, s};

use super::*;
use crate::dtype::{C64, C128};
use crate::kernels::InOrder;
use crate::kernels::finish::Finish;
use crate::kernels::simd::{LEVEL_VARIABLE, Level};

/// Small whole numbers, so that every product is exact in every dtype.
fn filled<T>(shape: (usize, usize), cast: impl Fn(i32) -> T) -> Array2<T> {
    Array2::from_shape_fn(shape, |(i, j)| cast(((i * 7 + j * 5) % 4) as i32 - 1))
}

fn reference<T: Copy>(
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    zero: T,
    step: impl Fn(T, T, T) -> T,
) -> Array2<T> {
    Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| {
        (0..a.ncols()).fold(zero, |sum, k| step(sum, a[[i, k]], b[[k, j]]))
    })
}

/// Runs tiles on two threads, last ones first.
struct Backwards;

impl Tiles for Backwards {
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            scope.spawn(|| (0..n / 2).rev().for_each(tile));
            (n / 2..n).rev().for_each(tile);
        });
    }
}

/// Runs each tile on a thread of its own, all at once.
struct AtOnce;

impl Tiles for AtOnce {
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync)) {
        let barrier = Barrier::new(n);
        std::thread::scope(|scope| {
            for i in 0..n {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    tile(i);
                });
            }
        });
    }
}

/// Counts how often somebody was told of each element.
struct Told {
    n_columns: usize,
    counts: Vec<AtomicUsize>,
}

impl Told {
    fn of(n_rows: usize, n_columns: usize) -> Told {
        let counts = (0..n_rows * n_columns).map(|_| AtomicUsize::new(0));
        Told {
            n_columns,
            counts: counts.collect(),
        }
    }

    #[track_caller]
    fn check(self) {
        let is_once = |count: AtomicUsize| count.into_inner() == 1;
        assert!(self.counts.into_iter().all(is_once));
    }
}

impl Finish for Told {
    unsafe fn part(&self, rows: Range<usize>, columns: Range<usize>) {
        for row in rows {
            for column in columns.clone() {
                self.counts[row * self.n_columns + column].fetch_add(1, Relaxed);
            }
        }
    }
}

const SHAPES: [(usize, usize, usize); 19] = [
    (1, 1, 1),
    (0, 3, 2),
    (3, 0, 2),
    (3, 2, 0),
    (2, 3, 4),
    (17, 33, 65),
    (1, 70, 130),
    (70, 1, 130),
    (1, 1, 1000),
    (5, 40, 100),
    (40, 5, 100),
    (1, 2100, 9),
    (2100, 1, 9),
    (100, 90, 80),
    (3, 5, 9000),
    (150, 170, 190),
    (10, 90, 200),
    (120, 10, 530),
    (99, 67, 1030),
];

/// Every pair of layouts of the operands against the naive product.
fn check<T: Product>(cast: impl Fn(i32) -> T + Copy, step: impl Fn(T, T, T) -> T + Copy) {
    for (m, n, k) in SHAPES {
        let (a, b) = (filled((m, k), cast), filled((k, n), cast));
        let expected = reference(a.view(), b.view(), T::default(), step);
        for a in layouts(&a) {
            for b in layouts(&b) {
                let mut c = Array2::from_elem((m, n), cast(3));
                let told = Told::of(m, n);
                let then = Then::new(&told);
                matmul(&InOrder, a.view(), b.view(), c.view_mut(), then);
                told.check();
                assert_eq!(
                    c,
                    expected,
                    "{m} {n} {k} {:?} {:?}",
                    a.strides(),
                    b.strides()
                );
            }
        }
    }
}

/// `x` in C order, in F order and reversed along both axes.
fn layouts<T: Element>(x: &Array2<T>) -> [Array2<T>; 3] {
    let f = x.t().as_standard_layout().into_owned().reversed_axes();
    let mut reversed = x.slice(s![..;-1, ..;-1]).as_standard_layout().into_owned();
    reversed.invert_axis(Axis(0));
    reversed.invert_axis(Axis(1));
    [x.clone(), f, reversed]
}

#[test]
fn floats_and_complex_numbers_multiply_in_any_layout() {
    check(|x| x as f32, |sum, a, b| sum + a * b);
    check(|x| x as f64, |sum, a, b| sum + a * b);
    check(|x| C64::new(x as f32, 1.0), |sum, a, b| sum + a * b);
    check(|x| C128::new(x as f64, 2.0), |sum, a, b| sum + a * b);
}

#[test]
fn bits_of_a_row_do_not_depend_on_the_rows_around_it() {
    let noise = |i: usize| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5;
    let a = Array2::from_shape_fn((500, 700), |(i, j)| noise(i * 700 + j));
    let b = Array2::from_shape_fn((700, 320), |(i, j)| noise(i * 320 + j));
    let mut whole = Array2::zeros((500, 320));
    matmul(
        &InOrder,
        a.view(),
        b.view(),
        whole.view_mut(),
        Then::NOTHING,
    );
    for (first, last) in [(0, 13), (100, 300), (417, 500)] {
        let mut part = Array2::zeros((last - first, 320));
        matmul(
            &InOrder,
            a.slice(s![first..last, ..]),
            b.view(),
            part.view_mut(),
            Then::NOTHING,
        );
        assert_eq!(part, whole.slice(s![first..last, ..]));
    }
}

#[test]
fn integers_and_bools_multiply_in_any_layout() {
    check(|x| x as i64, |sum, a, b| sum + a * b);
    check(
        |x| x as u8,
        |sum: u8, a, b| sum.wrapping_add(a.wrapping_mul(b)),
    );
    check(|x| x > 1, |sum, a, b| sum | (a & b));
}

#[test]
fn halves_are_computed_in_single_precision() {
    let step = |sum: f32, a: f32, b: f32| sum + a * b;
    let (a, b) = (
        filled((9, 4000), |x| x as f32 + 1.0),
        filled((4000, 7), |x| x as f32),
    );
    let expected = reference(a.view(), b.view(), 0.0, step);
    let mut c = Array2::default((9, 7));
    let narrow = |x: &Array2<f32>| x.mapv(f16::from_f32);
    matmul(
        &InOrder,
        narrow(&a).view(),
        narrow(&b).view(),
        c.view_mut(),
        Then::NOTHING,
    );
    assert_eq!(c, narrow(&expected));
    let mut c = Array2::default((9, 7));
    let narrow = |x: &Array2<f32>| x.mapv(bf16::from_f32);
    matmul(
        &InOrder,
        narrow(&a).view(),
        narrow(&b).view(),
        c.view_mut(),
        Then::NOTHING,
    );
    assert_eq!(c, narrow(&expected));
}

#[test]
fn slivers_are_packed_once_however_many_threads_want_them() {
    fn check<T: Product>(cast: impl Fn(f32) -> T) {
        let noise = |i: usize| cast(((i * 7919) % 1009) as f32 / 1009.0 - 0.5);
        for (m, n, k) in [(800, 650, 1100), (100, 1000, 600)] {
            let a = Array2::from_shape_fn((m, k), |(i, j)| noise(i * k + j));
            let b = Array2::from_shape_fn((k, n), |(i, j)| noise(i * n + j + 17));
            let mut alone = Array2::from_elem((m, n), T::default());
            matmul(
                &InOrder,
                a.view(),
                b.view(),
                alone.view_mut(),
                Then::NOTHING,
            );
            for a in layouts(&a) {
                for b in layouts(&b) {
                    let mut shared = Array2::from_elem((m, n), T::default());
                    matmul(
                        &AtOnce,
                        a.view(),
                        b.view(),
                        shared.view_mut(),
                        Then::NOTHING,
                    );
                    assert_eq!(
                        alone,
                        shared,
                        "{m} {n} {k} {:?} {:?}",
                        a.strides(),
                        b.strides()
                    );
                }
            }
        }
    }
    check(|x| x);
    check(f64::from);
}

/// The level that kernels run at is chosen once in a process: all these tests again, in a child.
#[test]
fn products_are_right_at_avx2() {
    if std::env::var(LEVEL_VARIABLE).is_ok() {
        return;
    }
    let tests = Command::new(std::env::current_exe().unwrap())
        .arg("kernels::product")
        .env(LEVEL_VARIABLE, Level::Avx2.name())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&tests.stdout);
    assert!(tests.status.success(), "{printed}");
    assert!(printed.contains("floats_and_complex_numbers_multiply_in_any_layout ... ok"));
}

#[test]
fn a_wide_operand_is_packed_in_stretches() {
    let (a, b) = (
        filled((200, 20_000), |x| x as f32),
        filled((20_000, 520), |x| x as f32),
    );
    let mut c = Array2::zeros((200, 520));
    matmul(&AtOnce, a.view(), b.view(), c.view_mut(), Then::NOTHING);
    let exact = a.mapv(f64::from).dot(&b.mapv(f64::from));
    assert_eq!(c.mapv(f64::from), exact);
}

#[test]
fn bits_do_not_depend_on_who_runs_the_tiles() {
    for (m, n, k) in [
        (600, 700, 90),
        (20, 30, 60_000),
        (3000, 20, 100),
        (1, 1, 900_000),
        (390, 300, 1100),
        (300, 300, 300),
        (500, 210, 257),
        (40, 1000, 600),
    ] {
        let noise = |i: usize| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5;
        let a = Array2::from_shape_fn((m, k), |(i, j)| noise(i * k + j));
        let b = Array2::from_shape_fn((k, n), |(i, j)| noise(i * n + j + 17));
        let (mut alone, mut shared) = (Array2::zeros((m, n)), Array2::zeros((m, n)));
        let told = Told::of(m, n);
        matmul(
            &InOrder,
            a.view(),
            b.view(),
            alone.view_mut(),
            Then::NOTHING,
        );
        matmul(
            &Backwards,
            a.view(),
            b.view(),
            shared.view_mut(),
            Then::new(&told),
        );
        told.check();
        assert_eq!(alone, shared);
        let exact = a.mapv(f64::from).dot(&b.mapv(f64::from));
        let close = |(&x, &y): (&f32, &f64)| (f64::from(x) - y).abs() < 1e-5 * k as f64;
        assert!(alone.iter().zip(&exact).all(close));
    }
}

#[test]
fn a_result_may_have_strides_and_operands_may_be_stretched() {
    let a = filled((1, 40), |x| x as f32);
    let a = a.broadcast((30, 40)).unwrap();
    let b = filled((40, 50), |x| x as f32);
    let expected = reference(a, b.view(), 0.0, |sum, a, b| sum + a * b);
    let mut wide = Array2::from_elem((60, 150), 9.0);
    let told = Told::of(30, 50);
    let c = wide.slice_mut(s![..;2, ..;-3]);
    matmul(&InOrder, a, b.view(), c, Then::new(&told));
    told.check();
    assert_eq!(wide.slice(s![..;2, ..;-3]), expected);
    assert_eq!(
        wide.iter().filter(|&&x| x == 9.0).count(),
        60 * 150 - 30 * 50
    );
}

#[test]
fn batches_are_products_one_by_one() {
    for lens in [vec![], vec![3], vec![2, 3], vec![1, 0], vec![40, 2, 1]] {
        for (m, n, k) in [(2, 3, 4), (1, 5, 3), (100, 90, 80)] {
            let shape = |m: usize, n: usize| IxDyn(&[&lens[..], &[m, n]].concat());
            let fill = |shape: IxDyn| {
                let mut i = 0;
                ArrayD::from_shape_simple_fn(shape, || {
                    i += 1;
                    ((i * 11) % 7) as f32
                })
            };
            let (a, b) = (fill(shape(m, k)), fill(shape(k, n)));
            let one = fill(IxDyn(&[k, n]));
            let shared = one.broadcast(shape(k, n)).unwrap();
            for b in [b.view(), shared] {
                let mut c = ArrayD::zeros(shape(m, n));
                let told = Told::of(c.len() / n, n);
                let then = Then::new(&told);
                batch_matmul(&Backwards, a.view(), b.view(), c.view_mut(), then);
                told.check();
                let matrices = |x: &ArrayD<f32>, m, n| {
                    let rows = x.len() / (m * n);
                    x.to_shape((rows, m, n)).unwrap().into_owned()
                };
                let b = b.as_standard_layout().into_owned();
                let (a, b, c) = (matrices(&a, m, k), matrices(&b, k, n), matrices(&c, m, n));
                for ((a, b), c) in a.outer_iter().zip(b.outer_iter()).zip(c.outer_iter()) {
                    assert_eq!(a.dot(&b), c);
                }
            }
        }
    }
}
