//! Which groups run as one step: small neighbours, one after the other on one thread. Handing a
//! small op to another thread costs more than running it.
//!
//! A bundle is a run of consecutive group numbers, and dependencies point from lower to higher
//! numbers, so no cycle can arise. All groups of a bundle wait for the same: none is held up by
//! what only another one needs.

use super::fuse::Groups;
use super::node::Weight;
use super::outline::Outline;

/// Most groups in a bundle, so that a batch of small ops still occupies several workers.
const MAX_GROUPS: u32 = 64;

/// The groups of a batch as steps.
pub(super) struct Bundles {
    /// The step of each group.
    pub(super) of_group: Vec<u32>,
    /// How many steps there are.
    pub(super) n_steps: usize,
}

/// What a step waits for, a bit for each thing; things that share a bit only make bundles that
/// wait a little longer.
type Waits = u64;

/// The step that groups may still join.
struct Open {
    step: u32,
    waits: Waits,
    n_groups: u32,
}

/// Bundles the groups.
pub(super) fn bundle(outline: &Outline, groups: &Groups) -> Bundles {
    let mut bundles = Bundles {
        of_group: Vec::with_capacity(groups.n_groups),
        n_steps: 0,
    };
    let mut open: Option<Open> = None;
    for group in 0..groups.n_groups as u32 {
        let mut members = groups.members(group);
        let is_small = members.all(|at| outline.op(at).weight == Weight::Small);
        let joined = open.as_mut().filter(|open| {
            is_small
                && open.n_groups < MAX_GROUPS
                && waits(outline, groups, &bundles, group, open) == open.waits
        });
        if let Some(open) = joined {
            open.n_groups += 1;
        } else {
            let step = bundles.n_steps as u32;
            bundles.n_steps += 1;
            let own = Open {
                step,
                waits: 0,
                n_groups: 1,
            };
            open = is_small.then(|| Open {
                waits: waits(outline, groups, &bundles, group, &own),
                ..own
            });
        }
        bundles.of_group.push(bundles.n_steps as u32 - 1);
    }
    bundles
}

/// What a group waits for outside `open`, and what `open` waits for if it reads from it.
fn waits(outline: &Outline, groups: &Groups, bundles: &Bundles, group: u32, open: &Open) -> Waits {
    let mut waits = 0;
    for at in groups.members(group) {
        let op = outline.op(at);
        for made in outline.made_inside(op) {
            let producer = groups.of_node[made.by as usize];
            if producer == group {
                continue;
            }
            waits |= match bundles.of_group[producer as usize] {
                step if step == open.step => open.waits,
                step => bit(u64::from(step)),
            };
        }
        for node in outline.waited_for(op) {
            waits |= bit(outline.distance(node));
        }
    }
    waits
}

fn bit(number: u64) -> Waits {
    1 << (number % 64)
}
