//! Where an op was issued in the user's program: a small number that a frontend can turn into
//! `file:line` when somebody asks, so that noting it costs next to nothing.

use std::cell::Cell;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::OnceLock;

/// A place in the user's program, as the frontend numbers them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Site(NonZeroU64);

type Resolver = fn(u64) -> String;

static RESOLVER: OnceLock<Resolver> = OnceLock::new();

thread_local! {
    static CURRENT: Cell<Option<Site>> = const { Cell::new(None) };
}

impl Site {
    /// The site that the frontend knows by `id`; `None` for 0.
    pub fn new(id: u64) -> Option<Site> {
        NonZeroU64::new(id).map(Site)
    }

    /// The number by which the frontend knows it.
    pub(crate) fn number(self) -> u64 {
        self.0.get()
    }

    /// Where this thread is issuing from.
    pub fn current() -> Option<Site> {
        CURRENT.get()
    }

    /// Says where this thread issues from until the next call.
    pub fn set_current(site: Option<Site>) {
        CURRENT.set(site);
    }

    /// Gives the function that turns a site's number into text; the first caller wins.
    pub fn set_resolver(resolver: Resolver) {
        let _ = RESOLVER.set(resolver);
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match RESOLVER.get() {
            Some(resolver) => f.write_str(&resolver(self.0.get())),
            None => write!(f, "site {}", self.0),
        }
    }
}
