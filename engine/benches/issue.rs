//! What an op costs on its way: issued only, issued and run, and waited for one by one.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use forerun_engine::{Array, runtime};

fn main() {
    let x = Array::from_elements(&[1.0f32, 2.0], [1, 2], Default::default()).expect("memory");
    let n = 100_000;
    report("issue x + 1, results kept (issuing only)", n, || {
        let mut kept = Vec::with_capacity(n);
        let start = Instant::now();
        for _ in 0..n {
            kept.push(&x + 1.0);
        }
        let issued = start.elapsed();
        runtime::wait_all().expect("nothing fails");
        issued
    });
    report("x + 1, results kept, one wait at the end", n, || {
        let mut kept = Vec::with_capacity(n);
        let start = Instant::now();
        for _ in 0..n {
            kept.push(&x + 1.0);
        }
        runtime::wait_all().expect("nothing fails");
        start.elapsed()
    });
    report("chain y = y + 1, one wait at the end", n, || {
        let start = Instant::now();
        let mut y = &x + 1.0;
        for _ in 1..n {
            y = &y + 1.0;
        }
        y.wait().expect("nothing fails");
        start.elapsed()
    });
    report("y = x + 1; y.wait() each time", n, || {
        let start = Instant::now();
        for _ in 0..n {
            let y = &x + 1.0;
            y.wait().expect("nothing fails");
            black_box(y);
        }
        start.elapsed()
    });
}

/// Prints the median of five rounds, in nanoseconds an op.
fn report(name: &str, n: usize, mut round: impl FnMut() -> Duration) {
    let mut times: Vec<f64> = (0..5)
        .map(|_| round().as_nanos() as f64 / n as f64)
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:45} {:7.0} ns", times[2]);
}
