//! How many instructions issuing and planning one op take, counted by valgrind's callgrind: a bound
//! that a shared machine cannot blur. Skipped where there is no valgrind.
//!
//! The program runs itself under valgrind, with two numbers of ops: the difference leaves out what
//! does not grow with them. Only what the named function calls is counted.
#![expect(clippy::print_stdout, reason = "a check reports on the terminal")]

use std::env;
use std::process::{Command, ExitCode};

use forerun_engine::{Array, runtime};

/// What is counted: the function, and the instructions that an op may take in it, half as many
/// again as it took when this was written.
const CHECKS: [(&str, &str, f64); 2] = [
    ("issuing", "instructions::issue", 2_450.0),
    ("planning", "forerun_engine::graph::plan::plan", 1_530.0),
];
/// Holds the number of ops in the program that is counted.
const N_OPS: &str = "FORERUN_INSTRUCTIONS_OPS";
const LENGTHS: [u32; 2] = [2_000, 6_000];

fn main() -> ExitCode {
    if let Ok(n) = env::var(N_OPS) {
        let kept = issue(n.parse().expect("a number"));
        runtime::wait_all().expect("nothing fails");
        drop(kept);
        return ExitCode::SUCCESS;
    }
    if let Some(reason) = skipped() {
        println!("instructions: skipped, {reason}");
        return ExitCode::SUCCESS;
    }
    let mut code = ExitCode::SUCCESS;
    for (what, function, bound) in CHECKS {
        let [short, long] = LENGTHS.map(|n| count(function, n));
        let per_op = (long - short) / f64::from(LENGTHS[1] - LENGTHS[0]);
        println!("{what} an op: {per_op:.0} instructions, at most {bound:.0}");
        // None at all: the function has another name, or was inlined.
        if !(1.0..=bound).contains(&per_op) {
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Why nothing is counted.
fn skipped() -> Option<&'static str> {
    if env::args().len() > 1 {
        return Some("as a test was asked for by name");
    }
    if !cfg!(debug_assertions) {
        return Some("as the bounds are those of the dev profile");
    }
    let version = Command::new("valgrind").arg("--version").output();
    version.is_err().then_some("as there is no valgrind")
}

/// Issues a chain, and keeps every result so that each op is planned.
#[inline(never)]
fn issue(n: usize) -> Vec<Array> {
    let mut kept = Vec::with_capacity(n + 1);
    kept.push(Array::from_slice(&[1.0f32, 2.0]));
    for i in 0..n {
        let y = &kept[i] + 1.0;
        kept.push(y);
    }
    kept
}

/// Instructions within a function, on all threads, in a program that issues `n` ops.
fn count(function: &str, n: u32) -> f64 {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect={function}*"))
        .arg(env::current_exe().expect("a program has a path"))
        .env(N_OPS, n.to_string())
        .output()
        .expect("valgrind runs");
    let report = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{report}");
    let collected = report
        .lines()
        .find_map(|line| line.split_once("Collected :"));
    let (_, count) = collected.expect("callgrind reports what it collected");
    count.trim().parse().expect("a number")
}
