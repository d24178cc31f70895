//! Several element-wise blocks run over one shape in a single pass: the interpreter behind every
//! element-wise op, fused or alone.
//!
//! The shape is walked in blocks of [`BLOCK`] elements, small enough that everything between the
//! first input and the last output stays in the first-level cache. Dense inputs are read where
//! they lie and outputs are written where they belong; only strided inputs and intermediate
//! results go through registers, which are blocks of scratch memory. Where a program does little
//! but move more than the caches hold, its outputs go through registers, too, and past the caches.
#![expect(
    unsafe_code,
    reason = "blocks run on pointers into buffers of any element type"
)]

use std::cell::RefCell;
use std::ops::Range;

use smallvec::SmallVec;

use super::Tiles;
use super::blocks::{Block, Pointers};
use super::finish::Finish;
use super::pairs;
use super::reduce::{Blocks, Make};
use super::stream;
use crate::dtype::DType;
use crate::shape::{Layout, Shape, Strides};

/// Elements of one block.
pub(super) const BLOCK: usize = 1024;
/// Blocks of one tile: what one worker takes at a time.
const BLOCKS_PER_TILE: usize = 32;

/// Where a block's source comes from.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    /// An input of the program.
    Input(u16),
    /// The result of an earlier instruction.
    Instr(u16),
}

#[derive(Clone, Debug)]
struct Instr {
    block: Block,
    sources: [Read; 3],
    /// The output that receives the result, if one does.
    output: Option<usize>,
    /// Otherwise the register.
    register: usize,
}

/// A list of blocks with what flows between them.
#[derive(Clone, Debug, Default)]
pub struct Program {
    instrs: Vec<Instr>,
    n_outputs: usize,
    n_registers: usize,
    /// The instruction whose result [`Program::blocks`] gives out.
    given: Option<usize>,
}

/// An input of a program, already stretched to the shape that the program runs over.
#[derive(Clone, Debug)]
pub struct Source {
    /// Bytes of an element.
    itemsize: usize,
    elements: Elements,
}

#[derive(Clone, Debug)]
enum Elements {
    /// One after the other from here on.
    Dense(*const u8),
    /// At steps (in elements) along each axis.
    Strided(*const u8, Strides),
    /// The same everywhere, by its bytes.
    Constant([u8; 16]),
}

impl Source {
    /// Elements one after the other.
    pub fn dense(start: *const u8, itemsize: usize) -> Source {
        let elements = Elements::Dense(start);
        Source { itemsize, elements }
    }

    /// The elements of `layout` (already of the program's shape) in the memory at `start`.
    pub fn strided(start: *const u8, layout: &Layout, itemsize: usize) -> Source {
        let first = start.wrapping_add(layout.offset * itemsize);
        let elements = if layout.is_dense() {
            Elements::Dense(first)
        } else {
            Elements::Strided(first, layout.strides.clone())
        };
        Source { itemsize, elements }
    }

    /// The same element everywhere.
    pub fn constant(bytes: [u8; 16], itemsize: usize) -> Source {
        let elements = Elements::Constant(bytes);
        Source { itemsize, elements }
    }

    /// True if it lies where one of the outputs will.
    fn is_one_of(&self, outputs: &[*mut u8]) -> bool {
        matches!(self.elements, Elements::Dense(start) if outputs.contains(&start.cast_mut()))
    }

    /// True if its elements are not read where they lie, but from a register.
    fn is_gathered(&self) -> bool {
        !matches!(self.elements, Elements::Dense(_))
    }
}

impl Program {
    /// Takes every block out; the memory is kept for the next ones.
    pub fn clear(&mut self) {
        self.instrs.clear();
        (self.n_outputs, self.n_registers, self.given) = (0, 0, None);
    }

    /// Adds a block that reads `sources`, and returns what later blocks read its result by.
    pub fn push(&mut self, block: Block, sources: &[Read]) -> Read {
        let mut all = [Read::Input(0); 3];
        all[..sources.len()].copy_from_slice(sources);
        let register = self.n_registers;
        self.n_registers += 1;
        self.instrs.push(Instr {
            block,
            sources: all,
            output: None,
            register,
        });
        Read::Instr(self.instrs.len() as u16 - 1)
    }

    /// Makes the result of the last block the next output; returns the output's position.
    pub fn output(&mut self) -> usize {
        let last = self
            .instrs
            .last_mut()
            .expect("an output is the result of a block");
        debug_assert!(last.output.is_none());
        last.output = Some(self.n_outputs);
        self.n_outputs += 1;
        self.n_outputs - 1
    }

    /// Makes a result what [`Program::blocks`] gives out.
    pub fn give(&mut self, result: Read) {
        let Read::Instr(instr) = result else {
            unreachable!("what is given out is a result")
        };
        self.given = Some(usize::from(instr));
    }

    /// Makes one loop of two arithmetic blocks where only the second reads what the first gives.
    pub fn pair(&mut self) {
        let n_readers = self.n_readers();
        let mut is_part: SmallVec<[bool; 24]> = SmallVec::from_elem(false, self.instrs.len());
        for at in 0..self.instrs.len() {
            if let Some((first, both)) = self.paired(at, &n_readers) {
                is_part[first] = true;
                self.instrs[at] = both;
            }
        }
        self.leave_out(&is_part);
    }

    /// How many sources each result is.
    fn n_readers(&self) -> SmallVec<[u32; 24]> {
        let mut n_readers = SmallVec::from_elem(0, self.instrs.len());
        for instr in &self.instrs {
            for source in &instr.sources[..instr.block.n_sources] {
                if let Read::Instr(i) = *source {
                    n_readers[usize::from(i)] += 1;
                }
            }
        }
        if let Some(given) = self.given {
            n_readers[given] += 1;
        }
        n_readers
    }

    /// An instruction that nobody but the one at `at` reads, and both as one.
    fn paired(&self, at: usize, n_readers: &[u32]) -> Option<(usize, Instr)> {
        let second = &self.instrs[at];
        [0, 1].into_iter().find_map(|side| {
            let Read::Instr(i) = second.sources[side] else {
                return None;
            };
            let i = usize::from(i);
            let first = &self.instrs[i];
            if first.output.is_some() || n_readers[i] != 1 {
                return None;
            }
            let [a, b, _] = first.sources;
            let both = Instr {
                block: pairs::of_blocks(&first.block, &second.block, side == 1)?,
                sources: [a, b, second.sources[1 - side]],
                ..second.clone()
            };
            Some((i, both))
        })
    }

    /// Takes instructions out that nobody reads any more.
    fn leave_out(&mut self, is_left_out: &[bool]) {
        let mut n_kept = 0;
        let places: SmallVec<[u16; 24]> = is_left_out
            .iter()
            .map(|&is_left_out| {
                n_kept += u16::from(!is_left_out);
                n_kept.saturating_sub(1)
            })
            .collect();
        let mut left_out = is_left_out.iter();
        self.instrs
            .retain(|_| !left_out.next().expect("one for each"));
        for instr in &mut self.instrs {
            for source in &mut instr.sources[..instr.block.n_sources] {
                if let Read::Instr(i) = source {
                    *i = places[usize::from(*i)];
                }
            }
        }
        self.given = self.given.map(|given| usize::from(places[given]));
    }

    /// Gives registers to results anew, so that one is used again after its last reader.
    pub fn allocate_registers(&mut self) {
        let mut last_use: SmallVec<[usize; 8]> = (0..self.instrs.len()).collect();
        for (i, instr) in self.instrs.iter().enumerate() {
            for source in &instr.sources[..instr.block.n_sources] {
                if let Read::Instr(j) = *source {
                    last_use[j as usize] = i;
                }
            }
        }
        // Whoever is given a result reads it after the last instruction.
        if let Some(given) = self.given {
            last_use[given] = usize::MAX;
        }
        let mut free: SmallVec<[usize; 8]> = SmallVec::new();
        self.n_registers = 0;
        for i in 0..self.instrs.len() {
            if self.instrs[i].output.is_none() {
                self.instrs[i].register = free.pop().unwrap_or_else(|| {
                    self.n_registers += 1;
                    self.n_registers - 1
                });
            }
            for j in 0..i {
                if last_use[j] == i && self.instrs[j].output.is_none() {
                    free.push(self.instrs[j].register);
                    last_use[j] = usize::MAX;
                }
            }
        }
    }

    /// The instruction that writes `output`, counted from the first.
    pub fn writer_of(&self, output: usize) -> usize {
        let at = self
            .instrs
            .iter()
            .position(|instr| instr.output == Some(output));
        at.expect("every output has a block that writes it")
    }

    /// The last instruction that reads `input`.
    pub fn last_reader_of(&self, input: usize) -> usize {
        let reads = |instr: &Instr| {
            let sources = &instr.sources[..instr.block.n_sources];
            sources
                .iter()
                .any(|source| matches!(source, Read::Input(i) if usize::from(*i) == input))
        };
        self.instrs.iter().rposition(reads).unwrap_or(0)
    }

    /// Runs the program over `shape`.
    ///
    /// # Safety
    /// Each source holds initialised elements of the dtype that its blocks read, at every place
    /// of `shape`; each output has room for the whole shape and nobody else accesses it. An
    /// output is apart from every source, or it is the very elements of one dense source that no
    /// instruction after the output's writer reads.
    pub unsafe fn run(
        &self,
        tiles: &dyn Tiles,
        shape: &Shape,
        sources: &[Source],
        outputs: &[*mut u8],
    ) {
        // SAFETY: the caller's promise.
        unsafe { self.blocks(shape, sources, outputs) }.run(tiles);
    }
}

/// Elements up to which [`run_few`] runs a block.
pub const FEW: usize = 16;

/// What a block reads in [`run_few`].
#[derive(Clone, Copy, Debug)]
pub enum Few {
    /// Elements one after the other.
    Dense(*const u8),
    /// The same element everywhere, by its bytes.
    Constant([u8; 16]),
}

/// Runs one block over `n` elements, at most [`FEW`], without a program around it.
///
/// # Safety
/// As [`Program::run`]: `n` initialised elements in each dense source, room for as many in the
/// target, which is apart from every source and accessed by nobody else.
pub unsafe fn run_few(block: &Block, sources: &[Few], target: *mut u8, n: usize) {
    debug_assert!(n <= FEW && sources.len() == block.n_sources);
    let mut registers = [[0; FEW * 16]; 3];
    let mut read = [std::ptr::null(); 3];
    for (i, source) in sources.iter().enumerate() {
        read[i] = match source {
            Few::Dense(start) => *start,
            Few::Constant(bytes) => {
                let itemsize = block.from[i].size();
                fill_items(&mut registers[i][..n * itemsize], bytes, itemsize);
                registers[i].as_ptr()
            }
        };
    }
    // SAFETY: the caller's promise; a constant has its register.
    block.run(unsafe { Pointers::new(read, target, n) });
}

impl Program {
    /// The elements of the result that was chosen with [`Program::give`]; making them also writes
    /// the outputs.
    ///
    /// # Safety
    /// As for [`Program::run`], for as long as blocks are made.
    pub unsafe fn blocks<'a>(
        &'a self,
        shape: &'a Shape,
        sources: &'a [Source],
        outputs: &'a [*mut u8],
    ) -> Running<'a> {
        let size = shape.size();
        // Memory that was just read is in the caches anyway.
        let is_in_place = sources.iter().any(|source| source.is_one_of(outputs));
        let is_streaming = !is_in_place && self.gains_by_streaming(size, sources);
        Running {
            program: self,
            shape,
            sources,
            outputs,
            size,
            is_streaming,
        }
    }

    /// True if running over `size` elements moves more memory than the caches hold, and waits for
    /// memory for most of its time: where it reads much and computes little. The way through a
    /// register costs other programs more than it saves.
    fn gains_by_streaming(&self, size: usize, sources: &[Source]) -> bool {
        const FEW_INSTRS: usize = 4;
        let read = sources.iter().filter(|source| !source.is_gathered());
        let read: usize = read.map(|source| source.itemsize).sum();
        let outputs = self.instrs.iter().filter(|instr| instr.output.is_some());
        let written: usize = outputs.map(|instr| instr.block.to.size()).sum();
        written > 0
            && read >= 2 * written
            && self.instrs.len() <= FEW_INSTRS
            && stream::is_beyond_caches(size * (read + written))
    }
}

/// A program on its way over a shape.
#[derive(Debug)]
pub struct Running<'a> {
    program: &'a Program,
    shape: &'a Shape,
    sources: &'a [Source],
    outputs: &'a [*mut u8],
    size: usize,
    /// Whether outputs go past the caches.
    is_streaming: bool,
}

// SAFETY: `Program::run` promises that sources are readable and that nobody else accesses the
// outputs; tiles write disjoint ranges of them.
unsafe impl Sync for Running<'_> {}

/// A block of scratch memory for the widest element.
#[repr(align(64))]
#[derive(Clone, Copy)]
struct Register([u8; BLOCK * 16]);

/// What a thread needs to run programs, kept from one to the next.
struct Scratch {
    registers: Vec<Register>,
    inputs: Vec<*const u8>,
    results: Vec<*mut u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const {
        RefCell::new(Scratch {
            registers: Vec::new(),
            inputs: Vec::new(),
            results: Vec::new(),
        })
    };
}

// SAFETY: the result of a block lies in an output or a register, where it stays until the next
// block is made; its instruction has initialised all of it.
unsafe impl Blocks for Running<'_> {
    fn dtype(&self) -> DType {
        let given = self.program.given.expect("a result was chosen");
        self.program.instrs[given].block.to
    }

    fn each(&self, tile: &mut dyn FnMut(&mut Make<'_>)) {
        self.with_scratch(self.size, |scratch| {
            tile(&mut |at, n| {
                assert!(n <= BLOCK && at + n <= self.size, "a block of the shape");
                self.block(scratch, at, n)
            });
        });
    }
}

/// Parts of rows are run one by one: kernels give out parts that are some hundred elements wide, or
/// whole rows, which follow on from each other.
impl Finish for Running<'_> {
    unsafe fn part(&self, rows: Range<usize>, columns: Range<usize>) {
        let width = self.shape.last().copied().unwrap_or(1);
        if columns.len() == width {
            return self.tile(rows.start * width, rows.end * width);
        }
        self.with_scratch(columns.len(), |scratch| {
            for row in rows {
                let end = row * width + columns.end;
                for at in (row * width + columns.start..end).step_by(BLOCK) {
                    self.block(scratch, at, BLOCK.min(end - at));
                }
            }
        });
    }
}

impl Running<'_> {
    /// Runs the program over the whole shape.
    pub fn run(&self, tiles: &dyn Tiles) {
        let (size, per_tile) = (self.size, BLOCK * BLOCKS_PER_TILE);
        if size <= per_tile {
            return self.tile(0, size);
        }
        tiles.run(size.div_ceil(per_tile), &|i| {
            self.tile(i * per_tile, ((i + 1) * per_tile).min(size));
        });
    }

    /// Runs the program over the elements `start..end`.
    fn tile(&self, start: usize, end: usize) {
        self.with_scratch(end - start, |scratch| {
            let mut at = start;
            while at < end {
                let n = BLOCK.min(end - at);
                self.block(scratch, at, n);
                at += n;
            }
        });
    }

    /// Calls `body` with registers for blocks of at most `size` elements.
    fn with_scratch(&self, size: usize, body: impl FnOnce(&mut Scratch)) {
        SCRATCH.with_borrow_mut(|scratch| {
            let gathered = self.sources.iter().filter(|source| source.is_gathered());
            let n_gathered = gathered.count();
            let mut wanted = n_gathered + self.program.n_registers;
            if self.is_streaming {
                wanted += self.outputs.len();
            }
            if scratch.registers.len() < wanted {
                scratch.registers.resize(wanted, Register([0; BLOCK * 16]));
            }
            self.fill_constants(&mut scratch.registers, size);
            body(scratch);
            if self.is_streaming {
                stream::fence();
            }
        });
    }

    /// Writes constants into their registers, once for all blocks of a tile.
    fn fill_constants(&self, scratch: &mut [Register], size: usize) {
        let gathered = self.sources.iter().filter(|source| source.is_gathered());
        for (source, register) in gathered.zip(scratch) {
            if let Elements::Constant(bytes) = &source.elements {
                let room = &mut register.0[..size.min(BLOCK) * source.itemsize];
                fill_items(room, bytes, source.itemsize);
            }
        }
    }

    /// Runs the program over the elements `at..at + n`; returns where the result to give out is.
    fn block(&self, scratch: &mut Scratch, at: usize, n: usize) -> *const u8 {
        let Scratch {
            registers: scratch,
            inputs,
            results,
        } = scratch;
        inputs.clear();
        results.clear();
        let mut gathered = 0;
        for source in self.sources {
            let itemsize = source.itemsize;
            inputs.push(match &source.elements {
                Elements::Dense(start) => start.wrapping_add(at * itemsize),
                Elements::Constant(_) => {
                    gathered += 1;
                    scratch[gathered - 1].0.as_ptr()
                }
                Elements::Strided(start, strides) => {
                    let register = scratch[gathered].0.as_mut_ptr();
                    gathered += 1;
                    // SAFETY: `Program::run`: the source has an element at every place of the
                    // shape; the register holds a whole block of the widest element.
                    unsafe { gather(*start, strides, self.shape, itemsize, at, n, register) };
                    register.cast_const()
                }
            });
        }
        let registers = scratch[gathered..].as_mut_ptr();
        for instr in &self.program.instrs {
            let mut sources = [std::ptr::null::<u8>(); 3];
            for (source, from) in sources
                .iter_mut()
                .zip(&instr.sources[..instr.block.n_sources])
            {
                *source = match *from {
                    Read::Input(i) => inputs[usize::from(i)],
                    Read::Instr(j) => results[usize::from(j)].cast_const(),
                };
            }
            let itemsize = instr.block.to.size();
            let place = instr.output.map(|output| {
                debug_assert!(at + n <= self.size);
                self.outputs[output].wrapping_add(at * itemsize)
            });
            let register = match instr.output {
                Some(output) => self.program.n_registers + output,
                None => instr.register,
            };
            let register = registers.wrapping_add(register).cast::<u8>();
            let target = place.filter(|_| !self.is_streaming).unwrap_or(register);
            // SAFETY: `Program::run` for inputs and outputs; a register holds a block, and it is
            // given to another result only once this one has been read.
            instr
                .block
                .run(unsafe { Pointers::new(sources, target, n) });
            if let Some(place) = place.filter(|_| self.is_streaming) {
                // SAFETY: `Program::run` for the output; the block has written the register.
                unsafe { stream::copy(target, place, n * itemsize) };
            }
            results.push(target);
        }
        let given = self.program.given.map(|given| results[given]);
        given.unwrap_or(std::ptr::null_mut())
    }
}

/// Writes the element with these bytes everywhere.
fn fill_items(room: &mut [u8], bytes: &[u8; 16], itemsize: usize) {
    match itemsize {
        1 => room.fill(bytes[0]),
        2 => fill::<2>(room, bytes),
        4 => fill::<4>(room, bytes),
        8 => fill::<8>(room, bytes),
        _ => fill::<16>(room, bytes),
    }
}

fn fill<const SIZE: usize>(room: &mut [u8], bytes: &[u8; 16]) {
    let (items, _) = room.as_chunks_mut::<SIZE>();
    let item = bytes.first_chunk().expect("no element is wider");
    items.fill(*item);
}

/// Copies the elements `at..at + n` of a strided source (in C order) to `target`.
///
/// # Safety
/// The source has an element at every place of `shape`, and `target` has room for `n`.
unsafe fn gather(
    start: *const u8,
    strides: &Strides,
    shape: &Shape,
    itemsize: usize,
    at: usize,
    n: usize,
    target: *mut u8,
) {
    // SAFETY: the caller's promise, with the item's size as a type of that size.
    unsafe {
        match itemsize {
            1 => gather_as::<u8>(start.cast(), strides, shape, at, n, target.cast()),
            2 => gather_as::<u16>(start.cast(), strides, shape, at, n, target.cast()),
            4 => gather_as::<u32>(start.cast(), strides, shape, at, n, target.cast()),
            8 => gather_as::<[u32; 2]>(start.cast(), strides, shape, at, n, target.cast()),
            _ => gather_as::<[u32; 4]>(start.cast(), strides, shape, at, n, target.cast()),
        }
    }
}

/// As [`gather`], for elements of the size of `T`.
///
/// # Safety
/// As [`gather`].
unsafe fn gather_as<T: Copy>(
    start: *const T,
    strides: &Strides,
    shape: &Shape,
    at: usize,
    n: usize,
    target: *mut T,
) {
    // Trailing axes that follow on from each other are walked as one row.
    let mut outer = shape.ndim() - 1;
    let (mut row, step) = (shape[outer], strides[outer]);
    while outer > 0 && strides[outer - 1] == step * row as isize {
        outer -= 1;
        row *= shape[outer];
    }
    let mut done = 0;
    while done < n {
        let mut rest = (at + done) / row;
        let column = (at + done) % row;
        let mut place = column as isize * step;
        for axis in (0..outer).rev() {
            place += (rest % shape[axis]) as isize * strides[axis];
            rest /= shape[axis];
        }
        let len = (row - column).min(n - done);
        // SAFETY: the row's elements from `column` on are places of the shape, and `done + len`
        // is at most `n`.
        unsafe {
            let from = start.offset(place);
            let to = target.add(done);
            match step {
                1 => std::ptr::copy_nonoverlapping(from, to, len),
                0 => std::slice::from_raw_parts_mut(to, len).fill(*from),
                _ => {
                    for i in 0..len {
                        *to.add(i) = *from.offset(i as isize * step);
                    }
                }
            }
        }
        done += len;
    }
}
