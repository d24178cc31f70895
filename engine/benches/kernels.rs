//! Large ops of each family through the engine, on all its workers.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use forerun_engine::{Array, DType, ops, runtime};

criterion_group!(benches, elementwise, reductions, products, sorting);
criterion_main!(benches);

/// Elements of a large array: more than the caches hold.
const SIZE: usize = 8 << 20;
const BYTES: usize = SIZE * size_of::<f32>();

/// Times an op whose result is waited for.
fn each(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, op: impl Fn() -> Array) {
    group.bench_function(name, |bencher| {
        bencher.iter(|| op().wait().expect("nothing fails"));
    });
}

fn elementwise(criterion: &mut Criterion) {
    let (x, y) = (drawn(&[SIZE]), drawn(&[SIZE]));
    let mut group = criterion.benchmark_group("elementwise, 8 Mi float32");
    // Two arrays read, one written.
    group.throughput(Throughput::Bytes(3 * BYTES as u64));
    each(&mut group, "x * y + 2", || &x * &y + 2.0);
    each(&mut group, "ten times z = z * 1.01 + y", || {
        (0..10).fold(x.clone(), |z, _| z * 1.01 + &y)
    });
    each(&mut group, "x where x > y", || {
        ops::where_(&ops::greater(&x, &y).expect("floats"), &x, 0.0).expect("floats")
    });
    group.throughput(Throughput::Bytes(2 * BYTES as u64));
    each(&mut group, "tanh", || ops::tanh(&x).expect("floats"));
    each(&mut group, "exp", || ops::exp(&x).expect("floats"));
}

fn reductions(criterion: &mut Criterion) {
    let x = drawn(&[SIZE / 2048, 2048]);
    let mut group = criterion.benchmark_group("reductions, 4096 x 2048 float32");
    group.throughput(Throughput::Bytes(BYTES as u64));
    for (name, axes) in [("all", &[0, 1][..]), ("first", &[0]), ("last", &[1])] {
        each(&mut group, &format!("sum, {name}"), || {
            ops::sum(&x, axes, false, None).expect("floats")
        });
        each(&mut group, &format!("max, {name}"), || {
            ops::max(&x, axes, false).expect("floats")
        });
    }
    each(&mut group, "softmax", || {
        ops::softmax(&x, Some(1), None).expect("floats")
    });
}

fn products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("products, float32");
    for n in [64, 256, 1024] {
        let (a, b) = (drawn(&[n, n]), drawn(&[n, n]));
        group.throughput(Throughput::Elements(2 * (n * n * n) as u64));
        each(&mut group, &format!("{n} x {n}"), || {
            ops::matmul(&a, &b).expect("they fit")
        });
        each(&mut group, &format!("{n} x {n}, first transposed"), || {
            let a = a.transpose(None).expect("a matrix");
            ops::matmul(&a, &b).expect("they fit")
        });
    }
}

fn sorting(criterion: &mut Criterion) {
    let x = drawn(&[1 << 20]);
    let mut group = criterion.benchmark_group("sorting, 1 Mi float32");
    group.throughput(Throughput::Elements(x.size() as u64));
    each(&mut group, "sort", || ops::sort(&x, None).expect("an axis"));
    each(&mut group, "argsort", || {
        ops::argsort(&x, None, false).expect("an axis")
    });
}

/// Normal numbers.
fn drawn(shape: &[usize]) -> Array {
    let x = ops::random::normal(None, None, Some(shape.into()), Some(DType::F32), None);
    runtime::wait_all().expect("nothing fails");
    x.expect("a shape")
}
