//! From the ring to the file: reads chunks, encodes what they hold, writes it, and only then gives the chunks back.

mod rotate;

use crate::clock::{self, Calibration};
use crate::live::Live;
use crate::modules::ModuleMap;
use crate::output::KeptFile;
use crate::registry::{self, Registry};
use crate::ring::RESERVED_CHUNKS;
use crate::roster::Roster;
use crate::sink::Sink;
use crate::state::{self, SAMPLING};
use crate::sys::stack::OwnStack;
use crate::usable::UsableSizes;
use dropscope_format::ring::{ChunkDecoder, Clock, chunk, header, slot};
use dropscope_format::{
    ChunkSequence, Encoder, End, EndKind, EventBatch, LOST_CAUSES, LostCause, Process, StackTree, Status, TextTable,
    ThreadId,
};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Full chunks whose events are written together: fewer compress less, and of more the first have left the processor's
/// cache when they are filled again.
const WRITE_CHUNKS: usize = 8;
/// A store is seen by other processors within microseconds; a thread that is outside the hook when looked at
/// stamps later than this long before the look.
const STORE_IS_SEEN_NS: u64 = 1_000_000;
/// How often the recorder's own state is written.
const STATUS_EVERY_NS: u64 = 1_000_000_000;
/// With fewer than these beside those that threads hold, full chunks hardly come back.
const CHUNKS_THAT_GO_ROUND: u32 = 4;
/// Chunks whose pages are made ready at once while the program begins to fill them.
const PREFAULT_CHUNKS: u32 = 16;
/// And for a sample, which fills few and takes the same again and again, in all.
const PREFAULT_FOR_A_SAMPLE: u32 = 4;

/// How far one chunk has been read.
#[derive(Default)]
struct Progress {
    sequence: u64,
    decoder: ChunkDecoder,
    /// Events that were read and are not in the file.
    unwritten: u64,
}

/// Everything that whoever drains needs.
pub(crate) struct Drain {
    clock: Clock,
    calibration: Calibration,
    sink: Sink,
    /// For the ring to grow.
    ring_file: Option<KeptFile>,
    encoder: Encoder,
    stacks: StackTree,
    texts: TextTable,
    modules: ModuleMap,
    roster: Roster,
    /// By chunk number.
    progress: Vec<Progress>,
    batch: EventBatch,
    /// Chunks with events in `encoder.out`.
    encoded: Vec<u32>,
    /// Chunks that are read to their end, to be given back once they are written.
    emptied: Vec<u32>,
    prefaulted: u32,
    watermark_ns: u64,
    next_status_ns: u64,
    usable: UsableSizes,
    /// How much of the end is to be kept, where not all is.
    last_bytes: Option<u64>,
    recording_id: u64,
    process: Process,
    /// For the program's threads, at the end.
    stack: Option<OwnStack>,
}

impl Drain {
    /// Begins the file: who is recorded, and what is mapped. Written at once, so that even a program that is killed in
    /// its first moment leaves a recording.
    pub(crate) fn begin(
        sink: Sink,
        ring_file: Option<KeptFile>,
        recording_id: u64,
        process: Process,
        calibration: Calibration,
        last_bytes: Option<u64>,
    ) -> std::io::Result<Drain> {
        let mut drain = Drain {
            clock: calibration.estimate(),
            calibration,
            sink,
            ring_file,
            encoder: Encoder::new(),
            stacks: StackTree::new(),
            texts: TextTable::default(),
            modules: ModuleMap::default(),
            roster: Roster::default(),
            progress: Vec::new(),
            batch: EventBatch::default(),
            encoded: Vec::new(),
            emptied: Vec::new(),
            prefaulted: 0,
            watermark_ns: 0,
            next_status_ns: STATUS_EVERY_NS,
            usable: UsableSizes::default(),
            last_bytes,
            recording_id,
            process,
            stack: OwnStack::new(),
        };
        drain.encoder.file_header(recording_id);
        drain.encoder.process(&drain.process);
        drain.encoder.modules(&drain.modules.read());
        drain.sink.write(&drain.encoder.out)?;
        drain.encoder.out.clear();
        Ok(drain)
    }

    /// Whether ticks can be turned into ns. The clock's rate is known well enough a few milliseconds after the start, and
    /// what is read before it is, is read by a worse one; so who drains comes again, unless threads wait for chunks or
    /// this `is_last`.
    pub(crate) fn knows_the_time(&mut self, live: &Live, is_last: bool) -> bool {
        if !self.calibration.is_final() {
            if !is_last && !self.calibration.is_ripe() && !live.free.is_empty() {
                return false;
            }
            self.clock = self.calibration.finish();
            live.ring.set_clock(self.clock);
        }
        true
    }

    /// Takes up to `most` full chunks; gives how many there were.
    pub(crate) fn take_full(&mut self, live: &Live, most: usize) -> usize {
        let mut taken = 0;
        while taken < most
            && let Ok(number) = live.full.1.try_recv()
        {
            taken += 1;
            self.read(live, number, true);
            if self.emptied.len() >= WRITE_CHUNKS || live.free.is_empty() {
                self.flush(live);
            }
        }
        if taken > 0 {
            self.prefault(live);
        }
        taken
    }

    /// One whole look at everything: full chunks, what is in the current ones, threads, modules, how far all is told.
    pub(crate) fn pass(&mut self, live: &Live, registry: &Registry) {
        let now_ns = self.clock.ns(clock::ticks());
        if state::has(SAMPLING) {
            self.prefault(live);
        }
        for thread in self.roster.look(live, registry, now_ns.saturating_sub(STORE_IS_SEEN_NS)) {
            self.encoder.thread(&thread);
        }
        // A thread's chunks are read in the order it filled them: those handed over before the look are in the channel
        // now, ahead of the current one. (Those handed over meanwhile may follow; their threads were seen, too.)
        let waiting = live.full.1.len();
        self.take_full(live, waiting);
        for (number, sequence) in self.roster.current_chunks() {
            let is_same = |words: &[_]| sequence_of(words) == sequence;
            if live.ring.chunk(number).is_some_and(is_same) {
                self.read(live, number, false);
            }
        }
        let ended = self.roster.ended(live);
        for (_, thread, number) in &ended {
            if let Some(number) = number {
                self.read(live, *number, true);
            }
            if let Some(thread) = thread {
                self.encoder.thread(thread);
            }
        }
        if let Some(modules) = self.modules.new_ones(&self.stacks, now_ns) {
            self.encoder.modules(&modules);
        }
        self.note_watermark();
        self.count_what_was_lost_elsewhere(live);
        if now_ns >= self.next_status_ns {
            self.next_status_ns = now_ns + STATUS_EVERY_NS;
            self.note_status(live, registry);
        }
        self.flush(live);
        for (index, _, _) in ended {
            self.roster.dismiss(live, registry, index);
        }
        registry.scans.fetch_add(1, Release);
        self.grow(live, registry);
    }

    /// Asks the allocator what it gives for sizes that have been met. For the writer alone: a thread that leaves may have
    /// interrupted the allocator.
    pub(crate) fn ask_for_usable_sizes(&mut self) {
        let new = self.usable.ask();
        if !new.is_empty() && !self.sink.is_broken() {
            self.encoder.usable_sizes(new);
        }
    }

    /// A pass and the last word, for a thread of the program, which may have little stack. Gives whether everything is
    /// in the file. More may follow, with a last word of its own.
    pub(crate) fn finish(&mut self, live: &Live, registry: &Registry, kind: EndKind) -> bool {
        match self.stack.take() {
            Some(mut stack) => {
                let is_whole = stack.run(|| self.finish_here(live, registry, kind));
                self.stack = Some(stack);
                is_whole.unwrap_or(false)
            }
            None => self.finish_here(live, registry, kind),
        }
    }

    fn finish_here(&mut self, live: &Live, registry: &Registry, kind: EndKind) -> bool {
        // The end belongs behind what it ends.
        self.last_bytes = None;
        self.knows_the_time(live, true);
        self.pass(live, registry);
        self.note_status(live, registry);
        let time_ns = self.clock.ns(clock::ticks());
        self.encoder.end(&End { time_ns, kind });
        self.flush(live);
        !self.sink.is_broken()
    }

    /// Reads on in chunk `number`. `is_whole`: nothing more comes in this chunk.
    fn read(&mut self, live: &Live, number: u32, is_whole: bool) {
        let Some(words) = live.ring.chunk(number) else { return };
        let sequence = sequence_of(words);
        if sequence == 0 || (self.sink.is_broken() && !is_whole) {
            // Where nothing can be written any more, what is in the ring stays there as long as it can.
            return;
        }
        if self.progress.len() <= number as usize {
            self.progress.resize_with(number as usize + 1, Progress::default);
        }
        let Some(progress) = self.progress.get_mut(number as usize) else { return };
        if progress.sequence != sequence {
            progress.sequence = sequence;
            progress.decoder.restart();
        }
        self.batch.clear();
        self.batch.thread = ThreadId(words[chunk::THREAD].load(Relaxed) as u32);
        self.batch.chunk = ChunkSequence(sequence);
        self.batch.chunk_done = is_whole;
        progress.decoder.decode(words, &self.clock, &mut self.stacks, &mut self.texts, &mut self.batch);
        self.usable.note(&self.batch.events);
        progress.unwritten += self.batch.events.len() as u64;
        self.roster.has_told(self.batch.thread.0, progress.decoder.last_time_ns());
        if is_whole {
            let rest = words.get(progress.decoder.next_word());
            if rest.is_some_and(|word| word.load(Relaxed) != 0) {
                // The program wrote into the ring: what cannot be read is lost, by a number nobody knows.
                live.ring.count_lost(LostCause::Damaged, 1);
            }
            self.emptied.push(number);
        }
        if !self.sink.is_broken() && (is_whole || !self.batch.events.is_empty()) {
            self.encoder.gather(&self.batch, &self.stacks, &self.texts);
            self.encoded.push(number);
        }
    }

    /// Writes what is encoded, then gives emptied chunks back.
    fn flush(&mut self, live: &Live) {
        self.encoder.finish_events();
        let is_written = self.sink.is_broken() || self.encoder.out.is_empty() || self.write();
        if is_written && !self.sink.is_broken() {
            for number in self.encoded.drain(..) {
                if let Some(progress) = self.progress.get_mut(number as usize) {
                    progress.unwritten = 0;
                }
            }
        }
        self.encoded.clear();
        self.encoder.out.clear();
        for number in self.emptied.drain(..) {
            let Some(progress) = self.progress.get_mut(number as usize) else { continue };
            if progress.unwritten > 0 {
                live.ring.count_lost(LostCause::Write, std::mem::take(&mut progress.unwritten));
            }
            if let Some(words) = live.ring.chunk(number) {
                words[chunk::SEQUENCE].store(0, Release);
                live.free.give(number);
            }
        }
        self.begin_anew_if_full();
    }

    fn write(&mut self) -> bool {
        let Err(error) = self.sink.write(&self.encoder.out) else { return true };
        crate::sys::complain(&format!(
            "{} cannot be written any more ({error}): the program goes on, what it does from here on is counted as lost",
            self.sink.path().display()
        ));
        false
    }

    fn note_watermark(&mut self) {
        let told_ns = self.roster.all_told_ns();
        if told_ns > self.watermark_ns && !self.sink.is_broken() {
            self.watermark_ns = told_ns;
            self.encoder.watermark(told_ns);
        }
    }

    fn count_what_was_lost_elsewhere(&self, live: &Live) {
        for (cause, events) in registry::take_lost_without_ring() {
            if events > 0 {
                live.ring.count_lost(cause, events);
            }
        }
    }

    fn note_status(&mut self, live: &Live, registry: &Registry) {
        let word = |index: usize| live.ring.header(index).load(Relaxed);
        let tables = self.stacks.memory_bytes() + self.encoder.out.capacity();
        let threads = registry.claimed_count() as usize * size_of::<crate::thread::ThreadState>();
        let overhead_bytes = live.ring.used_bytes() + (tables + threads) as u64;
        live.ring.header(header::OVERHEAD_BYTES).store(overhead_bytes, Relaxed);
        let mut stacks: [u64; 3] = std::array::from_fn(|quality| word(header::ENDED_STACKS + quality));
        for words in registry.slots().map(|index| live.ring.slot(index)) {
            if words[slot::STATE].load(Acquire) == 1 {
                for (sum, part) in stacks.iter_mut().zip(&words[slot::STACKS..]) {
                    *sum += part.load(Relaxed);
                }
            }
        }
        let waited = self.clock.ns(self.clock.start.saturating_add(word(header::WAITED_TICKS)));
        let mut status = Status {
            waits: word(header::WAITS),
            waited_ns: waited,
            overhead_bytes,
            complete_stacks: stacks[0],
            truncated_stacks: stacks[1],
            suspect_stacks: stacks[2],
            different_stacks: word(header::DIFFERENT_STACKS),
            lost_events: [0; LOST_CAUSES],
        };
        for (index, lost) in status.lost_events.iter_mut().enumerate() {
            *lost = word(header::LOST + index);
        }
        self.encoder.status(&status);
    }

    /// Each living thread may hold a chunk, and some must be left to go round.
    fn grow(&mut self, live: &Live, registry: &Registry) {
        let claimed = registry.claimed_count();
        while live.ring.chunk_count() < claimed + RESERVED_CHUNKS {
            let new = live.ring.grow(self.ring_file.as_mut());
            if new.is_empty() {
                // Where each chunk may be held by a thread that does nothing, waiting for one may last for ever.
                let is_crowded = live.ring.chunk_count() < claimed + CHUNKS_THAT_GO_ROUND;
                live.is_crowded.store(is_crowded, Relaxed);
                return;
            }
            new.rev().for_each(|number| live.free.give(number));
        }
        live.is_crowded.store(false, Relaxed);
    }

    /// Chunks are taken from the first on, so the next ones are made ready a little ahead of the program.
    fn prefault(&mut self, live: &Live) {
        let most = if state::has(SAMPLING) { PREFAULT_FOR_A_SAMPLE } else { live.ring.chunk_count() };
        if self.prefaulted < most {
            let next = (self.prefaulted + PREFAULT_CHUNKS).min(most);
            live.ring.prefault(self.prefaulted..next);
            self.prefaulted = next;
        }
    }
}

fn sequence_of(words: &[std::sync::atomic::AtomicU64]) -> u64 {
    words.get(chunk::SEQUENCE).map_or(0, |word| word.load(Acquire))
}
