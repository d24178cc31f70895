use super::*;

struct Sum;

impl Kernel for Sum {
    type Args<'a> = (&'a [f32], f32);
    type Out = f32;

    #[inline(always)]
    fn body((x, start): (&[f32], f32)) -> f32 {
        x.iter().fold(start, |sum, x| sum + x)
    }
}

#[test]
fn a_level_is_found_by_its_name() {
    for level in Level::ALL {
        assert_eq!(Level::from_name(level.name()), Some(level));
    }
    assert_eq!(Level::from_name("sse9"), None);
}

#[test]
fn the_current_level_runs_on_this_machine() {
    assert!(Level::current() <= Level::of_machine());
}

#[test]
fn every_level_runs_the_same_body() {
    let x: Vec<f32> = (0..100).map(|i| i as f32).collect();
    for level in Level::ALL {
        assert_eq!(version_at::<Sum>(level)((&x, 1.0)), 4951.0);
        let sum = run_at(
            level,
            #[inline(always)]
            || Sum::body((&x, 1.0)),
        );
        assert_eq!(sum, 4951.0);
    }
}

#[test]
fn a_body_can_change_what_it_captures() {
    let mut x = [1.0f32; 40];
    run(
        #[inline(always)]
        || x.iter_mut().for_each(|x| *x *= 2.0),
    );
    assert!(x.iter().all(|&x| x == 2.0));
}
