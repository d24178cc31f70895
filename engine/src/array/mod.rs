//! What the user holds: an [`Array`] is a view of a variable, and a variable always has one current
//! value, which ops read and replace. Issuing an op, recording it for backward, and noting it to be
//! issued again happen here.
//!
//! `array` knows no particular op; those are in `ops`, which stands on it.

mod handle;
mod host;
mod issue;
mod live;
pub(crate) mod script;
pub(crate) mod tape;
mod variable;
mod view;

pub use handle::{Array, draw};
pub use host::{Lease, Ready};
pub use issue::custom;
pub(crate) use issue::{Operand, Output, issue, issue_one, update};
pub use live::{Holders, Live, State, live};
pub use script::{Script, Writer, is_writing};
pub use tape::{
    Backward, GradReq, Gradient, Grads, Rule, Scope, is_recording, is_training, set_mode,
};
