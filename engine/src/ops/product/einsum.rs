//! Sums of products over named axes.
//!
//! Operands are taken two at a time, the pair with the smallest result first. Names that both have
//! and that are summed over become the inner axis of a product of matrices, names that both keep
//! its batch; everything else is views, reshapes and sums.

use std::collections::BTreeMap;

use super::product;
use crate::array::Array;
use crate::error::{Error, Result};
use crate::ops::binary::multiply;
use crate::ops::reduce::{reshape_to, sum};
use crate::shape::Layout;

/// The name of an axis: a letter, or a number above them for an axis that the dots stand for.
type Name = u32;

/// An array with a name for each axis, no name twice.
#[derive(Clone)]
struct Named {
    array: Array,
    names: Vec<Name>,
}

/// The sum of products that an expression such as `"ij,jk->ik"` describes. Without `->` the result
/// has the names that occur once, in alphabetical order; dots stand for axes that broadcast.
///
/// # Errors
/// An expression that cannot be read or does not fit the operands.
pub fn einsum<'a>(subscripts: &str, operands: impl AsRef<[&'a Array]>) -> Result<Array> {
    let operands = operands.as_ref();
    let (inputs, output) = parse(subscripts, operands)?;
    let mut open = Vec::new();
    for (array, names) in operands.iter().zip(inputs) {
        open.push(diagonal(array, names)?);
    }
    check_lengths(&open)?;
    while open.len() > 1 {
        let (i, j) = cheapest_pair(&open, &output);
        let second = open.remove(j);
        let first = open.remove(i);
        let is_needed =
            |name: &Name| output.contains(name) || open.iter().any(|x| x.names.contains(name));
        let joined = join(&first, &second, is_needed)?;
        open.push(joined);
    }
    let last = open.pop().ok_or_else(|| wrong("no operands"))?;
    let last = sum_over(&last, |name| !output.contains(name))?;
    arranged(&last, &output)
}

fn wrong(fact: impl Into<String>) -> Error {
    Error::argument("einsum", fact)
}

/// The names of the axes of each operand, and of the result.
fn parse(subscripts: &str, operands: &[&Array]) -> Result<(Vec<Vec<Name>>, Vec<Name>)> {
    let text: String = subscripts.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = match text.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (&text[..], None),
    };
    let terms: Vec<&str> = inputs.split(',').collect();
    if terms.len() != operands.len() {
        let fact = format!("{} subscripts for {} operands", terms.len(), operands.len());
        return Err(wrong(fact));
    }
    let mut n_dots = 0;
    let mut named = Vec::new();
    for (term, operand) in terms.iter().zip(operands) {
        let n_letters = term.chars().filter(|c| *c != '.').count();
        let n = operand.ndim().checked_sub(n_letters);
        let n = n.filter(|&n| n == 0 || term.contains("..."));
        let n = n.ok_or_else(|| {
            wrong(format!(
                "subscripts '{term}' do not fit an operand of shape {}",
                operand.shape()
            ))
        })?;
        n_dots = n_dots.max(n);
        named.push(names(term, n)?);
    }
    let output = match output {
        Some(output) => names(output, if output.contains('.') { n_dots } else { 0 })?,
        None => implied(&named),
    };
    for (i, &name) in output.iter().enumerate() {
        let letter = char::from_u32(name).unwrap_or('.');
        if output[..i].contains(&name) {
            let fact = format!("output subscript '{letter}' appears more than once");
            return Err(wrong(fact));
        }
        if !named.iter().flatten().any(|&other| other == name) {
            let fact = format!("output subscript '{letter}' never appeared in an input");
            return Err(wrong(fact));
        }
    }
    Ok((named, output))
}

/// Names of axes that dots stand for, counted from the last.
const DOTS: Name = 1 << 24;

/// The names in a term whose dots stand for `n_dots` axes.
fn names(term: &str, n_dots: usize) -> Result<Vec<Name>> {
    let (before, after) = match term.split_once("...") {
        Some((before, after)) => (before, Some(after)),
        None => (term, None),
    };
    let is_wrong = |c: char| !c.is_ascii_alphabetic();
    if let Some(c) = before
        .chars()
        .chain(after.unwrap_or("").chars())
        .find(|&c| is_wrong(c))
    {
        return Err(wrong(format!("invalid subscript '{c}' in '{term}'")));
    }
    let mut names: Vec<Name> = before.chars().map(Name::from).collect();
    if let Some(after) = after {
        names.extend((0..n_dots).rev().map(|i| DOTS + i as Name));
        names.extend(after.chars().map(Name::from));
    }
    Ok(names)
}

/// The names of a result that is not given: the dots, then what occurs once.
fn implied(inputs: &[Vec<Name>]) -> Vec<Name> {
    let mut counts = BTreeMap::<Name, usize>::new();
    for &name in inputs.iter().flatten() {
        *counts.entry(name).or_default() += 1;
    }
    let dots = counts.keys().copied().filter(|&name| name >= DOTS).rev();
    let once = counts.iter().filter(|&(&name, &n)| n == 1 && name < DOTS);
    dots.chain(once.map(|(&name, _)| name)).collect()
}

/// The view in which axes of one name have become one.
fn diagonal(x: &Array, names: Vec<Name>) -> Result<Named> {
    let layout = x.layout();
    let mut kept: Vec<(Name, usize, isize)> = Vec::new();
    for (axis, &name) in names.iter().enumerate() {
        let (len, stride) = (layout.shape[axis], layout.strides[axis]);
        match kept.iter_mut().find(|(other, ..)| *other == name) {
            Some((_, old, _)) if *old != len => {
                let fact = format!("axes of one name have lengths {old} and {len}");
                return Err(Error::shape("einsum", fact));
            }
            Some((_, _, step)) => *step += stride,
            None => kept.push((name, len, stride)),
        }
    }
    let array = match kept.len() == names.len() {
        true => x.clone(),
        false => x.with_layout(Layout {
            shape: kept.iter().map(|&(_, len, _)| len).collect(),
            strides: kept.iter().map(|&(.., stride)| stride).collect(),
            offset: layout.offset,
        }),
    };
    let names = kept.into_iter().map(|(name, ..)| name).collect();
    Ok(Named { array, names })
}

/// # Errors
/// A name with two lengths, neither of which is 1.
fn check_lengths(operands: &[Named]) -> Result<()> {
    let mut lens = BTreeMap::<Name, usize>::new();
    for operand in operands {
        for (&name, &len) in operand.names.iter().zip(operand.array.shape().iter()) {
            let old = lens.entry(name).or_insert(len);
            if *old != len && *old != 1 && len != 1 {
                let letter = char::from_u32(name).filter(|_| name < DOTS).unwrap_or('.');
                let fact = format!("axes named '{letter}' have lengths {old} and {len}");
                return Err(Error::shape("einsum", fact));
            }
            *old = (*old).max(len);
        }
    }
    Ok(())
}

/// The two operands whose joint result is smallest; the earliest of equals.
fn cheapest_pair(open: &[Named], output: &[Name]) -> (usize, usize) {
    let size = |i: usize, j: usize| -> f64 {
        let others = |name: &Name| {
            let rest = open
                .iter()
                .enumerate()
                .filter(|&(at, _)| at != i && at != j);
            output.contains(name) || rest.into_iter().any(|(_, x)| x.names.contains(name))
        };
        let mut lens = BTreeMap::new();
        for x in [&open[i], &open[j]] {
            for (&name, &len) in x.names.iter().zip(x.array.shape().iter()) {
                if others(&name) {
                    lens.insert(name, len);
                }
            }
        }
        lens.values().map(|&len| len as f64).product()
    };
    let pairs = (0..open.len()).flat_map(|i| (i + 1..open.len()).map(move |j| (i, j)));
    pairs
        .min_by(|&(a, b), &(c, d)| size(a, b).total_cmp(&size(c, d)))
        .expect("two operands are left")
}

/// The product of two operands, summed over the names that are not needed.
fn join(a: &Named, b: &Named, is_needed: impl Fn(&Name) -> bool) -> Result<Named> {
    let a = sum_over(a, |name| !is_needed(name) && !b.names.contains(name))?;
    let b = sum_over(b, |name| !is_needed(name) && !a.names.contains(name))?;
    // An axis of length 1 that the other stretches has nothing to multiply.
    let (a, b) = (without_stretched(&a, &b)?, without_stretched(&b, &a)?);
    let a = sum_over(&a, |name| !is_needed(name) && !b.names.contains(name))?;
    let b = sum_over(&b, |name| !is_needed(name) && !a.names.contains(name))?;
    let part = |x: &Named, other: &Named, shared: bool, needed: bool| -> Vec<Name> {
        let names = x.names.iter().copied();
        names
            .filter(|name| other.names.contains(name) == shared && is_needed(name) == needed)
            .collect()
    };
    let batch = part(&a, &b, true, true);
    // In the order of the larger operand, which is then less likely to be copied.
    let inner = match a.array.shape().size() >= b.array.shape().size() {
        true => part(&a, &b, true, false),
        false => part(&b, &a, true, false),
    };
    let (rows, columns) = (part(&a, &b, false, true), part(&b, &a, false, true));
    let names = [&batch[..], &rows, &columns].concat();
    if inner.is_empty() {
        let array = multiply(&stretched(&a, &names)?, &stretched(&b, &names)?)?;
        return Ok(Named { array, names });
    }
    let left = grouped(&a, [&batch, &rows, &inner])?;
    let right = grouped(&b, [&batch, &inner, &columns])?;
    let y = product("einsum", &left, &right)?;
    let len = |name: &Name| {
        length(&a, *name)
            .or(length(&b, *name))
            .expect("named by one of them")
    };
    let shape: Vec<usize> = names.iter().map(len).collect();
    let array = reshape_to(&y, &shape)?;
    Ok(Named { array, names })
}

fn length(x: &Named, name: Name) -> Option<usize> {
    let axis = x.names.iter().position(|&other| other == name)?;
    Some(x.array.shape()[axis])
}

/// The operand summed over the names that are `gone`.
fn sum_over(x: &Named, gone: impl Fn(&Name) -> bool) -> Result<Named> {
    let is_gone: Vec<bool> = x.names.iter().map(&gone).collect();
    let axes: Vec<isize> = (0..is_gone.len())
        .filter(|&axis| is_gone[axis])
        .map(|axis| axis as isize)
        .collect();
    if axes.is_empty() {
        return Ok(x.clone());
    }
    Ok(Named {
        array: sum(&x.array, &axes[..], false, Some(x.array.dtype()))?,
        names: x.names.iter().copied().filter(|name| !gone(name)).collect(),
    })
}

/// The operand without axes of length 1 that are longer in the other.
fn without_stretched(x: &Named, other: &Named) -> Result<Named> {
    let is_stretched = |name: &Name| {
        length(x, *name) == Some(1) && length(other, *name).is_some_and(|len| len != 1)
    };
    let axes: Vec<isize> = (0..x.names.len())
        .filter(|&axis| is_stretched(&x.names[axis]))
        .map(|axis| axis as isize)
        .collect();
    Ok(Named {
        array: x.array.squeeze(Some(&axes))?,
        names: x
            .names
            .iter()
            .copied()
            .filter(|name| !is_stretched(name))
            .collect(),
    })
}

/// The array with its axes in the order of `names`, all of which it has.
fn arranged(x: &Named, names: &[Name]) -> Result<Array> {
    let place = |name: &Name| {
        let axis = x.names.iter().position(|other| other == name);
        axis.expect("the name of an axis") as isize
    };
    let axes: Vec<isize> = names.iter().map(place).collect();
    x.array.transpose(Some(&axes))
}

/// The array with its axes in the order of `names`, and axes of length 1 for those it lacks.
fn stretched(x: &Named, names: &[Name]) -> Result<Array> {
    let own: Vec<Name> = names
        .iter()
        .copied()
        .filter(|name| x.names.contains(name))
        .collect();
    let mut array = arranged(x, &own)?;
    for (axis, name) in names.iter().enumerate() {
        if !own.contains(name) {
            array = array.expand_dims(axis as isize)?;
        }
    }
    Ok(array)
}

/// The array with the axes of each group joined to one.
fn grouped(x: &Named, groups: [&[Name]; 3]) -> Result<Array> {
    let array = arranged(x, &groups.concat())?;
    let lens = groups.map(|group| {
        let lens = group
            .iter()
            .map(|&name| length(x, name).expect("the name of an axis"));
        lens.product()
    });
    reshape_to(&array, &lens)
}
