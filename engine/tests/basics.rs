//! The engine as a Rust program uses it: issue, wait, read, write, differentiate.

use forerun_engine::{Array, DType, Device, GradReq, Scope, ops, runtime};

#[test]
fn arithmetic_gives_what_it_should() {
    let x = Array::from_slice(&[1.0f32, 2.0, 3.0]);
    let y = &x * 2.0 + 1.0;
    assert_eq!(y.to_vec::<f32>().unwrap(), [3.0, 5.0, 7.0]);
}

#[test]
fn work_starts_and_finishes_without_a_blocker() {
    let x = Array::from_slice(&[1.0f32, 2.0, 3.0]);
    let y = &x + 1.0;
    let begun = std::time::Instant::now();
    while !y.is_done() {
        assert!(begun.elapsed().as_secs() < 5, "never ran");
        std::thread::yield_now();
    }
}

#[test]
fn a_long_chain_gives_its_length() {
    let mut x = ops::zeros([2, 3], DType::F32, Device::default()).unwrap();
    for _ in 0..10_000 {
        x = &x + 1.0;
    }
    assert_eq!(x.to_vec::<f32>().unwrap(), [10_000.0; 6]);
}

#[test]
fn a_reader_before_a_write_keeps_the_old_value() {
    let x = Array::from_slice(&[1.0f32, 2.0, 3.0, 4.0]);
    let before = &x + 0.0;
    let part = x.index_axis(0, 1).unwrap();
    ops::write_number(&part, 9.0).unwrap();
    let after = &x + 0.0;
    assert_eq!(before.to_vec::<f32>().unwrap(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(after.to_vec::<f32>().unwrap(), [1.0, 9.0, 3.0, 4.0]);
    assert_eq!(part.to_vec::<f32>().unwrap(), [9.0]);
}

#[test]
fn a_gradient_flows_through_views_and_sums() {
    let x = Array::from_slice(&[1.0f32, 2.0, 3.0, 4.0]);
    x.attach_grad(GradReq::Write).unwrap();
    let y = {
        let _recording = Scope::record(true);
        let m = x.reshape(&[2, 2]).unwrap().transpose(None).unwrap();
        ops::sum(&(&m * &m), ops::Axes::ALL, false, None).unwrap()
    };
    y.backward().unwrap();
    assert_eq!(
        x.grad().unwrap().to_vec::<f32>().unwrap(),
        [2.0, 4.0, 6.0, 8.0]
    );
}

#[test]
fn stopping_and_starting_again_loses_nothing() {
    for round in 0..20 {
        let x = Array::from_slice(&[round as f32]);
        let y = &x + 1.0;
        runtime::stop();
        assert_eq!(y.to_vec::<f32>().unwrap(), [round as f32 + 1.0]);
    }
}
