//! Scripts of Python functions: arguments and results, however nested, as lists of arrays.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use forerun_engine::{Array, Script, Writer, is_writing};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PyString, PyTuple, PyType};

use crate::array::{self, PyArray};
use crate::error::to_py;
use crate::site;

/// How often something changed that scripts rest on.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// Ends every script: something has changed that a function of arrays finds outside its arguments.
#[pyfunction]
pub(crate) fn end_scripts() {
    CHANGES.fetch_add(1, Relaxed);
}

/// Scripts of one function, by the arguments that they were written for.
#[pyclass(frozen, module = "forerun._core")]
pub(crate) struct Scripts(Mutex<Shelf>);

/// Most scripts of one function.
const MAX_SCRIPTS: usize = 32;

/// Scripts written in a row, none of which was played, after which writing is tried rarely.
const MAX_UNPLAYED: usize = 64;

/// Then one call of so many is written.
const RARELY: usize = 16;

#[derive(Default)]
struct Shelf {
    /// The oldest first.
    scripts: VecDeque<Arc<Kept>>,
    /// [`CHANGES`] when they were written.
    changes: u64,
    /// Calls since a script was played.
    n_unplayed: usize,
}

/// What a function did with certain arguments.
struct Kept {
    /// The number of the device that new arrays go to.
    device: usize,
    given: Tree,
    returned: Tree,
    script: Script,
}

/// A nested structure, with numbers for its arrays.
#[derive(PartialEq)]
enum Tree {
    /// An array among the arguments, by number.
    Argument(usize),
    /// An array that was made, by number.
    Result(usize),
    Constant(Constant),
    Tuple(Vec<Tree>),
    List(Vec<Tree>),
}

#[derive(PartialEq)]
enum Constant {
    None,
    Bool(bool),
    Int(i64),
    /// Its bits: zeros have signs, and a NaN is itself.
    Float(u64),
    Text(String),
}

#[pymethods]
impl Scripts {
    #[new]
    fn new() -> Scripts {
        Scripts(Mutex::default())
    }

    fn __len__(&self) -> usize {
        self.0.lock().scripts.len()
    }

    /// A copy, or what comes out of a pickle, begins without scripts.
    fn __reduce__<'py>(slf: &Bound<'py, Scripts>) -> (Bound<'py, PyType>, Bound<'py, PyTuple>) {
        (slf.get_type(), PyTuple::empty(slf.py()))
    }

    /// Issues again what the function issued for arguments like these, or returns
    /// `NotImplemented`.
    fn play<'py>(
        &self,
        py: Python<'py>,
        arguments: &Bound<'py, PyTuple>,
        device: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (tree, objects) = given(arguments);
        let arrays = arrays(&objects);
        let found = tree.and_then(|given| self.find(&given, device, &arrays));
        let Some(kept) = found.filter(|_| !is_writing()) else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        site::note(py);
        let made = kept.script.play(&arrays).map_err(to_py)?;
        kept.returned.build(py, &objects, &owned(py, made)?)
    }

    /// Calls the function, and keeps what it issues if that can be issued again.
    fn write<'py>(
        &self,
        function: &Bound<'py, PyAny>,
        arguments: &Bound<'py, PyTuple>,
        device: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (tree, objects) = given(arguments);
        let may_write = tree.is_some() && !is_writing() && self.0.lock().may_write();
        let begun = may_write.then(|| Writer::begin(&arrays(&objects)));
        let (Some(given), Some((writer, stand_ins))) = (tree, begun.flatten()) else {
            return function.call1(arguments);
        };
        let changes = CHANGES.load(Relaxed);
        let (made, returned, script) = call(function, &given, &objects, writer, stand_ins)?;
        if let Some((returned, script)) = returned.zip(script) {
            let kept = Kept {
                device,
                given,
                returned,
                script,
            };
            self.keep(kept, changes);
        }
        Ok(made)
    }
}

impl Scripts {
    /// The script for arguments like these.
    fn find(&self, given: &Tree, device: usize, arrays: &[&Array]) -> Option<Arc<Kept>> {
        let mut shelf = self.0.lock();
        let outdated = shelf.take_outdated(CHANGES.load(Relaxed));
        let found = shelf.find(given, device, arrays);
        // Dropped without the lock: a script may hold the last reference to much.
        drop(shelf);
        drop(outdated);
        found
    }

    /// Adds a script, unless what it rests on has changed since it was begun.
    fn keep(&self, kept: Kept, changes: u64) {
        if changes != CHANGES.load(Relaxed) {
            return;
        }
        let mut shelf = self.0.lock();
        let outdated = shelf.take_outdated(changes);
        let oldest = shelf.add(kept);
        drop(shelf);
        drop((outdated, oldest));
    }
}

impl Shelf {
    /// Takes out the scripts from before the last change.
    fn take_outdated(&mut self, changes: u64) -> VecDeque<Arc<Kept>> {
        if self.changes == changes {
            return VecDeque::new();
        }
        self.changes = changes;
        std::mem::take(&mut self.scripts)
    }

    /// The script for arguments like these.
    fn find(&mut self, given: &Tree, device: usize, arrays: &[&Array]) -> Option<Arc<Kept>> {
        let fits = |kept: &&Arc<Kept>| {
            kept.device == device && kept.given == *given && kept.script.fits(arrays)
        };
        let found = self.scripts.iter().find(fits)?.clone();
        self.n_unplayed = 0;
        Some(found)
    }

    /// True unless writing has proved useless so far; even then now and again, because arguments
    /// that were different each time may begin to repeat. Counts the calls that ask.
    fn may_write(&mut self) -> bool {
        self.n_unplayed += 1;
        self.n_unplayed <= MAX_UNPLAYED || self.n_unplayed.is_multiple_of(RARELY)
    }

    /// Adds a script; returns the oldest one if there are too many.
    fn add(&mut self, kept: Kept) -> Option<Arc<Kept>> {
        let oldest = if self.scripts.len() == MAX_SCRIPTS {
            self.scripts.pop_front()
        } else {
            None
        };
        self.scripts.push_back(Arc::new(kept));
        oldest
    }
}

/// Calls the function with stand-ins for the arrays among its arguments. Returns what it returned,
/// the structure of that, and the script, where there are such.
fn call<'py>(
    function: &Bound<'py, PyAny>,
    given: &Tree,
    objects: &[Bound<'py, PyArray>],
    writer: Writer,
    stand_ins: Vec<Array>,
) -> PyResult<(Bound<'py, PyAny>, Option<Tree>, Option<Script>)> {
    let py = function.py();
    let stand_ins = owned(py, stand_ins)?;
    let made = {
        let arguments = given.build(py, &stand_ins, &[])?;
        function.call1(arguments.cast::<PyTuple>()?)?
    };
    let mut results = Arrays {
        arguments: Some(&stand_ins),
        found: Vec::new(),
    };
    let Some(returned) = results.tree(&made) else {
        return Ok((made, None, None));
    };
    let found = results.found;
    drop(stand_ins);
    let (script, own) = writer.finish(&arrays(&found));
    let made = returned.build(py, objects, &owned(py, own)?)?;
    Ok((made, Some(returned), script))
}

fn arrays<'a>(objects: &'a [Bound<'_, PyArray>]) -> Vec<&'a Array> {
    objects.iter().map(|object| &object.get().0).collect()
}

/// The Python objects of arrays.
fn owned(py: Python<'_>, arrays: Vec<Array>) -> PyResult<Vec<Bound<'_, PyArray>>> {
    let object = |array| {
        let object = array::object(py, array)?.into_bound(py);
        Ok(object.cast_into::<PyArray>()?)
    };
    arrays.into_iter().map(object).collect()
}

/// The arrays of a structure, in the order in which they are met, each once.
struct Arrays<'a, 'py> {
    /// For results: the arguments, which are numbered apart.
    arguments: Option<&'a [Bound<'py, PyArray>]>,
    found: Vec<Bound<'py, PyArray>>,
}

/// The structure of arguments, and their arrays.
fn given<'py>(arguments: &Bound<'py, PyTuple>) -> (Option<Tree>, Vec<Bound<'py, PyArray>>) {
    let mut arrays = Arrays {
        arguments: None,
        found: Vec::with_capacity(arguments.len()),
    };
    (arrays.tree(arguments), arrays.found)
}

impl<'py> Arrays<'_, 'py> {
    /// The structure of an object; `None` for one that is of something else.
    fn tree(&mut self, object: &Bound<'py, PyAny>) -> Option<Tree> {
        if let Ok(array) = object.cast::<PyArray>() {
            return Some(self.array(array));
        }
        if let Ok(tuple) = object.cast_exact::<PyTuple>() {
            let items: Option<Vec<Tree>> = tuple.iter().map(|item| self.tree(&item)).collect();
            return items.map(Tree::Tuple);
        }
        if let Ok(list) = object.cast_exact::<PyList>() {
            let items: Option<Vec<Tree>> = list.iter().map(|item| self.tree(&item)).collect();
            return items.map(Tree::List);
        }
        Constant::of(object).map(Tree::Constant)
    }

    fn array(&mut self, array: &Bound<'py, PyArray>) -> Tree {
        let at = |known: &[Bound<'py, PyArray>]| known.iter().position(|other| other.is(array));
        if let Some(at) = self.arguments.and_then(at) {
            return Tree::Argument(at);
        }
        let at = at(&self.found).unwrap_or_else(|| {
            self.found.push(array.clone());
            self.found.len() - 1
        });
        match self.arguments {
            Some(_) => Tree::Result(at),
            None => Tree::Argument(at),
        }
    }
}

impl Tree {
    fn build<'py>(
        &self,
        py: Python<'py>,
        arguments: &[Bound<'py, PyArray>],
        results: &[Bound<'py, PyArray>],
    ) -> PyResult<Bound<'py, PyAny>> {
        let build = |items: &[Tree]| -> PyResult<Vec<Bound<'py, PyAny>>> {
            let items = items.iter();
            items
                .map(|item| item.build(py, arguments, results))
                .collect()
        };
        Ok(match self {
            Tree::Argument(at) => arguments[*at].clone().into_any(),
            Tree::Result(at) => results[*at].clone().into_any(),
            Tree::Constant(constant) => constant.build(py)?,
            Tree::Tuple(items) => PyTuple::new(py, build(items)?)?.into_any(),
            Tree::List(items) => PyList::new(py, build(items)?)?.into_any(),
        })
    }
}

impl Constant {
    fn of(object: &Bound<'_, PyAny>) -> Option<Constant> {
        if object.is_none() {
            return Some(Constant::None);
        }
        if let Ok(float) = object.cast_exact::<PyFloat>() {
            return Some(Constant::Float(float.value().to_bits()));
        }
        if let Ok(truth) = object.cast_exact::<PyBool>() {
            return Some(Constant::Bool(truth.is_true()));
        }
        if let Ok(int) = object.cast_exact::<PyInt>() {
            return int.extract().ok().map(Constant::Int);
        }
        let text = object.cast_exact::<PyString>().ok()?;
        text.extract().ok().map(Constant::Text)
    }

    fn build<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Constant::None => py.None().into_bound(py),
            Constant::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
            Constant::Int(int) => int.into_pyobject(py)?.into_any(),
            Constant::Float(bits) => PyFloat::new(py, f64::from_bits(*bits)).into_any(),
            Constant::Text(text) => PyString::new(py, text).into_any(),
        })
    }
}
