//! The array class: operators, indexing, attributes, waiting. What is an op by name is attached in
//! Python.
#![expect(unsafe_code, reason = "objects are taken from the cycle collector")]

use forerun_engine::ops::{self, Arg};
use forerun_engine::{Array, GradReq, Result, Scalar};
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyComplex, PyInt, PyTuple};

use crate::convert::{self, Operand};
use crate::enter::enter;
use crate::error::to_py;
use crate::memory::device;
use crate::{export, index, numbers, profile, runtime, site};

/// A multi-dimensional array whose data may still be computing.
#[pyclass(
    frozen,
    weakref,
    freelist = 1024,
    name = "ndarray",
    module = "forerun.np"
)]
pub(crate) struct PyArray(pub(crate) Array);

/// The Python object of an array. It refers to no other, so the cycle collector is spared it: a
/// loop that makes many arrays would set it off again and again.
pub(crate) fn object(py: Python<'_>, array: Array) -> PyResult<Py<PyAny>> {
    let object = Py::new(py, PyArray(array))?.into_any();
    // SAFETY: an object of a class that the collector tracks, held by us.
    unsafe { ffi::PyObject_GC_UnTrack(object.as_ptr().cast()) };
    Ok(object)
}

/// How to rebuild an array: the function and its arguments.
type Pickled<'py> = (Bound<'py, PyAny>, (Bound<'py, PyAny>, usize, bool));

/// An element-wise op of two operands.
type Binary = for<'a> fn(Arg<'a>, Arg<'a>) -> Result<Array>;

impl PyArray {
    /// `self op other`, or `NotImplemented` where the other side should be asked.
    fn binary(&self, other: &Bound<'_, PyAny>, op: Binary) -> PyResult<Py<PyAny>> {
        self.with_operand(other, op)
    }

    /// `other op self`.
    fn reflected(&self, other: &Bound<'_, PyAny>, op: Binary) -> PyResult<Py<PyAny>> {
        self.with_operand(other, |this, other| op(other, this))
    }

    fn with_operand(
        &self,
        other: &Bound<'_, PyAny>,
        op: impl for<'a> FnOnce(Arg<'a>, Arg<'a>) -> Result<Array>,
    ) -> PyResult<Py<PyAny>> {
        let py = other.py();
        let Some(other) = convert::operand(other)? else {
            return Ok(py.NotImplemented());
        };
        site::note(py);
        let made = op((&self.0).into(), (&other).into()).map_err(to_py)?;
        object(py, made)
    }

    /// `self op= other`: the result becomes the array's value.
    fn in_place(&self, other: &Bound<'_, PyAny>, op: Binary) -> PyResult<()> {
        let py = other.py();
        let Some(other) = convert::operand(other)? else {
            return Err(not_an_array(other));
        };
        site::note(py);
        let made = op((&self.0).into(), (&other).into()).map_err(to_py)?;
        ops::store(&self.0, &made).map_err(to_py)
    }

    /// The only element, once it is there.
    fn scalar(&self, py: Python<'_>, blocker: &'static str) -> PyResult<Scalar> {
        let _blocking = profile::blocker(py, blocker);
        if self.0.size() != 1 {
            let message = format!(
                "only arrays of one element can be converted to Python scalars, not {}",
                self.0.shape()
            );
            return Err(PyTypeError::new_err(message));
        }
        self.wait(py)?;
        self.0.item().map_err(to_py)
    }

    /// Waits, with the interpreter free unless there is next to nothing to wait for.
    pub(crate) fn wait(&self, py: Python<'_>) -> PyResult<()> {
        let _blocking = profile::blocker(py, "wait");
        match self.0.try_wait() {
            Some(result) => result.map_err(to_py),
            None => enter(py, || self.0.wait()),
        }
    }

    /// A product with another array; numbers are not operands of `@`.
    fn product(
        &self,
        other: &Bound<'_, PyAny>,
        op: impl FnOnce(&Array, &Array) -> Result<Array>,
    ) -> PyResult<Py<PyAny>> {
        let py = other.py();
        match convert::operand(other)? {
            Some(Operand::Array(other)) => {
                site::note(py);
                let made = op(&self.0, other.get()).map_err(to_py)?;
                object(py, made)
            }
            _ => Ok(py.NotImplemented()),
        }
    }

    fn unary(&self, py: Python<'_>, op: fn(&Array) -> Result<Array>) -> PyResult<PyArray> {
        site::note(py);
        op(&self.0).map(PyArray).map_err(to_py)
    }
}

fn not_an_array(object: &Bound<'_, PyAny>) -> PyErr {
    let class = object.get_type();
    PyTypeError::new_err(format!("cannot take {class} as an array"))
}

#[pymethods]
impl PyArray {
    fn __add__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::add(a, b))
    }

    fn __radd__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::add(a, b))
    }

    fn __iadd__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::add(a, b))
    }

    fn __sub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::subtract(a, b))
    }

    fn __rsub__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::subtract(a, b))
    }

    fn __isub__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::subtract(a, b))
    }

    fn __mul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::multiply(a, b))
    }

    fn __rmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::multiply(a, b))
    }

    fn __imul__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::multiply(a, b))
    }

    fn __truediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::true_divide(a, b))
    }

    fn __rtruediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::true_divide(a, b))
    }

    fn __itruediv__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::true_divide(a, b))
    }

    fn __floordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::floor_divide(a, b))
    }

    fn __rfloordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::floor_divide(a, b))
    }

    fn __ifloordiv__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::floor_divide(a, b))
    }

    fn __mod__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::mod_(a, b))
    }

    fn __rmod__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::mod_(a, b))
    }

    fn __imod__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::mod_(a, b))
    }

    fn __and__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::bitwise_and(a, b))
    }

    fn __rand__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::bitwise_and(a, b))
    }

    fn __iand__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::bitwise_and(a, b))
    }

    fn __or__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::bitwise_or(a, b))
    }

    fn __ror__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::bitwise_or(a, b))
    }

    fn __ior__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::bitwise_or(a, b))
    }

    fn __xor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::bitwise_xor(a, b))
    }

    fn __rxor__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::bitwise_xor(a, b))
    }

    fn __ixor__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::bitwise_xor(a, b))
    }

    fn __lshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::left_shift(a, b))
    }

    fn __rlshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::left_shift(a, b))
    }

    fn __ilshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::left_shift(a, b))
    }

    fn __rshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::right_shift(a, b))
    }

    fn __rrshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::right_shift(a, b))
    }

    fn __irshift__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::right_shift(a, b))
    }

    fn __pow__(&self, other: &Bound<'_, PyAny>, _modulo: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.binary(other, |a, b| ops::power(a, b))
    }

    fn __rpow__(
        &self,
        other: &Bound<'_, PyAny>,
        _modulo: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        self.reflected(other, |a, b| ops::power(a, b))
    }

    fn __ipow__(&self, other: &Bound<'_, PyAny>, _modulo: &Bound<'_, PyAny>) -> PyResult<()> {
        self.in_place(other, |a, b| ops::power(a, b))
    }

    fn __matmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.product(other, ops::matmul)
    }

    fn __rmatmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.product(other, |this, other| ops::matmul(other, this))
    }

    fn __imatmul__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = other.py();
        let Some(Operand::Array(other)) = convert::operand(other)? else {
            return Err(not_an_array(other));
        };
        site::note(py);
        let made = ops::matmul(&self.0, other.get()).map_err(to_py)?;
        ops::store(&self.0, &made).map_err(to_py)
    }

    fn __neg__(&self, py: Python<'_>) -> PyResult<PyArray> {
        self.unary(py, ops::negative)
    }

    fn __pos__(&self, py: Python<'_>) -> PyResult<PyArray> {
        self.unary(py, Array::copy)
    }

    fn __abs__(&self, py: Python<'_>) -> PyResult<PyArray> {
        self.unary(py, ops::absolute)
    }

    fn __invert__(&self, py: Python<'_>) -> PyResult<PyArray> {
        self.unary(py, ops::bitwise_not)
    }

    fn __richcmp__(&self, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
        let compare: Binary = match op {
            CompareOp::Lt => |a, b| ops::less(a, b),
            CompareOp::Le => |a, b| ops::less_equal(a, b),
            CompareOp::Gt => |a, b| ops::greater(a, b),
            CompareOp::Ge => |a, b| ops::greater_equal(a, b),
            CompareOp::Eq => |a, b| ops::equal(a, b),
            CompareOp::Ne => |a, b| ops::not_equal(a, b),
        };
        self.binary(other, compare)
    }

    fn __hash__(slf: &Bound<'_, Self>) -> isize {
        slf.as_ptr() as isize >> 4
    }

    fn __getitem__(&self, key: &Bound<'_, PyAny>) -> PyResult<PyArray> {
        let indices = index::indices(key)?;
        site::note(key.py());
        let waits = indices.iter().any(index::may_wait);
        let found = if waits {
            enter(key.py(), || ops::getitem(&self.0, &indices))?
        } else {
            ops::getitem(&self.0, &indices).map_err(to_py)?
        };
        Ok(PyArray(found))
    }

    fn __setitem__(&self, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let indices = index::indices(key)?;
        let Some(value) = convert::operand(value)? else {
            let class = value.get_type();
            return Err(PyTypeError::new_err(format!(
                "cannot take {class} as an array"
            )));
        };
        site::note(key.py());
        if indices.iter().any(index::may_wait) {
            let value: Arg<'_> = (&value).into();
            return enter(key.py(), || ops::setitem(&self.0, &indices, value));
        }
        ops::setitem(&self.0, &indices, &value).map_err(to_py)
    }

    fn __len__(&self) -> PyResult<usize> {
        let len = self.0.shape().first().copied();
        len.ok_or_else(|| PyTypeError::new_err("len() of unsized object"))
    }

    fn __iter__(&self) -> PyResult<Rows> {
        let len = self.0.shape().first().copied();
        let len = len.ok_or_else(|| PyTypeError::new_err("iteration over a 0-d array"))?;
        Ok(Rows {
            array: self.0.clone(),
            next: 0.into(),
            len,
        })
    }

    fn __bool__(&self, py: Python<'_>) -> PyResult<bool> {
        match self.0.size() {
            0 => Ok(false),
            1 => Ok(self.scalar(py, "bool")?.to_bool()),
            _ => Err(PyValueError::new_err(
                "The truth value of an array with more than one element is ambiguous. \
                 Use a.any() or a.all()",
            )),
        }
    }

    fn __float__(&self, py: Python<'_>) -> PyResult<f64> {
        match self.scalar(py, "float")? {
            Scalar::Complex(_) => Err(PyTypeError::new_err("can't convert complex to float")),
            number => Ok(number.to_f64()),
        }
    }

    fn __int__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let number = convert::to_number(py, self.scalar(py, "int")?)?;
        py.get_type::<PyInt>().call1((number,))
    }

    fn __complex__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyComplex>> {
        let number = self.scalar(py, "complex")?.to_c128();
        Ok(PyComplex::from_doubles(py, number.re, number.im))
    }

    fn __index__(&self, py: Python<'_>) -> PyResult<i64> {
        match (self.0.ndim(), self.0.dtype().kind()) {
            (0, forerun_engine::dtype::Kind::Int) => Ok(self.scalar(py, "index")?.to_i64()),
            _ => Err(PyTypeError::new_err(
                "only integer scalar arrays can be converted to a scalar index",
            )),
        }
    }

    fn __await__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let done = Py::new(py, PyArray(self.0.clone()))?.into_any();
        runtime::future(py, self.0.ready(), done)?.call_method0("__await__")
    }

    /// The lengths of the axes.
    #[getter]
    fn shape<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.0.shape().iter())
    }

    /// The number of axes.
    #[getter]
    fn ndim(&self) -> usize {
        self.0.ndim()
    }

    /// The number of elements.
    #[getter]
    fn size(&self) -> usize {
        self.0.size()
    }

    /// Bytes of one element.
    #[getter]
    fn itemsize(&self) -> usize {
        self.0.dtype().size()
    }

    /// Bytes of all elements.
    #[getter]
    fn nbytes(&self) -> usize {
        self.0.size() * self.0.dtype().size()
    }

    /// The type of the elements, as a NumPy dtype.
    #[getter]
    fn dtype(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        convert::numpy_dtype(py, self.0.dtype())
    }

    /// The array with its axes in reverse order.
    #[getter(T)]
    fn transposed(&self) -> PyResult<PyArray> {
        self.0.transpose(None).map(PyArray).map_err(to_py)
    }

    /// Whether the array is `'queued'`, `'ready'` or `'failed'`; never waits.
    #[getter]
    fn state(&self) -> &'static str {
        match (self.0.is_done(), self.0.is_failed()) {
            (false, _) => "queued",
            (true, false) => "ready",
            (true, true) => "failed",
        }
    }

    /// The gradient, or None without `attach_grad`.
    #[getter]
    fn grad(&self) -> Option<PyArray> {
        self.0.grad().map(PyArray)
    }

    /// Waits until the array is ready.
    fn wait_to_read(&self, py: Python<'_>) -> PyResult<()> {
        let _blocking = profile::blocker(py, "wait_to_read");
        self.wait(py)
    }

    /// An element as a Python number.
    #[pyo3(signature = (*args))]
    fn item<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        if args.is_empty() && this.0.size() == 1 {
            return convert::to_number(py, this.scalar(py, "item")?);
        }
        let _blocking = profile::blocker(py, "item");
        export::to_numpy(slf)?.call_method1("item", args.clone())
    }

    /// A copy of the data as a NumPy array.
    fn asnumpy<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let _blocking = profile::blocker(slf.py(), "asnumpy");
        export::to_numpy(slf)
    }

    /// The data as nested lists of Python numbers.
    fn tolist<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let _blocking = profile::blocker(slf.py(), "tolist");
        export::to_numpy(slf)?.call_method0("tolist")
    }

    /// Collects gradients for the array from now on.
    #[pyo3(signature = (grad_req = "write", stype = None))]
    fn attach_grad(&self, grad_req: &str, stype: Option<&str>) -> PyResult<()> {
        if !matches!(stype, None | Some("default")) {
            return Err(PyValueError::new_err(
                "attach_grad: only dense gradients are kept",
            ));
        }
        let req = match grad_req {
            "write" => GradReq::Write,
            "add" => GradReq::Add,
            "null" => GradReq::Null,
            other => {
                let message =
                    format!("attach_grad: grad_req is 'write', 'add' or 'null', not '{other}'");
                return Err(PyValueError::new_err(message));
            }
        };
        self.0.attach_grad(req).map_err(to_py)
    }

    /// The same data without its history.
    fn detach(&self) -> PyArray {
        PyArray(self.0.detach())
    }

    /// A copy with storage of its own.
    #[pyo3(signature = (order = "C"))]
    fn copy(&self, py: Python<'_>, order: &str) -> PyResult<PyArray> {
        if !matches!(order, "C" | "K" | "A") {
            return Err(PyValueError::new_err(format!(
                "copy: order is 'C', not '{order}'"
            )));
        }
        self.unary(py, Array::copy)
    }

    fn _device_id(&self) -> usize {
        self.0.device().id()
    }

    /// The graph of ops behind the array, as DOT text.
    fn _draw(&self) -> String {
        self.0.draw()
    }

    #[pyo3(signature = (dtype = None, copy = None))]
    fn __array__<'py>(
        slf: &Bound<'py, Self>,
        dtype: Option<&Bound<'py, PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _blocking = profile::blocker(slf.py(), "__array__");
        export::to_numpy_as(slf, dtype, copy)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Pickled<'py>> {
        let rebuild = slf.py().import("forerun._core")?.getattr("array")?;
        Ok((
            rebuild,
            (export::to_numpy(slf)?, slf.get()._device_id(), true),
        ))
    }

    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> PyResult<PyArray> {
        self.unary(py, Array::copy)
    }

    #[expect(unsafe_code, reason = "the buffer protocol is one of raw pointers")]
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut pyo3::ffi::Py_buffer,
        flags: std::ffi::c_int,
    ) -> PyResult<()> {
        // SAFETY: the interpreter passes a view to fill and the flags of the request.
        unsafe { export::fill_buffer(slf, view, flags) }
    }

    #[expect(unsafe_code, reason = "the buffer protocol is one of raw pointers")]
    unsafe fn __releasebuffer__(&self, view: *mut pyo3::ffi::Py_buffer) {
        // SAFETY: the view was filled by `__getbuffer__` and is released once.
        unsafe { export::release_buffer(view) }
    }

    #[pyo3(signature = (*, stream = None, max_version = None, dl_device = None, copy = None))]
    fn __dlpack__<'py>(
        slf: &Bound<'py, Self>,
        stream: Option<&Bound<'py, PyAny>>,
        max_version: Option<(u32, u32)>,
        dl_device: Option<(i32, i32)>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = (stream, dl_device);
        crate::dlpack::export(slf, max_version, copy)
    }

    fn __dlpack_device__(&self) -> (i32, i32) {
        (crate::dlpack::CPU, 0)
    }
}

/// The rows of an array, one after the other.
#[pyclass(frozen, name = "ndarray_iterator", module = "forerun.np")]
pub(crate) struct Rows {
    array: Array,
    next: std::sync::atomic::AtomicUsize,
    len: usize,
}

#[pymethods]
impl Rows {
    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__(&self) -> PyResult<Option<PyArray>> {
        let i = self.next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if i >= self.len {
            return Ok(None);
        }
        self.array
            .index_axis(0, i as isize)
            .map(|row| Some(PyArray(row)))
            .map_err(to_py)
    }
}

/// True if a write to one array may show in the other.
#[pyfunction]
pub(crate) fn shares_variable(a: &Bound<'_, PyArray>, b: &Bound<'_, PyArray>) -> bool {
    a.get().0.shares_variable(&b.get().0)
}

/// The graph of ops behind several arrays, as DOT text.
#[pyfunction]
pub(crate) fn draw(arrays: Vec<Bound<'_, PyArray>>) -> String {
    let arrays: Vec<Array> = arrays.iter().map(|array| array.get().0.clone()).collect();
    forerun_engine::draw(&arrays)
}

/// An array of a NumPy array's data; without `copy` it shares the memory, which must then not
/// change.
#[pyfunction(name = "array")]
pub(crate) fn from_numpy(
    source: &Bound<'_, PyAny>,
    device_id: usize,
    copy: bool,
) -> PyResult<PyArray> {
    export::from_numpy(source, device(device_id)?, copy).map(PyArray)
}

/// An array of the Python numbers in nested lists; `None` where NumPy has to look at them: lists of
/// different lengths or without elements, other objects, numbers that the dtype does not hold.
#[pyfunction]
pub(crate) fn array_of_numbers(
    source: &Bound<'_, PyAny>,
    dtype: &str,
    device_id: usize,
) -> PyResult<Option<PyArray>> {
    let device = device(device_id)?;
    site::note(source.py());
    let made = match dtype {
        "float32" => numbers::array::<f32>(source, device),
        "float64" => numbers::array::<f64>(source, device),
        "int32" => numbers::array::<i32>(source, device),
        "int64" => numbers::array::<i64>(source, device),
        _ => return Ok(None),
    };
    made.map(|made| made.map(PyArray).map_err(to_py))
        .transpose()
}
