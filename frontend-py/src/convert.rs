//! From Python objects to what the engine takes, and back.

use forerun_engine::ops::registry::{Argument, Made};
use forerun_engine::{Array, DType, Scalar};
use num_complex::Complex;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyComplex, PyComplexMethods, PyFloat, PyInt, PyList, PyListMethods, PyString, PyTuple,
};

use crate::array::{self, PyArray};

static CONVERTER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Sets what turns any other object (a list, a NumPy array) into an array, or returns
/// `NotImplemented`.
#[pyfunction]
pub(crate) fn set_converter(py: Python<'_>, converter: Py<PyAny>) {
    let _ = CONVERTER.set(py, converter);
}

/// An array or a number.
pub(crate) enum Operand<'py> {
    Array(Borrow<'py>),
    Number(Scalar),
}

/// An array that is held by a Python object.
pub(crate) struct Borrow<'py>(Bound<'py, PyArray>);

impl Borrow<'_> {
    pub(crate) fn get(&self) -> &Array {
        &self.0.get().0
    }
}

impl<'a> From<&'a Operand<'_>> for forerun_engine::ops::Arg<'a> {
    fn from(operand: &'a Operand<'_>) -> Self {
        match operand {
            Operand::Array(array) => array.get().into(),
            Operand::Number(number) => (*number).into(),
        }
    }
}

/// An operand of an arithmetic operator; `None` where Python should try the other side.
pub(crate) fn operand<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Operand<'py>>> {
    // By exact class first: whether an object is of a subclass takes much longer to find out.
    if let Some(number) = plain_number(object) {
        return Ok(Some(Operand::Number(number)));
    }
    if let Ok(array) = object.cast::<PyArray>() {
        return Ok(Some(Operand::Array(Borrow(array.clone()))));
    }
    if let Some(number) = number(object)? {
        return Ok(Some(Operand::Number(number)));
    }
    Ok(convert(object)?.map(|array| Operand::Array(Borrow(array))))
}

/// A float, or an integer of 64 bits; `None` for anything else, which may still be a number.
fn plain_number(object: &Bound<'_, PyAny>) -> Option<Scalar> {
    if let Ok(float) = object.cast_exact::<PyFloat>() {
        return Some(Scalar::Float(float.value()));
    }
    let int = object.cast_exact::<PyInt>().ok()?;
    int.extract().ok().map(Scalar::Int)
}

/// A Python number as a scalar; `None` for anything else.
pub(crate) fn number(object: &Bound<'_, PyAny>) -> PyResult<Option<Scalar>> {
    if let Some(number) = plain_number(object) {
        return Ok(Some(number));
    }
    if let Ok(truth) = object.cast_exact::<PyBool>() {
        return Ok(Some(Scalar::Bool(truth.is_true())));
    }
    if let Ok(int) = object.cast::<PyInt>() {
        let number = int.extract::<i64>().map(Scalar::Int);
        return number
            .or_else(|_| object.extract::<f64>().map(Scalar::Float))
            .map(Some);
    }
    if let Ok(complex) = object.cast_exact::<PyComplex>() {
        return Ok(Some(Scalar::Complex(Complex::new(
            complex.real(),
            complex.imag(),
        ))));
    }
    Ok(None)
}

/// The array that the registered converter makes of an object, if it takes it.
pub(crate) fn convert<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyArray>>> {
    let py = object.py();
    let Some(converter) = CONVERTER.get(py) else {
        return Ok(None);
    };
    let made = converter.bind(py).call1((object,))?;
    if made.is(py.NotImplemented()) {
        return Ok(None);
    }
    Ok(Some(made.cast_into::<PyArray>()?))
}

/// An argument of an op.
pub(crate) fn argument(object: &Bound<'_, PyAny>) -> PyResult<Argument> {
    if let Ok(array) = object.cast::<PyArray>() {
        return Ok(Argument::Array(array.get().0.clone()));
    }
    if object.is_none() {
        return Ok(Argument::None);
    }
    if let Some(number) = number(object)? {
        return Ok(Argument::Number(number));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Argument::Text(text.extract()?));
    }
    if let Ok(tuple) = object.cast::<PyTuple>() {
        let items: PyResult<_> = tuple.iter().map(|item| argument(&item)).collect();
        return items.map(Argument::List);
    }
    if let Ok(list) = object.cast::<PyList>() {
        let items: PyResult<_> = list.iter().map(|item| argument(&item)).collect();
        return items.map(Argument::List);
    }
    match convert(object)? {
        Some(array) => Ok(Argument::Array(array.get().0.clone())),
        None => {
            let class = object.get_type();
            Err(PyTypeError::new_err(format!(
                "cannot take {class} as an array"
            )))
        }
    }
}

/// What an op made, as a Python object.
pub(crate) fn made(py: Python<'_>, made: Made) -> PyResult<Bound<'_, PyAny>> {
    match made {
        Made::Nothing => Ok(py.None().into_bound(py)),
        Made::One(array) => Ok(array::object(py, array)?.into_bound(py)),
        Made::Many(arrays) => {
            let arrays: Vec<PyArray> = arrays.into_iter().map(PyArray).collect();
            Ok(PyList::new(py, arrays)?.into_any())
        }
    }
}

/// The NumPy dtype of a dtype; bfloat16 comes from `ml_dtypes`, or is its name without it.
pub(crate) fn numpy_dtype(py: Python<'_>, dtype: DType) -> PyResult<Py<PyAny>> {
    static DTYPES: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();
    let all = DTYPES.get_or_try_init(py, || {
        let numpy = py.import("numpy")?;
        let find = |dtype: DType| -> PyResult<Py<PyAny>> {
            if dtype != DType::BF16 {
                return Ok(numpy.call_method1("dtype", (dtype.name(),))?.unbind());
            }
            let found = py
                .import("ml_dtypes")
                .and_then(|module| module.getattr("bfloat16"));
            match found {
                Ok(class) => Ok(numpy.call_method1("dtype", (class,))?.unbind()),
                Err(_) => Ok(PyString::new(py, dtype.name()).into_any().unbind()),
            }
        };
        DType::ALL
            .into_iter()
            .map(find)
            .collect::<PyResult<Vec<_>>>()
    })?;
    Ok(all[dtype as usize].clone_ref(py))
}

/// `numpy.array`, looked up once.
pub(crate) fn numpy_array(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static FUNCTION: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    FUNCTION.import(py, "numpy", "array")
}

/// A scalar as a Python number.
pub(crate) fn to_number(py: Python<'_>, scalar: Scalar) -> PyResult<Bound<'_, PyAny>> {
    Ok(match scalar {
        Scalar::Bool(x) => PyBool::new(py, x).to_owned().into_any(),
        Scalar::Int(x) => x.into_pyobject(py)?.into_any(),
        Scalar::Float(x) => PyFloat::new(py, x).into_any(),
        Scalar::Complex(x) => PyComplex::from_doubles(py, x.re, x.im).into_any(),
    })
}
