//! How much memory there is: the machine's, or what the process's control group may take of it.

use std::path::{Path, PathBuf};

/// Bytes of memory that the process may use in all, as far as the system says.
pub(super) fn memory() -> Option<usize> {
    let group = group_limit(Path::new("/proc/self/cgroup"), Path::new("/sys/fs/cgroup"));
    [physical(), group].into_iter().flatten().min()
}

#[cfg(unix)]
#[expect(
    unsafe_code,
    reason = "the C library is asked for the size of the memory"
)]
fn physical() -> Option<usize> {
    // SAFETY: `sysconf` reads a setting of the system and changes nothing.
    let of = |name| usize::try_from(unsafe { libc::sysconf(name) }).ok();
    of(libc::_SC_PHYS_PAGES)?.checked_mul(of(libc::_SC_PAGESIZE)?)
}

#[cfg(not(unix))]
fn physical() -> Option<usize> {
    None
}

/// The smallest limit of the groups that `membership` (of the format of `/proc/self/cgroup`) names
/// and of those around them, of both versions of control groups, which are mounted at `root`.
fn group_limit(membership: &Path, root: &Path) -> Option<usize> {
    let groups = std::fs::read_to_string(membership).ok()?;
    let limits = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let (folder, file) = match controllers {
            "" => (root.to_path_buf(), "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes")
            }
            _ => return None,
        };
        smallest(folder, path, file)
    });
    limits.min()
}

/// The smallest number in the files called `file` of a group and of those around it. In a container
/// the group's own path may be unknown, and the outermost folder be its own.
fn smallest(folder: PathBuf, path: &str, file: &str) -> Option<usize> {
    let mut group = folder.join(path.trim_start_matches('/'));
    let mut found = None;
    loop {
        let limit = std::fs::read_to_string(group.join(file)).ok();
        // `max` is no number: the group has no limit of its own.
        let limit = limit.and_then(|text| text.trim().parse::<usize>().ok());
        found = [found, limit].into_iter().flatten().min();
        if group == folder || !group.pop() {
            return found;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_limit_of_the_groups_around_a_process_counts() {
        let root = std::env::temp_dir().join(format!("forerun-groups-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("a/memory.max", "3000000\n");
        write("a/b/memory.max", "max\n");
        write("memory/c/memory.limit_in_bytes", "2000000\n");
        let limit = |membership: &str| {
            write("membership", membership);
            group_limit(&root.join("membership"), &root)
        };
        assert_eq!(limit("0::/a/b\n"), Some(3_000_000));
        assert_eq!(
            limit("5:cpu,memory:/c\n4:pids:/x\n0::/a\n"),
            Some(2_000_000)
        );
        assert_eq!(limit("0::/\n"), None);
        assert_eq!(limit("0::/unknown/within\n"), None);
        std::fs::remove_dir_all(root).unwrap();
        assert!(memory().is_none_or(|bytes| bytes > 1 << 20));
    }
}
