//! Linear algebra: what the results must satisfy, gradients against differences, failures.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod differences;

use differences::{array, check_gradient, random};
use forerun_engine::ops;
use forerun_engine::{Array, DType, Device, Error, Result};

const SIZES: &[usize] = &[1, 2, 3, 17, 64];

/// Shapes of matrices that need not be square.
const SHAPES: &[&[usize]] = &[
    &[1, 1],
    &[3, 3],
    &[17, 5],
    &[5, 17],
    &[64, 64],
    &[2, 3, 4, 3],
    &[700, 2, 2],
    &[0, 2, 2],
    &[3, 0],
    &[0, 3],
    &[2, 0, 0],
];

fn turned(x: &Array) -> Array {
    x.swapaxes(-1, -2).unwrap()
}

fn product(factors: &[&Array]) -> Array {
    let (first, others) = factors.split_first().unwrap();
    let product = |a: Array, b: &&Array| ops::matmul(&a, b).unwrap();
    others.iter().fold((*first).clone(), product)
}

fn identity(n: usize) -> Array {
    ops::eye(n, None, None, DType::F64, Device::default()).unwrap()
}

/// A stack of matrices far from singular ones.
fn regular(shape: &[usize], seed: u64) -> Array {
    let n = shape[shape.len() - 1];
    random(shape, seed) + identity(n) * (2.0 + n as f64)
}

/// A stack of symmetric, positive definite matrices.
fn positive(shape: &[usize], seed: u64) -> Array {
    let x = random(shape, seed);
    product(&[&x, &turned(&x)]) + identity(shape[shape.len() - 1])
}

#[track_caller]
fn assert_near(x: &Array, y: &Array) {
    assert_eq!(x.shape(), y.shape());
    let tolerance = if x.dtype() == DType::F64 { 1e-10 } else { 1e-3 };
    let elements = |x: &Array| {
        let x = ops::astype(x, DType::F64).unwrap();
        x.to_vec::<f64>().unwrap()
    };
    for (x, y) in elements(x).into_iter().zip(elements(y)) {
        let is_near = (x - y).abs() <= tolerance * (1.0 + y.abs());
        assert!(is_near, "{x} is not {y}");
    }
}

fn in_single(x: &Array) -> Array {
    ops::astype(x, DType::F32).unwrap()
}

/// Checks matrices of each size, alone and in stacks, in both float types.
fn with_stacks(make: impl Fn(&[usize], u64) -> Array, check: impl Fn(&Array)) {
    for &n in SIZES {
        for shape in [&[n, n][..], &[3, n, n], &[2, 2, n, n]] {
            let a = make(shape, n as u64);
            check(&a);
            check(&in_single(&a));
            check(&turned(&a));
        }
    }
    check(&make(&[500, 2, 2], 3));
    check(&make(&[0, 3, 3], 3));
    check(&make(&[2, 0, 0], 3));
}

#[test]
fn a_matrix_times_its_inverse_is_the_identity() {
    with_stacks(regular, |a| {
        let y = ops::inv(a).unwrap();
        assert_eq!(y.dtype(), a.dtype());
        let n = a.shape()[a.ndim() - 1];
        let one = identity(n).broadcast_to(a.shape().clone()).unwrap();
        assert_near(&product(&[a, &y]), &one);
    });
}

#[test]
fn a_matrix_times_the_solution_is_the_right_side() {
    with_stacks(regular, |a| {
        let mut shape = a.shape().to_vec();
        *shape.last_mut().unwrap() = 3;
        let b = ops::astype(&random(&shape, 5), a.dtype()).unwrap();
        let x = ops::solve(a, &b).unwrap();
        assert_near(&product(&[a, &x]), &b);
    });
}

#[test]
fn right_sides_may_be_vectors_and_stacks_broadcast() {
    let a = regular(&[4, 1, 3, 3], 1);
    let (b, vector) = (random(&[2, 3, 5], 2), random(&[3], 3));
    let x = ops::solve(&a, &b).unwrap();
    assert_eq!(x.shape()[..], [4, 2, 3, 5]);
    let b = b.broadcast_to(&[4, 2, 3, 5][..]).unwrap();
    assert_near(&ops::matmul(&a, &x).unwrap(), &b);
    let x = ops::solve(&a, &vector).unwrap();
    assert_eq!(x.shape()[..], [4, 1, 3]);
    let again = product(&[&a, &x.expand_dims(-1).unwrap()]);
    let vector = vector.broadcast_to(&[4, 1, 3][..]).unwrap();
    assert_near(&again.squeeze(Some(&[-1])).unwrap(), &vector);
}

#[test]
fn a_cholesky_factor_times_its_transpose_is_the_matrix() {
    with_stacks(positive, |a| {
        let l = ops::cholesky(a).unwrap();
        assert_near(&product(&[&l, &turned(&l)]), a);
        assert_near(&ops::tril(&l, None).unwrap(), &l);
    });
}

#[test]
fn a_determinant_is_the_product_of_the_cholesky_diagonal_squared() {
    with_stacks(positive, |a| {
        let l = ops::cholesky(a).unwrap();
        let diagonal = ops::diagonal(&l, None, Some(-2), Some(-1)).unwrap();
        let logs = ops::log(&diagonal).unwrap();
        let expected = ops::sum(&logs, -1, false, None).unwrap() * 2.0;
        let (sign, log) = ops::slogdet(a).unwrap();
        assert_near(&log, &expected);
        assert_near(
            &sign,
            &ops::ones(log.shape().clone(), a.dtype(), a.device()).unwrap(),
        );
        let n = a.shape()[a.ndim() - 1];
        if n < 20 {
            assert_near(&ops::det(a).unwrap(), &ops::exp(&expected).unwrap());
        }
    });
}

#[test]
fn determinants_have_the_sign_of_the_order_of_rows() {
    let a = array(&[0., 1., 0., 0., 0., 1., 2., 0., 0.], &[3, 3]);
    assert_eq!(ops::det(&a).unwrap().to_vec::<f64>().unwrap(), [2.0]);
    let a = array(&[0., 1., 3., 0.], &[2, 2]);
    assert_eq!(ops::det(&a).unwrap().to_vec::<f64>().unwrap(), [-3.0]);
    let (sign, log) = ops::slogdet(&a).unwrap();
    assert_eq!(sign.to_vec::<f64>().unwrap(), [-1.0]);
    assert_near(&log, &array(&[3f64.ln()], &[]));
}

#[test]
fn singular_matrices_have_no_inverse_and_a_determinant_of_zero() {
    for n in [1, 2, 3, 40] {
        let a = ops::ones([n, n], DType::F64, Device::default()).unwrap();
        let a = if n == 1 { &a * 0.0 } else { a };
        assert_eq!(ops::det(&a).unwrap().to_vec::<f64>().unwrap(), [0.0]);
        let (sign, log) = ops::slogdet(&a).unwrap();
        assert_eq!(sign.to_vec::<f64>().unwrap(), [0.0]);
        assert_eq!(log.to_vec::<f64>().unwrap(), [f64::NEG_INFINITY]);
        assert_fails(ops::inv(&a), "inv: singular matrix");
        assert_fails(ops::solve(&a, &a), "solve: singular matrix");
        let fact = "cholesky: matrix is not positive definite";
        assert_fails(ops::cholesky(&(&a * -1.0)), fact);
    }
}

#[test]
fn one_bad_matrix_fails_its_stack() {
    let stack = ops::stack(vec![&identity(3), &(identity(3) * 0.0)], None).unwrap();
    assert_fails(ops::inv(&stack), "inv: singular matrix");
}

#[test]
fn nan_does_not_pass_unnoticed() {
    for n in [1, 2, 3, 17, 64] {
        let nan = identity(n) * f64::NAN;
        assert!(ops::det(&nan).unwrap().to_vec::<f64>().unwrap()[0].is_nan());
        assert!(ops::inv(&nan).unwrap().to_vec::<f64>().unwrap()[0].is_nan());
        let fact = "cholesky: matrix is not positive definite";
        assert_fails(ops::cholesky(&nan), fact);
        let fact = "eigh: eigenvalues did not converge";
        assert_fails(ops::eigh(&nan).map(|(values, _)| values), fact);
        let fact = "svd: singular values did not converge";
        assert_fails(ops::svd(&nan).map(|y| y[1].clone()), fact);
    }
}

#[track_caller]
fn assert_fails(y: Result<Array>, text: &str) {
    let error = y.unwrap().wait().unwrap_err();
    assert!(matches!(error.root(), Error::LinAlg { .. }), "{error:?}");
    assert_eq!(error.root().to_string(), text);
}

#[test]
fn q_has_orthonormal_columns_and_r_is_upper_triangular() {
    for shape in SHAPES {
        let a = random(shape, 1);
        for a in [&a, &in_single(&a)] {
            let (q, r) = ops::qr(a).unwrap();
            assert_near(&product(&[&q, &r]), a);
            assert_orthonormal(&q);
            assert_near(&ops::triu(&r, None).unwrap(), &r);
        }
    }
}

#[track_caller]
fn assert_orthonormal(q: &Array) {
    let square = product(&[&turned(q), q]);
    let n = square.shape()[square.ndim() - 1];
    assert_near(
        &square,
        &identity(n).broadcast_to(square.shape().clone()).unwrap(),
    );
}

#[test]
fn singular_vectors_times_singular_values_are_the_matrix() {
    for shape in SHAPES {
        let a = random(shape, 1);
        for a in [&a, &in_single(&a)] {
            let [u, s, vt] = &ops::svd(a).unwrap()[..] else {
                panic!("three arrays");
            };
            let scaled = u * &s.expand_dims(-2).unwrap();
            assert_near(&product(&[&scaled, vt]), a);
            assert_orthonormal(u);
            assert_orthonormal(&turned(vt));
            let sorted = ops::flip(&ops::sort(s, Some(-1)).unwrap(), -1).unwrap();
            assert_near(s, &sorted);
            assert_near(s, &ops::absolute(s).unwrap());
        }
    }
}

#[test]
fn eigenvectors_are_stretched_by_their_eigenvalues() {
    let symmetric = |shape: &[usize], seed| {
        let x = random(shape, seed);
        &x + &turned(&x)
    };
    with_stacks(symmetric, |a| {
        let (values, vectors) = ops::eigh(a).unwrap();
        let stretched = &vectors * &values.expand_dims(-2).unwrap();
        assert_near(&product(&[a, &vectors]), &stretched);
        assert_orthonormal(&vectors);
        assert_near(&values, &ops::sort(&values, Some(-1)).unwrap());
    });
}

#[test]
fn only_the_lower_triangle_of_symmetric_matrices_is_read() {
    let a = positive(&[5, 5], 4);
    let lower = ops::tril(&a, None).unwrap();
    let factor = |a| ops::cholesky(a).unwrap();
    assert_near(&factor(&lower), &factor(&a));
    let values = |a| ops::eigh(a).unwrap().0;
    assert_near(&values(&lower), &values(&a));
}

#[test]
fn pseudo_inverses_follow_the_rules_of_penrose() {
    for shape in SHAPES {
        let a = random(shape, 1);
        let y = ops::pinv(&a, None).unwrap();
        assert_near(&product(&[&a, &y, &a]), &a);
        assert_near(&product(&[&y, &a, &y]), &y);
        for symmetric in [product(&[&a, &y]), product(&[&y, &a])] {
            assert_near(&symmetric, &turned(&symmetric));
        }
    }
    let half = array(&[2.0, 0.0, 0.0, 1e-3], &[2, 2]);
    let y = ops::pinv(&half, Some(1e-2)).unwrap();
    assert_near(&y, &array(&[0.5, 0.0, 0.0, 0.0], &[2, 2]));
}

#[test]
fn least_squares_leave_nothing_in_the_columns_of_the_matrix() {
    for (m, n) in [(1, 1), (3, 3), (17, 5), (5, 17), (64, 64), (0, 2)] {
        let (a, b) = (random(&[m, n], 1), random(&[m, 4], 2));
        let y = ops::lstsq(&a, &b, None).unwrap();
        let left = &b - &product(&[&a, &y[0]]);
        let inside = product(&[&turned(&a), &left]);
        assert_near(&inside, &(&inside * 0.0));
        if m > n {
            let squares = ops::sum(&(&left * &left), 0, false, None).unwrap();
            assert_near(&y[1], &squares);
        } else {
            assert_eq!(y[1].shape()[..], [0]);
        }
        assert_eq!(y[2].to_vec::<i64>().unwrap(), [m.min(n) as i64]);
        assert_near(&y[3], &ops::svd(&a).unwrap()[1]);
        assert_near(&y[0], &product(&[&ops::pinv(&a, None).unwrap(), &b]));
    }
}

#[test]
fn least_squares_of_a_vector_and_of_less_than_full_rank() {
    let a = array(&[1., 1., 1., 1., 1., 1.], &[3, 2]);
    let y = ops::lstsq(&a, &array(&[1., 2., 3.], &[3]), None).unwrap();
    assert_near(&y[0], &array(&[1.0, 1.0], &[2]));
    assert_eq!(y[1].shape()[..], [0]);
    assert_eq!(y[2].to_vec::<i64>().unwrap(), [1]);
}

#[test]
fn gradients_agree_with_differences() {
    for shape in [&[1, 1][..], &[3, 3], &[2, 3, 3]] {
        let a = regular(shape, 7);
        check_gradient(&[a.clone() * 0.3], |x| ops::det(&x[0]));
        check_gradient(std::slice::from_ref(&a), |x| {
            ops::slogdet(&x[0]).map(|y| y.1)
        });
        check_gradient(std::slice::from_ref(&a), |x| ops::inv(&x[0]));
        let n = shape[shape.len() - 1];
        check_gradient(&[a.clone(), random(&[n, 2], 8)], |x| {
            ops::solve(&x[0], &x[1])
        });
        check_gradient(&[a, random(&[n], 9)], |x| ops::solve(&x[0], &x[1]));
        check_gradient(&[random(shape, 10)], |x| {
            let square = ops::matmul(&x[0], &x[0].swapaxes(-1, -2)?)?;
            ops::cholesky(&ops::add(&square, &identity(n))?)
        });
    }
}

#[test]
fn integers_compute_in_the_default_float_and_halves_in_singles() {
    let a = Array::from_elements(&[2i64, 0, 0, 4], [2, 2], Device::default()).unwrap();
    let y = ops::inv(&a).unwrap();
    assert_eq!(y.to_vec::<f32>().unwrap(), [0.5, 0.0, 0.0, 0.25]);
    let half = ops::astype(&a, DType::F16).unwrap();
    let (values, _) = ops::eigh(&half).unwrap();
    assert_eq!(values.dtype(), DType::F16);
    let mixed = ops::solve(&half, &ops::astype(&a, DType::F64).unwrap()).unwrap();
    assert_near(&mixed, &identity(2));
}

#[test]
fn what_is_no_square_matrix_is_refused() {
    let a = random(&[2, 3], 1);
    let text = |y: Result<Array>| y.unwrap_err().to_string();
    let fact = "det: last 2 dimensions of the array must be square";
    assert_eq!(text(ops::det(&a)), fact);
    let fact = "inv: 1-dimensional array given, array must be at least two-dimensional";
    assert_eq!(text(ops::inv(&random(&[2], 1))), fact);
    let fact = "solve: shapes (2, 2) and (3,) not aligned: 2 != 3";
    assert_eq!(
        text(ops::solve(&random(&[2, 2], 1), &random(&[3], 1))),
        fact
    );
    let fact = "lstsq: incompatible dimensions (2, 3) and (3,)";
    let y = ops::lstsq(&a, &random(&[3], 1), None);
    assert_eq!(y.unwrap_err().to_string(), fact);
    let complex = ops::astype(&random(&[2, 2], 1), DType::C64).unwrap();
    assert_eq!(
        text(ops::inv(&complex)),
        "inv: takes real numbers, not complex64"
    );
}
