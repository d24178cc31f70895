//! DLPack both ways, without a copy: arrays lend their value to other libraries and borrow theirs.
//! The structures are those of DLPack 1.0 (<https://dmlc.github.io/dlpack/latest/c_api.html>).
#![expect(
    unsafe_code,
    reason = "DLPack passes memory as C structures in capsules"
)]

use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use forerun_engine::memory::Buffer;
use forerun_engine::shape::{Layout, Strides};
use forerun_engine::{Array, DType, Device, Lease, Shape};
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::array::PyArray;
use crate::enter::unless_closed;
use crate::error::to_py;
use crate::export::array_of;

/// DLPack's number of host memory.
pub(crate) const CPU: i32 = 1;

const UNVERSIONED: &CStr = c"dltensor";
const VERSIONED: &CStr = c"dltensor_versioned";
const USED_UNVERSIONED: &CStr = c"used_dltensor";
const USED_VERSIONED: &CStr = c"used_dltensor_versioned";
const READ_ONLY: u64 = 1;
const IS_COPIED: u64 = 2;

#[repr(C)]
struct DLTensor {
    data: *mut c_void,
    device: (i32, i32),
    ndim: i32,
    dtype: DLDataType,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct DLDataType {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct Managed {
    tensor: DLTensor,
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut Managed)>,
}

#[repr(C)]
struct ManagedVersioned {
    version: (u32, u32),
    context: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut ManagedVersioned)>,
    flags: u64,
    tensor: DLTensor,
}

/// What an exported tensor points to.
struct Context {
    lease: Lease,
    shape: Vec<i64>,
    strides: Vec<i64>,
}

fn dl_dtype(dtype: DType) -> DLDataType {
    let (code, size) = match dtype {
        DType::Bool => (6, 1),
        DType::BF16 => (4, 2),
        DType::C64 | DType::C128 => (5, dtype.size()),
        _ if dtype.is_signed_int() => (0, dtype.size()),
        DType::F16 | DType::F32 | DType::F64 => (2, dtype.size()),
        _ => (1, dtype.size()),
    };
    DLDataType {
        code,
        bits: (size * 8) as u8,
        lanes: 1,
    }
}

fn dtype_of(dtype: DLDataType) -> Option<DType> {
    let same = |other: &DType| {
        let other = dl_dtype(*other);
        (other.code, other.bits, other.lanes) == (dtype.code, dtype.bits, dtype.lanes)
    };
    DType::ALL.into_iter().find(same)
}

/// A capsule with the array's value.
pub(crate) fn export<'py>(
    slf: &Bound<'py, PyArray>,
    max_version: Option<(u32, u32)>,
    copy: Option<bool>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, this) = (slf.py(), slf.get());
    let source = if copy == Some(true) {
        forerun_engine::ops::dense_copy(&this.0).map_err(to_py)?
    } else {
        this.0.clone()
    };
    PyArray(source.clone()).wait(py)?;
    let lease = source.lease().map_err(to_py)?;
    let layout = lease.layout().clone();
    let mut context = Box::new(Context {
        shape: layout.shape.iter().map(|&len| len as i64).collect(),
        strides: layout.strides.iter().map(|&stride| stride as i64).collect(),
        lease,
    });
    let tensor = DLTensor {
        data: context.lease.start().cast_mut().cast(),
        device: (CPU, 0),
        ndim: layout.shape.ndim() as i32,
        dtype: dl_dtype(source.dtype()),
        shape: context.shape.as_mut_ptr(),
        strides: context.strides.as_mut_ptr(),
        byte_offset: (layout.offset * source.dtype().size()) as u64,
    };
    let context = Box::into_raw(context).cast();
    if max_version.is_some_and(|(major, _)| major >= 1) {
        let flags = if copy == Some(true) {
            IS_COPIED
        } else {
            READ_ONLY
        };
        let managed = Box::new(ManagedVersioned {
            version: (1, 0),
            context,
            deleter: Some(delete_versioned),
            flags,
            tensor,
        });
        return capsule(py, Box::into_raw(managed).cast(), VERSIONED);
    }
    let managed = Box::new(Managed {
        tensor,
        context,
        deleter: Some(delete),
    });
    capsule(py, Box::into_raw(managed).cast(), UNVERSIONED)
}

fn capsule<'py>(
    py: Python<'py>,
    managed: *mut c_void,
    name: &'static CStr,
) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the pointer is not null and the name is static; a capsule that nobody consumes is
    // freed by `drop_capsule`.
    unsafe {
        let capsule = ffi::PyCapsule_New(managed, name.as_ptr(), Some(drop_capsule));
        Bound::from_owned_ptr_or_err(py, capsule)
    }
}

/// Frees the tensor of a capsule that was never consumed: a consumer renames it.
unsafe extern "C" fn drop_capsule(capsule: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter with the capsule; the names tell what it holds.
    unsafe {
        if ffi::PyCapsule_IsValid(capsule, UNVERSIONED.as_ptr()) == 1 {
            delete(ffi::PyCapsule_GetPointer(capsule, UNVERSIONED.as_ptr()).cast());
        } else if ffi::PyCapsule_IsValid(capsule, VERSIONED.as_ptr()) == 1 {
            delete_versioned(ffi::PyCapsule_GetPointer(capsule, VERSIONED.as_ptr()).cast());
        }
    }
}

unsafe extern "C" fn delete(managed: *mut Managed) {
    // SAFETY: called once, by the consumer or by the capsule, with what `export` made.
    unsafe {
        drop(Box::from_raw((*managed).context.cast::<Context>()));
        drop(Box::from_raw(managed));
    }
}

unsafe extern "C" fn delete_versioned(managed: *mut ManagedVersioned) {
    // SAFETY: as in `delete`.
    unsafe {
        drop(Box::from_raw((*managed).context.cast::<Context>()));
        drop(Box::from_raw(managed));
    }
}

/// A consumed tensor, given back when its buffer is dropped.
enum Borrowed {
    Unversioned(NonNull<Managed>),
    Versioned(NonNull<ManagedVersioned>),
}

// SAFETY: DLPack allows the deleter to be called from any thread.
unsafe impl Send for Borrowed {}
// SAFETY: as above; the tensor is only read.
unsafe impl Sync for Borrowed {}

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: the tensor was consumed from its capsule, so it is ours to delete, once.
        let delete = || unsafe {
            match self {
                Borrowed::Unversioned(managed) => {
                    if let Some(deleter) = managed.as_ref().deleter {
                        deleter(managed.as_ptr());
                    }
                }
                Borrowed::Versioned(managed) => {
                    if let Some(deleter) = managed.as_ref().deleter {
                        deleter(managed.as_ptr());
                    }
                }
            }
        };
        // Deleters of Python libraries enter the interpreter.
        unless_closed(delete);
    }
}

impl Borrowed {
    fn tensor(&self) -> &DLTensor {
        // SAFETY: the producer keeps the tensor until the deleter is called, in `drop`.
        unsafe {
            match self {
                Borrowed::Unversioned(managed) => &managed.as_ref().tensor,
                Borrowed::Versioned(managed) => &managed.as_ref().tensor,
            }
        }
    }
}

/// An array that shares the memory of an object with `__dlpack__`. The memory must not change
/// while the array lives.
#[pyfunction]
pub(crate) fn from_dlpack(source: &Bound<'_, PyAny>) -> PyResult<PyArray> {
    let borrowed = consume(&ask(source)?)?;
    let tensor = borrowed.tensor();
    if tensor.device.0 != CPU {
        let message = format!(
            "from_dlpack: device type {} is not the CPU",
            tensor.device.0
        );
        return Err(PyBufferError::new_err(message));
    }
    let dtype = dtype_of(tensor.dtype).ok_or_else(|| {
        let DLDataType { code, bits, lanes } = tensor.dtype;
        PyTypeError::new_err(format!(
            "from_dlpack: no arrays of DLPack type ({code}, {bits}, {lanes})"
        ))
    })?;
    let layout = layout_of(tensor);
    // The lowest and the highest element of the view, relative to the first.
    let (mut low, mut high) = (0isize, 0isize);
    for (&len, &stride) in layout.shape.iter().zip(&layout.strides) {
        let reach = (len as isize - 1) * stride;
        low += reach.min(0);
        high += reach.max(0);
    }
    let itemsize = dtype.size();
    let first = tensor
        .data
        .wrapping_byte_add(tensor.byte_offset as usize)
        .cast::<u8>();
    if layout.shape.size() == 0 {
        let buffer = Buffer::new("from_dlpack", 0, Device::default()).map_err(to_py)?;
        return Ok(PyArray(Array::of_buffer(buffer, layout.shape, dtype)));
    }
    let start = NonNull::new(first.wrapping_offset(low * itemsize as isize))
        .filter(|start| (start.as_ptr() as usize).is_multiple_of(itemsize.min(8)))
        .ok_or_else(|| PyBufferError::new_err("from_dlpack: the memory is not aligned"))?;
    let len = ((high - low) as usize + 1) * itemsize;
    let layout = Layout {
        offset: -low as usize,
        ..layout
    };
    // SAFETY: the producer keeps these bytes until its deleter is called, which is when the
    // buffer drops `borrowed`; that they do not change is the documented condition.
    let buffer = unsafe { Buffer::lent(start, len, Device::default(), Box::new(borrowed)) };
    array_of(buffer, &layout, dtype).map(PyArray)
}

/// Asks for a capsule: of the newest version first.
fn ask<'py>(source: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if source.is_instance_of::<PyCapsule>() {
        return Ok(source.clone());
    }
    let arguments = PyDict::new(source.py());
    arguments.set_item("max_version", (1, 0))?;
    source
        .call_method("__dlpack__", (), Some(&arguments))
        .or_else(|error| {
            if error.is_instance_of::<PyTypeError>(source.py()) {
                source.call_method0("__dlpack__")
            } else {
                Err(error)
            }
        })
}

/// Takes the tensor out of a capsule.
fn consume(capsule: &Bound<'_, PyAny>) -> PyResult<Borrowed> {
    let object = capsule.as_ptr();
    // SAFETY: the object is checked to be a capsule of the name before its pointer is read; the
    // renaming tells its destructor that the tensor has a new owner.
    unsafe {
        for (name, used) in [(VERSIONED, USED_VERSIONED), (UNVERSIONED, USED_UNVERSIONED)] {
            if ffi::PyCapsule_IsValid(object, name.as_ptr()) == 1 {
                let managed = ffi::PyCapsule_GetPointer(object, name.as_ptr());
                ffi::PyCapsule_SetName(object, used.as_ptr());
                let managed = NonNull::new(managed).expect("a valid capsule has a pointer");
                return Ok(if name == VERSIONED {
                    Borrowed::Versioned(managed.cast())
                } else {
                    Borrowed::Unversioned(managed.cast())
                });
            }
        }
    }
    Err(PyTypeError::new_err(
        "from_dlpack: not a DLPack capsule, or one that was used",
    ))
}

fn layout_of(tensor: &DLTensor) -> Layout {
    let ndim = tensor.ndim as usize;
    let read = |from: *const i64| -> Vec<i64> {
        if ndim == 0 {
            return Vec::new();
        }
        // SAFETY: a tensor has `ndim` lengths, and as many strides where it has any.
        unsafe { std::slice::from_raw_parts(from, ndim) }.to_vec()
    };
    let shape: Shape = read(tensor.shape)
        .into_iter()
        .map(|len| len as usize)
        .collect();
    let strides: Strides = if tensor.strides.is_null() {
        shape.dense_strides()
    } else {
        read(tensor.strides)
            .into_iter()
            .map(|stride| stride as isize)
            .collect()
    };
    Layout {
        shape,
        strides,
        offset: 0,
    }
}
