//! Random programs give what a model gives that computes every op at once: with any number of
//! workers, from several threads, fused or not, and on the serial engine.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod programs;

use std::io::Write;
use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use forerun_engine::runtime::{self, Config};
use programs::{run, shared_array};

/// The number of workers belongs to the process; tests that set it run one after the other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// More rounds for a longer look: `ORDERING_ROUNDS=100`.
fn rounds() -> u64 {
    let asked = std::env::var("ORDERING_ROUNDS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn programs_give_the_same_with_any_number_of_workers() {
    let _alone = alone();
    for n_workers in [1, 2, 4] {
        runtime::configure(Config { n_workers });
        for seed in 0..100 * rounds() {
            run(seed, 3 + (seed % 4) as usize, 400, &[]);
        }
    }
}

#[test]
fn programs_give_the_same_with_plans_of_their_own_or_reused() {
    let _alone = alone();
    for seed in 0..20 * rounds() {
        runtime::set_plan_reuse(false);
        let expected = run(seed, 4, 400, &[]);
        runtime::set_plan_reuse(true);
        for _ in 0..3 {
            assert_eq!(run(seed, 4, 400, &[]), expected, "seed {seed}");
        }
    }
}

#[test]
fn programs_on_arrays_of_many_tiles_give_the_same() {
    let _alone = alone();
    for n_workers in [1, 2, 4] {
        runtime::configure(Config { n_workers });
        for seed in 0..2 * rounds() {
            run(1000 + seed, 300, 100, &[]);
        }
    }
}

#[test]
fn programs_of_several_threads_do_not_disturb_each_other() {
    let _alone = alone();
    for n_workers in [1, 2, 4] {
        runtime::configure(Config { n_workers });
        for round in 0..6 * rounds() {
            let shared = [shared_array(4, round), shared_array(4, round + 99)];
            std::thread::scope(|scope| {
                for thread in 0..4 {
                    let shared = &shared;
                    scope.spawn(move || run(round * 10 + thread, 4, 300, shared));
                }
            });
        }
    }
}

#[test]
fn programs_survive_a_change_of_workers_under_way() {
    let _alone = alone();
    std::thread::scope(|scope| {
        let programs: Vec<_> = (0..3)
            .map(|thread| {
                scope.spawn(move || {
                    for seed in 0..10 * rounds() {
                        run(seed * 3 + thread, 5, 300, &[]);
                    }
                })
            })
            .collect();
        let mut n_workers = 0;
        while programs.iter().any(|program| !program.is_finished()) {
            n_workers = n_workers % 4 + 1;
            runtime::configure(Config { n_workers });
        }
    });
}

#[test]
fn the_serial_engine_gives_the_same_bits() {
    let hash = |engine: &str| {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hash_of_programs", "--ignored", "--nocapture"])
            .env("FORERUN_ENGINE", engine)
            .env("FORERUN_WORKERS", "2")
            .output()
            .unwrap();
        let text = String::from_utf8(child.stdout).unwrap();
        assert!(child.status.success(), "{text}");
        let line = text.lines().find_map(|line| line.split_once("hash="));
        line.expect("the child says its hash").1.to_owned()
    };
    assert_eq!(hash("serial"), hash("threads"));
}

#[test]
#[ignore = "a child process of the_serial_engine_gives_the_same_bits"]
fn hash_of_programs() {
    let small = (0..60).map(|seed| run(seed, 3 + (seed % 4) as usize, 300, &[]));
    let large = (0..2).map(|seed| run(seed, 250, 60, &[]));
    let hash = small
        .chain(large)
        .fold(0u64, |all, one| all.rotate_left(5) ^ one);
    writeln!(std::io::stdout(), "\nhash={hash:x}").unwrap();
}
