#![allow(dead_code, reason = "not every test file needs all of it")]
//! Gradients against central differences in `f64`.

use forerun_engine::{Array, Device, GradReq, Result, Scope, ops};

/// Numbers between -1 and 1 that look random, the same for each `seed`.
pub(crate) fn numbers(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) as f64 / (1u64 << 30) as f64 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// An array of such numbers.
pub(crate) fn random(shape: &[usize], seed: u64) -> Array {
    array(&numbers(shape.iter().product(), seed), shape)
}

/// An array of these numbers.
pub(crate) fn array(elements: &[f64], shape: &[usize]) -> Array {
    Array::from_elements(elements, shape, Device::default()).unwrap()
}

/// Checks the gradients of `f` for every input against differences of `sum(f * weights)`, and the
/// gradients of those gradients too.
#[track_caller]
pub(crate) fn check_gradient(inputs: &[Array], f: impl Fn(&[Array]) -> Result<Array>) {
    check_first(inputs, &f);
    let twice = |inputs: &[Array]| -> Result<Array> {
        let _recording = Scope::record(true);
        let head = f(inputs)?;
        let head = ops::sum(&(&head * &head), ops::Axes::ALL, false, None)?;
        let grads = forerun_engine::autograd::grad(&[head], inputs, &[], true, true)?;
        let squares = grads
            .iter()
            .map(|g| ops::sum(&(g * g), ops::Axes::ALL, false, None));
        let mut total = ops::zeros([], inputs[0].dtype(), Device::default())?;
        for square in squares {
            total = total + square?;
        }
        Ok(total)
    };
    check_first_of_attached(inputs, &twice);
}

/// As [`check_gradient`], of a function of one array, at numbers of a shape.
#[track_caller]
pub(crate) fn check_gradient_at(shape: &[usize], f: impl Fn(&Array) -> Result<Array>) {
    check_gradient(&[random(shape, 3)], |inputs| f(&inputs[0]));
}

/// As [`check_gradient`], of the first order only.
#[track_caller]
pub(crate) fn check_first(inputs: &[Array], f: &impl Fn(&[Array]) -> Result<Array>) {
    check_first_of_attached(inputs, f);
}

#[track_caller]
fn check_first_of_attached(inputs: &[Array], f: &impl Fn(&[Array]) -> Result<Array>) {
    for input in inputs {
        input.attach_grad(GradReq::Write).unwrap();
    }
    let (head, weights) = {
        let _recording = Scope::record(true);
        let y = f(inputs).unwrap();
        let weights = random(y.shape(), 77);
        (
            ops::sum(&(&y * &weights), ops::Axes::ALL, false, None).unwrap(),
            weights,
        )
    };
    head.backward().unwrap();
    let value = |inputs: &[Array]| -> f64 {
        let y = f(inputs).unwrap();
        ops::sum(&(&y * &weights), ops::Axes::ALL, false, None)
            .unwrap()
            .to_vec()
            .unwrap()[0]
    };
    let step = 1e-5;
    // Read before the inputs are attached again, which makes their gradients zero.
    let grads: Vec<Vec<f64>> = inputs
        .iter()
        .map(|input| input.grad().unwrap().to_vec().unwrap())
        .collect();
    for (i, (input, grad)) in inputs.iter().zip(&grads).enumerate() {
        let start = input.to_vec::<f64>().unwrap();
        for (at, &g) in grad.iter().enumerate() {
            let moved = |by: f64| {
                let mut elements = start.clone();
                elements[at] += by;
                let mut inputs = inputs.to_vec();
                inputs[i] = array(&elements, input.shape());
                for input in &inputs {
                    input.attach_grad(GradReq::Write).unwrap();
                }
                value(&inputs)
            };
            let expected = (moved(step) - moved(-step)) / (2.0 * step);
            assert!(
                (g - expected).abs() <= 1e-5 * (1.0 + expected.abs()),
                "input {i}, element {at}: gradient {g}, difference {expected}"
            );
        }
    }
}
