//! Profiles: what a program is known to do is what its record says.

use std::sync::{Mutex, MutexGuard};

use forerun_engine::profile::{Blocked, Cause, Key, Mark, Profile, Session, State, mark};
use forerun_engine::{Array, ops, runtime};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Profiles `program` from rest to rest. Whoever has the turn keeps it until its arrays are gone:
/// memory is counted for the whole process.
fn profiled(_turn: &MutexGuard<'_, ()>, program: impl FnOnce()) -> Profile {
    runtime::rest().expect("nothing interrupts");
    let session = Session::start().expect("tests take turns");
    program();
    runtime::rest().expect("nothing interrupts");
    session.stop();
    session.profile()
}

fn turn() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The program's own waits, without that for rest.
fn waits(profile: &Profile) -> impl Iterator<Item = &Blocked> {
    profile.blockers.iter().filter(|it| it.name == "wait")
}

fn square(n: usize) -> Array {
    let x = Array::from_elements(&vec![0.5f32; n * n], [n, n], Default::default()).expect("memory");
    x.wait().expect("nothing fails");
    x
}

/// Each op's times are in order; each group's time is that of its ops; each blocker's that of its parts.
fn check(profile: &Profile) {
    for op in &profile.ops {
        assert!(op.issued <= op.issue_end, "{op:?}");
        if op.run.is_some() {
            assert!(op.issued <= op.ready, "{op:?}");
            assert!(op.ready <= op.begin && op.begin <= op.end, "{op:?}");
        } else {
            assert_ne!(op.state, State::Ran);
        }
    }
    for run in &profile.runs {
        let of_ops = run.ops.iter().map(|&op| profile.ops[op as usize].running);
        assert_eq!(of_ops.sum::<u64>(), run.end - run.begin);
    }
    for blocked in &profile.blockers {
        let parts = blocked.parts.iter().map(|part| part.nanos);
        assert_eq!(parts.sum::<u64>(), blocked.end - blocked.begin);
    }
}

#[test]
fn ops_are_counted_as_issued_run_fused_and_dropped() {
    let turn = turn();
    let x = square(64);
    let profile = profiled(&turn, || {
        for _ in 0..50 {
            let y = ops::matmul(&x, &x).unwrap();
            let z = &(&y + 1.0) * 2.0;
            drop(&x - 3.0);
            z.wait().unwrap();
        }
    });
    check(&profile);
    let totals = profile.totals(Key::Op, None);
    let of = |name: &str| totals.iter().find(|total| total.name == name).unwrap();
    for name in ["matmul", "add", "multiply", "subtract"] {
        assert_eq!(of(name).n_issued, 50, "{name}");
    }
    for name in ["matmul", "add", "multiply"] {
        assert_eq!((of(name).n_run, of(name).n_dropped), (50, 0), "{name}");
    }
    assert_eq!((of("subtract").n_run, of("subtract").n_dropped), (0, 50));
    assert_eq!(of("add").n_fused, 50);
    assert_eq!(totals.iter().map(|total| total.n_issued).sum::<u64>(), 200);
    assert_eq!(waits(&profile).count(), 50);
}

#[test]
fn a_wait_is_blamed_on_what_it_waits_for() {
    let turn = turn();
    let x = square(512);
    let profile = profiled(&turn, || {
        let mut y = x.clone();
        for _ in 0..4 {
            y = ops::matmul(&y, &x).unwrap();
        }
        y.wait().unwrap();
    });
    check(&profile);
    let blocked = waits(&profile).next().unwrap();
    let products = blocked.parts.iter().filter(|part| match part.cause {
        Cause::Run(run) => profile.label(run) == "matmul",
        _ => false,
    });
    assert!(products.clone().count() >= 3, "{blocked:?}");
}

#[test]
fn each_thread_has_a_track_of_its_own() {
    let turn = turn();
    let profile = profiled(&turn, || {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut x = Array::from_slice(&[1.0f32, 2.0]);
                    for _ in 0..500 {
                        x = &x + 1.0;
                    }
                    assert_eq!(x.to_vec::<f32>().unwrap(), [501.0, 502.0]);
                });
            }
        });
    });
    check(&profile);
    let mut by_thread = vec![0; profile.threads.len()];
    for op in &profile.ops {
        by_thread[op.thread as usize] += 1;
    }
    by_thread.retain(|&n| n > 0);
    assert_eq!(by_thread, [500; 4]);
    assert!(profile.ops.iter().all(|op| op.state == State::Ran));
}

#[test]
fn a_minibatch_costs_what_its_ops_cost() {
    let turn = turn();
    let x = square(32);
    let profile = profiled(&turn, || {
        for n in 1..=3 {
            for _ in 0..n {
                (&x + 1.0).wait().unwrap();
            }
            mark(Mark::Step);
        }
    });
    check(&profile);
    let issued: Vec<u64> = profile.steps.iter().map(|step| step.n_issued).collect();
    assert_eq!(issued, [1, 2, 3]);
    for (at, step) in (0..).zip(&profile.steps) {
        let inside = profile.ops.iter().filter(|op| op.step == Some(at));
        assert_eq!(inside.map(|op| op.running).sum::<u64>(), step.running);
        assert!(step.waiting <= step.end - step.begin);
        assert_eq!(step.allocated, step.n_run * 4096);
    }
    let model = profile.model(1);
    assert_eq!(model.n, 3);
    assert!(model.asynchronous() <= model.synchronous());
}

#[test]
fn memory_ends_where_it_began_when_all_is_dropped() {
    let turn = turn();
    let x = square(64);
    let profile = profiled(&turn, || {
        for _ in 0..20 {
            let y = &x + 1.0;
            y.wait().unwrap();
        }
    });
    let [first, .., last] = profile.memory[..] else {
        panic!("memory was taken");
    };
    assert_eq!(first.1, last.1);
    assert!(
        profile
            .memory
            .iter()
            .any(|&(_, live)| live == first.1 + 16384)
    );
}

#[test]
fn one_session_records_at_a_time_and_can_be_read_before_it_ends() {
    let _turn = turn();
    let session = Session::start().unwrap();
    assert!(Session::start().is_none());
    let x = Array::from_slice(&[1.0f32]);
    let y = &x + 1.0;
    runtime::rest().unwrap();
    assert_eq!(session.profile().ops.len(), 1);
    session.pause();
    let z = &y + 1.0;
    runtime::rest().unwrap();
    session.resume();
    let last = &z + 1.0;
    runtime::rest().unwrap();
    assert_eq!(last.to_vec::<f32>().unwrap(), [4.0]);
    assert_eq!(session.profile().ops.len(), 2);
    session.stop();
    assert_eq!(session.profile().ops.len(), 2);
    assert!(Session::start().is_some());
}

#[test]
fn records_without_room_are_counted() {
    let _turn = turn();
    let session = Session::with_room(0).unwrap();
    let x = Array::from_slice(&[1.0f32]);
    (&x + 1.0).wait().unwrap();
    session.stop();
    let profile = session.profile();
    assert!(profile.ops.is_empty() && profile.n_lost > 0);
}
