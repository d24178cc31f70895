//! Random numbers from a counter: an element depends on the key of its op and on its position,
//! never on who computes it or when.
//!
//! `philox` turns a position into 128 random bits, `wide` does so for many positions at once,
//! `fill` makes uniform and normal numbers of them, `reject` those that need a varying number of
//! bits (`counts` those that count events), `choose` permutations and draws from lists.

mod philox;
mod wide;

mod choose;
mod counts;
mod fill;
mod reject;

#[cfg(test)]
mod tests;

pub use choose::{categorical, choice, multinomial, permutation};
pub use counts::{binomial, poisson};
pub use fill::{Real, bernoulli, exponential, normal, uniform};
pub use philox::philox;
pub use reject::{Param, beta, gamma, integers};

/// What the numbers of one op depend on beside their positions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    /// The user's seed.
    pub seed: u64,
    /// Which of the seed's independent streams: one for each op issued.
    pub stream: u64,
}
