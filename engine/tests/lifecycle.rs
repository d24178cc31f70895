//! Starting, stopping, forking; and memory: who holds it, and when it goes back.
//!
//! Threads and bytes are counted for the whole process, so the tests run one after the other.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use forerun_engine::runtime::{self, Config};
use forerun_engine::{Array, DType, Device, GradReq, Scope, memory, ops};

fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    runtime::configure(Config { n_workers: 2 });
    alone
}

fn zeros(n: usize) -> Array {
    ops::zeros([n], DType::F32, Device::default()).unwrap()
}

/// Live bytes once everything is done.
fn live() -> usize {
    runtime::wait_all().unwrap();
    memory::stats(Device::default()).live
}

/// The engine's threads, by the names that it gives them.
fn n_engine_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("forerun-")).count()
}

#[test]
#[cfg(target_os = "linux")]
fn a_thousand_starts_and_stops_leave_no_thread_and_no_memory() {
    let _alone = alone();
    let before = live();
    for round in 0..1000 {
        let x = zeros(1000) + f64::from(round);
        if round % 3 == 0 {
            runtime::start();
        }
        if round % 50 == 0 {
            runtime::spawn(async {});
        }
        runtime::stop();
        assert!(x.is_done());
    }
    // A thread leaves the process a moment after it has been joined.
    let begun = Instant::now();
    while n_engine_threads() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(5), "threads are left");
        std::thread::yield_now();
    }
    assert_eq!(live(), before);
}

#[test]
fn work_starts_without_a_blocker() {
    let _alone = alone();
    for round in 0..50 {
        let x = zeros(10) + f64::from(round);
        let begun = Instant::now();
        while !x.is_done() {
            assert!(begun.elapsed() < Duration::from_secs(5), "never ran");
            std::thread::yield_now();
        }
    }
}

#[test]
fn work_starts_while_another_thread_blocks() {
    let _alone = alone();
    runtime::configure(Config { n_workers: 1 });
    let (busy, begin) = (zeros(1) + 1.0, Instant::now());
    busy.wait().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Blockers that help and leave, over and over.
            while begin.elapsed() < Duration::from_millis(300) {
                (zeros(100) + 1.0).wait().unwrap();
            }
        });
        while begin.elapsed() < Duration::from_millis(300) {
            let x = zeros(10) + 1.0;
            let begun = Instant::now();
            while !x.is_done() {
                assert!(begun.elapsed() < Duration::from_secs(5), "never ran");
                std::thread::yield_now();
            }
        }
    });
}

#[test]
fn reading_goes_on_while_the_engine_stops_and_starts() {
    let _alone = alone();
    let path = std::env::temp_dir().join(format!("forerun-lifecycle-{}", std::process::id()));
    std::fs::write(&path, 7.0f32.to_le_bytes().repeat(4)).unwrap();
    std::thread::scope(|scope| {
        let readers = [0; 2].map(|_| {
            scope.spawn(|| {
                for _ in 0..300 {
                    let part = ops::Part {
                        offset: 0,
                        shape: [4].into(),
                        dtype: DType::F32,
                    };
                    let x = ops::read_file(&path, vec![part], Device::default()).unwrap();
                    assert_eq!((&x[0] + 1.0).to_vec::<f32>().unwrap(), [8.0; 4]);
                }
            })
        });
        while readers.iter().any(|reader| !reader.is_finished()) {
            runtime::stop();
        }
    });
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_long_queue_is_dropped_without_recursion() {
    let _alone = alone();
    let before = live();
    let mut x = zeros(4);
    for _ in 0..1_000_000 {
        x = x + 1.0;
    }
    drop(x);
    assert_eq!(live(), before);
}

#[test]
fn a_long_chain_gives_its_length_before_it_is_dropped() {
    let _alone = alone();
    let before = live();
    let mut x = zeros(4);
    for _ in 0..300_000 {
        x = x + 1.0;
    }
    assert_eq!(x.to_vec::<f32>().unwrap(), [300_000.0; 4]);
    drop(x);
    assert_eq!(live(), before);
}

#[test]
fn a_long_tape_is_dropped_without_recursion() {
    let _alone = alone();
    let before = live();
    for walk_back in [false, true] {
        let x = zeros(1);
        x.attach_grad(GradReq::Write).unwrap();
        let mut y = x.copy().unwrap();
        {
            let _recording = Scope::record(true);
            y = &x * 1.0 + y;
            for _ in 0..100_000 {
                y = &y + 1.0;
            }
        }
        if walk_back {
            y.backward().unwrap();
            assert_eq!(x.grad().unwrap().to_vec::<f32>().unwrap(), [1.0]);
        }
    }
    assert_eq!(live(), before);
}

#[test]
fn a_lease_is_not_changed_by_later_writes() {
    let _alone = alone();
    let x = zeros(1000) + 1.0;
    let lease = x.lease().unwrap();
    ops::write_number(&x.index_axis(0, 3).unwrap(), 9.0).unwrap();
    ops::write_number(&x, 5.0).unwrap();
    ops::store(&x, &(&x + 1.0)).unwrap();
    assert_eq!(x.to_vec::<f32>().unwrap(), [6.0; 1000]);
    assert!(lease.view::<f32>().iter().all(|&element| element == 1.0));
}

#[test]
fn a_copy_shares_its_memory_until_one_is_written() {
    let _alone = alone();
    let x = zeros(1 << 20) + 1.0;
    let one = live();
    let copy = x.copy().unwrap();
    assert_eq!(live(), one);
    assert_eq!(x.lease().unwrap().start(), copy.lease().unwrap().start());
    ops::write_number(&copy.index_axis(0, 0).unwrap(), 3.0).unwrap();
    assert_eq!(live(), one + (4 << 20));
    assert_eq!(x.to_vec::<f32>().unwrap()[0], 1.0);
    assert_eq!(copy.to_vec::<f32>().unwrap()[..2], [3.0, 1.0]);
}

#[test]
fn live_bytes_are_those_of_the_arrays_held() {
    let _alone = alone();
    let before = live();
    let n = 1 << 18;
    let held: Vec<Array> = (0..4).map(|i| zeros(n) + f64::from(i)).collect();
    let mut sum = zeros(n);
    for array in &held {
        sum = &sum * 0.5 + array;
    }
    assert_eq!(live(), before + 5 * 4 * n);
    drop((held, sum));
    assert_eq!(live(), before);
}

#[test]
fn a_loop_in_steady_state_takes_no_new_memory() {
    let _alone = alone();
    let x = zeros(100_000) + 1.0;
    let step = || {
        let y = &x * 2.0 + 1.0;
        let z = ops::sum(&(&y * &y), ops::Axes::ALL, false, None).unwrap();
        z.wait().unwrap();
    };
    (0..20).for_each(|_| step());
    let total = || live() + memory::stats(Device::default()).cached;
    let before = total();
    (0..500).for_each(|_| step());
    assert_eq!(total(), before);
}

#[test]
fn a_dying_input_is_updated_in_place() {
    let _alone = alone();
    let bytes = 16 << 20;
    let mut x = zeros(bytes / 4) + 1.0;
    let before = live();
    memory::reset_peak(Device::default());
    for _ in 0..10 {
        x = x + 1.0;
        x.wait().unwrap();
    }
    ops::store(&x, &(&x * 2.0)).unwrap();
    ops::write_number(&x.index_axis(0, 0).unwrap(), 0.0).unwrap();
    assert_eq!(live(), before);
    // `store` reads `x` while the array still holds it: the only second buffer.
    let peak = memory::stats(Device::default()).peak;
    assert!(peak < before + bytes + bytes / 8, "{peak} of {before}");
    assert_eq!(x.to_vec::<f32>().unwrap()[..2], [0.0, 22.0]);
}

/// Runs a test of this file in a process of its own: one that forks must have no other threads.
fn in_child(test: &str) {
    let child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            test,
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("FORERUN_WORKERS", "2")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&child.stderr).into_owned();
    assert!(child.status.success(), "{text}");
}

#[test]
#[cfg(unix)]
fn a_fork_computes_with_workers_of_its_own() {
    in_child("forks");
}

#[test]
#[cfg(unix)]
#[ignore = "a child process of a_fork_computes_with_workers_of_its_own"]
fn forks() {
    for round in 0..20 {
        let mut x = zeros(1000);
        for _ in 0..100 {
            x = x + 1.0;
        }
        match fork() {
            0 => {
                let right = (&x + 1.0)
                    .to_vec::<f32>()
                    .is_ok_and(|found| found == [101.0; 1000]);
                exit_at_once(i32::from(!right));
            }
            child => {
                assert_eq!((&x * 2.0).to_vec::<f32>().unwrap(), [200.0; 1000]);
                assert_eq!(status_of(child), 0, "round {round}");
            }
        }
    }
}

#[expect(unsafe_code, reason = "a test of fork forks")]
fn fork() -> libc::pid_t {
    // SAFETY: the child runs on the forking thread alone and starts what other threads it needs.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork");
    child
}

#[expect(
    unsafe_code,
    reason = "a forked child must not run the handlers of its parent"
)]
fn exit_at_once(status: i32) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(status) }
}

#[expect(unsafe_code, reason = "a parent waits for its child")]
fn status_of(child: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is a place for an int.
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(waited, child);
    status
}
