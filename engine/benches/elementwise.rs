//! Large element-wise ops, alone and fused, and the cost of tiny ones.

#![expect(clippy::print_stdout, reason = "a bench reports on the terminal")]

use std::time::{Duration, Instant};

use forerun_engine::{Array, DType, Device, ops, runtime};

const SIZE: usize = 8 << 20;
const ROUNDS: usize = 12;

fn main() {
    let fill =
        |value: f64| ops::full([SIZE], value, DType::F32, Device::default()).expect("memory");
    let (x, y) = (fill(0.7), fill(0.3));
    runtime::wait_all().expect("nothing failed");
    large("x * y + 2", 3, || &x * &y + 2.0);
    large("x + y", 3, || &x + &y);
    large("ten times z = z * 1.01 + y", 3, || {
        (0..10).fold(x.clone(), |z, _| z * 1.01 + &y)
    });
    large("tanh", 2, || ops::tanh(&x).expect("floats"));
    large("exp", 2, || ops::exp(&x).expect("floats"));
    large("x > y, where", 3, || {
        ops::where_(&ops::greater(&x, &y).expect("floats"), &x, 0.0).expect("floats")
    });
    tiny();
}

/// The shortest time of an op that moves `streams` times the array through memory.
fn large(name: &str, streams: usize, op: impl Fn() -> Array) {
    let best = (0..ROUNDS)
        .map(|_| timed(|| op().wait().expect("nothing failed")))
        .min();
    let best = best.expect("there are rounds");
    let bytes = (streams * SIZE * size_of::<f32>()) as f64;
    let rate = bytes / best.as_secs_f64() / 1e9;
    println!(
        "{name:28} {:7.2} ms {rate:7.1} GB/s",
        best.as_secs_f64() * 1e3
    );
}

fn timed(body: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    body();
    begun.elapsed()
}

fn tiny() {
    const N: usize = 100_000;
    let x = Array::from_slice(&[1.0f32, 2.0]);
    let per_op = |time: Duration| time.as_nanos() / N as u128;
    let (mut waited, mut issued, mut done) = (u128::MAX, u128::MAX, u128::MAX);
    for _ in 0..5 {
        let time = timed(|| (0..N).for_each(|_| (&x + 1.0).wait().expect("nothing failed")));
        waited = waited.min(per_op(time));
        let mut kept = Vec::with_capacity(N);
        let time = timed(|| (0..N).for_each(|_| kept.push(&x + 1.0)));
        issued = issued.min(per_op(time));
        let rest = timed(|| runtime::wait_all().expect("nothing failed"));
        done = done.min(per_op(time + rest));
    }
    println!("tiny op, waited for each time {waited} ns");
    println!("tiny op, issued only          {issued} ns");
    println!("tiny op, issued and all done  {done} ns");
}
