//! The walk from the leaf outwards, and what it keeps for the next one.

use super::super::{Captured, MAX_DEPTH, Quality};
use super::cfi::signal_frame;
use super::known::Known;
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
    known: Known,
    fresh: Fresh,
}

/// The frames of the present walk, innermost first, before they join the known ones.
#[repr(C)]
struct Fresh {
    count: usize,
    /// The outermost frames that may be reused next time begin after this many: up to there the walk read words that
    /// are not compared (a signal's registers, a realigned frame's CFA) or was on another stack.
    barrier: usize,
    /// The first frame whose frame pointer is the present state's.
    carried_from: usize,
    /// Which frame read the present frame pointer from the stack: index << 8 | words below its CFA; 0: none did.
    source: u32,
    saves: usize,
    frames: [Frame; MAX_DEPTH],
    save_of: [u32; MAX_DEPTH],
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

    /// The stack from `start`'s caller on, into `addresses`, of which `previous_depth` are the last capture's.
    /// `None` if it cannot be walked by rules.
    pub(in super::super) fn capture(
        &mut self,
        addresses: &mut [u64; MAX_DEPTH],
        previous_depth: usize,
        start: State,
    ) -> Option<Captured> {
        let generation = loader::generation();
        if generation != self.generation {
            rules::refresh(generation);
            self.generation = generation;
            self.forget();
        }
        let window = self.stacks.window(start.sp)?;
        let mut end = self.walk(addresses, window, start);
        if let End::Known(matched) = end
            && !self.is_whole(matched)
        {
            self.forget();
            end = self.walk(addresses, window, start);
        }
        let matched = match end {
            End::Known(matched) => matched,
            End::Unsupported => return None,
            End::Root | End::Full | End::Lost => 0,
        };
        self.quality = match end {
            End::Known(_) | End::Unsupported => self.quality,
            End::Root => Quality::Complete,
            End::Full => Quality::Truncated,
            End::Lost => Quality::Suspect,
        };
        let kept = self.join(addresses, previous_depth, matched);
        Some(Captured { kept, depth: matched + self.fresh.count, quality: self.quality })
    }

    /// Whether the matched and the fresh frames are all there is to say: not more than fit, and not fewer than fit
    /// while the previous stack's outermost frames were left out.
    fn is_whole(&self, matched: usize) -> bool {
        let depth = matched + self.fresh.count;
        depth == MAX_DEPTH || (depth < MAX_DEPTH && self.quality != Quality::Truncated)
    }

    fn walk(&mut self, addresses: &[u64; MAX_DEPTH], mut window: Window, mut at: State) -> End {
        self.fresh.clear();
        let mut known = self.known.intact(window, at.sp, addresses);
        loop {
            let rule = rules::rule_of(at.address);
            let next = match rule.kind() {
                Kind::FromSp => self.fresh.caller(rule, at.sp, at, window),
                Kind::FromBp => {
                    self.fresh.need_bp(at.bp);
                    self.fresh.caller(rule, at.bp, at, window)
                }
                _ => None,
            };
            at = match next {
                Some(next) => next,
                None => match unusual_caller(&mut self.stacks, rule, at, window) {
                    Ok((next, its_window)) => {
                        window = its_window;
                        self.fresh.set_barrier();
                        known = self.known.intact(window, next.sp, addresses);
                        next
                    }
                    Err(end) => return end,
                },
            };
            if at.address == 0 {
                return End::Root;
            }
            known = self.known.outside(known, at.sp);
            if let Some(needed_bp) = self.known.matches(known, at, addresses) {
                if needed_bp != 0 {
                    self.fresh.need_bp(needed_bp);
                }
                return End::Known(known);
            }
            if !self.fresh.note(at) {
                return End::Full;
            }
        }
    }

    /// Puts the fresh frames behind the `matched` known ones; returns how many addresses stay what they were.
    fn join(&mut self, addresses: &mut [u64; MAX_DEPTH], previous_depth: usize, matched: usize) -> usize {
        self.known.truncate(matched);
        let depth = matched + self.fresh.count;
        let reusable = depth - self.fresh.barrier.min(self.fresh.count);
        let mut kept = matched;
        let fresh = self.fresh.frames.get(..self.fresh.count).unwrap_or(&[]);
        let places = addresses.iter_mut().enumerate().skip(matched);
        for (frame, (index, place)) in fresh.iter().rev().zip(places) {
            if index == kept && index < previous_depth && *place == frame.address {
                kept += 1;
            }
            *place = frame.address;
            if index < reusable {
                self.known.push(frame.sp, frame.needed_bp);
            }
        }
        let saves = self.fresh.save_of.get(..self.fresh.saves).unwrap_or(&[]);
        for save in saves.iter().rev() {
            self.known.push_save(depth - 1 - (save >> 8) as usize, u64::from(save & 0xff));
        }
        kept
    }
}

impl Fresh {
    #[inline(always)]
    fn clear(&mut self) {
        self.count = 0;
        self.barrier = 0;
        self.carried_from = 0;
        self.source = 0;
        self.saves = 0;
    }

    /// The state after a rule whose CFA is counted from `base`; `None` if it cannot be.
    #[inline(always)]
    fn caller(&mut self, rule: Rule, base: u64, at: State, window: Window) -> Option<State> {
        let cfa = base.wrapping_add(rule.offset());
        if cfa <= at.sp {
            return None;
        }
        let address = window.word(cfa.wrapping_sub(8))?;
        let mut bp = at.bp;
        if rule.slot() != 0 {
            bp = window.word(cfa.wrapping_sub(rule.slot()))?;
            self.carried_from = self.count;
            // The frame the walk began in is not kept, so its own save is read anew each time.
            self.source = match self.count {
                0 => 0,
                count => ((count - 1) as u32) << 8 | (rule.slot() >> 3) as u32,
            };
        }
        Some(State { address, sp: cfa, bp })
    }

    /// The present frame pointer is `bp` and is used: all frames that carry it depend on it, and on the word it was
    /// read from.
    #[inline(always)]
    fn need_bp(&mut self, bp: u64) {
        for frame in self.frames.get_mut(self.carried_from..self.count).unwrap_or(&mut []) {
            frame.needed_bp = bp;
        }
        self.carried_from = self.count;
        if self.source != 0
            && let Some(save) = self.save_of.get_mut(self.saves)
        {
            *save = self.source;
            self.saves += 1;
            self.source = 0;
        }
    }

    #[inline(always)]
    fn note(&mut self, at: State) -> bool {
        let Some(frame) = self.frames.get_mut(self.count) else { return false };
        *frame = Frame { address: at.address, sp: at.sp, needed_bp: 0 };
        self.count += 1;
        true
    }

    fn set_barrier(&mut self) {
        self.barrier = self.count;
        self.carried_from = self.count;
        self.source = 0;
    }
}

/// The caller's state where the two common rules do not lead to it, and the stack it is on.
#[cold]
#[inline(never)]
fn unusual_caller(stacks: &mut Stacks, rule: Rule, at: State, window: Window) -> Result<(State, Window), End> {
    let word = |address: u64| window.word(address).ok_or(End::Lost);
    match rule.kind() {
        Kind::Root => Err(End::Root),
        Kind::Unsupported => Err(End::Unsupported),
        Kind::Unknown | Kind::FromSp => Err(End::Lost),
        Kind::Realigned => {
            let cfa = word(at.bp.wrapping_add(rule.offset()))?;
            if cfa <= at.sp {
                return Err(End::Lost);
            }
            Ok((State { address: word(cfa.wrapping_sub(8))?, sp: cfa, bp: word(at.bp)? }, window))
        }
        Kind::Signal => {
            let register = |offset: u64| word(at.sp.wrapping_add(offset));
            let (ip, sp) = (register(signal_frame::IP)?, register(signal_frame::SP)?);
            if ip == 0 {
                return Err(End::Lost);
            }
            let state = State { address: ip.wrapping_add(1), sp, bp: register(signal_frame::BP)? };
            if window.contains(sp) { Ok((state, window)) } else { Ok((state, stacks.window(sp).ok_or(End::Lost)?)) }
        }
        // A function that went over to another stack and left its frame pointer on the first.
        Kind::FromBp => {
            let cfa = at.bp.wrapping_add(rule.offset());
            if window.contains(cfa) {
                return Err(End::Lost);
            }
            let window = stacks.window(cfa.wrapping_sub(8)).ok_or(End::Lost)?;
            let address = window.word(cfa.wrapping_sub(8)).ok_or(End::Lost)?;
            let bp = match rule.slot() {
                0 => at.bp,
                slot => window.word(cfa.wrapping_sub(slot)).ok_or(End::Lost)?,
            };
            Ok((State { address, sp: cfa, bp }, window))
        }
    }
}
