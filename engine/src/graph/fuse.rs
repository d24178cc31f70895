//! Which ops of a batch run as one group: element-wise ops of one shape that feed each other, and
//! with them a kernel: one that takes its input while it is made, such as a sum, at their end, or one
//! whose output they read part by part as it is made, such as a product.
//!
//! Groups are numbered in the order of their first op, and an op joins only the latest of the
//! groups that it reads. So every dependency between groups points from a lower to a higher
//! number, and no cycle can arise.

use std::sync::Arc;

use smallvec::SmallVec;

use super::node::Node;
use super::outline::{Outline, OutlinedOp};

/// Most ops in a group: its blocks' registers should stay in the first-level cache.
const MAX_OPS: u32 = 24;

/// The grouping of a batch's ops.
pub(super) struct Groups {
    /// The group of each op; of no meaning for a dead one.
    pub(super) of_node: Vec<u32>,
    /// How many groups there are.
    pub(super) n_groups: usize,
    /// Where the members of each group begin in `members`, and where the last ends.
    starts: Vec<u32>,
    /// The living ops, by group and then in the order of issue.
    members: Vec<u32>,
}

impl Groups {
    /// The positions of a group's ops, in the order of issue.
    pub(super) fn members(&self, group: u32) -> impl Iterator<Item = usize> {
        let [start, end] = [group, group + 1].map(|at| self.starts[at as usize] as usize);
        self.members[start..end].iter().map(|&at| at as usize)
    }
}

struct Group {
    /// Its first op, whose shape and device all element-wise ones share.
    leader: usize,
    /// How many ops it has; 0 for one that another has absorbed.
    n_ops: u32,
    /// False if its last op has a kernel that gives no parts; nothing joins it.
    is_open: bool,
    /// True if one of its ops has a kernel of its own.
    has_kernel: bool,
    /// True once another group reads it.
    is_read: bool,
    /// The group that absorbed it, or itself.
    into: u32,
}

/// Groups the living ops of a batch; each is alone where `fusion` is off.
pub(super) fn group(outline: &Outline, nodes: &[Option<Arc<Node>>], fusion: bool) -> Groups {
    let mut groups: Vec<Group> = Vec::with_capacity(nodes.len());
    let mut of_node: Vec<u32> = vec![0; nodes.len()];
    for (i, op) in outline.ops() {
        let producers = producers(outline, op, &of_node, &groups);
        let host = if fusion && (op.is_elementwise || op.takes_made_input) {
            host(nodes, &groups, op, i, &producers)
        } else {
            None
        };
        let own = host.unwrap_or_else(|| {
            let into = groups.len() as u32;
            groups.push(Group {
                leader: i,
                n_ops: 0,
                is_open: true,
                has_kernel: false,
                is_read: false,
                into,
            });
            into
        });
        let group = &mut groups[own as usize];
        group.n_ops += 1;
        group.is_open &= op.is_elementwise || op.gives_parts;
        group.has_kernel |= !op.is_elementwise;
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
    number(outline, &groups, of_node)
}

/// A group that an op reads.
struct Producer {
    group: u32,
    /// True if every value is read as it lies.
    is_direct: bool,
}

/// The groups that make the inputs of an op, each once.
fn producers(
    outline: &Outline,
    op: &OutlinedOp,
    of_node: &[u32],
    groups: &[Group],
) -> SmallVec<[Producer; 3]> {
    let mut producers: SmallVec<[Producer; 3]> = SmallVec::new();
    for made in outline.made_inside(op) {
        let group = resolve(groups, of_node[made.by as usize]);
        let known = producers
            .iter_mut()
            .find(|producer| producer.group == group);
        match known {
            Some(producer) => producer.is_direct &= made.is_direct,
            None => producers.push(Producer {
                group,
                is_direct: made.is_direct,
            }),
        }
    }
    producers
}

/// The group that the op at `at` may join: the latest that it reads, if that is open and of the same
/// shape; a kernel joins any shape, but no group that has one.
fn host(
    nodes: &[Option<Arc<Node>>],
    groups: &[Group],
    op: &OutlinedOp,
    at: usize,
    producers: &[Producer],
) -> Option<u32> {
    let latest = producers.iter().max_by_key(|producer| producer.group)?;
    let group = &groups[latest.group as usize];
    let fits = latest.is_direct
        && group.is_open
        && group.n_ops < MAX_OPS
        && match op.is_elementwise {
            true => same_output(nodes, group, at),
            false => !group.has_kernel,
        };
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
    producer.is_direct
        && other.is_open
        && !other.is_read
        && !(own.has_kernel && other.has_kernel)
        && own.n_ops + other.n_ops <= MAX_OPS
        && same_output(nodes, other, own.leader)
}

fn absorb(groups: &mut [Group], own: u32, other: u32) {
    let moved = std::mem::take(&mut groups[other as usize].n_ops);
    groups[other as usize].into = own;
    let has_kernel = groups[other as usize].has_kernel;
    groups[own as usize].n_ops += moved;
    groups[own as usize].has_kernel |= has_kernel;
}

fn same_output(nodes: &[Option<Arc<Node>>], group: &Group, at: usize) -> bool {
    let [leader, node] = [group.leader, at].map(|at| {
        let node = nodes[at].as_ref();
        node.expect("an op in a group is alive").output(0)
    });
    let ((shape, _, device), (other, _, on)) = (leader, node);
    shape == other && device == on
}

fn resolve(groups: &[Group], mut group: u32) -> u32 {
    while groups[group as usize].into != group {
        group = groups[group as usize].into;
    }
    group
}

/// Numbers the groups that are left without gaps, in order, and lists their members.
fn number(outline: &Outline, groups: &[Group], mut of_node: Vec<u32>) -> Groups {
    let mut numbers = Vec::with_capacity(groups.len());
    let mut starts = vec![0];
    let mut end = 0;
    for group in groups {
        numbers.push(starts.len() as u32 - 1);
        if group.n_ops > 0 {
            end += group.n_ops;
            starts.push(end);
        }
    }
    let mut members = vec![0; end as usize];
    let mut next = starts.clone();
    for (at, _) in outline.ops() {
        let group = numbers[resolve(groups, of_node[at]) as usize];
        of_node[at] = group;
        let place = &mut next[group as usize];
        members[*place as usize] = at as u32;
        *place += 1;
    }
    Groups {
        of_node,
        n_groups: starts.len() - 1,
        starts,
        members,
    }
}
