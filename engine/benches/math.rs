//! Time per element of each scalar function, in blocks that stay in the cache, on one thread.
//!
//! `FORERUN_SIMD=avx2 cargo bench --bench math [-- NAME]` shows a lower level, or some functions.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use forerun_engine::kernels::math::Real;
use forerun_engine::kernels::simd::{Kernel, Level, version};

const BLOCK: usize = 2048;

macro_rules! functions {
    ($($name:ident = |$x:ident, $y:ident| $body:expr;)*) => {
        $(
            #[allow(non_camel_case_types, reason = "named as its function")]
            struct $name<T>(T);

            impl<T: Real> Kernel for $name<T> {
                type Args<'a> = (&'a [T], &'a [T], &'a mut [T]);
                type Out = ();

                #[inline(always)]
                fn body((x, y, out): (&[T], &[T], &mut [T])) {
                    map(x, y, out, #[inline(always)] |$x, $y| $body);
                }
            }
        )*

        /// Every function with its name.
        fn functions<T: Real>() -> Vec<(&'static str, Binary<T>)> {
            vec![$((stringify!($name), version::<$name<T>>() as Binary<T>)),*]
        }
    };
}

type Binary<T> = for<'a> fn((&'a [T], &'a [T], &'a mut [T]));

#[inline(always)]
fn map<T: Real>(x: &[T], y: &[T], out: &mut [T], f: impl Fn(T, T) -> T) {
    for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
        *out = f(x, y);
    }
}

functions! {
    copy = |x, _y| x;
    add = |x, y| x + y;
    exp = |x, _y| x.exp();
    expm1 = |x, _y| x.expm1();
    exp2 = |x, _y| x.exp2();
    log = |_x, y| y.log();
    log1p = |_x, y| y.log1p();
    log2 = |_x, y| y.log2();
    log10 = |_x, y| y.log10();
    tanh = |x, _y| x.tanh();
    sinh = |x, _y| x.sinh();
    cosh = |x, _y| x.cosh();
    sigmoid = |x, _y| x.sigmoid();
    softplus = |x, _y| x.softplus();
    sqrt = |_x, y| y.sqrt();
    rsqrt = |_x, y| y.rsqrt();
    cbrt = |x, _y| x.cbrt();
    sin = |x, _y| x.sin();
    cos = |x, _y| x.cos();
    tan = |x, _y| x.tan();
    asin = |x, _y| (x * T::of(0.125)).asin();
    acos = |x, _y| (x * T::of(0.125)).acos();
    atan = |x, _y| x.atan();
    atan2 = |x, y| x.atan2(y);
    asinh = |x, _y| x.asinh();
    acosh = |_x, y| (y + T::ONE).acosh();
    atanh = |x, _y| (x * T::of(0.125)).atanh();
    pow = |x, y| y.pow(x);
    hypot = |x, y| x.hypot(y);
    erf = |x, _y| x.erf();
    erfinv = |x, _y| (x * T::of(0.125)).erfinv();
    gammaln = |_x, y| y.gammaln();
    rint = |x, _y| x.rint();
    sign = |x, _y| x.sign();
    maximum = |x, y| x.maximum(y);
    fmod = |x, y| x.fmod(y);
    modulo = |x, y| x.modulo(y);
    floor_divide = |x, y| x.floor_divide(y);
}

criterion_group!(benches, all);
criterion_main!(benches);

fn all(criterion: &mut Criterion) {
    of_type::<f32>(criterion, "f32");
    of_type::<f64>(criterion, "f64");
}

fn of_type<T: Real>(criterion: &mut Criterion, dtype: &str) {
    // From -8 to 8, and from 0 to 8, in an order that no predictor learns.
    let spread = |i: usize, by: usize| (i * by % BLOCK) as f64 / BLOCK as f64;
    let x: Vec<T> = (0..BLOCK)
        .map(|i| T::of(16.0 * spread(i, 797) - 8.0))
        .collect();
    let y: Vec<T> = (0..BLOCK)
        .map(|i| T::of(8.0 * spread(i, 331) + 1e-3))
        .collect();
    let mut out = vec![T::ZERO; BLOCK];
    let mut group = criterion.benchmark_group(format!("{dtype}, {}", Level::current().name()));
    group.throughput(Throughput::Elements(BLOCK as u64));
    for (name, function) in functions::<T>() {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                function((black_box(&x), black_box(&y), &mut out));
                black_box(&mut out);
            });
        });
    }
}
