//! Random arrays: each op gets a stream of its own as it is issued, so that what it draws depends
//! on the seed and on the order of issuing alone.

use std::sync::Arc;

use ndarray::{ArrayViewD, IxDyn};
use parking_lot::Mutex;
use smallvec::SmallVec;

use super::binary::{add, less, multiply, subtract, true_divide};
use super::create::astype;
use super::element::broadcast;
use super::index::take;
use super::operand::Arg;
use super::registry::{Entry, entries};
use super::sort::argsort;
use super::unary::{exp, log};
use super::write::write;
use crate::array::{
    Array, Backward, Gradient, Grads, Operand, Output, Rule, Scope, issue, script, update,
};
use crate::dispatch;
use crate::dtype::{DType, default_float};
use crate::error::{Error, Result};
use crate::graph::{Kernel, Op, Redraw, Run, TensorMut, TensorRef};
use crate::kernels::copy::copy_to_slice;
use crate::kernels::random::{self, Key, Param};
use crate::kernels::{Tiles, index};
use crate::memory::{Device, Scratch};
use crate::shape::{Layout, Shape};

/// The ops of this family.
pub(super) static ENTRIES: &[Entry] = entries![
    "random_seed" => seed_for: (seed, device),
    "random_uniform" => uniform: (low, high, shape, dtype, device),
    "random_normal" => normal: (loc, scale, shape, dtype, device),
    "random_lognormal" => lognormal: (mean, sigma, shape, dtype, device),
    "random_exponential" => exponential: (scale, shape, dtype, device),
    "random_laplace" => laplace: (loc, scale, shape, dtype, device),
    "random_gumbel" => gumbel: (loc, scale, shape, dtype, device),
    "random_logistic" => logistic: (loc, scale, shape, dtype, device),
    "random_rayleigh" => rayleigh: (scale, shape, dtype, device),
    "random_weibull" => weibull: (a, shape, dtype, device),
    "random_pareto" => pareto: (a, shape, dtype, device),
    "random_power" => power: (a, shape, dtype, device),
    "random_gamma" => gamma: (k, scale, shape, dtype, device),
    "random_chisquare" => chisquare: (df, shape, dtype, device),
    "random_f" => f: (dfnum, dfden, shape, dtype, device),
    "random_beta" => beta: (a, b, shape, dtype, device),
    "random_bernoulli" => bernoulli: (p, shape, dtype, device),
    "random_integers" => integers: (low, high, shape, dtype, device),
    "random_poisson" => poisson: (lam, shape, dtype, device),
    "random_binomial" => binomial: (n, p, shape, dtype, device),
    "random_geometric" => geometric: (p, shape, dtype, device),
    "random_permutation" => permutation: (n, device),
    "random_permuted" => permuted: (x),
    "random_shuffle" => shuffle: (x),
    "random_choice" => choice: (n, shape, replace, p, device),
    "random_multinomial" => multinomial: (n, pvals, shape),
    "random_categorical" => categorical: (weights, n_draws),
];

/// Elements from which drawing them is worth handing over at once.
const HEAVY: usize = 1 << 18;

/// The seed of a device, and how many streams of it are taken.
#[derive(Clone, Copy)]
struct Source {
    seed: u64,
    n_taken: u64,
}

static SOURCES: Mutex<[Source; Device::MAX]> = Mutex::new(
    [Source {
        seed: 0,
        n_taken: 0,
    }; Device::MAX],
);

/// Starts the random numbers of every device anew from `seed`. A program that never calls it starts
/// from 0, as in MXNet.
pub fn seed(seed: u64) {
    script::refuse();
    *SOURCES.lock() = [Source { seed, n_taken: 0 }; Device::MAX];
}

/// Starts the random numbers of one device, or of all, anew from `number`.
fn seed_for(number: u64, device: Option<Device>) -> Result<()> {
    match device {
        None => seed(number),
        Some(device) => {
            script::refuse();
            SOURCES.lock()[device.id()] = Source {
                seed: number,
                n_taken: 0,
            }
        }
    }
    Ok(())
}

/// The key of the next random op on `device`: the seed, and a stream that no other op gets. Devices
/// with the same seed have different streams.
pub fn next_key(device: Device) -> Key {
    let source = &mut SOURCES.lock()[device.id()];
    let stream = source.n_taken | (device.id() as u64) << STREAM_BITS;
    source.n_taken += 1;
    Key {
        seed: source.seed,
        stream,
    }
}

/// The key of the next op where `key` was that of the last.
pub(super) fn key_after(key: Key) -> Key {
    let device = Device::cpu((key.stream >> STREAM_BITS) as usize);
    next_key(device.unwrap_or_default())
}

/// Bits of a stream below the number of its device.
const STREAM_BITS: u32 = 56;

/// A draw: what is drawn, and from which stream.
#[derive(Clone)]
struct Draw {
    key: Key,
    what: What,
    /// Of a distribution whose parameters may differ by element: the numbers among them, with `None`
    /// for each that is an input.
    params: SmallVec<[Option<f64>; 2]>,
    size: usize,
}

#[derive(Clone, Copy)]
enum What {
    Uniform {
        low: f64,
        high: f64,
    },
    Normal {
        loc: f64,
        scale: f64,
    },
    Exponential,
    Bernoulli {
        p: f64,
    },
    Integers {
        low: i64,
        high: i64,
    },
    /// Its parameters are in [`Draw::params`]; so for the next three.
    Gamma,
    Beta,
    Poisson,
    Binomial,
    Permutation,
    Choice {
        n: usize,
    },
    Weighted,
    Categorical,
    Multinomial {
        n: usize,
    },
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Uniform { .. } => "random_uniform",
            What::Normal { .. } => "random_normal",
            What::Exponential => "random_exponential",
            What::Bernoulli { .. } => "random_bernoulli",
            What::Integers { .. } => "random_integers",
            What::Gamma => "random_gamma",
            What::Beta => "random_beta",
            What::Poisson => "random_poisson",
            What::Binomial => "random_binomial",
            What::Permutation => "random_permutation",
            What::Choice { .. } | What::Weighted => "random_choice",
            What::Categorical => "random_categorical",
            What::Multinomial { .. } => "random_multinomial",
        }
    }
}

impl Kernel for Draw {
    fn name(&self) -> &'static str {
        self.what.name()
    }

    fn is_heavy(&self) -> bool {
        let per_element = match self.what {
            What::Multinomial { n } => n,
            _ => 1,
        };
        self.size.saturating_mul(per_element) >= HEAVY
    }

    fn redraw(&self) -> Option<Redraw> {
        let draw = self.clone();
        Some(Box::new(move || {
            let key = key_after(draw.key);
            Arc::new(Draw {
                key,
                ..draw.clone()
            })
        }))
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let out = &mut cx.outputs[0];
        match (self.what, out.dtype) {
            (What::Bernoulli { p }, _) => random::bernoulli(cx.tiles, self.key, p, out.slice()),
            (_, DType::F32) => self.draw_floats::<f32>(cx.tiles, out),
            (_, DType::F64) if self.params.is_empty() => self.draw_floats::<f64>(cx.tiles, out),
            (_, DType::F64) => self.draw_shaped(cx.tiles, cx.inputs, out.slice()),
            _ => return self.draw_integers(cx.tiles, cx.inputs, out.slice()),
        }
        Ok(())
    }
}

impl Draw {
    /// Queues it.
    fn issue(self, inputs: &[&Array], output: Output, device: Device) -> Result<Array> {
        let op = Op::Kernel(Arc::new(self));
        let inputs: SmallVec<[Operand<'_>; 2]> =
            inputs.iter().copied().map(Operand::Array).collect();
        let arrays = issue(op, None, &inputs, Some(device), [output])?;
        Ok(arrays.into_iter().next().expect("one output was asked for"))
    }

    fn draw_floats<T>(&self, tiles: &dyn Tiles, out: &mut TensorMut)
    where
        T: random::Real + crate::Element + num_traits::FromPrimitive,
    {
        let number = |x: f64| T::from_f64(x).expect("every f64 has a nearest float");
        let out = out.slice::<T>();
        match self.what {
            What::Uniform { low, high } => {
                random::uniform(tiles, self.key, number(low), number(high), out);
            }
            What::Normal { loc, scale } => {
                random::normal(tiles, self.key, number(loc), number(scale), out);
            }
            What::Exponential => random::exponential(tiles, self.key, number(1.0), out),
            _ => unreachable!("other numbers are not drawn as floats without inputs"),
        }
    }

    /// Draws whose parameters are numbers, or inputs with one for each element.
    fn draw_shaped(&self, tiles: &dyn Tiles, inputs: &[TensorRef<'_>], out: &mut [f64]) {
        let inputs: SmallVec<[Vec<f64>; 2]> = inputs.iter().map(elements).collect();
        let mut inputs = inputs.iter();
        let each = self.params.iter().map(|param| match *param {
            Some(number) => Param::All(number),
            None => Param::Each(inputs.next().expect("an input for each other parameter")),
        });
        let each: SmallVec<[Param<'_>; 2]> = each.collect();
        match self.what {
            What::Gamma => random::gamma(tiles, self.key, each[0], out),
            What::Beta => random::beta(tiles, self.key, each[0], each[1], out),
            What::Poisson => random::poisson(tiles, self.key, each[0], out),
            What::Binomial => random::binomial(tiles, self.key, each[0], each[1], out),
            _ => unreachable!("other numbers have no parameters by element"),
        }
    }

    fn draw_integers(
        &self,
        tiles: &dyn Tiles,
        inputs: &[TensorRef<'_>],
        out: &mut [i64],
    ) -> Result<()> {
        let name = self.what.name();
        match self.what {
            What::Integers { low, high } => random::integers(tiles, self.key, low, high, out),
            What::Permutation => random::permutation(tiles, self.key, out),
            What::Choice { n } => random::choice(self.key, n, None, out),
            What::Weighted => {
                let weights = weights(name, &inputs[0])?;
                let n_possible = weights.iter().filter(|&&p| p > 0.0).count();
                if n_possible < out.len() {
                    let fact = "fewer non-zero entries in p than size";
                    return Err(Error::argument(name, fact));
                }
                random::choice(self.key, weights.len(), Some(&weights), out);
            }
            What::Categorical => {
                let k = inputs[0].layout.shape.last().copied().unwrap_or(1);
                random::categorical(tiles, self.key, &weights(name, &inputs[0])?, k, out);
            }
            What::Multinomial { n } => {
                let mut pvals = weights(name, &inputs[0])?;
                settle_last(&mut pvals)?;
                random::multinomial(tiles, self.key, n, &pvals, out);
            }
            _ => unreachable!("other numbers are floats"),
        }
        Ok(())
    }
}

fn elements(x: &TensorRef<'_>) -> Vec<f64> {
    x.view::<f64>().iter().copied().collect()
}

/// Weights that draws can be made with: every row has a sum above 0.
fn weights(op: &'static str, x: &TensorRef<'_>) -> Result<Vec<f64>> {
    let weights = elements(x);
    if weights.iter().any(|&p| p < 0.0 || !p.is_finite()) {
        return Err(Error::argument(op, "probabilities are not non-negative"));
    }
    let k = x.layout.shape.last().copied().unwrap_or(1);
    match weights
        .chunks(k.max(1))
        .all(|row| row.iter().sum::<f64>() > 0.0)
    {
        true => Ok(weights),
        false => Err(Error::argument(op, "probabilities sum to 0")),
    }
}

/// Gives the last result what is left of 1, as NumPy does.
fn settle_last(pvals: &mut [f64]) -> Result<()> {
    let Some((last, others)) = pvals.split_last_mut() else {
        return Ok(());
    };
    let sum: f64 = others.iter().sum();
    // As far as sums of 32-bit floats can be off.
    if sum > 1.0 + 1e-6 || sum + *last > 1.0 + 1e-5 {
        return Err(Error::argument(
            "random_multinomial",
            "sum(pvals[:-1]) > 1.0",
        ));
    }
    *last = (1.0 - sum).max(0.0);
    Ok(())
}

/// Queues a draw.
fn draw(
    what: What,
    inputs: &[&Array],
    shape: Shape,
    dtype: DType,
    device: Device,
) -> Result<Array> {
    let draw = Draw {
        key: next_key(device),
        what,
        params: SmallVec::new(),
        size: shape.size(),
    };
    draw.issue(inputs, (shape, dtype), device)
}

/// Where and in which shape and dtype numbers are drawn.
struct Target {
    shape: Shape,
    /// What the caller asked for.
    dtype: DType,
    device: Device,
}

impl Target {
    /// Of an op on parameters, to whose common shape numbers are drawn unless `shape` is given.
    fn new(
        op: &'static str,
        params: &[Arg<'_>],
        shape: Option<Shape>,
        dtype: Option<DType>,
        device: Option<Device>,
    ) -> Result<Target> {
        let operands: SmallVec<[Operand<'_>; 2]> = params.iter().map(|param| param.0).collect();
        let common = broadcast(op, &operands)?;
        let shape = shape.unwrap_or_else(|| common.clone());
        if common.broadcast(&shape).as_ref() != Some(&shape) {
            return Err(Error::Broadcast {
                op,
                a: common,
                b: shape,
            });
        }
        let of_param = operands.iter().find_map(|operand| match operand {
            Operand::Array(array) => Some(array.device()),
            Operand::Scalar(_) => None,
        });
        let dtype = dtype.unwrap_or_else(default_float);
        let device = device.or(of_param).unwrap_or_default();
        Ok(Target {
            shape,
            dtype,
            device,
        })
    }

    /// Draws floats, half precision by way of single.
    fn floats(&self, what: What) -> Result<Array> {
        let compute = match self.dtype {
            DType::F64 => DType::F64,
            _ => DType::F32,
        };
        let drawn = draw(what, &[], self.shape.clone(), compute, self.device)?;
        self.cast(drawn)
    }

    /// Draws numbers whose parameters differ by element; no gradient flows to them.
    fn shaped(&self, what: What, params: &[Arg<'_>]) -> Result<Array> {
        let _paused = Scope::pause();
        let mut arrays: SmallVec<[Array; 2]> = SmallVec::new();
        for param in params {
            if let Operand::Array(array) = param.0 {
                arrays.push(astype(array, DType::F64)?.broadcast_to(self.shape.clone())?);
            }
        }
        let draw = Draw {
            key: next_key(self.device),
            what,
            params: params.iter().map(|&param| number(param)).collect(),
            size: self.shape.size(),
        };
        let inputs: SmallVec<[&Array; 2]> = arrays.iter().collect();
        let output = (self.shape.clone(), DType::F64);
        self.cast(draw.issue(&inputs, output, self.device)?)
    }

    fn cast(&self, x: Array) -> Result<Array> {
        match x.dtype() == self.dtype {
            true => Ok(x),
            false => astype(&x, self.dtype),
        }
    }
}

/// The number of a parameter that is one.
fn number(param: Arg<'_>) -> Option<f64> {
    match param.0 {
        Operand::Scalar(number) => Some(number.to_f64()),
        Operand::Array(_) => None,
    }
}

/// Refuses a parameter that is a number for which `fits` is false.
fn refuse_unless(
    op: &'static str,
    param: Arg<'_>,
    fits: impl Fn(f64) -> bool,
    fact: &'static str,
) -> Result<()> {
    match number(param) {
        Some(number) if !fits(number) => Err(Error::argument(op, fact)),
        _ => Ok(()),
    }
}

fn or_number<'a>(param: Option<Arg<'a>>, default: f64) -> Arg<'a> {
    param.unwrap_or(default.into())
}

/// Numbers from `low` (else 0) up to but without `high` (else 1), each equally likely.
///
/// # Errors
/// Parameters that do not broadcast to `shape`.
pub fn uniform(
    low: Option<Arg<'_>>,
    high: Option<Arg<'_>>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    let (low, high) = (or_number(low, 0.0), or_number(high, 1.0));
    let target = Target::new("random_uniform", &[low, high], shape, dtype, device)?;
    if let (Some(low), Some(high)) = (number(low), number(high)) {
        return target.floats(What::Uniform { low, high });
    }
    let unit = target.floats(What::Uniform {
        low: 0.0,
        high: 1.0,
    })?;
    let span = subtract(high, low)?;
    target.cast(add(low, &multiply(&span, &unit)?)?)
}

/// Normal numbers of mean `loc` (else 0) and standard deviation `scale` (else 1).
///
/// # Errors
/// A negative scale; parameters that do not broadcast to `shape`.
pub fn normal(
    loc: Option<Arg<'_>>,
    scale: Option<Arg<'_>>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    const OP: &str = "random_normal";
    let (loc, scale) = (or_number(loc, 0.0), or_number(scale, 1.0));
    refuse_unless(OP, scale, |scale| scale >= 0.0, "scale < 0")?;
    let target = Target::new(OP, &[loc, scale], shape, dtype, device)?;
    if let (Some(loc), Some(scale)) = (number(loc), number(scale)) {
        return target.floats(What::Normal { loc, scale });
    }
    let standard = target.floats(What::Normal {
        loc: 0.0,
        scale: 1.0,
    })?;
    placed(&target, loc, scale, &standard)
}

/// `loc + scale * standard`.
fn placed(target: &Target, loc: Arg<'_>, scale: Arg<'_>, standard: &Array) -> Result<Array> {
    target.cast(add(loc, &multiply(scale, standard)?)?)
}

/// Numbers whose logarithm is normal.
///
/// # Errors
/// As [`normal`].
pub fn lognormal(
    mean: Option<Arg<'_>>,
    sigma: Option<Arg<'_>>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    exp(&normal(mean, sigma, shape, dtype, device)?)
}

/// Ops that are functions of their parameters and of standard exponential numbers: name, text and
/// parameters with the default of each; the parameter that must be positive (or not negative) with
/// NumPy's text; the formula.
macro_rules! from_exponential {
    ($(
        $(#[$doc:meta])*
        $name:ident = $text:literal ($($param:ident or $default:expr),+)
            where $checked:ident $fits:tt 0, $fact:literal;
            |$target:ident, $draw:ident| $formula:expr
    )*) => { $(
        $(#[$doc])*
        ///
        /// # Errors
        /// A scale that is negative, or a shape that is not positive; parameters that do not
        /// broadcast to `shape`.
        pub fn $name(
            $($param: Option<Arg<'_>>,)+
            shape: Option<Shape>,
            dtype: Option<DType>,
            device: Option<Device>,
        ) -> Result<Array> {
            $(let $param = or_number($param, $default);)+
            refuse_unless($text, $checked, |x| x $fits 0.0, $fact)?;
            let $target = &Target::new($text, &[$($param),+], shape, dtype, device)?;
            let $draw = || $target.floats(What::Exponential);
            $target.cast($formula)
        }
    )* };
}

from_exponential! {
    /// Exponential numbers of mean `scale`, else 1.
    exponential = "random_exponential" (scale or 1.0) where scale >= 0, "scale < 0";
        |target, draw| match number(scale) {
            Some(1.0) => draw()?,
            _ => multiply(scale, &draw()?)?,
        }
    /// Numbers of the Laplace distribution: the difference of two exponential ones.
    laplace = "random_laplace" (loc or 0.0, scale or 1.0) where scale >= 0, "scale < 0";
        |target, draw| placed(target, loc, scale, &subtract(&draw()?, &draw()?)?)?
    /// Numbers of the Gumbel distribution.
    gumbel = "random_gumbel" (loc or 0.0, scale or 1.0) where scale >= 0, "scale < 0";
        |target, draw| placed(target, loc, scale, &-&log(&draw()?)?)?
    /// Numbers of the logistic distribution: the logarithm of a quotient of exponential ones.
    logistic = "random_logistic" (loc or 0.0, scale or 1.0) where scale >= 0, "scale < 0";
        |target, draw| {
            let standard = subtract(&log(&draw()?)?, &log(&draw()?)?)?;
            placed(target, loc, scale, &standard)?
        }
    /// Numbers of the Rayleigh distribution: the root of twice an exponential one.
    rayleigh = "random_rayleigh" (scale or 1.0) where scale >= 0, "scale < 0";
        |target, draw| {
            let root = exp(&multiply(&log(&multiply(&draw()?, 2.0)?)?, 0.5)?)?;
            multiply(scale, &root)?
        }
    /// Numbers of the Weibull distribution of shape `a`.
    weibull = "random_weibull" (a or 1.0) where a > 0, "a <= 0";
        |target, draw| exp(&true_divide(&log(&draw()?)?, a)?)?
    /// Numbers of the Pareto II (Lomax) distribution of shape `a`, as in NumPy.
    pareto = "random_pareto" (a or 1.0) where a > 0, "a <= 0";
        |target, draw| subtract(&exp(&true_divide(&draw()?, a)?)?, 1.0)?
    /// Numbers in (0, 1) whose density is the power `a - 1`.
    power = "random_power" (a or 1.0) where a > 0, "a <= 0";
        |target, draw| exp(&-&true_divide(&draw()?, a)?)?
}

/// Gamma numbers of shape `k` and scale `scale` (else 1). A gradient flows to the scale alone.
///
/// # Errors
/// A negative number as parameter; parameters that do not broadcast to `shape`.
pub fn gamma(
    k: Arg<'_>,
    scale: Option<Arg<'_>>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    const OP: &str = "random_gamma";
    let scale = or_number(scale, 1.0);
    refuse_unless(OP, k, |k| k >= 0.0, "shape < 0")?;
    refuse_unless(OP, scale, |scale| scale >= 0.0, "scale < 0")?;
    let target = Target::new(OP, &[k, scale], shape, dtype, device)?;
    let standard = target.shaped(What::Gamma, &[k])?;
    match number(scale) {
        Some(1.0) => Ok(standard),
        _ => target.cast(multiply(scale, &standard)?),
    }
}

/// Sums of `df` squares of normal numbers.
///
/// # Errors
/// As [`gamma`].
pub fn chisquare(
    df: Arg<'_>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    refuse_unless("random_chisquare", df, |df| df > 0.0, "df <= 0")?;
    let half = match df.0 {
        Operand::Scalar(df) => {
            return gamma(
                (df.to_f64() / 2.0).into(),
                Some(2.0.into()),
                shape,
                dtype,
                device,
            );
        }
        Operand::Array(df) => multiply(df, 0.5)?,
    };
    gamma((&half).into(), Some(2.0.into()), shape, dtype, device)
}

/// Quotients of two chi-square numbers, each by its degrees of freedom.
///
/// # Errors
/// As [`gamma`].
pub fn f(
    dfnum: Arg<'_>,
    dfden: Arg<'_>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    let target = Target::new("random_f", &[dfnum, dfden], shape, dtype, device)?;
    let mean_square = |df: Arg<'_>| {
        let (shape, device) = (target.shape.clone(), target.device);
        let square = chisquare(df, Some(shape), Some(target.dtype), Some(device))?;
        true_divide(&square, df)
    };
    target.cast(true_divide(&mean_square(dfnum)?, &mean_square(dfden)?)?)
}

/// Beta numbers of the two given shapes.
///
/// # Errors
/// A number that is not positive as parameter; parameters that do not broadcast to `shape`.
pub fn beta(
    a: Arg<'_>,
    b: Arg<'_>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    refuse_unless("random_beta", a, |a| a > 0.0, "a <= 0")?;
    refuse_unless("random_beta", b, |b| b > 0.0, "b <= 0")?;
    let target = Target::new("random_beta", &[a, b], shape, dtype, device)?;
    target.shaped(What::Beta, &[a, b])
}

/// Ones with probability `p`, else zeros.
///
/// # Errors
/// A number outside [0, 1] as probability.
pub fn bernoulli(
    p: Arg<'_>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    const OP: &str = "random_bernoulli";
    refuse_unless(
        OP,
        p,
        |p| (0.0..=1.0).contains(&p),
        "p < 0, p > 1 or p is NaN",
    )?;
    let target = Target::new(OP, &[p], shape, dtype, device)?;
    if let Some(p) = number(p) {
        let what = What::Bernoulli { p };
        return target.cast(draw(
            what,
            &[],
            target.shape.clone(),
            DType::Bool,
            target.device,
        )?);
    }
    let (shape, device) = (target.shape.clone(), target.device);
    let unit = uniform(None, None, Some(shape), None, Some(device))?;
    target.cast(less(&unit, p)?)
}

/// Integers from `low` up to but without `high`, each equally likely; with one bound, from 0 up to
/// it.
///
/// # Errors
/// No integer between the bounds.
pub fn integers(
    low: i64,
    high: Option<i64>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    let (low, high) = high.map_or((0, low), |high| (low, high));
    if low >= high {
        return Err(Error::argument("random_integers", "low >= high"));
    }
    let dtype = dtype.unwrap_or(DType::I64);
    let target = Target::new("random_integers", &[], shape, Some(dtype), device)?;
    let what = What::Integers { low, high };
    target.cast(draw(
        what,
        &[],
        target.shape.clone(),
        DType::I64,
        target.device,
    )?)
}

/// How many events happen where `lam` (else 1) are expected.
///
/// # Errors
/// A negative number as parameter.
pub fn poisson(
    lam: Option<Arg<'_>>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    const OP: &str = "random_poisson";
    let lam = or_number(lam, 1.0);
    refuse_unless(OP, lam, |lam| lam >= 0.0, "lam < 0 or lam is NaN")?;
    Target::new(OP, &[lam], shape, dtype, device)?.shaped(What::Poisson, &[lam])
}

/// How many of `n` attempts succeed, each with probability `p`.
///
/// # Errors
/// A number that is no count or no probability as parameter.
pub fn binomial(
    n: Arg<'_>,
    p: Arg<'_>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    const OP: &str = "random_binomial";
    refuse_unless(OP, n, |n| n >= 0.0, "n < 0")?;
    refuse_unless(
        OP,
        p,
        |p| (0.0..=1.0).contains(&p),
        "p < 0, p > 1 or p is NaN",
    )?;
    Target::new(OP, &[n, p], shape, dtype, device)?.shaped(What::Binomial, &[n, p])
}

/// How many attempts it takes to succeed, each with probability `p`: waiting times between events,
/// rounded up.
///
/// # Errors
/// A number that is no probability above 0 as parameter.
pub fn geometric(
    p: Arg<'_>,
    shape: Option<Shape>,
    dtype: Option<DType>,
    device: Option<Device>,
) -> Result<Array> {
    const OP: &str = "random_geometric";
    refuse_unless(
        OP,
        p,
        |p| p > 0.0 && p <= 1.0,
        "p <= 0, p > 1 or p contains NaNs",
    )?;
    let dtype = dtype.unwrap_or(DType::I64);
    let target = Target::new(OP, &[p], shape, Some(dtype), device)?;
    let time = draw(
        What::Exponential,
        &[],
        target.shape.clone(),
        DType::F64,
        target.device,
    )?;
    let rate = match p.0 {
        Operand::Scalar(p) => {
            let rate = -(-p.to_f64()).ln_1p();
            super::full([], rate, DType::F64, target.device)?
        }
        Operand::Array(p) => -&log(&subtract(1.0, &astype(p, DType::F64)?)?)?,
    };
    let failures = astype(&true_divide(&time, &rate)?, DType::I64)?;
    target.cast(add(&failures, 1i64)?)
}

/// The integers below `n` in random order.
///
/// # Errors
/// A length that is too big.
pub fn permutation(n: usize, device: Option<Device>) -> Result<Array> {
    let device = device.unwrap_or_default();
    draw(What::Permutation, &[], Shape::from([n]), DType::I64, device)
}

/// A copy of `x` with the parts of its first axis in random order.
///
/// # Errors
/// An array without axes.
pub fn permuted(x: &Array) -> Result<Array> {
    let Some(&len) = x.shape().first() else {
        return Err(Error::argument(
            "random_permuted",
            "needs at least one axis",
        ));
    };
    take(
        x,
        &permutation(len, Some(x.device()))?,
        Some(0),
        Some("raise"),
    )
}

/// Brings the parts of the first axis of a view into random order.
#[derive(Clone)]
struct Shuffle {
    layout: Layout,
    key: Key,
}

impl Kernel for Shuffle {
    fn name(&self) -> &'static str {
        "random_shuffle"
    }

    fn updates_first_input(&self) -> bool {
        true
    }

    fn redraw(&self) -> Option<Redraw> {
        let shuffle = self.clone();
        Some(Box::new(move || {
            let key = key_after(shuffle.key);
            Arc::new(Shuffle {
                key,
                ..shuffle.clone()
            })
        }))
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let mut order = vec![0; self.layout.shape[0]];
        random::permutation(cx.tiles, self.key, &mut order);
        let order = ArrayViewD::from_shape(IxDyn(&[order.len()]), &order);
        let mut indices: SmallVec<[_; 4]> = SmallVec::from_elem(None, self.layout.shape.ndim());
        indices[0] = Some(order.expect("an order of one axis"));
        let out = &mut cx.outputs[0];
        let done = dispatch!(all, out.dtype, T => {
            let target = out.part::<T>(&self.layout);
            let mut before = Scratch::<T>::new(target.len());
            copy_to_slice(cx.tiles, target.view(), &mut before);
            let before = ArrayViewD::from_shape(target.raw_dim(), &before);
            index::gather(cx.tiles, before.expect("a copy of the view"), &indices, target)
        });
        done.map_err(|_| unreachable!("a permutation stays inside the axis"))
    }
}

impl Gradient for Shuffle {
    /// The gradient goes back where its part came from.
    fn grad(&self, cx: &Backward<'_>) -> Result<Grads> {
        let g = cx.g().copy()?;
        let part = g.with_layout(self.layout.clone());
        let n = self.layout.shape[0];
        let order = Draw {
            key: self.key,
            what: What::Permutation,
            params: SmallVec::new(),
            size: n,
        };
        let order = order.issue(&[], (Shape::from([n]), DType::I64), g.device())?;
        let back = argsort(&order, Some(0), false)?;
        write(&part, &take(&part, &back, Some(0), Some("raise"))?)?;
        Ok(SmallVec::from_iter([Some(g)]))
    }
}

/// Brings the parts of the first axis of `x` into random order, in place.
///
/// # Errors
/// An array without axes.
pub fn shuffle(x: &Array) -> Result<()> {
    if x.ndim() == 0 {
        let fact = "needs at least one axis";
        return Err(Error::argument("random_shuffle", fact));
    }
    let kernel = Arc::new(Shuffle {
        layout: x.layout(),
        key: next_key(x.device()),
    });
    update(x, kernel.clone(), Rule::Shared(kernel), &[])
}

/// Integers below `n`: each equally likely or in proportion to `p`; unless `replace`, none twice.
///
/// # Errors
/// More draws than there are integers; weights of another number. Weights that are negative or
/// all 0 fail when the op runs.
pub fn choice(
    n: usize,
    shape: Option<Shape>,
    replace: bool,
    p: Option<&Array>,
    device: Option<Device>,
) -> Result<Array> {
    const OP: &str = "random_choice";
    let shape = shape.unwrap_or_default();
    let fact = match p {
        _ if n == 0 && shape.size() > 0 => "a must be greater than 0 unless no samples are taken",
        Some(p) if p.shape()[..] != [n] => "'a' and 'p' must have same size",
        _ if !replace && shape.size() > n => {
            "cannot take a larger sample than population when 'replace=False'"
        }
        _ => "",
    };
    if !fact.is_empty() {
        return Err(Error::argument(OP, fact));
    }
    let device = device.or(p.map(Array::device)).unwrap_or_default();
    let (what, inputs) = match p {
        Some(p) if replace => (What::Categorical, vec![astype(p, DType::F64)?]),
        Some(p) => (What::Weighted, vec![astype(p, DType::F64)?]),
        None if replace => (
            What::Integers {
                low: 0,
                high: n.max(1) as i64,
            },
            vec![],
        ),
        None => (What::Choice { n }, vec![]),
    };
    let inputs: Vec<&Array> = inputs.iter().collect();
    draw(what, &inputs, shape, DType::I64, device)
}

/// How often each result came in `n` draws with the probabilities `pvals`, whose last one is what
/// the others leave; for each position of `shape`.
///
/// # Errors
/// Probabilities that are not one-dimensional. Those that are negative or exceed 1 together fail
/// when the op runs.
pub fn multinomial(n: usize, pvals: &Array, shape: Option<Shape>) -> Result<Array> {
    if pvals.ndim() != 1 || pvals.size() == 0 {
        let fact = "pvals must be 1-d and not empty";
        return Err(Error::argument("random_multinomial", fact));
    }
    let shape = shape.unwrap_or_default();
    let shape: Shape = shape.iter().copied().chain([pvals.size()]).collect();
    let weights = astype(pvals, DType::F64)?;
    draw(
        What::Multinomial { n },
        &[&weights],
        shape,
        DType::I64,
        pvals.device(),
    )
}

/// Positions on the last axis of `weights`, drawn in proportion to them: one for each row, or
/// `n_draws` on a new last axis.
///
/// # Errors
/// An array without axes, or without weights. Weights that are negative or all 0 fail when the op
/// runs.
pub fn categorical(weights: &Array, n_draws: Option<usize>) -> Result<Array> {
    let Some((&k, rows)) = weights.shape().split_last() else {
        return Err(Error::argument(
            "random_categorical",
            "needs at least one axis",
        ));
    };
    if k == 0 {
        return Err(Error::argument("random_categorical", "no weights"));
    }
    let shape: Shape = rows.iter().copied().chain(n_draws).collect();
    let device = weights.device();
    draw(
        What::Categorical,
        &[&astype(weights, DType::F64)?],
        shape,
        DType::I64,
        device,
    )
}
