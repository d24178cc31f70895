//! Where in the user's program an op is issued: the innermost frame outside this package, as a
//! code object and an instruction. Noting it takes some nanoseconds; the line is worked out only
//! when somebody reads it.
#![expect(unsafe_code, reason = "frames are read through CPython's C functions")]

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::{CStr, c_int, c_void};
use std::mem::transmute;
use std::sync::OnceLock;

use forerun_engine::site::Site;
use parking_lot::Mutex;
use pyo3::ffi;
use pyo3::prelude::*;

/// Functions of CPython that the limited API lacks; absent on other interpreters.
struct Frames {
    back: Back,
    last_instruction: LastInstruction,
    code: CodeOf,
}

type Back = unsafe extern "C" fn(*mut ffi::PyFrameObject) -> *mut ffi::PyFrameObject;
type LastInstruction = unsafe extern "C" fn(*mut ffi::PyFrameObject) -> c_int;
type CodeOf = unsafe extern "C" fn(*mut ffi::PyFrameObject) -> *mut ffi::PyObject;

/// The code objects that issued something, each with its number. They are kept for as long as the
/// process lives, so that a number never names another.
struct Codes {
    numbers: HashMap<usize, Code>,
    objects: Vec<Py<PyAny>>,
}

#[derive(Clone, Copy)]
struct Code {
    number: u32,
    /// Part of this package, not of the user's program.
    is_ours: bool,
}

static FRAMES: OnceLock<Option<Frames>> = OnceLock::new();
static CODES: Mutex<Option<Codes>> = Mutex::new(None);

/// Code objects that a thread remembers.
const N_RECENT: usize = 16;

thread_local! {
    /// Code objects seen lately, each at the place that its address gives: a loop issues from few.
    static RECENT: [Cell<(usize, Code)>; N_RECENT] =
        const { [const { Cell::new((0, Code { number: 0, is_ours: false })) }; N_RECENT] };
}

/// Most frames of this package between an op and the user.
const MAX_DEPTH: usize = 32;

/// Tells the engine how to name sites.
pub(crate) fn install() {
    Site::set_resolver(name);
    FRAMES.get_or_init(Frames::find);
}

/// Notes where the calling Python code stands, for the ops issued next.
pub(crate) fn note(py: Python<'_>) {
    if let Some(Some(frames)) = FRAMES.get() {
        Site::set_current(frames.user_site(py));
    }
}

impl Frames {
    fn find() -> Option<Frames> {
        // SAFETY: the names are functions with these signatures in every CPython since 3.11.
        unsafe {
            Some(Frames {
                back: transmute::<*mut c_void, Back>(symbol(c"PyFrame_GetBack")?),
                last_instruction: transmute::<*mut c_void, LastInstruction>(symbol(
                    c"PyFrame_GetLasti",
                )?),
                code: transmute::<*mut c_void, CodeOf>(symbol(c"PyFrame_GetCode")?),
            })
        }
    }

    /// Where the innermost frame outside this package stands.
    fn user_site(&self, py: Python<'_>) -> Option<Site> {
        // SAFETY: attached to the interpreter (`py`); the thread itself holds its frame.
        let innermost = unsafe { ffi::PyEval_GetFrame() };
        if let Some(site) = self.site_of(py, innermost) {
            return Some(site);
        }
        let mut held = self.outer(py, innermost)?;
        for _ in 0..MAX_DEPTH {
            let frame = held.as_ptr().cast();
            if let Some(site) = self.site_of(py, frame) {
                return Some(site);
            }
            held = self.outer(py, frame)?;
        }
        None
    }

    /// Where a frame stands; `None` in this package's own code.
    fn site_of(&self, py: Python<'_>, frame: *mut ffi::PyFrameObject) -> Option<Site> {
        if frame.is_null() {
            return None;
        }
        // SAFETY: `frame` is a live frame; its code object comes with a reference, given back here.
        let code = unsafe {
            let code = (self.code)(frame);
            let known = number_of(py, code);
            ffi::Py_DECREF(code);
            known
        };
        if code.is_ours {
            return None;
        }
        // SAFETY: as above.
        let at = unsafe { (self.last_instruction)(frame) };
        Site::new((u64::from(code.number) << 32) | (at.max(0) as u64 + 1))
    }

    /// The frame that called this one.
    fn outer<'py>(
        &self,
        py: Python<'py>,
        frame: *mut ffi::PyFrameObject,
    ) -> Option<Bound<'py, PyAny>> {
        if frame.is_null() {
            return None;
        }
        // SAFETY: `frame` is a live frame; the outer one comes with a reference, or is null.
        unsafe { Bound::from_owned_ptr_or_opt(py, (self.back)(frame).cast()) }
    }
}

/// The number of a code object.
fn number_of(py: Python<'_>, code: *mut ffi::PyObject) -> Code {
    let key = code as usize;
    RECENT.with(|recent| {
        // Code objects are a few hundred bytes each.
        let place = &recent[(key >> 6) % N_RECENT];
        let (last, known) = place.get();
        if last == key {
            return known;
        }
        let known = number_of_slow(py, code);
        place.set((key, known));
        known
    })
}

#[cold]
fn number_of_slow(py: Python<'_>, code: *mut ffi::PyObject) -> Code {
    let mut codes = CODES.lock();
    let codes = codes.get_or_insert_with(|| Codes {
        numbers: HashMap::new(),
        objects: Vec::new(),
    });
    if let Some(&known) = codes.numbers.get(&(code as usize)) {
        return known;
    }
    // SAFETY: a code object that the caller holds.
    let object = unsafe { Bound::from_borrowed_ptr(py, code) };
    let file = object
        .getattr("co_filename")
        .and_then(|name| name.extract::<String>());
    let is_ours = file.is_ok_and(|file| file.starts_with(package_folder(py)));
    let known = Code {
        number: codes.objects.len() as u32,
        is_ours,
    };
    codes.numbers.insert(code as usize, known);
    codes.objects.push(object.unbind());
    known
}

/// The folder of the Python package, with a slash.
fn package_folder(py: Python<'_>) -> &'static str {
    static FOLDER: OnceLock<String> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let file = py
            .import("forerun._core")
            .and_then(|module| module.filename());
        let file = file.map(|file| file.to_string()).unwrap_or_default();
        let end = file.rfind(['/', '\\']).map_or(0, |at| at + 1);
        file[..end].to_owned()
    })
}

/// `file:line` of a site.
fn name(site: u64) -> String {
    let (number, at) = ((site >> 32) as usize, (site & 0xffff_ffff) as i64 - 1);
    Python::attach(|py| {
        let code = CODES
            .lock()
            .as_ref()
            .map(|codes| codes.objects[number].clone_ref(py));
        let named = code.and_then(|code| line_of(code.bind(py), at).ok());
        named.unwrap_or_else(|| "an unknown place".to_owned())
    })
}

fn line_of(code: &Bound<'_, PyAny>, at: i64) -> PyResult<String> {
    let file: String = code.getattr("co_filename")?.extract()?;
    let mut found: i64 = code.getattr("co_firstlineno")?.extract()?;
    for range in code.call_method0("co_lines")?.try_iter()? {
        let (start, end, line): (i64, i64, Option<i64>) = range?.extract()?;
        if start <= at && at < end {
            found = line.unwrap_or(found);
        }
    }
    Ok(format!("{file}:{found}"))
}

#[cfg(unix)]
fn symbol(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: a lookup among the libraries that are loaded; it changes nothing.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!found.is_null()).then_some(found)
}

#[cfg(not(unix))]
fn symbol(_name: &CStr) -> Option<*mut c_void> {
    None
}
