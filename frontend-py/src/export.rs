//! Sharing memory with NumPy and anything else that speaks the buffer protocol: a lease of the
//! value is exported, so the memory stays and never changes; later writes go elsewhere.
#![expect(
    unsafe_code,
    reason = "memory is shared with Python through raw pointers"
)]

use std::ffi::{CStr, c_int, c_void};
use std::ptr::NonNull;

use forerun_engine::memory::Buffer;
use forerun_engine::shape::Layout;
use forerun_engine::{Array, DType, Device, Lease, Shape, runtime};
use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyBufferError, PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::array::PyArray;
use crate::convert::{numpy_array, numpy_dtype};
use crate::error::to_py;
use crate::site;

/// What a filled `Py_buffer` points to.
struct Exported {
    _lease: Lease,
    shape: Vec<isize>,
    strides: Vec<isize>,
}

/// The `struct` format of a dtype; bfloat16 goes as its bits.
fn format_of(dtype: DType) -> &'static CStr {
    match dtype {
        DType::Bool => c"?",
        DType::I8 => c"b",
        DType::I16 => c"h",
        DType::I32 => c"i",
        DType::I64 => c"q",
        DType::U8 => c"B",
        DType::U16 | DType::BF16 => c"H",
        DType::U32 => c"I",
        DType::U64 => c"Q",
        DType::F16 => c"e",
        DType::F32 => c"f",
        DType::F64 => c"d",
        DType::C64 => c"Zf",
        DType::C128 => c"Zd",
    }
}

/// Fills a buffer view with a lease of the array's value.
///
/// # Safety
/// `view` points to a `Py_buffer` that may be written.
pub(crate) unsafe fn fill_buffer(
    slf: Bound<'_, PyArray>,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> PyResult<()> {
    if view.is_null() {
        return Err(PyBufferError::new_err("view is null"));
    }
    // SAFETY: the caller's promise; `obj` is null on failure, as the protocol demands.
    unsafe { (*view).obj = std::ptr::null_mut() };
    if flags & ffi::PyBUF_WRITABLE == ffi::PyBUF_WRITABLE {
        return Err(PyBufferError::new_err(
            "an array's memory is exported read only",
        ));
    }
    let this = slf.get();
    this.wait(slf.py())?;
    let lease = this.0.lease().map_err(to_py)?;
    let (dtype, layout) = (this.0.dtype(), lease.layout().clone());
    let wants_strides = flags & ffi::PyBUF_STRIDES == ffi::PyBUF_STRIDES;
    if !wants_strides && !layout.is_dense() {
        return Err(PyBufferError::new_err("the array is not contiguous"));
    }
    let size = dtype.size();
    let exported = Box::new(Exported {
        shape: layout.shape.iter().map(|&len| len as isize).collect(),
        strides: layout
            .strides
            .iter()
            .map(|&stride| stride * size as isize)
            .collect(),
        _lease: lease,
    });
    let start = exported._lease.start().wrapping_add(layout.offset * size);
    let wants_shape = flags & ffi::PyBUF_ND == ffi::PyBUF_ND;
    let wants_format = flags & ffi::PyBUF_FORMAT == ffi::PyBUF_FORMAT;

    // SAFETY: the caller's promise. The pointers stay valid until `release_buffer`, which frees
    // what `internal` owns; the format is a static string that nobody writes to.
    unsafe {
        (*view).buf = start.cast_mut().cast::<c_void>();
        (*view).len = (layout.shape.size() * size) as isize;
        (*view).readonly = 1;
        (*view).itemsize = size as isize;
        (*view).format = if wants_format {
            format_of(dtype).as_ptr().cast_mut()
        } else {
            std::ptr::null_mut()
        };
        (*view).ndim = layout.shape.ndim() as c_int;
        (*view).shape = if wants_shape {
            exported.shape.as_ptr().cast_mut()
        } else {
            std::ptr::null_mut()
        };
        (*view).strides = if wants_strides {
            exported.strides.as_ptr().cast_mut()
        } else {
            std::ptr::null_mut()
        };
        (*view).suboffsets = std::ptr::null_mut();
        (*view).internal = Box::into_raw(exported).cast();
        (*view).obj = slf.into_any().into_ptr();
    }
    Ok(())
}

/// Ends an export.
///
/// # Safety
/// `view` was filled by [`fill_buffer`] and has not been released.
pub(crate) unsafe fn release_buffer(view: *mut ffi::Py_buffer) {
    // SAFETY: the caller's promise: `internal` is the box that `fill_buffer` leaked.
    drop(unsafe { Box::from_raw((*view).internal.cast::<Exported>()) });
}

/// A copy of the data as a NumPy array.
pub(crate) fn to_numpy<'py>(slf: &Bound<'py, PyArray>) -> PyResult<Bound<'py, PyAny>> {
    to_numpy_as(slf, None, Some(true))
}

/// The data as a NumPy array: a copy, or a read-only view if `copy` allows one.
pub(crate) fn to_numpy_as<'py>(
    slf: &Bound<'py, PyArray>,
    dtype: Option<&Bound<'py, PyAny>>,
    copy: Option<bool>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = slf.py();
    slf.get().wait(py)?;
    let memory = py
        .import("builtins")?
        .getattr("memoryview")?
        .call1((slf,))?;
    let arguments = PyDict::new(py);
    if let Some(dtype) = dtype.filter(|dtype| !dtype.is_none()) {
        arguments.set_item("dtype", dtype)?;
    }
    let array = match copy {
        Some(true) => numpy_array(py)?.call((memory,), Some(&arguments))?,
        _ => py
            .import("numpy")?
            .call_method("asarray", (memory,), Some(&arguments))?,
    };
    let own = numpy_dtype(py, slf.get().0.dtype())?;
    if slf.get().0.dtype() == DType::BF16 && own.bind(py).hasattr("itemsize")? {
        return array.call_method1("view", (own,));
    }
    Ok(array)
}

/// An array of a NumPy array's data.
pub(crate) fn from_numpy(source: &Bound<'_, PyAny>, device: Device, copy: bool) -> PyResult<Array> {
    let py = source.py();
    let name: String = source.getattr("dtype")?.getattr("name")?.extract()?;
    let dtype = DType::from_name(&name)
        .ok_or_else(|| PyTypeError::new_err(format!("array: no arrays of dtype {name}")))?;
    let numpy = py.import("numpy")?;
    let shape: Vec<usize> = source.getattr("shape")?.extract()?;
    let mut dense = numpy.call_method1("ascontiguousarray", (source,))?;
    if !dense
        .getattr("dtype")?
        .getattr("isnative")?
        .extract::<bool>()?
    {
        let native = dense
            .getattr("dtype")?
            .call_method1("newbyteorder", ("=",))?;
        dense = dense.call_method1("astype", (native,))?;
    }
    if dtype == DType::BF16 {
        dense = dense.call_method1("view", ("uint16",))?;
    }
    let view = PyUntypedBuffer::get(&dense)?;
    let len = view.len_bytes();
    if copy || len == 0 || !(view.buf_ptr() as usize).is_multiple_of(dtype.size()) {
        site::note(py);
        let mut buffer = runtime::buffer("array", len, device).map_err(to_py)?;
        // SAFETY: the view holds `len` contiguous bytes while it lives, and the interpreter is
        // attached, so Python code does not write to them meanwhile.
        let bytes = unsafe { std::slice::from_raw_parts(view.buf_ptr().cast::<u8>(), len) };
        if len > 0 {
            buffer.as_mut_slice::<u8>().copy_from_slice(bytes);
        }
        return Ok(Array::of_buffer(buffer, Shape::from(shape), dtype));
    }
    let start = NonNull::new(view.buf_ptr().cast::<u8>())
        .ok_or_else(|| PyValueError::new_err("array: the source has no memory"))?;
    site::note(py);
    // SAFETY: the view keeps the memory alive, and is dropped with the buffer; the caller asked
    // to share memory that it does not change.
    let buffer = unsafe { Buffer::lent(start, len, device, Box::new(view)) };
    Ok(Array::of_buffer(buffer, Shape::from(shape), dtype))
}

/// The array of memory that somebody else owns, through `layout`.
pub(crate) fn array_of(buffer: Buffer, layout: &Layout, dtype: DType) -> PyResult<Array> {
    let len = buffer.len() / dtype.size();
    let whole = Array::of_buffer(buffer, Shape::from([len]), dtype);
    whole.strided(layout.clone()).map_err(to_py)
}
