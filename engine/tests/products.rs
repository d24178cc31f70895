//! Products: values against loops, gradients against differences.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod differences;

use differences::{array, check_gradient, random};
use forerun_engine::ops::{self, Contracted};
use forerun_engine::{Array, DType, Device, Element, Error, GradReq, Scope, runtime};
use num_complex::Complex;

/// The sum of products that an expression describes, by a loop over all names.
fn by_loop(expression: &str, operands: &[(&[f64], &[usize])]) -> Vec<f64> {
    let (inputs, output) = expression.split_once("->").unwrap();
    let terms: Vec<Vec<char>> = inputs
        .split(',')
        .map(|term| term.chars().collect())
        .collect();
    let output: Vec<char> = output.chars().collect();
    let mut lens = std::collections::BTreeMap::new();
    for (term, (_, shape)) in terms.iter().zip(operands) {
        lens.extend(term.iter().copied().zip(shape.iter().copied()));
    }
    let names: Vec<char> = lens.keys().copied().collect();
    let offset = |term: &[char], at: &dyn Fn(char) -> usize| {
        term.iter()
            .fold(0, |offset, &name| offset * lens[&name] + at(name))
    };
    let size = output.iter().map(|name| lens[name]).product();
    let mut y = vec![0.0; size];
    for mut i in 0..lens.values().product() {
        let mut position = std::collections::BTreeMap::new();
        for &name in &names {
            position.insert(name, i % lens[&name]);
            i /= lens[&name];
        }
        let at = |name: char| position[&name];
        let factors = terms
            .iter()
            .zip(operands)
            .map(|(term, (x, _))| x[offset(term, &at)]);
        y[offset(&output, &at)] += factors.product::<f64>();
    }
    y
}

#[track_caller]
fn assert_is(y: &Array, expression: &str, operands: &[&Array]) {
    let data: Vec<Vec<f64>> = operands.iter().map(|x| x.to_vec().unwrap()).collect();
    let given: Vec<(&[f64], &[usize])> = data
        .iter()
        .zip(operands)
        .map(|(x, array)| (&x[..], &array.shape()[..]))
        .collect();
    let expected = by_loop(expression, &given);
    let actual = y.to_vec::<f64>().unwrap();
    assert_eq!(actual.len(), expected.len(), "{expression}");
    for (a, e) in actual.iter().zip(&expected) {
        assert!(
            (a - e).abs() < 1e-9,
            "{expression}: {actual:?} is not {expected:?}"
        );
    }
}

/// Shapes of two operands and the sum that their `dot` is.
const DOTS: &[(&[usize], &[usize], &str)] = &[
    (&[3], &[3], "i,i->"),
    (&[2, 3], &[3, 4], "ij,jk->ik"),
    (&[2, 3], &[3], "ij,j->i"),
    (&[3], &[3, 4], "j,jk->k"),
    (&[2, 4, 3], &[3], "abj,j->ab"),
    (&[2, 4, 3], &[3, 5], "abj,jc->abc"),
    (&[2, 3], &[4, 3, 2], "aj,bjc->abc"),
];

#[test]
fn dot_follows_the_rules_of_numpy() {
    for &(a, b, expression) in DOTS {
        let (a, b) = (random(a, 1), random(b, 2));
        assert_is(&ops::dot(&a, &b).unwrap(), expression, &[&a, &b]);
        check_gradient(&[a, b], |x| ops::dot(&x[0], &x[1]));
    }
    let y = ops::dot(&random(&[], 1), &random(&[2, 3], 2)).unwrap();
    assert_eq!(&y.shape()[..], [2, 3]);
}

const MATMULS: &[(&[usize], &[usize], &str)] = &[
    (&[2, 3], &[3, 4], "ij,jk->ik"),
    (&[3], &[3], "j,j->"),
    (&[3], &[3, 4], "j,jk->k"),
    (&[2, 3], &[3], "ij,j->i"),
    (&[5, 2, 3], &[3, 4], "bij,jk->bik"),
    (&[5, 2, 3], &[3], "bij,j->bi"),
    (&[2, 3], &[5, 3, 4], "ij,bjk->bik"),
    (&[3], &[5, 3, 4], "j,bjk->bk"),
    (&[5, 2, 3], &[5, 3, 4], "bij,bjk->bik"),
    (&[2, 1, 2, 3], &[4, 3, 2], "azij,bjk->abik"),
];

#[test]
fn matmul_multiplies_batches_and_broadcasts() {
    for &(a, b, expression) in MATMULS {
        let (a, b) = (random(a, 1), random(b, 2));
        assert_is(&ops::matmul(&a, &b).unwrap(), expression, &[&a, &b]);
        check_gradient(&[a, b], |x| ops::matmul(&x[0], &x[1]));
    }
}

#[test]
fn transposed_operands_are_multiplied_as_they_lie() {
    let (a, b) = (random(&[3, 2], 1), random(&[4, 3], 2));
    let y = ops::dot(&a.transpose(None).unwrap(), &b.transpose(None).unwrap()).unwrap();
    assert_is(&y, "ji,kj->ik", &[&a, &b]);
    check_gradient(&[a, b], |x| {
        ops::dot(&x[0].transpose(None)?, &x[1].transpose(None)?)
    });
    let (a, b) = (random(&[2, 3, 4], 1), random(&[2, 5, 3], 2));
    let y = ops::batch_dot(&a, &b, true, true).unwrap();
    assert_is(&y, "bji,bkj->bik", &[&a, &b]);
    check_gradient(&[a, b], |x| ops::batch_dot(&x[0], &x[1], true, true));
}

#[test]
fn other_products_are_sums_over_their_axes() {
    let (a, b) = (random(&[2, 3, 4], 1), random(&[4, 3, 5], 2));
    let axes = Contracted::Axes(vec![1, -1], vec![1, 0]);
    let y = ops::tensordot(&a, &b, axes.clone()).unwrap();
    assert_is(&y, "ajk,kjb->ab", &[&a, &b]);
    check_gradient(&[a.copy().unwrap(), b.copy().unwrap()], |x| {
        ops::tensordot(&x[0], &x[1], axes.clone())
    });
    let y = ops::tensordot(&a, &b, Contracted::Inner(1)).unwrap();
    assert_is(&y, "abk,kcd->abcd", &[&a, &b]);
    assert!(ops::tensordot(&a, &b, Contracted::Inner(2)).is_err());
    let (a, b) = (random(&[2, 3], 1), random(&[4, 3], 2));
    assert_is(&ops::inner(&a, &b).unwrap(), "aj,bj->ab", &[&a, &b]);
    let (a, b) = (random(&[2], 1), random(&[3], 2));
    assert_is(&ops::outer(&a, &b).unwrap(), "i,j->ij", &[&a, &b]);
    check_gradient(&[a, b], |x| ops::outer(&x[0], &x[1]));
    let (a, b) = (random(&[2, 3], 1), random(&[2, 3], 2));
    assert_is(&ops::vdot(&a, &b).unwrap(), "ij,ij->", &[&a, &b]);
    let (a, b) = (array(&[1.0, 10.0], &[2]), array(&[1.0, 2.0, 3.0], &[3]));
    let y = ops::kron(&a, &b).unwrap().to_vec::<f64>().unwrap();
    assert_eq!(y, [1.0, 2.0, 3.0, 10.0, 20.0, 30.0]);
}

const EXPRESSIONS: &[&str] = &[
    "ij,jk->ik",
    "ij,jk->ki",
    "ij->ji",
    "ij->",
    "ii->i",
    "ii->",
    "iij->ij",
    "bij,bjk->bik",
    "bhqd,bhkd->bhqk",
    "i,j->ij",
    "ij,ij->ij",
    "ij,ij->i",
    "ij,jk,kl->il",
    "ij,k,kl->il",
    "abc,cd,ade->be",
    "ijk,jil->kl",
    "ia,ib,ic->abc",
];

#[test]
fn einsum_computes_what_its_expression_says() {
    let len = |name: char| 2 + (name as usize) % 3;
    for expression in EXPRESSIONS {
        let inputs = expression.split_once("->").unwrap().0;
        let operands: Vec<Array> = inputs
            .split(',')
            .enumerate()
            .map(|(i, term)| random(&term.chars().map(len).collect::<Vec<_>>(), i as u64))
            .collect();
        let given: Vec<&Array> = operands.iter().collect();
        assert_is(
            &ops::einsum(expression, &given[..]).unwrap(),
            expression,
            &given,
        );
        check_gradient(&operands, |x| {
            ops::einsum(expression, &x.iter().collect::<Vec<_>>()[..])
        });
    }
}

#[test]
fn einsum_reads_dots_and_leaves_out_the_output() {
    let (a, b) = (random(&[2, 3], 1), random(&[3, 4], 2));
    assert_is(
        &ops::einsum("ij,jk", [&a, &b]).unwrap(),
        "ij,jk->ik",
        &[&a, &b],
    );
    assert_is(&ops::einsum("ba", [&a]).unwrap(), "ba->ab", &[&a]);
    let (a, b) = (random(&[5, 2, 3], 1), random(&[3, 4], 2));
    let y = ops::einsum("...ij, jk -> ...ik", [&a, &b]).unwrap();
    assert_is(&y, "bij,jk->bik", &[&a, &b]);
    let (a, b) = (random(&[1, 2], 1), random(&[5, 2], 2));
    let y = ops::einsum("...i,...i->...", [&a, &b]).unwrap();
    assert_is(&y, "zi,bi->b", &[&a, &b]);
    assert!(ops::einsum("ij,jk->il", [&a, &b]).is_err());
    assert!(ops::einsum("ij", [&a, &b]).is_err());
    assert!(ops::einsum("i+", [&a]).is_err());
}

#[test]
fn integers_bools_and_mixed_dtypes_have_products() {
    let a = Array::from_slice(&[1i32, 2, 3, 4])
        .reshape(&[2, 2])
        .unwrap();
    let y = ops::dot(&a, &a).unwrap();
    assert_eq!(y.to_vec::<i32>().unwrap(), [7, 10, 15, 22]);
    let b = Array::from_slice(&[0.5f32, 1.0]);
    assert_eq!(
        ops::dot(&a, &b).unwrap().to_vec::<f32>().unwrap(),
        [2.5, 5.5]
    );
    let t = Array::from_slice(&[true, false, true, true])
        .reshape(&[2, 2])
        .unwrap();
    assert_eq!(ops::matmul(&t, &t).unwrap().dtype(), DType::Bool);
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    let a = ops::zeros([2, 3], DType::F32, Device::default()).unwrap();
    let b = ops::zeros([4, 5], DType::F32, Device::default()).unwrap();
    let error = ops::matmul(&a, &b).unwrap_err();
    assert!(matches!(error, Error::Shape { .. }));
    let text = "matmul: shapes (2, 3) and (4, 5) not aligned: 3 (dim 1) != 4 (dim 0)";
    assert_eq!(error.to_string(), text);
    assert!(ops::dot(&a, &b).is_err());
    assert!(ops::batch_dot(&a, &b, false, false).is_err());
    assert!(ops::matmul(&ops::zeros([], DType::F32, Device::default()).unwrap(), &b).is_err());
}

#[test]
fn a_sum_over_nothing_is_zero() {
    let a = ops::zeros([2, 0], DType::F64, Device::default()).unwrap();
    let b = ops::zeros([0, 3], DType::F64, Device::default()).unwrap();
    assert_eq!(ops::dot(&a, &b).unwrap().to_vec::<f64>().unwrap(), [0.0; 6]);
}

/// Rows, columns and inner axis of products: of one element, odd, of several tiles, cut along the
/// inner axis, of many groups of columns.
const SIZES: &[(usize, usize, usize)] = &[
    (1, 1, 1),
    (1, 7, 3),
    (5, 1, 4),
    (17, 33, 65),
    (70, 1, 300),
    (1, 1300, 40),
    (257, 515, 129),
    (300, 300, 300),
    (20, 30, 3000),
    (96, 1030, 520),
];

/// Elements of a dtype, small enough that no integer overflows.
fn elements(shape: &[usize], seed: u64, dtype: DType) -> Array {
    let x = ops::floor(&(random(shape, seed) * 3.0)).unwrap();
    ops::astype(&x, dtype).unwrap()
}

/// What follows products of `a` and `b`, in every way in which an op may read one.
fn followed(a: &Array, b: &Array) -> Vec<Array> {
    let y = || ops::matmul(a, b).unwrap();
    let shape = y().shape().to_vec();
    let (n, dtype) = (shape[shape.len() - 1], a.dtype());
    let column: Vec<usize> = [&shape[..shape.len() - 1], &[1]].concat();
    let (by_row, by_column) = (elements(&[n], 5, dtype), elements(&column, 6, dtype));
    let other = || elements(&shape, 7, dtype);
    let (kept, shared) = (y(), y());
    let mut all = vec![
        // Broadcast along either axis, and a chain.
        ops::maximum(&(y() + &by_row), &by_column).unwrap() * 2.0,
        // In place of an operand that dies, or of the product.
        other() - y() * 2.0,
        (other() * 3.0) + y(),
        // Another dtype, and two results.
        ops::greater(&y(), 0.0).unwrap(),
        &shared + 1.0,
        &shared * &shared,
        // The product is read outside as well.
        &kept - &by_column,
        ops::sum(&kept, -1, true, None).unwrap() + &kept,
        kept,
        // Read through a view, with a stretched and a strided operand.
        y().swapaxes(-1, -2).unwrap() + 1.0,
        y() * other()
            .swapaxes(-1, -2)
            .unwrap()
            .copy()
            .unwrap()
            .swapaxes(-1, -2)
            .unwrap(),
        // A product of what follows a product.
        ops::matmul(&(y() + &by_row).swapaxes(-1, -2).unwrap(), &y()).unwrap() + 1.0,
    ];
    if shape[shape.len() - 2] == n {
        let y = y();
        all.push(&y + y.swapaxes(-1, -2).unwrap());
    }
    all
}

#[track_caller]
fn assert_same_fused<T: Element>(a: &[usize], b: &[usize]) {
    let (a, b) = (elements(a, 1, T::DTYPE), elements(b, 2, T::DTYPE));
    let found = [true, false].map(|fusion| {
        runtime::set_fusion(fusion);
        // All are issued before the first is waited for.
        let made = followed(&a, &b);
        let made = made.iter().map(|y| ops::astype(y, T::DTYPE).unwrap());
        let made: Vec<Array> = made.collect();
        let read = made.iter().map(|y| y.to_vec::<T>().unwrap());
        read.collect::<Vec<_>>()
    });
    runtime::set_fusion(true);
    for (i, (fused, apart)) in found[0].iter().zip(&found[1]).enumerate() {
        assert!(
            fused == apart,
            "{:?} {:?} {} {i}",
            a.shape(),
            b.shape(),
            T::DTYPE
        );
    }
}

#[test]
fn what_follows_a_product_is_the_same_fused_or_not() {
    for &(m, n, k) in SIZES {
        assert_same_fused::<f32>(&[m, k], &[k, n]);
        assert_same_fused::<f64>(&[m, k], &[k, n]);
    }
    for &(m, n, k) in &SIZES[..6] {
        assert_same_fused::<f32>(&[3, m, k], &[3, k, n]);
        assert_same_fused::<f64>(&[40, m, k], &[k, n]);
        assert_same_fused::<i32>(&[m, k], &[k, n]);
        assert_same_fused::<half::f16>(&[m, k], &[k, n]);
    }
    assert_same_fused::<i32>(&[200, 210], &[210, 220]);
    assert_same_fused::<half::bf16>(&[200, 210], &[210, 220]);
    assert_same_fused::<f32>(&[64, 70, 80], &[64, 80, 90]);
    assert_same_fused::<f32>(&[2, 300, 300], &[2, 300, 300]);
    assert_same_fused::<f64>(&[3, 0, 4], &[3, 4, 2]);
    assert_same_fused::<f64>(&[3, 0], &[0, 2]);
}

#[test]
fn complex_products_are_followed_alike() {
    for shape in [[2, 3], [150, 140]] {
        let found = [true, false].map(|fusion| {
            runtime::set_fusion(fusion);
            let x = elements(&shape, 1, DType::C64);
            let y = ops::dot(&x, &x.transpose(None).unwrap()).unwrap();
            let (z, w) = (&y * &y, &y + 1.0);
            [y, z, w].map(|x| x.to_vec::<Complex<f32>>().unwrap())
        });
        runtime::set_fusion(true);
        assert!(found[0] == found[1]);
    }
}

#[test]
fn a_layer_has_the_same_gradients_fused_or_not() {
    let found = [true, false].map(|fusion| {
        runtime::set_fusion(fusion);
        let x = elements(&[130, 200], 1, DType::F32);
        let (w, v) = (random(&[300, 200], 2), random(&[70, 300], 3));
        let mut params = [w, v, random(&[300], 4)].map(|x| ops::astype(&x, DType::F32).unwrap());
        for param in &params {
            param.attach_grad(GradReq::Write).unwrap();
        }
        let loss = {
            let _recording = Scope::record(true);
            let [w, v, bias] = &params;
            let h = ops::relu(&ops::fully_connected(&x, w, Some(bias), true).unwrap()).unwrap();
            let y = ops::tanh(&ops::fully_connected(&h, v, None, true).unwrap()).unwrap();
            ops::sum(&(&y * &y), ops::Axes::ALL, false, None).unwrap()
        };
        loss.backward().unwrap();
        for param in &mut params {
            *param = &*param - param.grad().unwrap() * 0.1;
        }
        params.map(|param| param.to_vec::<f32>().unwrap())
    });
    runtime::set_fusion(true);
    assert!(found[0] == found[1]);
}
