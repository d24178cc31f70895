//! Scripts: what a function issued, issued again, is what the function would issue.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use forerun_engine::{Array, Device, GradReq, Scope, Script, Writer, autograd, memory, ops};

type Function<'a> = &'a dyn Fn(&[Array]) -> Vec<Array>;

/// Calls the function while a script of it is written.
fn write(function: Function<'_>, arguments: &[&Array]) -> (Option<Script>, Vec<Array>) {
    let (writer, stand_ins) = Writer::begin(arguments).expect("nobody writes");
    let results = function(&stand_ins);
    drop(stand_ins);
    let results: Vec<&Array> = results.iter().collect();
    writer.finish(&results)
}

fn elements(x: &Array) -> Vec<f32> {
    x.to_vec::<f32>().expect("it is computed")
}

/// Writes a script of `function` for some arguments, and compares it with the function on others.
fn check(function: Function<'_>, written_for: &[&Array], others: &[&[&Array]]) {
    // All draw from the one generator of the device.
    static SEEDED: Mutex<()> = Mutex::new(());
    let _alone = SEEDED.lock().unwrap_or_else(PoisonError::into_inner);
    let plain = |arguments: &[&Array]| {
        let arguments: Vec<Array> = arguments.iter().map(|&array| array.clone()).collect();
        ops::random::seed(7);
        function(&arguments)
            .iter()
            .map(elements)
            .collect::<Vec<_>>()
    };
    let expected = plain(written_for);
    ops::random::seed(7);
    let (script, results) = write(function, written_for);
    let script = script.expect("it can be issued again");
    assert_eq!(results.iter().map(elements).collect::<Vec<_>>(), expected);
    for &arguments in others {
        assert!(script.fits(arguments));
        let expected = plain(arguments);
        ops::random::seed(7);
        let results = script.play(arguments).expect("it is issued");
        assert_eq!(results.iter().map(elements).collect::<Vec<_>>(), expected);
    }
}

/// `len` elements of an axis, from `start` on.
fn part(x: &Array, axis: usize, start: usize, len: usize) -> Array {
    let mut layout = x.layout();
    layout.offset += start * layout.strides[axis] as usize;
    let lens = x.shape().iter().enumerate();
    layout.shape = lens
        .map(|(at, &n)| if at == axis { len } else { n })
        .collect();
    x.strided(layout).expect("inside of it")
}

fn numbers(n: usize, start: f32) -> Array {
    let numbers: Vec<f32> = (0..n).map(|i| start + i as f32).collect();
    Array::from_slice(&numbers)
}

#[test]
fn arguments_take_the_place_of_those_of_the_first_time() {
    let function = |x: &[Array]| vec![&x[0] * &x[1] + 1.0, &x[1] - 2.0];
    let [a, b, c] = [1.0, 5.0, 9.0].map(|start| numbers(4, start));
    check(&function, &[&a, &b], &[&[&b, &c], &[&c, &a], &[&a, &a]]);
}

#[test]
fn views_may_begin_elsewhere() {
    let data = numbers(40, 0.0).reshape(&[10, 4]).expect("ten rows");
    let rows = |at| part(&data, 0, at, 3);
    let function = |x: &[Array]| {
        let x = &x[0];
        let column = part(x, 1, 1, 2);
        let turned = x.detach().transpose(None).expect("any order");
        vec![&column * 2.0, turned.clone(), &turned + 1.0, x.clone()]
    };
    let [a, b, c] = [0, 4, 7].map(rows);
    check(&function, &[&a], &[&[&b], &[&c], &[&a]]);
}

#[test]
fn numbers_are_drawn_anew_in_the_same_stream() {
    let function = |x: &[Array]| {
        let noise = ops::random::normal(None, None, None, None, None);
        let key = ops::random::next_key(x[0].device());
        let kept = ops::dropout(&x[0], 0.5, key.seed, key.stream, None);
        vec![noise.expect("a number"), kept.expect("a mask")]
    };
    let x = numbers(64, 1.0);
    check(&function, &[&x], &[&[&x]]);
    let (script, first) = write(&function, &[&x]);
    let again = script
        .expect("it can be")
        .play(&[&x])
        .expect("it is issued");
    assert_ne!(elements(&first[1]), elements(&again[1]));
}

#[test]
fn variables_of_others_are_read_and_written_each_time() {
    let total = numbers(2, 0.0);
    let function = |x: &[Array]| {
        let sum = &total + &x[0];
        ops::store(&total, &sum).expect("of one shape");
        ops::write(&part(&total, 0, 0, 1), &part(&x[0], 0, 1, 1)).expect("of one shape");
        vec![&total * 1.0]
    };
    let x = numbers(2, 1.0);
    let (script, results) = write(&function, &[&x]);
    let script = script.expect("it can be issued again");
    assert_eq!(elements(&results[0]), [2.0, 3.0]);
    let results = script.play(&[&x]).expect("it is issued");
    assert_eq!(elements(&results[0]), [2.0, 5.0]);
    ops::write_number(&total, 10.0).expect("a number");
    script.play(&[&x]).expect("it is issued");
    assert_eq!(elements(&total), [2.0, 12.0]);
}

#[test]
fn gradients_flow_as_they_did() {
    let (x, w) = (numbers(3, 1.0), numbers(3, 2.0));
    w.attach_grad(GradReq::Add).expect("zeros");
    let function = |x: &[Array]| {
        let frozen = {
            let _paused = Scope::pause();
            &x[0] * 3.0
        };
        vec![ops::sum(&(&(&x[0] * &w) * &frozen), ops::Axes::ALL, false, None).expect("a sum")]
    };
    let recording = Scope::record(true);
    let (script, results) = write(&function, &[&x]);
    let script = script.expect("it can be issued again");
    autograd::backward(&results, &[], false).expect("it was recorded");
    let once = elements(&w.grad().expect("attached"));
    for times in 2..4 {
        let results = script.play(&[&x]).expect("it is issued");
        autograd::backward(&results, &[], true).expect("it was recorded");
        let expected: Vec<f32> = once.iter().map(|g| g * times as f32).collect();
        assert_eq!(elements(&w.grad().expect("attached")), expected);
    }
    drop(recording);
    assert!(!script.fits(&[&x]), "the modes are part of a script");
}

#[test]
fn gradients_are_found_where_they_are_now() {
    let w = numbers(2, 1.0);
    w.attach_grad(GradReq::Write).expect("zeros");
    let function = |_: &[Array]| vec![w.grad().expect("attached") + 1.0];
    let (script, _) = write(&function, &[]);
    let script = script.expect("it can be issued again");
    w.attach_grad(GradReq::Write).expect("zeros");
    ops::write_number(&w.grad().expect("attached"), 4.0).expect("a number");
    assert_eq!(
        elements(&script.play(&[]).expect("it is issued")[0]),
        [5.0, 5.0]
    );
    w.attach_grad(GradReq::Null).expect("none");
    assert!(!script.fits(&[]));
}

#[test]
fn gradients_of_views_may_begin_elsewhere() {
    let data = numbers(40, 0.0).reshape(&[10, 4]).expect("ten rows");
    data.attach_grad(GradReq::Write).expect("zeros");
    ops::write(&data.grad().expect("attached"), &data).expect("of one shape");
    let function = |x: &[Array]| {
        let grad = x[0].grad().expect("attached");
        vec![&grad * 2.0, part(&grad, 1, 1, 2) + 1.0]
    };
    let [a, b, c] = [0, 4, 7].map(|at| part(&data, 0, at, 3));
    check(&function, &[&a], &[&[&b], &[&c], &[&a]]);
}

#[test]
fn an_argument_and_its_stand_in_are_written_as_one() {
    let h = numbers(2, 1.0);
    let writes_own = |x: &[Array]| {
        let sum = &x[0] + 1.0;
        ops::write(&h, &sum).expect("of one shape");
        vec![&x[0] * 2.0]
    };
    let (_, results) = write(&writes_own, &[&h]);
    assert_eq!(elements(&results[0]), [4.0, 6.0]);
    assert_eq!(elements(&h), [2.0, 3.0]);
    let writes_stand_in = |x: &[Array]| {
        ops::write_number(&part(&x[0], 0, 0, 1), 7.0).expect("a number");
        vec![&h * 2.0]
    };
    let (script, results) = write(&writes_stand_in, &[&h]);
    assert!(script.is_none());
    assert_eq!(elements(&results[0]), [14.0, 6.0]);
    assert_eq!(elements(&h), [7.0, 3.0]);
}

#[test]
fn what_another_thread_writes_to_an_argument_stays() {
    let h = numbers(2, 1.0);
    let function = |x: &[Array]| {
        let write = || ops::write_number(&h, 9.0).expect("a number");
        std::thread::scope(|scope| scope.spawn(write).join()).expect("it is written");
        vec![&x[0] + 1.0]
    };
    write(&function, &[&h]);
    assert_eq!(elements(&h), [9.0, 9.0]);
}

#[test]
fn what_cannot_be_issued_again_is_refused() {
    let outside = std::cell::RefCell::new(Vec::new());
    let waits = |x: &[Array]| {
        assert_eq!(elements(&x[0]).len(), 2);
        vec![&x[0] + 1.0]
    };
    let keeps = |x: &[Array]| {
        outside.borrow_mut().push(&x[0] + 1.0);
        vec![&x[0] + 2.0]
    };
    let writes = |x: &[Array]| {
        ops::write_number(&x[0], 3.0).expect("a number");
        vec![&x[0] + 1.0]
    };
    let attaches = |x: &[Array]| {
        x[0].attach_grad(GradReq::Write).expect("zeros");
        vec![]
    };
    let asks = |x: &[Array]| {
        let y = &x[0] + 1.0;
        vec![if y.is_done() { y } else { &x[0] + 1.0 }]
    };
    let functions: [Function<'_>; 5] = [&waits, &keeps, &writes, &attaches, &asks];
    for function in functions {
        let x = numbers(2, 1.0);
        let (script, _) = write(function, &[&x]);
        assert!(script.is_none());
    }
    let x = numbers(2, 1.0);
    let (_, results) = write(&writes, &[&x]);
    assert_eq!(elements(&results[0]), [4.0, 4.0]);
    assert_eq!(elements(&x), [3.0, 3.0], "the argument itself is written");
    write(&attaches, &[&x]);
    assert!(x.grad().is_some(), "the argument itself gets a gradient");
}

#[test]
fn what_was_noted_is_let_go_with_the_refusal() {
    const BYTES: usize = 64 << 20;
    let live = || memory::stats(Device::default()).live;
    let before = live();
    let function = |x: &[Array]| {
        let big = ops::zeros([BYTES / 4], x[0].dtype(), x[0].device()).expect("it fits");
        let more = &big + 1.0;
        more.wait().expect("it is computed");
        drop((big, more));
        // A worker may still be about to let go of what it read.
        let patience = Instant::now() + Duration::from_secs(20);
        while live() > before + BYTES / 2 {
            assert!(Instant::now() < patience, "it is held");
            std::thread::yield_now();
        }
        vec![&x[0] + 1.0]
    };
    let (script, _) = write(&function, &[&numbers(2, 1.0)]);
    assert!(script.is_none());
}

#[test]
fn scripts_are_not_written_inside_each_other() {
    let x = numbers(2, 1.0);
    assert!(Writer::begin(&[&x, &x]).is_none(), "one variable twice");
    let (writer, _) = Writer::begin(&[&x]).expect("nobody writes");
    assert!(forerun_engine::is_writing());
    assert!(Writer::begin(&[&x]).is_none());
    drop(writer);
    assert!(!forerun_engine::is_writing());
}
