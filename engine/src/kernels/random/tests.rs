use super::*;
use crate::kernels::{InOrder, Tiles};

const KEY: Key = Key {
    seed: 0x1234_5678_9abc_def0,
    stream: 7,
};
const N: usize = 100_000;

/// Runs the tiles from the last to the first.
struct Backwards;

impl Tiles for Backwards {
    fn run(&self, n: usize, tile: &(dyn Fn(usize) + Sync)) {
        (0..n).rev().for_each(tile);
    }
}

/// The largest distance between the empirical distribution of `x` and `cdf`, times sqrt(n):
/// above 1.95 with probability 0.001.
fn kolmogorov(x: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let mut x = x.to_vec();
    x.sort_unstable_by(f64::total_cmp);
    let n = x.len() as f64;
    let distance = |(i, &x): (usize, &f64)| {
        let at = cdf(x);
        (at - i as f64 / n)
            .abs()
            .max((at - (i + 1) as f64 / n).abs())
    };
    x.iter().enumerate().map(distance).fold(0.0, f64::max) * n.sqrt()
}

/// The normal distribution function, by Simpson's rule on its density.
fn normal_cdf(x: f64) -> f64 {
    let steps = 200;
    let h = x / steps as f64;
    let density = |t: f64| (-0.5 * t * t).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let sum: f64 = (0..steps)
        .map(|i| {
            let t = i as f64 * h;
            density(t) + 4.0 * density(t + 0.5 * h) + density(t + h)
        })
        .sum();
    0.5 + sum * h / 6.0
}

fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (mean, x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n)
}

fn widen(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&x| f64::from(x)).collect()
}

fn made<T: Clone + Default>(n: usize, fill: impl Fn(&mut [T])) -> Vec<T> {
    let mut out = vec![T::default(); n];
    fill(&mut out);
    out
}

#[test]
fn philox_gives_the_known_answers() {
    let cases = [
        (
            [0; 4],
            [0; 2],
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
        ),
        (
            [!0; 4],
            [!0; 2],
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
        ),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];
    for (counter, key, answer) in cases {
        assert_eq!(philox(counter, key), answer);
    }
}

#[test]
fn wide_words_are_those_of_single_blocks() {
    use super::fill::Raw64;
    let words = made(100, |out| super::wide::fill_from(KEY, 3200, Raw64, out));
    for (i, &word) in words.iter().enumerate() {
        let (group, slot) = ((3200 + i) / 32, i % 32);
        let block = KEY.block((group * 16 + slot % 16) as u64, 0);
        let half = 2 * (slot / 16);
        assert_eq!(
            word,
            u64::from(block[half]) | u64::from(block[half + 1]) << 32
        );
    }
}

#[test]
fn an_element_depends_on_its_position_alone() {
    let n = 3 * (1 << 16) + 17;
    macro_rules! check {
        ($fill:expr) => {{
            let fill = $fill;
            let one = made(n, |out| fill(&InOrder as &dyn Tiles, out));
            let other = made(n, |out| fill(&Backwards as &dyn Tiles, out));
            assert!(one == other);
            let short = made(1003, |out| fill(&InOrder as &dyn Tiles, out));
            assert!(one[..1003] == short);
        }};
    }
    check!(|t: &dyn Tiles, out: &mut [f32]| uniform(t, KEY, -1.0, 3.0, out));
    check!(|t: &dyn Tiles, out: &mut [f64]| uniform(t, KEY, -1.0, 3.0, out));
    check!(|t: &dyn Tiles, out: &mut [f32]| normal(t, KEY, -1.0, 3.0, out));
    check!(|t: &dyn Tiles, out: &mut [f64]| normal(t, KEY, -1.0, 3.0, out));
    check!(|t: &dyn Tiles, out: &mut [f32]| exponential(t, KEY, 3.0, out));
    check!(|t: &dyn Tiles, out: &mut [i64]| integers(t, KEY, 0, i64::MAX / 2 + 9, out));
    check!(|t: &dyn Tiles, out: &mut [bool]| bernoulli(t, KEY, 0.3, out));
    check!(|t: &dyn Tiles, out: &mut [f64]| gamma(t, KEY, Param::All(0.4), out));
    check!(|t: &dyn Tiles, out: &mut [f64]| beta(t, KEY, Param::All(0.4), Param::All(2.0), out));
}

#[test]
fn every_cpu_gets_the_same_normal_numbers() {
    let words = made(64, |out: &mut [f64]| normal(&InOrder, KEY, 0.0, 1.0, out));
    for (i, x) in words.iter().enumerate() {
        let [a, b, c, d] = KEY.block((i / 32 * 16 + i % 16) as u64, 0);
        let join = |low, high| u64::from(low) | u64::from(high) << 32;
        let (sin, cos) = super::fill::normal_pair(join(a, b), join(c, d));
        assert_eq!(*x, if i % 32 < 16 { cos } else { sin });
    }
}

#[test]
fn keys_give_independent_numbers() {
    let streams: Vec<Vec<f64>> = [(1, 1), (1, 2), (2, 1)]
        .map(|(seed, stream)| {
            made(N, |out| {
                normal(&InOrder, Key { seed, stream }, 0.0, 1.0, out)
            })
        })
        .to_vec();
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        let products: f64 = streams[i].iter().zip(&streams[j]).map(|(a, b)| a * b).sum();
        assert!((products / N as f64).abs() < 0.015, "{i} {j} {products}");
    }
}

#[test]
fn uniform_numbers_are_uniform_and_below_high() {
    let x = made(N, |out: &mut [f32]| uniform(&InOrder, KEY, -2.0, 3.0, out));
    assert!(x.iter().all(|x| (-2.0..3.0).contains(x)));
    assert!(kolmogorov(&widen(&x), |x| (x + 2.0) / 5.0) < 1.95);
    let x = made(N, |out: &mut [f64]| uniform(&InOrder, KEY, -2.0, 3.0, out));
    assert!(x.iter().all(|x| (-2.0..3.0).contains(x)));
    assert!(kolmogorov(&x, |x| (x + 2.0) / 5.0) < 1.95);
    let narrow = made(N, |out: &mut [f32]| {
        uniform(&InOrder, KEY, 1.0, 1.0f32.next_up(), out)
    });
    assert!(narrow.iter().all(|&x| x == 1.0));
    let empty = made(9, |out: &mut [f32]| uniform(&InOrder, KEY, 1.0, 1.0, out));
    assert_eq!(empty, [1.0; 9]);
}

#[test]
fn normal_numbers_are_normal() {
    let check = |x: Vec<f64>| {
        let (mean, variance) = moments(&x);
        assert!((mean - 1.5).abs() < 0.02, "mean {mean}");
        assert!((variance - 4.0).abs() < 0.07, "variance {variance}");
        assert!(kolmogorov(&x, |x| normal_cdf((x - 1.5) / 2.0)) < 1.95);
        let fourth: f64 = x.iter().map(|x| ((x - 1.5) / 2.0).powi(4)).sum::<f64>() / N as f64;
        assert!((fourth - 3.0).abs() < 0.15, "fourth moment {fourth}");
    };
    check(widen(&made(N, |out: &mut [f32]| {
        normal(&InOrder, KEY, 1.5, 2.0, out)
    })));
    check(made(N, |out: &mut [f64]| {
        normal(&InOrder, KEY, 1.5, 2.0, out)
    }));
}

#[test]
fn neighbouring_normal_numbers_are_uncorrelated() {
    let x = made(N, |out: &mut [f64]| normal(&InOrder, KEY, 0.0, 1.0, out));
    for lag in [1, 2, 16, 32, 64] {
        let sum: f64 = x.iter().zip(&x[lag..]).map(|(a, b)| a * b).sum();
        assert!((sum / N as f64).abs() < 0.015, "lag {lag}: {sum}");
    }
}

#[test]
fn exponential_numbers_are_exponential() {
    let cdf = |x: f64| 1.0 - (-x / 2.0).exp();
    let x = widen(&made(N, |out: &mut [f32]| {
        exponential(&InOrder, KEY, 2.0, out)
    }));
    assert!(kolmogorov(&x, cdf) < 1.95);
    let x = made(N, |out: &mut [f64]| exponential(&InOrder, KEY, 2.0, out));
    assert!(kolmogorov(&x, cdf) < 1.95);
}

#[test]
fn integers_fill_their_range_evenly() {
    let x = made(N, |out| integers(&InOrder, KEY, -3, 4, out));
    let mut counts = [0f64; 7];
    x.iter().for_each(|x| counts[(x + 3) as usize] += 1.0);
    let expected = N as f64 / 7.0;
    let chi2: f64 = counts
        .iter()
        .map(|c| (c - expected).powi(2) / expected)
        .sum();
    assert!(chi2 < 22.5, "{chi2}");
    let x = made(N, |out| integers(&InOrder, KEY, i64::MIN, i64::MAX, out));
    let scaled: Vec<f64> = x.iter().map(|&x| x as f64 / 2f64.powi(64) + 0.5).collect();
    assert!(kolmogorov(&scaled, |x| x) < 1.95);
}

#[test]
fn masks_are_true_as_often_as_asked() {
    for p in [0.0, 1e-3, 0.25, 0.5, 0.9, 1.0] {
        let mask = made(N, |out| bernoulli(&InOrder, KEY, p, out));
        let share = mask.iter().filter(|&&x| x).count() as f64 / N as f64;
        assert!(
            (share - p).abs() <= 4.0 * (p * (1.0 - p) / N as f64).sqrt(),
            "{p}: {share}"
        );
    }
}

#[test]
fn gamma_and_beta_numbers_have_their_moments() {
    for shape in [0.05, 0.7, 1.0, 2.5, 40.0] {
        let x = made(N, |out| gamma(&InOrder, KEY, Param::All(shape), out));
        let (mean, variance) = moments(&x);
        assert!(
            (mean / shape - 1.0).abs() < 5.0 / (shape * N as f64).sqrt(),
            "{shape}: {mean}"
        );
        assert!(
            (variance / shape - 1.0).abs() < 0.1 + 0.1 / shape.sqrt(),
            "{shape}: {variance}"
        );
    }
    for (a, b) in [(0.01, 0.02), (0.5, 0.5), (2.0, 5.0)] {
        let x = made(N, |out| {
            beta(&InOrder, KEY, Param::All(a), Param::All(b), out)
        });
        let (mean, variance) = moments(&x);
        let exact: f64 = a * b / ((a + b).powi(2) * (a + b + 1.0));
        assert!(
            (mean - a / (a + b)).abs() < 5.0 * (exact / N as f64).sqrt(),
            "{a} {b}: {mean}"
        );
        assert!((variance / exact - 1.0).abs() < 0.05, "{a} {b}: {variance}");
    }
    // Of shape 1 they are exponential, of shapes 1 and 1 uniform.
    let x = made(N, |out| gamma(&InOrder, KEY, Param::All(1.0), out));
    assert!(kolmogorov(&x, |x| 1.0 - (-x).exp()) < 1.95);
    let x = made(N, |out| {
        beta(&InOrder, KEY, Param::All(1.0), Param::All(1.0), out)
    });
    assert!(kolmogorov(&x, |x| x) < 1.95);
    let each = made(3, |out| {
        gamma(&InOrder, KEY, Param::Each(&[-1.0, 0.0, 2.0]), out)
    });
    assert!(each[0].is_nan() && each[1] == 0.0 && each[2] > 0.0);
}

#[test]
fn a_permutation_holds_every_number_once() {
    for n in [0, 1, 2, 1000, 70_000] {
        let mut x = made(n, |out| permutation(&InOrder, KEY, out));
        assert!(n < 1000 || !x.is_sorted());
        x.sort_unstable();
        assert!(x.iter().copied().eq(0..n as i64));
    }
    let mut counts = [0; 6];
    for stream in 0..6000 {
        let x = made(3, |out| permutation(&InOrder, Key { seed: 1, stream }, out));
        counts[(2 * x[0] + i64::from(x[1] > x[2])) as usize] += 1;
    }
    assert!(
        counts.iter().all(|&c: &i32| (c - 1000).abs() < 130),
        "{counts:?}"
    );
}

#[test]
fn a_choice_without_replacement_repeats_nothing() {
    let mut x = made(500, |out| choice(KEY, 700, None, out));
    x.sort_unstable();
    x.dedup();
    assert!(x.len() == 500 && x[0] >= 0 && x[499] < 700);
    let mut whole = made(700, |out| choice(KEY, 700, None, out));
    whole.sort_unstable();
    assert!(whole.into_iter().eq(0..700));
    let weights = [0.0, 1.0, 3.0, 0.0, 4.0];
    let mut firsts = [0; 5];
    for stream in 0..8000 {
        let x = made(3, |out| {
            choice(Key { seed: 2, stream }, 5, Some(&weights), out)
        });
        assert!(x.iter().all(|&i| weights[i as usize] > 0.0));
        assert!(x[0] != x[1] && x[1] != x[2] && x[0] != x[2]);
        firsts[x[0] as usize] += 1;
    }
    for (count, weight) in firsts.iter().zip(weights) {
        assert!(
            (f64::from(*count) - 1000.0 * weight).abs() < 200.0,
            "{firsts:?}"
        );
    }
}

#[test]
fn draws_follow_their_weights() {
    let weights = [1.0, 0.0, 3.0, 0.0, 2.0, 2.0];
    let x = made(N, |out| categorical(&InOrder, KEY, &weights, 3, out));
    for (row, draws) in x.chunks(N / 2).enumerate() {
        let weights = &weights[3 * row..][..3];
        for (i, weight) in weights.iter().enumerate() {
            let share =
                draws.iter().filter(|&&x| x == i as i64).count() as f64 / draws.len() as f64;
            assert!((share - weight / 4.0).abs() < 0.01, "{row} {i} {share}");
        }
    }
    let counts = made(3 * 400, |out| {
        multinomial(&InOrder, KEY, 1000, &[2.0, 0.0, 6.0], out)
    });
    let mut total = 0;
    for row in counts.chunks(3) {
        assert_eq!(row.iter().sum::<i64>(), 1000);
        assert_eq!(row[1], 0);
        total += row[0];
    }
    assert!((total - 100_000).abs() < 1500, "{total}");
}
