//! What the large live blocks are, to be listed when somebody asks or memory is short: a block from
//! 64 KiB on has a record, smaller ones are only summed up.

use crossbeam_utils::CachePadded;
use parking_lot::Mutex;

use super::Device;
use crate::dtype::DType;
use crate::shape::Shape;
use crate::site::Site;

/// A large live block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its first byte, to find the values in it.
    pub(crate) address: usize,
    /// Bytes that it takes.
    pub bytes: usize,
    /// The device it is accounted on.
    pub device: Device,
    /// The op that took it, or whose result it holds.
    pub op: &'static str,
    /// What it holds; `None` for what a kernel needs while it runs, and what is being computed.
    pub contents: Option<Contents>,
    /// Holds on it by other libraries.
    pub n_leases: usize,
}

/// What a block holds.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The shape.
    pub shape: Shape,
    /// The type of the elements.
    pub dtype: DType,
    /// Where the user's program issued it.
    pub site: Option<Site>,
}

#[derive(Debug, Default)]
struct Shard {
    blocks: Vec<Option<Block>>,
    free: Vec<u32>,
}

const N_SHARDS: usize = 16;
/// Blocks by address, so that threads seldom wait for each other.
static SHARDS: [CachePadded<Mutex<Shard>>; N_SHARDS] = [const {
    CachePadded::new(Mutex::new(Shard {
        blocks: Vec::new(),
        free: Vec::new(),
    }))
}; N_SHARDS];

/// Where a block's record is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Ticket(u32);

/// Records a block.
pub(super) fn add(block: Block) -> Ticket {
    let shard = (block.address >> 16) % N_SHARDS;
    let mut records = SHARDS[shard].lock();
    let at = match records.free.pop() {
        Some(at) => at as usize,
        None => {
            records.blocks.push(None);
            records.blocks.len() - 1
        }
    };
    records.blocks[at] = Some(block);
    Ticket((at * N_SHARDS + shard) as u32)
}

/// Forgets a block.
pub(super) fn remove(ticket: Ticket) {
    let (mut records, at) = find(ticket);
    records.blocks[at] = None;
    records.free.push(at as u32);
}

/// Changes what is known of a block.
pub(super) fn change(ticket: Ticket, change: impl FnOnce(&mut Block)) {
    let (mut records, at) = find(ticket);
    if let Some(block) = &mut records.blocks[at] {
        change(block);
    }
}

fn find(ticket: Ticket) -> (parking_lot::MutexGuard<'static, Shard>, usize) {
    let ticket = ticket.0 as usize;
    (SHARDS[ticket % N_SHARDS].lock(), ticket / N_SHARDS)
}

/// The large live blocks, the largest first.
pub fn large_blocks() -> Vec<Block> {
    let mut blocks: Vec<Block> = SHARDS
        .iter()
        .flat_map(|shard| {
            shard
                .lock()
                .blocks
                .iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
        })
        .collect();
    blocks.sort_by_key(|block| std::cmp::Reverse(block.bytes));
    blocks
}
