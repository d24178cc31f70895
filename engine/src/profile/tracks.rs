//! What threads write while a session lasts: one track each, a chain of fixed chunks of words. A thread
//! writes its own track without a lock, and publishes each record by the chunk's length; whoever
//! reads sees whole records, at any time, and stops nobody.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

/// Words in a chunk.
const CHUNK: usize = 8 << 10;

/// The tracks of one session.
#[derive(Debug)]
pub(super) struct Tracks {
    tracks: Mutex<Vec<Arc<Track>>>,
    /// Chunks that may still be made.
    chunks_left: AtomicUsize,
    /// Records that found no room.
    n_lost: AtomicU64,
}

/// What one thread wrote.
#[derive(Debug)]
pub(super) struct Track {
    /// The thread's name, if it has one.
    pub(super) thread: Option<String>,
    /// The thread's number in the system, where there is one.
    pub(super) system_id: u64,
    chunks: Mutex<Vec<Arc<Chunk>>>,
}

#[derive(Debug)]
struct Chunk {
    words: Box<[AtomicU64]>,
    /// Words written; whole records.
    len: AtomicUsize,
}

/// The session that threads write to, and its number; 0 for none.
static CURRENT: Mutex<Option<Arc<Tracks>>> = Mutex::new(None);
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// Where a thread writes.
struct Writer {
    /// The session that the rest belongs to.
    number: u64,
    tracks: Option<Arc<Tracks>>,
    track: Option<Arc<Track>>,
    chunk: Option<Arc<Chunk>>,
    used: usize,
}

thread_local! {
    static WRITER: RefCell<Writer> = const {
        RefCell::new(Writer { number: 0, tracks: None, track: None, chunk: None, used: 0 })
    };
}

/// Adds a record to the calling thread's track.
#[inline]
pub(super) fn write(record: &[u64]) {
    write_two(record, &[]);
}

/// Adds a record whose words are those of `head` and then those of `tail`.
#[inline]
pub(super) fn write_two(head: &[u64], tail: &[u64]) {
    // A thread that ends may drop buffers after its writer is gone.
    let _ = WRITER.try_with(|writer| writer.borrow_mut().write(head, tail));
}

impl Writer {
    #[inline]
    fn write(&mut self, head: &[u64], tail: &[u64]) {
        let n = head.len() + tail.len();
        if self.number != NUMBER.load(Ordering::Relaxed) || self.used + n > CHUNK {
            self.turn_slow(n);
        }
        let Some(chunk) = &self.chunk else {
            return;
        };
        let room = &chunk.words[self.used..self.used + n];
        for (word, &value) in room.iter().zip(head.iter().chain(tail)) {
            word.store(value, Ordering::Relaxed);
        }
        self.used += n;
        // Pairs with the load in `read`: the words of the record are written before its length.
        chunk.len.store(self.used, Ordering::Release);
    }

    /// Begins the track of a new session, or a new chunk; without a chunk the record is lost.
    #[cold]
    fn turn_slow(&mut self, n: usize) {
        let number = NUMBER.load(Ordering::Relaxed);
        if self.number != number {
            let tracks = CURRENT.lock().clone();
            self.track = tracks.as_deref().map(Tracks::join);
            self.tracks = tracks;
            self.number = number;
        }
        (self.chunk, self.used) = (None, 0);
        if let (Some(tracks), Some(track)) = (&self.tracks, &self.track) {
            self.chunk = (n <= CHUNK).then(|| tracks.chunk(track)).flatten();
            if self.chunk.is_none() {
                tracks.n_lost.fetch_add(1, Ordering::Relaxed);
                // So that the next record comes here again, to be counted.
                self.used = CHUNK;
            }
        }
    }
}

impl Tracks {
    /// Tracks that take `max_bytes` at most.
    pub(super) fn new(max_bytes: usize) -> Tracks {
        Tracks {
            tracks: Mutex::new(Vec::new()),
            chunks_left: AtomicUsize::new(max_bytes.div_ceil(8 * CHUNK)),
            n_lost: AtomicU64::new(0),
        }
    }

    /// Has all threads write here.
    pub(super) fn begin(self: &Arc<Tracks>) {
        let mut current = CURRENT.lock();
        *current = Some(self.clone());
        NUMBER.fetch_add(1, Ordering::Relaxed);
    }

    /// Has no thread begin a track here any more; those that have one may end a record.
    pub(super) fn end(&self) {
        let mut current = CURRENT.lock();
        if current.as_deref().is_some_and(|it| std::ptr::eq(it, self)) {
            *current = None;
        }
    }

    /// Each thread's track with its words so far, in the order in which they began.
    pub(super) fn read(&self) -> Vec<(Arc<Track>, Vec<Vec<u64>>)> {
        let tracks = self.tracks.lock().clone();
        let read = tracks.into_iter().map(|track| {
            let chunks = track.chunks.lock().clone();
            let words = chunks.iter().map(|chunk| chunk.read()).collect();
            (track, words)
        });
        read.collect()
    }

    /// How many records found no room.
    pub(super) fn n_lost(&self) -> u64 {
        self.n_lost.load(Ordering::Relaxed)
    }

    fn join(&self) -> Arc<Track> {
        let track = Arc::new(Track {
            thread: std::thread::current().name().map(str::to_owned),
            system_id: system_id(),
            chunks: Mutex::new(Vec::new()),
        });
        self.tracks.lock().push(track.clone());
        track
    }

    fn chunk(&self, track: &Track) -> Option<Arc<Chunk>> {
        let left = |n: usize| n.checked_sub(1);
        self.chunks_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, left)
            .ok()?;
        let chunk = Arc::new(Chunk {
            words: (0..CHUNK).map(|_| AtomicU64::new(0)).collect(),
            len: AtomicUsize::new(0),
        });
        track.chunks.lock().push(chunk.clone());
        Some(chunk)
    }
}

impl Chunk {
    fn read(&self) -> Vec<u64> {
        // Pairs with the store in `write`.
        let len = self.len.load(Ordering::Acquire);
        let words = self.words[..len].iter();
        words.map(|word| word.load(Ordering::Relaxed)).collect()
    }
}

/// The number by which the system, and Python's `threading.get_native_id`, know the calling thread.
fn system_id() -> u64 {
    #[cfg(target_os = "linux")]
    {
        #![expect(unsafe_code, reason = "the C library is asked for the thread's number")]
        // SAFETY: the call has no arguments and changes nothing.
        let id = unsafe { libc::syscall(libc::SYS_gettid) };
        id as u64
    }
    #[cfg(not(target_os = "linux"))]
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_whole_records_in_order_while_threads_write() {
        let tracks = Arc::new(Tracks::new(64 << 20));
        tracks.begin();
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..20_000).for_each(|i| write_two(&[i, i], &[i])));
            }
            for _ in 0..50 {
                for (_, chunks) in tracks.read() {
                    let words: Vec<u64> = chunks.concat();
                    let (records, rest) = words.as_chunks::<3>();
                    assert!(rest.is_empty());
                    assert!(records.iter().zip(0..).all(|(record, i)| *record == [i; 3]));
                }
            }
        });
        let read = tracks.read();
        tracks.end();
        let n_words = |chunks: &Vec<Vec<u64>>| chunks.iter().map(Vec::len).sum::<usize>();
        let full = read.iter().filter(|(_, chunks)| n_words(chunks) == 60_000);
        assert_eq!(full.count(), 3);
        assert_eq!(tracks.n_lost(), 0);
    }

    #[test]
    fn records_without_room_are_counted() {
        let tracks = Tracks::new(0);
        assert!(tracks.chunk(&tracks.join()).is_none());
    }
}
