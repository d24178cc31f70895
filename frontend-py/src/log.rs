//! `FORERUN_LOG=debug` prints the engine's spans (issue, plan, run, wait) on standard error as they
//! end, each with how long it took; `trace` prints, too, what memory is taken and given back.

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Prints what the environment asks for.
pub(crate) fn install() {
    let level = std::env::var("FORERUN_LOG").ok();
    let level = level.and_then(|level| level.parse::<LevelFilter>().ok());
    let Some(level) = level.filter(|&level| level != LevelFilter::OFF) else {
        return;
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_span_events(FmtSpan::CLOSE)
        .with_thread_names(true)
        .with_ansi(false)
        .with_writer(std::io::stderr);
    // Another subscriber that is there already stays.
    let _ = subscriber.try_init();
}
