//! A failure is a value: it is raised where somebody waits for what it spoiled, once by
//! `wait_all`, and nowhere else.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::sync::{Arc, Mutex, MutexGuard};

use forerun_engine::graph::{Kernel, Run};
use forerun_engine::{Array, DType, Device, Error, Result, ops, runtime};

/// `wait_all` speaks of the whole process.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    while runtime::wait_all().is_err() {}
    alone
}

struct Fails;

impl Kernel for Fails {
    fn name(&self) -> &'static str {
        "fails"
    }

    fn run(&self, _cx: &mut Run<'_>) -> Result<()> {
        Err(Error::argument("fails", "always"))
    }
}

struct Panics {
    in_tiles: bool,
}

impl Kernel for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        let n = if self.in_tiles { 8 } else { 1 };
        cx.tiles
            .run(n, &|i| assert!(i + 1 < n, "tile {i} is the last"));
        Ok(())
    }
}

/// Fails in a part that it should have given.
struct FailsInAPart;

impl Kernel for FailsInAPart {
    fn name(&self) -> &'static str {
        "fails in a part"
    }

    fn gives_parts(&self) -> bool {
        true
    }

    fn run(&self, cx: &mut Run<'_>) -> Result<()> {
        Panics { in_tiles: true }.run(cx)
    }
}

fn one(kernel: impl Kernel + 'static, x: &Array) -> Array {
    let output = (x.shape().clone(), x.dtype());
    ops::custom_kernel(Arc::new(kernel), &[x], [output])
        .unwrap()
        .remove(0)
}

fn failing(x: &Array) -> Array {
    one(Fails, x)
}

fn text(array: &Array) -> String {
    array.wait().unwrap_err().to_string()
}

fn ones() -> Array {
    Array::from_slice(&[1.0f32; 4])
}

#[test]
fn a_failure_is_raised_by_the_value_and_its_readers() {
    let _alone = alone();
    let x = ones();
    let bad = failing(&x);
    let (left, right) = (&bad + 1.0, &bad * 2.0);
    let bottom = ops::sum(&(&left + &right), ops::Axes::ALL, false, None).unwrap();
    let good = &x + 1.0;
    for spoiled in [&bottom, &left, &right, &bad] {
        assert_eq!(text(spoiled), "fails: always [fails on float32(4,)]");
        assert!(spoiled.is_failed());
    }
    assert_eq!(good.to_vec::<f32>().unwrap(), [2.0; 4]);
    runtime::wait_all().expect("it was raised before");
}

#[test]
fn readers_issued_after_the_failure_fail_alike() {
    let _alone = alone();
    let bad = failing(&ones());
    text(&bad);
    let late = &bad + 1.0;
    assert_eq!(text(&late), text(&bad));
    assert_eq!(
        text(&late.reshape(&[2, 2]).unwrap().copy().unwrap()),
        text(&bad)
    );
    runtime::wait_all().unwrap();
}

#[test]
fn a_sibling_in_a_group_with_a_failed_input_is_right() {
    let _alone = alone();
    for fused in [true, false] {
        runtime::set_fusion(fused);
        let x = ones();
        let bad = failing(&x);
        // One group: `sound` reads nothing that failed, `spoiled` reads both.
        let sound = &x + 1.0;
        let spoiled = &sound + &bad;
        let below = &sound * 3.0;
        assert_eq!(below.to_vec::<f32>().unwrap(), [6.0; 4]);
        assert_eq!(sound.to_vec::<f32>().unwrap(), [2.0; 4]);
        text(&spoiled);
    }
    runtime::set_fusion(true);
}

#[test]
fn a_kernel_that_fails_fails_the_ops_that_read_its_parts() {
    let _alone = alone();
    for fused in [true, false] {
        runtime::set_fusion(fused);
        // Too many elements to be run one by one.
        let x = ops::ones([4000], DType::F32, Device::default()).unwrap();
        let bad = one(FailsInAPart, &x);
        let spoiled = (&bad + 1.0) * &x;
        let unread = &x + 2.0;
        assert!(
            text(&spoiled).starts_with("fails in a part: "),
            "{}",
            text(&spoiled)
        );
        assert_eq!(text(&bad), text(&spoiled));
        assert_eq!(unread.to_vec::<f32>().unwrap(), [3.0; 4000]);
        runtime::wait_all().expect("one failure, which was raised");
    }
    runtime::set_fusion(true);
}

#[test]
fn wait_all_raises_each_failure_once() {
    let _alone = alone();
    let bad = [failing(&ones()), failing(&ones())];
    let _readers: Vec<Array> = bad.iter().map(|bad| bad + 1.0).collect();
    assert!(runtime::wait_all().is_err());
    assert!(runtime::wait_all().is_err());
    runtime::wait_all().unwrap();
    let after = ones() + 1.0;
    assert_eq!(after.to_vec::<f32>().unwrap(), [2.0; 4]);
}

#[test]
fn a_failed_group_is_one_failure() {
    let _alone = alone();
    // More memory than there is addresses for.
    let n = 1usize << 23;
    let column = ops::zeros([n, 1], DType::F64, Device::default()).unwrap();
    let row = ops::zeros([1, n], DType::F64, Device::default()).unwrap();
    let sum = &column + &row;
    let spoiled = &sum * 2.0 + 1.0;
    assert!(runtime::wait_all().is_err());
    runtime::wait_all().expect("the ops of one pass share one failure");
    for array in [&sum, &spoiled] {
        assert!(text(array).contains("beyond the limit"), "{}", text(array));
        assert!(text(array).contains("(8388608, 1)"), "{}", text(array));
    }
}

#[test]
fn a_panic_is_a_failure_that_names_its_op() {
    let _alone = alone();
    for in_tiles in [false, true] {
        let bad = one(Panics { in_tiles }, &ones());
        let text = text(&(&bad + 1.0));
        assert!(text.starts_with("panics: panicked: tile"), "{text}");
        assert!(text.contains("is the last"), "{text}");
    }
    for _ in 0..100 {
        assert!(one(Panics { in_tiles: true }, &ones()).wait().is_err());
    }
    assert_eq!((ones() + 1.0).to_vec::<f32>().unwrap(), [2.0; 4]);
}

#[test]
fn an_index_out_of_bounds_in_the_data_fails_the_value() {
    let _alone = alone();
    let indices = Array::from_slice(&[0i64, 9]);
    let taken = ops::take(&ones(), &indices, None, Some("raise")).unwrap();
    let error = taken.wait().unwrap_err();
    assert!(matches!(error.root(), Error::Index { .. }), "{error}");
}

#[test]
fn a_missing_file_is_refused_and_a_short_one_fails_the_value() {
    let _alone = alone();
    let part = || ops::Part {
        offset: 0,
        shape: [4].into(),
        dtype: DType::F32,
    };
    let missing = ops::read_file("/no/such/file", vec![part()], Device::default());
    assert!(matches!(missing, Err(Error::Io { .. })));
    let path = std::env::temp_dir().join(format!("forerun-errors-{}", std::process::id()));
    std::fs::write(&path, [0; 8]).unwrap();
    let short = ops::read_file(&path, vec![part()], Device::default()).unwrap();
    std::fs::remove_file(&path).unwrap();
    let below = &short[0] + 1.0;
    let error = below.wait().unwrap_err();
    assert!(matches!(error.root(), Error::Io { .. }), "{error}");
    assert_eq!(text(&short[0]), error.to_string());
}

#[test]
fn only_a_whole_write_heals_a_failed_array() {
    let _alone = alone();
    let bad = failing(&ones());
    let part = bad.index_axis(0, 0).unwrap();
    ops::write_number(&part, 7.0).unwrap();
    assert_eq!(text(&bad), "fails: always [fails on float32(4,)]");
    ops::write_number(&bad, 7.0).unwrap();
    assert_eq!(bad.to_vec::<f32>().unwrap(), [7.0; 4]);
    assert_eq!(part.to_vec::<f32>().unwrap(), [7.0]);
    runtime::wait_all().unwrap();
}

#[test]
fn many_failures_under_many_readers_leave_no_reader_waiting() {
    let _alone = alone();
    for n_workers in [1, 2, 4] {
        runtime::configure(runtime::Config { n_workers });
        let x = ones();
        let mut sound = x.copy().unwrap();
        let mut spoiled = Vec::new();
        for i in 0..2000 {
            sound = &sound + 1.0;
            if i % 50 == 0 {
                spoiled.push(failing(&sound));
            }
            if let Some(last) = spoiled.last() {
                let next = last + &sound;
                spoiled.push(next);
            }
        }
        assert!(spoiled.iter().all(|array| array.wait().is_err()));
        assert_eq!(sound.to_vec::<f32>().unwrap(), [2001.0; 4]);
        runtime::wait_all().unwrap();
    }
}
