//! The walk from the leaf outwards, and what it keeps for the next one.
#![allow(unsafe_code, reason = "the plain walk relies on what is kept here")]

use super::super::{Addresses, Captured, MAX_DEPTH, Quality};
use super::cfi::signal_frame;
use super::known::Known;
use super::plain::Plain;
use super::rule::{Kind, Rule};
use super::stack::{Stacks, State, Window};
use super::{loader, rules};

/// What one thread remembers between captures beside the addresses. All zero: nothing.
#[repr(C)]
pub(in super::super) struct Memory {
    stacks: Stacks,
    /// The loader's generation that `known` is good for.
    generation: u64,
    quality: Quality,
    /// The same number where the last stack was whole and what is known lies on the thread's own stack and has been sealed
    /// with it; else another. (All zero: no place is on the thread's stack yet, whatever this is.)
    plain_in: u64,
    known: Known,
    plain: Plain,
    fresh: Fresh,
}

/// The frames of the present walk, innermost first, before they join the known ones.
#[repr(C)]
struct Fresh {
    frames: [Frame; MAX_DEPTH],
    /// Where frame pointers that are needed were read: the frame's index << 8 | words below its CFA.
    save_of: [u32; MAX_DEPTH],
}

/// How far a walk has come. Apart from the frames, so that it lives in registers.
#[derive(Clone, Copy, Default)]
struct Progress {
    frames: usize,
    saves: usize,
    /// The outermost frames that may be reused next time begin after this many: up to there the walk read words that
    /// are not compared (a signal's registers, a realigned frame's CFA) or was on another stack.
    barrier: usize,
    /// The first frame whose frame pointer is the present state's.
    carried_from: usize,
    /// Which frame read the present frame pointer from the stack, as in [`Fresh::save_of`]; 0: none did.
    source: u32,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Frame {
    address: u64,
    sp: u64,
    needed_bp: u64,
}

/// Why a walk stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    /// At a frame that is known, the outermost but this many.
    Known(usize),
    /// At the thread's first function.
    Root,
    /// At [`MAX_DEPTH`].
    Full,
    /// Where nothing says how to go on.
    Lost,
    /// At a rule that only the portable way can follow.
    Unsupported,
}

impl Memory {
    /// Nothing is reused by the next capture.
    pub(in super::super) fn forget(&mut self) {
        self.known.truncate(0);
    }

    /// The caller of `at`, a frame of this crate. `None` if it cannot be told by the two common rules.
    #[inline(always)]
    pub(in super::super) fn caller(&mut self, at: State) -> Option<State> {
        let window = self.stacks.window(at.sp)?;
        let rule = rules::rule_of(at.address);
        let base = match rule.kind() {
            Kind::FromSp => at.sp,
            Kind::FromBp if at.bp.wrapping_add(rule.offset()) > at.sp => at.bp,
            _ => return None,
        };
        Progress::default().caller(rule, base, at, window)
    }

    /// The stack from `start` on, which is its innermost frame, into `addresses`, of which `previous_depth` are the
    /// last capture's. `None` if it cannot be walked by rules.
    #[inline(never)]
    pub(in super::super) fn capture(
        &mut self,
        addresses: &mut Addresses,
        previous_depth: usize,
        start: State,
    ) -> Option<Captured> {
        let generation = loader::generation();
        if generation != self.generation {
            rules::refresh(generation);
            self.generation = generation;
            self.plain.ways.forget();
            self.forget();
        }
        self.plain_in = !generation;
        let window = self.stacks.window(start.sp)?;
        let captured = self.capture_any(addresses, previous_depth, window, start);
        let is_plain = self.known.levels.seal(*self.stacks.home()) && self.quality != Quality::Truncated;
        if is_plain {
            self.plain_in = generation;
        }
        captured
    }

    /// What nearly every capture comes to, see [`super::plain`]. Gives `put` the number and address of each frame after the
    /// known ones. Changes nothing where it gives none.
    #[inline(always)]
    pub(in super::super) fn capture_plain(
        &mut self,
        addresses: &mut Addresses,
        start: State,
        put: impl FnMut(usize, u64),
    ) -> Option<Captured> {
        if loader::generation() != self.plain_in {
            return None;
        }
        // SAFETY: `plain_in` says so.
        let (kept, depth) = unsafe { self.plain.capture(&mut self.known, addresses, self.stacks.home(), start, put)? };
        Some(Captured { kept, depth, quality: self.quality })
    }

    #[inline(always)]
    fn capture_any(
        &mut self,
        addresses: &mut Addresses,
        previous_depth: usize,
        window: Window,
        start: State,
    ) -> Option<Captured> {
        let (mut end, mut progress) = self.walk(addresses, window, start);
        if let End::Known(matched) = end
            && !self.is_whole(matched + progress.frames)
        {
            self.forget();
            (end, progress) = self.walk(addresses, window, start);
        }
        let matched = match end {
            End::Known(matched) => matched,
            End::Unsupported => return None,
            End::Root | End::Full | End::Lost => 0,
        };
        match end {
            End::Root => self.quality = Quality::Complete,
            End::Full => self.quality = Quality::Truncated,
            End::Lost => self.quality = Quality::Suspect,
            End::Known(_) | End::Unsupported => {}
        }
        self.known.truncate(matched);
        let kept = if progress.frames == 0 { matched } else { self.join(addresses, previous_depth, matched, progress) };
        Some(Captured { kept, depth: matched + progress.frames, quality: self.quality })
    }

    /// Whether so many matched and fresh frames are all there is to say: not more than fit, and not fewer than fit
    /// while the previous stack's outermost frames were left out.
    #[inline(always)]
    fn is_whole(&self, depth: usize) -> bool {
        depth == MAX_DEPTH || (depth < MAX_DEPTH && self.quality != Quality::Truncated)
    }

    /// `at` is the innermost frame of the stack.
    #[inline(always)]
    fn walk(&mut self, addresses: &Addresses, mut window: Window, mut at: State) -> (End, Progress) {
        let mut progress = Progress::default();
        let mut known = self.known.intact(window, at.sp, addresses);
        let mut innermost = self.known.innermost(known);
        loop {
            if at.sp >= innermost {
                if let Some(needed_bp) = self.known.find(&mut known, at, addresses) {
                    if needed_bp != 0 {
                        progress.need_bp(&mut self.fresh, needed_bp);
                    }
                    return (End::Known(known), progress);
                }
                innermost = self.known.innermost(known);
            }
            let Some(frame) = self.fresh.frames.get_mut(progress.frames) else { return (End::Full, progress) };
            *frame = Frame { address: at.address, sp: at.sp, needed_bp: 0 };
            progress.frames += 1;
            let rule = rules::rule_of(at.address);
            let next = match rule.kind() {
                Kind::FromSp => progress.caller(rule, at.sp, at, window),
                Kind::FromBp if at.bp.wrapping_add(rule.offset()) > at.sp => {
                    progress.need_bp(&mut self.fresh, at.bp);
                    progress.caller(rule, at.bp, at, window)
                }
                _ => None,
            };
            at = match next {
                Some(next) => next,
                None if at.address == 0 => return (End::Root, progress.without_last()),
                None => match unusual_caller(&mut self.stacks, rule, (at.sp, at.bp), window) {
                    Ok((next, its_window)) => {
                        window = its_window;
                        progress.set_barrier();
                        known = self.known.intact_again(window, next.sp, addresses);
                        innermost = self.known.innermost(known);
                        next
                    }
                    Err(end) => return (end, progress),
                },
            };
        }
    }

    /// Puts the fresh frames behind the `matched` known ones; returns how many addresses stay what they were.
    #[inline(always)]
    fn join(&mut self, addresses: &mut Addresses, previous_depth: usize, matched: usize, progress: Progress) -> usize {
        let depth = matched + progress.frames;
        let end = depth.min(MAX_DEPTH);
        let frames = &self.fresh.frames;
        let frame = |index: usize| &frames[(depth - 1 - index) % MAX_DEPTH];
        let mut kept = matched;
        while kept < end.min(previous_depth) && addresses.0[kept] == frame(kept).address {
            kept += 1;
        }
        self.known.extend(end, |index| {
            let Frame { address, sp, needed_bp } = *frame(index);
            addresses.0[index % MAX_DEPTH] = address;
            (sp, needed_bp)
        });
        if progress.barrier > 0 {
            self.known.truncate(depth - progress.barrier.min(progress.frames));
        }
        for save in (0..progress.saves).rev() {
            let save = self.fresh.save_of[save % MAX_DEPTH];
            self.known.push_save(depth - 1 - (save >> 8) as usize, u64::from(save & 0xff));
        }
        kept
    }
}

impl Progress {
    /// The state after a rule whose CFA, counted from `base`, is known to be further out than `at`; `None` if it is
    /// not in the window.
    #[inline(always)]
    fn caller(&mut self, rule: Rule, base: u64, at: State, window: Window) -> Option<State> {
        let cfa = base.wrapping_add(rule.offset());
        let address = window.word(cfa.wrapping_sub(8))?;
        let mut bp = at.bp;
        if rule.slot() != 0 {
            bp = window.word(cfa.wrapping_sub(rule.slot()))?;
            self.carried_from = self.frames;
            // Read below the CFA of the frame noted last.
            self.source = (self.frames.wrapping_sub(1) as u32) << 8 | (rule.slot() >> 3) as u32;
        }
        Some(State { address, sp: cfa, bp })
    }

    /// The present frame pointer is `bp` and is used: all frames that carry it depend on it, and on the word it was
    /// read from.
    #[inline(always)]
    fn need_bp(&mut self, fresh: &mut Fresh, bp: u64) {
        if self.carried_from < self.frames || self.source != 0 {
            *self = self.with_needed_bp(fresh, bp);
        }
    }

    /// Not inlined, and by value: few programs' frames count from it, and here it would cost the loop its registers.
    #[inline(never)]
    fn with_needed_bp(mut self, fresh: &mut Fresh, bp: u64) -> Self {
        while self.carried_from < self.frames {
            if let Some(frame) = fresh.frames.get_mut(self.carried_from) {
                frame.needed_bp = bp;
            }
            self.carried_from += 1;
        }
        if self.source != 0
            && let Some(save) = fresh.save_of.get_mut(self.saves)
        {
            *save = self.source;
            self.saves += 1;
            self.source = 0;
        }
        self
    }

    /// The last noted frame was none.
    fn without_last(mut self) -> Self {
        self.frames = self.frames.saturating_sub(1);
        self
    }

    fn set_barrier(&mut self) {
        self.barrier = self.frames;
        self.carried_from = self.frames;
        self.source = 0;
    }
}

/// The caller's state where the two common rules do not lead to it, and the stack it is on.
#[cold]
#[inline(never)]
fn unusual_caller(
    stacks: &mut Stacks,
    rule: Rule,
    (sp, bp): (u64, u64),
    window: Window,
) -> Result<(State, Window), End> {
    let word = |address: u64| window.word(address).ok_or(End::Lost);
    match rule.kind() {
        Kind::Root => Err(End::Root),
        Kind::Unsupported => Err(End::Unsupported),
        Kind::Unknown | Kind::FromSp => Err(End::Lost),
        Kind::Realigned => {
            let cfa = word(bp.wrapping_add(rule.offset()))?;
            if cfa <= sp {
                return Err(End::Lost);
            }
            Ok((State { address: word(cfa.wrapping_sub(8))?, sp: cfa, bp: word(bp)? }, window))
        }
        Kind::Signal => {
            let register = |offset: u64| word(sp.wrapping_add(offset));
            let (ip, sp) = (register(signal_frame::IP)?, register(signal_frame::SP)?);
            if ip == 0 {
                return Err(End::Lost);
            }
            let state = State { address: ip.wrapping_add(1), sp, bp: register(signal_frame::BP)? };
            if window.contains(sp) { Ok((state, window)) } else { Ok((state, stacks.window(sp).ok_or(End::Lost)?)) }
        }
        // A function that went over to another stack and left its frame pointer on the first.
        Kind::FromBp => {
            let cfa = bp.wrapping_add(rule.offset());
            if window.contains(cfa.wrapping_sub(8)) {
                return Err(End::Lost);
            }
            let window = stacks.window(cfa.wrapping_sub(8)).ok_or(End::Lost)?;
            let address = window.word(cfa.wrapping_sub(8)).ok_or(End::Lost)?;
            let bp = match rule.slot() {
                0 => bp,
                slot => window.word(cfa.wrapping_sub(slot)).ok_or(End::Lost)?,
            };
            Ok((State { address, sp: cfa, bp }, window))
        }
    }
}
