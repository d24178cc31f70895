//! Random arrays: reproducible by seed, distributed as they should be, refused where they cannot.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::Mutex;

use forerun_engine::ops::{self, Arg, random};
use forerun_engine::{Array, DType, Device, GradReq, Result, Scope, Shape};

/// The seed is one for all tests of this file, which therefore take turns.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> std::sync::MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

const N: usize = 40_000;

fn many() -> Option<Shape> {
    Some([N].into())
}

fn n<'a>(number: f64) -> Option<Arg<'a>> {
    Some(number.into())
}

/// Checks mean and variance of a draw of `N` within five standard errors.
fn check(name: &str, drawn: Result<Array>, mean: f64, variance: f64) {
    let x = ops::astype(&drawn.unwrap(), DType::F64)
        .unwrap()
        .to_vec::<f64>()
        .unwrap();
    assert_eq!(x.len(), N);
    let found = x.iter().sum::<f64>() / N as f64;
    let error = 5.0 * (variance / N as f64).sqrt();
    assert!(
        (found - mean).abs() <= error,
        "{name}: mean {found} instead of {mean}"
    );
    let spread = x.iter().map(|x| (x - found).powi(2)).sum::<f64>() / N as f64;
    assert!(
        (spread / variance - 1.0).abs() < 0.12,
        "{name}: variance {spread}, not {variance}"
    );
}

#[test]
fn draws_have_their_mean_and_variance() {
    let _turn = turn();
    random::seed(7);
    let f64s = Some(DType::F64);
    for dtype in [None, f64s] {
        check(
            "uniform",
            random::uniform(n(-1.0), n(3.0), many(), dtype, None),
            1.0,
            16.0 / 12.0,
        );
        check(
            "normal",
            random::normal(n(2.0), n(3.0), many(), dtype, None),
            2.0,
            9.0,
        );
        check(
            "exponential",
            random::exponential(n(2.0), many(), dtype, None),
            2.0,
            4.0,
        );
    }
    let pi = std::f64::consts::PI;
    check(
        "laplace",
        random::laplace(n(1.0), n(2.0), many(), None, None),
        1.0,
        8.0,
    );
    let euler = 0.577_215_664_9;
    check(
        "gumbel",
        random::gumbel(None, None, many(), None, None),
        euler,
        pi * pi / 6.0,
    );
    check(
        "logistic",
        random::logistic(None, None, many(), None, None),
        0.0,
        pi * pi / 3.0,
    );
    let root = (pi / 2.0).sqrt();
    check(
        "rayleigh",
        random::rayleigh(None, many(), None, None),
        root,
        2.0 - pi / 2.0,
    );
    check(
        "weibull",
        random::weibull(n(1.0), many(), None, None),
        1.0,
        1.0,
    );
    check(
        "pareto",
        random::pareto(n(6.0), many(), None, None),
        0.2,
        0.06,
    );
    check(
        "power",
        random::power(n(2.0), many(), None, None),
        2.0 / 3.0,
        1.0 / 18.0,
    );
    let e = 1f64.exp();
    let lognormal = random::lognormal(None, n(0.5), many(), None, None);
    check(
        "lognormal",
        lognormal,
        e.powf(0.125),
        (e.powf(0.25) - 1.0) * e.powf(0.25),
    );
    check(
        "gamma",
        random::gamma(2.5.into(), n(2.0), many(), None, None),
        5.0,
        10.0,
    );
    check(
        "chisquare",
        random::chisquare(3.0.into(), many(), f64s, None),
        3.0,
        6.0,
    );
    let variance = 2.0 * 144.0 * 15.0 / (5.0 * 100.0 * 8.0);
    check(
        "f",
        random::f(5.0.into(), 12.0.into(), many(), None, None),
        1.2,
        variance,
    );
    check(
        "beta",
        random::beta(2.0.into(), 2.0.into(), many(), None, None),
        0.5,
        0.05,
    );
    check(
        "bernoulli",
        random::bernoulli(0.3.into(), many(), None, None),
        0.3,
        0.21,
    );
    check(
        "integers",
        random::integers(-2, Some(3), many(), None, None),
        0.0,
        2.0,
    );
    for mean in [0.7, 9.0, 300.0] {
        check(
            "poisson",
            random::poisson(n(mean), many(), None, None),
            mean,
            mean,
        );
    }
    for (attempts, p) in [(7.0, 0.3), (1000.0, 0.25)] {
        let drawn = random::binomial(attempts.into(), p.into(), many(), None, None);
        check("binomial", drawn, attempts * p, attempts * p * (1.0 - p));
    }
    check(
        "geometric",
        random::geometric(0.25.into(), many(), None, None),
        4.0,
        12.0,
    );
}

#[test]
fn parameters_may_be_arrays() {
    let _turn = turn();
    random::seed(3);
    let scale = Array::from_slice(&[1.0f32, 100.0]);
    let wide = |x: &Array| {
        let column = x.transpose(None).unwrap().index_axis(0, 1).unwrap();
        let x = column.to_vec::<f32>().unwrap();
        (x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32).sqrt()
    };
    let shape = || Some([1000, 2].into());
    let normal = random::normal(None, Some((&scale).into()), shape(), None, None).unwrap();
    assert!((80.0..120.0).contains(&wide(&normal)));
    let gamma = random::gamma((&scale).into(), None, shape(), None, None).unwrap();
    assert!((95.0..105.0).contains(&wide(&gamma)));
    let own = random::normal(None, Some((&scale).into()), None, None, None).unwrap();
    assert_eq!(own.shape()[..], [2]);
    let p = Array::from_slice(&[0.0f32, 1.0]);
    let sure = random::bernoulli((&p).into(), shape(), Some(DType::I64), None).unwrap();
    let sure = sure.to_vec::<i64>().unwrap();
    assert!(sure.chunks(2).all(|pair| pair == [0, 1]));
    let bad = random::normal(None, Some((&scale).into()), Some([3].into()), None, None);
    assert!(bad.is_err());
}

#[test]
fn a_gradient_flows_to_location_and_scale() {
    let _turn = turn();
    random::seed(3);
    let loc = Array::from_slice(&[1.0f64, 2.0]);
    let scale = Array::from_slice(&[3.0f64]);
    loc.attach_grad(GradReq::Write).unwrap();
    scale.attach_grad(GradReq::Write).unwrap();
    let (y, total) = {
        let _recording = Scope::record(true);
        let (loc, scale) = (Some((&loc).into()), Some((&scale).into()));
        let y = random::normal(loc, scale, None, Some(DType::F64), None).unwrap();
        let total = ops::sum(&y, ops::Axes::ALL, false, None).unwrap();
        (y, total)
    };
    total.backward().unwrap();
    let y = y.to_vec::<f64>().unwrap();
    assert_eq!(loc.grad().unwrap().to_vec::<f64>().unwrap(), [1.0, 1.0]);
    let expected = (y[0] - 1.0 + y[1] - 2.0) / 3.0;
    let found = scale.grad().unwrap().to_vec::<f64>().unwrap()[0];
    assert!((found - expected).abs() < 1e-12);
}

#[test]
fn a_seed_gives_the_same_numbers_again() {
    let _turn = turn();
    let draw = |device| {
        let device = Device::cpu(device);
        let x = random::normal(None, None, Some([5].into()), None, device).unwrap();
        x.to_vec::<f32>().unwrap()
    };
    random::seed(42);
    let (first, second, other) = (draw(0), draw(0), draw(1));
    assert!(first != second && first != other);
    random::seed(42);
    // Order matters for each device alone.
    assert_eq!((draw(1), draw(0), draw(0)), (other.clone(), first, second));
    let seed = ops::registry::find("random_seed").unwrap();
    let number = |i: i64| ops::registry::Argument::Number(i.into());
    seed.call(&[number(42), number(1)]).unwrap();
    assert_eq!(draw(1), other);
}

#[test]
fn permutations_and_choices_hold_what_they_should() {
    let _turn = turn();
    random::seed(1);
    let sorted = |x: &Array| {
        let mut x = x.to_vec::<i64>().unwrap();
        x.sort_unstable();
        x
    };
    let x = random::permutation(100, None).unwrap();
    assert_eq!(sorted(&x), (0..100).collect::<Vec<_>>());
    let y = x.copy().unwrap();
    random::shuffle(&y).unwrap();
    assert_eq!(sorted(&y), sorted(&x));
    assert_ne!(y.to_vec::<i64>().unwrap(), x.to_vec::<i64>().unwrap());
    let p = Array::from_slice(&[0.5, 0.0, 0.25, 0.25]);
    let without = random::choice(4, Some([3].into()), false, Some(&p), None).unwrap();
    assert_eq!(sorted(&without), [0, 2, 3]);
    let with = random::choice(4, many(), true, Some(&p), None)
        .unwrap()
        .to_vec::<i64>()
        .unwrap();
    let n_zeros = with.iter().filter(|&&i| i == 0).count();
    assert!(!with.contains(&1) && (19_000..21_000).contains(&n_zeros));
    let distinct = random::choice(10, Some([10].into()), false, None, None).unwrap();
    assert_eq!(sorted(&distinct), (0..10).collect::<Vec<_>>());
    let counts = random::multinomial(1000, &p, Some([3].into())).unwrap();
    let counts = counts.to_vec::<i64>().unwrap();
    assert!(
        counts
            .chunks(4)
            .all(|row| row.iter().sum::<i64>() == 1000 && row[1] == 0)
    );
    let rows = Array::from_elements(&[1.0, 0.0, 0.0, 3.0], [2, 2], Device::default()).unwrap();
    let drawn = random::categorical(&rows, None).unwrap();
    assert_eq!(drawn.to_vec::<i64>().unwrap(), [0, 1]);
    assert_eq!(
        random::categorical(&rows, Some(5)).unwrap().shape()[..],
        [2, 5]
    );
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let _turn = turn();
    let text = |drawn: Result<Array>| drawn.unwrap_err().to_string();
    let negative = random::normal(None, n(-1.0), many(), None, None);
    assert_eq!(text(negative), "random_normal: scale < 0");
    assert_eq!(
        text(random::integers(3, Some(3), None, None, None)),
        "random_integers: low >= high"
    );
    assert!(random::choice(3, many(), false, None, None).is_err());
    assert!(random::bernoulli(1.5.into(), None, None, None).is_err());
    let pvals = Array::from_slice(&[0.7, 0.7, 0.1]);
    let failed = random::multinomial(3, &pvals, None)
        .unwrap()
        .wait()
        .unwrap_err();
    assert!(failed.to_string().contains("sum(pvals[:-1]) > 1.0"));
}
