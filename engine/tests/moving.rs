//! Joining, splitting, repeating, padding and views by name.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod differences;

use differences::check_gradient_at;
use forerun_engine::ops::{self, Axes, Ints, Sections};
use forerun_engine::{Array, DType, Device, Result};

fn counting(shape: &[usize]) -> Array {
    let elements: Vec<f64> = (0..shape.iter().product()).map(|i| i as f64).collect();
    Array::from_elements(&elements, shape, Device::default()).unwrap()
}

/// Checks shape and elements, which are what NumPy gives.
fn check(y: Result<Array>, shape: &[usize], elements: &[i64]) {
    let y = y.unwrap();
    assert_eq!(&y.shape()[..], shape);
    let found: Vec<i64> = y
        .to_vec::<f64>()
        .unwrap()
        .iter()
        .map(|&y| y as i64)
        .collect();
    assert_eq!(found, elements);
}

#[test]
fn arrays_are_joined_and_promoted() {
    let (a, b) = (counting(&[2, 2]), counting(&[2, 1]));
    let c = Array::from_elements(&[7i32, 8], [2, 1], Device::default()).unwrap();
    let joined = ops::concatenate(vec![&a, &b, &c], Some(-1));
    check(joined, &[2, 4], &[0, 1, 0, 7, 2, 3, 1, 8]);
    check(
        ops::concatenate(vec![&a, &b], None),
        &[6],
        &[0, 1, 2, 3, 0, 1],
    );
    let t = a.transpose(None).unwrap();
    check(
        ops::stack(vec![&a, &t], Some(1)),
        &[2, 2, 2],
        &[0, 1, 0, 2, 2, 3, 1, 3],
    );
    assert!(ops::concatenate(vec![&a, &b], Some(0)).is_err());
    assert!(ops::concatenate(vec![], Some(0)).is_err());
    check_gradient_at(&[2, 3], |x| ops::concatenate(vec![x, &(x * x), x], Some(1)));
    check_gradient_at(&[2, 3], |x| ops::stack(vec![&(x * x), x], None));
}

#[test]
fn parts_are_views_of_equal_or_given_lengths() {
    let x = counting(&[7]);
    let lens = |parts: Vec<Array>| parts.iter().map(Array::size).collect::<Vec<_>>();
    let parts = ops::array_split(&x, Sections::Equal(3), None).unwrap();
    assert!(parts.iter().all(|part| part.shares_variable(&x)));
    assert_eq!(lens(parts), [3, 2, 2]);
    let parts = ops::split(&x, Sections::At(vec![2, -1, 9]), None).unwrap();
    assert_eq!(lens(parts), [2, 4, 1, 0]);
    assert!(ops::split(&x, Sections::Equal(3), None).is_err());
    check_gradient_at(&[2, 6], |x| {
        let parts = ops::split(x, Sections::Equal(3), Some(1))?;
        Ok(&parts[0] * &parts[2])
    });
}

#[test]
fn elements_are_repeated() {
    let x = counting(&[2, 2]);
    check(
        ops::tile(&x, [2].into()),
        &[2, 4],
        &[0, 1, 0, 1, 2, 3, 2, 3],
    );
    let tiled = [0, 1, 2, 3, 0, 1, 2, 3];
    check(ops::tile(&x, [2, 1, 1].into()), &[2, 2, 2], &tiled);
    check(
        ops::repeat(&x, [2].into(), None),
        &[8],
        &[0, 0, 1, 1, 2, 2, 3, 3],
    );
    check(
        ops::repeat(&x, [1, 2].into(), Some(0)),
        &[3, 2],
        &[0, 1, 2, 3, 2, 3],
    );
    check_gradient_at(&[2, 3], |x| ops::tile(x, [2, 2].into()));
    check_gradient_at(&[2, 3], |x| ops::repeat(x, [3].into(), Some(1)));
    check_gradient_at(&[2, 3], |x| ops::repeat(x, [0, 2].into(), Some(0)));
    check_gradient_at(&[2, 1], |x| Ok(&x.broadcast_to([3, 2, 4])? * 2.0));
}

#[test]
fn elements_are_turned_round_and_rolled() {
    let x = counting(&[2, 3]);
    check(ops::flip(&x, Axes::ALL), &[2, 3], &[5, 4, 3, 2, 1, 0]);
    check(ops::flip(&x, 1), &[2, 3], &[2, 1, 0, 5, 4, 3]);
    check(
        ops::roll(&x, [2].into(), None),
        &[2, 3],
        &[4, 5, 0, 1, 2, 3],
    );
    check(
        ops::roll(&x, [-1].into(), Some([1].into())),
        &[2, 3],
        &[1, 2, 0, 4, 5, 3],
    );
    let both = ops::roll(&x, [1, 1].into(), Some([0, 1].into()));
    check(both, &[2, 3], &[5, 3, 4, 2, 0, 1]);
    check(ops::rot90(&x, None, None), &[3, 2], &[2, 5, 1, 4, 0, 3]);
    check(ops::rot90(&x, Some(-1), None), &[3, 2], &[3, 0, 4, 1, 5, 2]);
    check(ops::rot90(&x, Some(2), None), &[2, 3], &[5, 4, 3, 2, 1, 0]);
    check_gradient_at(&[2, 3], |x| Ok(&ops::flip(x, 1)? * x));
    check_gradient_at(&[2, 3], |x| {
        ops::roll(x, [1, 2].into(), Some([0, 1].into()))
    });
}

#[test]
fn padding_follows_its_mode() {
    let x = counting(&[4]);
    let padded = |mode, value| ops::pad(&x, vec![2, 3], Some(mode), value);
    check(
        padded("constant", Some(9i64.into())),
        &[9],
        &[9, 9, 0, 1, 2, 3, 9, 9, 9],
    );
    check(padded("edge", None), &[9], &[0, 0, 0, 1, 2, 3, 3, 3, 3]);
    check(padded("reflect", None), &[9], &[2, 1, 0, 1, 2, 3, 2, 1, 0]);
    check(
        padded("symmetric", None),
        &[9],
        &[1, 0, 0, 1, 2, 3, 3, 2, 1],
    );
    check(padded("wrap", None), &[9], &[2, 3, 0, 1, 2, 3, 0, 1, 2]);
    let far = ops::pad(&counting(&[2]), vec![3, 3], Some("reflect"), None);
    check(far, &[8], &[1, 0, 1, 0, 1, 0, 1, 0]);
    assert!(padded("mean", None).is_err());
    for mode in ["constant", "edge", "reflect", "symmetric", "wrap"] {
        check_gradient_at(&[3, 2], |x| ops::pad(x, vec![1, 2, 0, 1], Some(mode), None));
    }
}

#[test]
fn triangles_keep_one_side_of_a_diagonal() {
    let x = &counting(&[3, 3]) + 1.0;
    check(ops::tril(&x, None), &[3, 3], &[1, 0, 0, 4, 5, 0, 7, 8, 9]);
    check(
        ops::tril(&x, Some(-1)),
        &[3, 3],
        &[0, 0, 0, 4, 0, 0, 7, 8, 0],
    );
    check(
        ops::triu(&x, Some(1)),
        &[3, 3],
        &[0, 2, 3, 0, 0, 6, 0, 0, 0],
    );
    check(
        ops::triu(&x, Some(-9)),
        &[3, 3],
        &[1, 2, 3, 4, 5, 6, 7, 8, 9],
    );
    check_gradient_at(&[2, 3, 2], |x| ops::tril(&(x * x), None));
}

#[test]
fn a_grid_has_the_coordinates_of_its_axes() {
    let (a, b) = (counting(&[3]), counting(&[2]));
    let grid = |indexing| ops::meshgrid(vec![&a, &b], Some(indexing), false).unwrap();
    let [x, y] = <[Array; 2]>::try_from(grid("xy")).unwrap();
    check(Ok(x), &[2, 3], &[0, 1, 2, 0, 1, 2]);
    check(Ok(y), &[2, 3], &[0, 0, 0, 1, 1, 1]);
    let [x, y] = <[Array; 2]>::try_from(grid("ij")).unwrap();
    check(Ok(x), &[3, 2], &[0, 0, 1, 1, 2, 2]);
    check(Ok(y), &[3, 2], &[0, 1, 0, 1, 0, 1]);
}

#[test]
fn views_are_found_by_name() {
    use ops::registry::{Argument, Made, find};
    let number = |i: i64| Argument::Number(i.into());
    let list = |ints: &[i64]| Argument::List(ints.iter().map(|&i| number(i)).collect());
    let x = counting(&[2, 3, 1]);
    let made = |name: &str, arguments: &[Argument]| {
        let all = [&[Argument::Array(x.clone())], arguments].concat();
        match find(name).unwrap().call(&all).unwrap() {
            Made::One(y) => y.shape().to_vec(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(made("reshape", &[number(-1)]), [6]);
    assert_eq!(made("reshape", &[list(&[3, -1])]), [3, 2]);
    assert_eq!(made("transpose", &[]), [1, 3, 2]);
    assert_eq!(made("transpose", &[list(&[1, 0, 2])]), [3, 2, 1]);
    assert_eq!(made("swapaxes", &[number(0), number(1)]), [3, 2, 1]);
    assert_eq!(made("moveaxis", &[number(0), number(-1)]), [3, 1, 2]);
    assert_eq!(made("expand_dims", &[list(&[0, -1])]), [1, 2, 3, 1, 1]);
    assert_eq!(made("squeeze", &[]), [2, 3]);
    assert_eq!(made("broadcast_to", &[list(&[2, 3, 4])]), [2, 3, 4]);
    assert_eq!(made("flatten", &[]), [6]);
    let _: Ints = [1].into();
}

#[test]
fn counting_is_exact() {
    let device = Device::default();
    let far = (1i64 << 60) + 1;
    let x = ops::arange(far, far + 3, 1i64, DType::I64, device).unwrap();
    assert_eq!(x.to_vec::<i64>().unwrap(), [far, far + 1, far + 2]);
    let down = ops::arange(5i64, 0i64, -2i64, DType::F32, device).unwrap();
    assert_eq!(down.to_vec::<f32>().unwrap(), [5.0, 3.0, 1.0]);
    let big = ops::arange(0.0, 3e5, 1.0, DType::F32, device)
        .unwrap()
        .to_vec::<f32>()
        .unwrap();
    assert!(big.iter().enumerate().all(|(i, &x)| x == i as f32));
    assert!(ops::arange(0i64, 3i64, 0i64, DType::F32, device).is_err());
    let x = ops::linspace(0.0, 1.0, 5, true, DType::F64, device).unwrap();
    assert_eq!(x.to_vec::<f64>().unwrap(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    let x = ops::linspace(0.0, 1.0, 4, false, DType::F64, device).unwrap();
    assert_eq!(x.to_vec::<f64>().unwrap(), [0.0, 0.25, 0.5, 0.75]);
    check(
        ops::eye(2, Some(3), Some(1), DType::F64, device),
        &[2, 3],
        &[0, 1, 0, 0, 0, 1],
    );
}

#[test]
fn a_copy_on_another_device_passes_gradients_back() {
    let other = Device::cpu(1).unwrap();
    check_gradient_at(&[3], |x| {
        let y = ops::to_device(&(x * x), other)?;
        assert_eq!(y.device(), other);
        ops::to_device(&(&y * 2.0), Device::default())
    });
}
