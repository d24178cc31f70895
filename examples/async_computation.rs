//! Asynchronous computation from Rust: what issuing costs, what waiting costs, what it holds.
//!
//! `cargo run --release -p forerun-engine --example async_computation`
#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::time::Instant;

use forerun_engine::memory;
use forerun_engine::profile;
use forerun_engine::{Array, DType, Device, GradReq, Result, Scope, Shape, ops, runtime};

fn main() -> Result<()> {
    println!("products");
    products()?;
    println!("\ngraph");
    graph()?;
    println!("\nblockers");
    blockers()?;
    println!("\nloops");
    loops(1000)?;
    println!("\ntraining");
    training(10)
}

/// Ten products of random matrices: issuing them takes no time, computing them does.
fn products() -> Result<()> {
    let mut kept = Vec::new();
    timed("ten products, issued", || {
        for _ in 0..10 {
            kept.push(product()?);
        }
        Ok(())
    })?;
    timed("wait_all", runtime::wait_all)
}

/// Three ops, their values, and their graph in graphviz's language.
fn graph() -> Result<()> {
    let x = ops::ones([1, 2], DType::F32, Device::default())?;
    let y = ops::ones([1, 2], DType::F32, Device::default())?;
    let z = &x * &y + 2.0;
    let picture = z.draw();
    println!("{:?}\n{picture}", z.to_vec::<f32>()?);
    Ok(())
}

/// What waits: for everything that was issued, for one array, for its elements, for a number.
fn blockers() -> Result<()> {
    timed("wait_all", || {
        let _kept = product()?; // what nobody can read any more is not computed
        runtime::wait_all()
    })?;
    timed("wait", || product()?.wait())?;
    timed("to_vec", || product()?.to_vec::<f32>().map(|_elements| ()))?;
    timed("item of a sum", || {
        let sum = ops::sum(&product()?, ops::Axes::ALL, false, None)?;
        sum.item().map(|_number| ())
    })
}

/// Small ops, waiting each time and once, and a model of both from the engine's figures.
fn loops(n: u32) -> Result<()> {
    let x = ops::ones([1, 2], DType::F32, Device::default())?;
    profile::set_timing(true);
    let before = profile::figures();
    let start = Instant::now();
    for _ in 0..n {
        let y = &x + 1.0;
        y.wait()?;
    }
    let synchronous = start.elapsed();
    let after = profile::figures();
    let start = Instant::now();
    let mut kept = Vec::new();
    for _ in 0..n {
        kept.push(&x + 1.0);
    }
    runtime::wait_all()?;
    let asynchronous = start.elapsed();
    profile::set_timing(false);
    // An op is issued (t1) and computed (t2), and its end is reported back (t3).
    let t1 = (after.issuing - before.issuing) / n;
    let t2 = (after.computing - before.computing) / n;
    let t3 = ((after.waiting - before.waiting) / n).saturating_sub(t2);
    println!(
        "{n} (t1 + t2 + t3) = {:?}, measured {synchronous:?}",
        n * (t1 + t2 + t3)
    );
    println!(
        "t1 + {n} t2 + t3   = {:?}, measured {asynchronous:?}",
        t1 + n * t2 + t3
    );
    println!("with t1 = {t1:?}, t2 = {t2:?}, t3 = {t3:?}");
    Ok(())
}

/// Trains a network, waiting after each minibatch or for nothing until the end.
fn training(n: usize) -> Result<()> {
    let net = Mlp::new(&[512, 2048, 512, 1])?;
    for _ in 0..2 {
        net.step(1024)?.wait()?;
    }
    for (label, waits) in [("a barrier each minibatch", true), ("no barrier", false)] {
        runtime::wait_all()?;
        memory::reset_peak(Device::default());
        let mut last = None;
        timed(&format!("{n} minibatches, {label}"), || {
            for _ in 0..n {
                last = Some(net.step(1024)?);
                if waits {
                    runtime::wait_all()?;
                }
            }
            runtime::wait_all()
        })?;
        let stats = memory::stats(Device::default());
        println!(
            "  in arrays {} MB, at most {} MB",
            stats.live >> 20,
            stats.peak >> 20
        );
        if let Some(loss) = last {
            println!("  mean loss {}", loss.item()?.to_f64());
        }
    }
    Ok(())
}

/// Dense layers with ReLU between them, trained by plain gradient descent.
struct Mlp {
    layers: Vec<(Array, Array)>,
}

impl Mlp {
    /// Layers of these widths, with small random weights.
    fn new(widths: &[usize]) -> Result<Mlp> {
        let layer = |widths: &[usize]| {
            let (inputs, units) = (widths[0], widths[1]);
            let scale = (2.0 / inputs as f64).sqrt();
            let weight = normal([units, inputs], scale)?;
            let bias = ops::zeros([units], DType::F32, Device::default())?;
            weight.attach_grad(GradReq::Write)?;
            bias.attach_grad(GradReq::Write)?;
            Ok((weight, bias))
        };
        let layers = widths.windows(2).map(layer).collect::<Result<_>>()?;
        Ok(Mlp { layers })
    }

    fn forward(&self, x: &Array) -> Result<Array> {
        let mut y = x.clone();
        for (depth, (weight, bias)) in self.layers.iter().enumerate() {
            if depth > 0 {
                y = ops::relu(&y)?;
            }
            y = ops::fully_connected(&y, weight, Some(bias), true)?;
        }
        Ok(y)
    }

    /// One step on generated numbers; gives the loss, which nobody has waited for.
    fn step(&self, batch: usize) -> Result<Array> {
        let x = normal([batch, 512], 1.0)?;
        let loss = {
            let _recording = Scope::record(true);
            let difference = self.forward(&x)? - 1.0;
            ops::mean(
                &(&difference * &difference * 0.5),
                ops::Axes::ALL,
                false,
                None,
            )?
        };
        loss.backward()?;
        for parameter in self.layers.iter().flat_map(|(weight, bias)| [weight, bias]) {
            let gradient = parameter.grad().expect("attached in new");
            ops::write(parameter, &(parameter - gradient * 0.01))?;
        }
        Ok(loss)
    }
}

/// Issues a product that takes a while.
fn product() -> Result<Array> {
    let a = normal([1000, 1000], 1.0)?;
    ops::dot(&a, &a)
}

fn normal(shape: impl Into<Shape>, scale: f64) -> Result<Array> {
    ops::random::normal(None, Some(scale.into()), Some(shape.into()), None, None)
}

/// Prints how long `work` takes.
fn timed(label: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let start = Instant::now();
    work()?;
    println!("{label}: {:.4} s", start.elapsed().as_secs_f64());
    Ok(())
}
