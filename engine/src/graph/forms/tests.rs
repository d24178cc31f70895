//! Batches of one structure share a form, and only those.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{Form, Forms};
use crate::dtype::DType;
use crate::graph::node::{Call, Input, Node, Output, Value};
use crate::graph::op::{Element, ElementDef, Op};
use crate::graph::{Batch, plan};
use crate::memory::Device;
use crate::shape::Shape;

static NOTHING: ElementDef = ElementDef {
    name: "nothing",
    block: |_| None,
};

/// An op that reads one value.
fn node(read: Option<&Arc<Node>>, len: usize) -> Arc<Node> {
    let op = Op::Element(Element {
        def: &NOTHING,
        compute: DType::F32,
    });
    let inputs = read.map(|node| Input::Value(Value::new(node.clone(), 0), None));
    let call = Call {
        op,
        inputs: inputs.into_iter().collect(),
    };
    let output = Output {
        shape: Shape::from([len]),
        dtype: DType::F32,
        device: Device::default(),
    };
    Arc::new(Node::queued(call, SmallVec::from_buf([output])))
}

/// The form of a batch that begins at `first`; `kept` are alive.
fn form(forms: &Forms, first: u64, nodes: Vec<Arc<Node>>, kept: &[usize]) -> Arc<Form> {
    let held: Vec<Arc<Node>> = kept.iter().map(|&at| nodes[at].clone()).collect();
    let mut batch = Batch::starting_at(first);
    nodes.into_iter().for_each(|node| batch.push(node));
    let (plan, _) = plan(&mut batch, true, Some(forms));
    drop(held);
    plan.form().clone()
}

/// Each op reads the one before; the last is kept.
fn chain(forms: &Forms, first: u64, lens: &[usize]) -> Arc<Form> {
    let mut nodes: Vec<Arc<Node>> = Vec::new();
    for &len in lens {
        nodes.push(node(nodes.last(), len));
    }
    form(forms, first, nodes, &[lens.len() - 1])
}

#[test]
fn batches_of_one_structure_share_a_form() {
    let forms = Forms::new();
    let a = chain(&forms, 1, &[4, 4, 4]);
    let b = chain(&forms, 100, &[4, 4, 4]);
    assert!(Arc::ptr_eq(&a, &b));
}

#[test]
fn shapes_are_told_apart_as_far_as_they_are_alike() {
    let forms = Forms::new();
    let a = chain(&forms, 1, &[4, 4, 4]);
    assert!(Arc::ptr_eq(&a, &chain(&forms, 1, &[8, 8, 8])));
    let b = chain(&forms, 1, &[4, 4, 8]);
    assert!(!Arc::ptr_eq(&a, &b));
    assert!(!Arc::ptr_eq(&b, &chain(&forms, 1, &[4, 8, 8])));
}

#[test]
fn dead_ops_are_part_of_the_structure() {
    let forms = Forms::new();
    let two = |kept: &[usize]| form(&forms, 1, vec![node(None, 4), node(None, 4)], kept);
    let [first, second, both] = [two(&[0]), two(&[1]), two(&[0, 1])];
    assert!(!Arc::ptr_eq(&first, &second));
    assert!(!Arc::ptr_eq(&first, &both));
    assert!(Arc::ptr_eq(&both, &two(&[0, 1])));
}

#[test]
fn what_is_waited_for_is_part_of_the_structure() {
    let forms = Forms::new();
    let mut outside = Batch::starting_at(1);
    let [a, b] = [node(None, 4), node(None, 4)];
    outside.push(a.clone());
    outside.push(b.clone());
    let one = |read: &Arc<Node>, first| form(&forms, first, vec![node(Some(read), 4)], &[0]);
    let of_a = one(&a, 10);
    assert!(!Arc::ptr_eq(&of_a, &one(&b, 10)));
    assert!(Arc::ptr_eq(&of_a, &one(&b, 11)), "as long before");
}
