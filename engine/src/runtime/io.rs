//! The I/O lane: one tokio runtime for files, timers and `await`, started when first used.

use std::future::Future;

use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime as Tokio};

use super::Runtime;

static LANE: Mutex<Option<Tokio>> = Mutex::new(None);

/// Runs something that may block on tokio's pool of threads for that.
pub(super) fn run_blocking(body: impl FnOnce(&Runtime) + Send + 'static) {
    with_lane(|tokio| {
        tokio.spawn_blocking(move || body(&Runtime::current()));
    });
}

/// Runs a future to its end on the I/O lane.
///
/// It may await arrays ([`crate::Array::ready`]), timers and files.
pub fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    with_lane(|tokio| {
        tokio.spawn(future);
    });
}

/// Ends the lane without waiting for what still runs on it.
pub(super) fn stop() {
    // Taken before it ends: what it drops may go to the next lane, which takes the lock.
    let tokio = LANE.lock().take();
    if let Some(tokio) = tokio {
        tokio.shutdown_background();
    }
}

/// Lends the lane out under its lock, so that only `stop` ever owns and ends it: tokio panics if
/// it ends on a thread of its own.
fn with_lane(lend: impl FnOnce(&Tokio)) {
    let mut lane = LANE.lock();
    lend(lane.get_or_insert_with(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("forerun-io")
            .enable_time()
            .build()
            .expect("the system can start a thread")
    }));
}
