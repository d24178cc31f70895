//! After what: values and the ops that make them, batches of recorded ops, and the plans that
//! batches become.
//!
//! Nothing here runs, waits or knows a thread: planning is a function from a batch to a [`Plan`].

mod batch;
mod bundle;
mod draw;
mod forms;
mod fuse;
mod history;
mod node;
mod op;
mod outline;
mod plan;

pub(crate) use batch::Batch;
pub use draw::draw;
pub(crate) use forms::Forms;
pub(crate) use node::{Buffers, Call, Completion, Input, Output, Watcher};
pub use node::{Node, Value};
pub(crate) use op::Haste;
pub use op::{Element, ElementDef, Kernel, Lane, Op, Redraw, Run, TensorMut, TensorRef};
pub(crate) use plan::{External, Nodes, Plan, note_unplanned, plan};
