//! What a small op costs on its way: issued, planned, run, and waited for one by one.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use forerun_engine::profile::{Figures, figures, set_timing};
use forerun_engine::{Array, runtime};

/// Ops that are issued before they are waited for: several batches, little memory.
const LENGTH: u64 = 10_000;

criterion_group!(benches, small_ops);
criterion_main!(benches);

fn small_ops(criterion: &mut Criterion) {
    let x = Array::from_elements(&[1.0f32, 2.0], [1, 2], Default::default()).expect("memory");
    let mut group = criterion.benchmark_group("x + 1 on (1, 2)");
    group.bench_function("issue", |bencher| {
        bencher.iter_custom(|n| in_lengths(n, |n| issued(&x, n).0));
    });
    group.bench_function("issue and run", |bencher| {
        bencher.iter_custom(|n| {
            in_lengths(n, |n| {
                let start = Instant::now();
                let _kept = issued(&x, n);
                runtime::wait_all().expect("nothing fails");
                start.elapsed()
            })
        });
    });
    group.bench_function("plan", |bencher| {
        bencher.iter_custom(|n| in_lengths(n, |n| measured(&x, n, |figures| figures.planning)));
    });
    group.bench_function("run", |bencher| {
        bencher.iter_custom(|n| in_lengths(n, |n| measured(&x, n, |figures| figures.computing)));
    });
    group.bench_function("chain, one wait", |bencher| {
        bencher.iter_custom(|n| {
            let start = Instant::now();
            let y = (0..n).fold(x.clone(), |y, _| &y + 1.0);
            y.wait().expect("nothing fails");
            start.elapsed()
        });
    });
    group.bench_function("wait for each", |bencher| {
        bencher.iter(|| {
            let y = black_box(&x) + 1.0;
            y.wait().expect("nothing fails");
            y
        });
    });
}

/// The time that `run` gives for `n` ops in all, a length at a time; each ends at rest.
fn in_lengths(n: u64, run: impl Fn(u64) -> Duration) -> Duration {
    let lengths = (0..n).step_by(LENGTH as usize);
    let each = lengths.map(|done| {
        let time = run(LENGTH.min(n - done));
        runtime::wait_all().expect("nothing fails");
        time
    });
    each.sum()
}

/// The time of issuing `n` ops, and their results.
fn issued(x: &Array, n: u64) -> (Duration, Vec<Array>) {
    let mut kept = Vec::with_capacity(n as usize);
    let start = Instant::now();
    kept.extend((0..n).map(|_| black_box(x) + 1.0));
    (start.elapsed(), kept)
}

/// One of the engine's own figures of issuing and running `n` ops.
fn measured(x: &Array, n: u64, figure: impl Fn(Figures) -> Duration) -> Duration {
    set_timing(true);
    let before = figure(figures());
    let _kept = issued(x, n);
    runtime::wait_all().expect("nothing fails");
    set_timing(false);
    figure(figures()) - before
}
