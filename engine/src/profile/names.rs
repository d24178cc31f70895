//! Names of users' own events, by number: records are of fixed size. They are kept for as long as
//! the process lives; a program has few.

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::Mutex;

/// A category and a name in it.
type Name = (String, String);

#[derive(Default)]
struct Names {
    numbers: HashMap<Name, u32>,
    names: Vec<Name>,
}

static NAMES: LazyLock<Mutex<Names>> = LazyLock::new(Mutex::default);

/// The number of a name.
pub(super) fn number_of(category: &str, name: &str) -> u32 {
    let name = (category.to_owned(), name.to_owned());
    let names = &mut *NAMES.lock();
    *names.numbers.entry(name).or_insert_with_key(|name| {
        names.names.push(name.clone());
        names.names.len() as u32 - 1
    })
}

/// Category and name of a number.
pub(super) fn name_of(number: u32) -> Name {
    NAMES.lock().names[number as usize].clone()
}
