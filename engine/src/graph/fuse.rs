//! Which ops of a batch run as one step: element-wise ops of one shape that feed each other.
//!
//! Groups are numbered in the order of their first op, and an op joins only the latest of the
//! groups that it reads. So every dependency between groups points from a lower to a higher
//! number, and no cycle can arise.

use std::sync::Arc;

use smallvec::SmallVec;

use super::node::{Input, Node};
use super::op::Op;
use super::plan::position;

/// Most ops in a group: its blocks' registers should stay in the first-level cache.
const MAX_OPS: u32 = 24;

/// The grouping of a batch's ops.
pub(super) struct Groups {
    /// The group of each op; of no meaning for a dead one.
    pub(super) of_node: Vec<u32>,
    /// How many groups there are.
    pub(super) n_groups: usize,
}

struct Group {
    /// Its first op, whose shape and device all share.
    leader: usize,
    /// How many ops it has; 0 for one that another has absorbed.
    n_ops: u32,
    /// False if its op has a kernel of its own.
    is_elementwise: bool,
    /// True once another group reads it.
    is_read: bool,
    /// The group that absorbed it, or itself.
    into: u32,
}

/// Groups the living ops of a batch; each is alone where `fusion` is off.
pub(super) fn group(first: u64, nodes: &[Option<Arc<Node>>], fusion: bool) -> Groups {
    let mut groups: Vec<Group> = Vec::with_capacity(nodes.len());
    let mut of_node: Vec<u32> = vec![0; nodes.len()];
    for (i, node) in nodes.iter().enumerate() {
        let Some(node) = node else { continue };
        let producers = producers(first, nodes, node, &of_node, &groups);
        let host = if fusion {
            host(nodes, &groups, node, &producers)
        } else {
            None
        };
        let own = host.unwrap_or_else(|| {
            let is_elementwise =
                node.with_call(|call| matches!(call.op, Op::Element(_))) == Some(true);
            let into = groups.len() as u32;
            groups.push(Group {
                leader: i,
                n_ops: 0,
                is_elementwise,
                is_read: false,
                into,
            });
            into
        });
        groups[own as usize].n_ops += 1;
        of_node[i] = own;
        for producer in &producers {
            if producer.group == own {
                continue;
            }
            if host.is_some() && may_absorb(nodes, &groups, own, producer) {
                absorb(&mut groups, own, producer.group);
            } else {
                groups[producer.group as usize].is_read = true;
            }
        }
    }
    number(groups, of_node)
}

/// A group that an op reads.
struct Producer {
    group: u32,
    /// True if every value is read as it lies.
    is_direct: bool,
}

/// The groups that make the inputs of `node`, each once.
fn producers(
    first: u64,
    nodes: &[Option<Arc<Node>>],
    node: &Arc<Node>,
    of_node: &[u32],
    groups: &[Group],
) -> SmallVec<[Producer; 3]> {
    let mut producers: SmallVec<[Producer; 3]> = SmallVec::new();
    node.with_call(|call| {
        for input in &call.inputs {
            let Input::Value(value, layout) = input else {
                continue;
            };
            let Some(at) = position(first, nodes, value.node()) else {
                continue;
            };
            let group = resolve(groups, of_node[at]);
            let is_direct = layout.is_none() && value.shape() == node.output(0).0;
            match producers
                .iter_mut()
                .find(|producer| producer.group == group)
            {
                Some(producer) => producer.is_direct &= is_direct,
                None => producers.push(Producer { group, is_direct }),
            }
        }
    });
    producers
}

/// The group that the op may join: the latest that it reads, if both are element-wise and of one
/// shape.
fn host(
    nodes: &[Option<Arc<Node>>],
    groups: &[Group],
    node: &Arc<Node>,
    producers: &[Producer],
) -> Option<u32> {
    let latest = producers.iter().max_by_key(|producer| producer.group)?;
    let is_elementwise = node.with_call(|call| matches!(call.op, Op::Element(_))) == Some(true);
    let group = &groups[latest.group as usize];
    let fits = is_elementwise
        && latest.is_direct
        && group.is_elementwise
        && group.n_ops < MAX_OPS
        && same_output(nodes, group, node);
    fits.then_some(latest.group)
}

/// True if `producer` can become part of group `own`, which reads it: nobody else has read it yet,
/// so no group in between depends on it.
fn may_absorb(
    nodes: &[Option<Arc<Node>>],
    groups: &[Group],
    own: u32,
    producer: &Producer,
) -> bool {
    let (own, other) = (&groups[own as usize], &groups[producer.group as usize]);
    let leader = nodes[own.leader]
        .as_ref()
        .expect("a group's leader is alive");
    producer.is_direct
        && other.is_elementwise
        && !other.is_read
        && own.n_ops + other.n_ops <= MAX_OPS
        && same_output(nodes, other, leader)
}

fn absorb(groups: &mut [Group], own: u32, other: u32) {
    let moved = std::mem::take(&mut groups[other as usize].n_ops);
    groups[other as usize].into = own;
    groups[own as usize].n_ops += moved;
}

fn same_output(nodes: &[Option<Arc<Node>>], group: &Group, node: &Arc<Node>) -> bool {
    let leader = nodes[group.leader]
        .as_ref()
        .expect("a group's leader is alive");
    let ((shape, _, device), (other, _, on)) = (leader.output(0), node.output(0));
    shape == other && device == on
}

fn resolve(groups: &[Group], mut group: u32) -> u32 {
    while groups[group as usize].into != group {
        group = groups[group as usize].into;
    }
    group
}

/// Numbers the groups that are left without gaps, in order.
fn number(groups: Vec<Group>, mut of_node: Vec<u32>) -> Groups {
    let mut n_groups = 0;
    let numbers: Vec<u32> = groups
        .iter()
        .map(|group| {
            n_groups += usize::from(group.n_ops > 0);
            n_groups as u32
        })
        .collect();
    for group in &mut of_node {
        if !groups.is_empty() {
            *group = numbers[resolve(&groups, *group) as usize] - 1;
        }
    }
    Groups { of_node, n_groups }
}
