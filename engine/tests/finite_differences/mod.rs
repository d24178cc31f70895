//! Gradients against finite differences, in double precision.

use forerun_engine::{Array, Device, GradReq, Result, Scope, ops};

const STEP: f64 = 1e-5;

/// Checks the gradient of `sum(f(x) * weights)` at an `x` of `shape`, with weights that differ from
/// element to element.
pub(crate) fn check_gradient(shape: &[usize], f: impl Fn(&Array) -> Result<Array>) {
    let start: Vec<f64> = (0..shape.iter().product())
        .map(|i| ((i * 37 % 11) as f64 - 4.3) * 0.31 + i as f64 * 0.01)
        .collect();
    let at = |elements: &[f64]| Array::from_elements(elements, shape, Device::default()).unwrap();
    let loss = |x: &Array| {
        let y = f(x).unwrap();
        let weights: Vec<f64> = (0..y.size()).map(|i| 0.5 + (i * 7 % 5) as f64).collect();
        let weights = Array::from_elements(&weights, y.shape().clone(), y.device()).unwrap();
        ops::sum(&(&y * &weights), ops::Axes::ALL, false, None).unwrap()
    };
    let x = at(&start);
    x.attach_grad(GradReq::Write).unwrap();
    let y = {
        let _recording = Scope::record(true);
        loss(&x)
    };
    y.backward().unwrap();
    let gradient = x.grad().unwrap().to_vec::<f64>().unwrap();
    for i in 0..start.len() {
        let moved = |by: f64| {
            let mut elements = start.clone();
            elements[i] += by;
            loss(&at(&elements)).to_vec::<f64>().unwrap()[0]
        };
        let expected = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
        let error = (gradient[i] - expected).abs();
        assert!(
            error < 1e-5 * expected.abs().max(1.0),
            "element {i}: {} instead of {expected}",
            gradient[i]
        );
    }
}
