//! The walk that nearly every capture comes to: a few frames lead to one that the last capture had, too. Where they have led
//! there before, they are not walked again ([`super::ways`]).
//!
//! Frames count their CFA from the stack pointer, or from the frame pointer: code of the standard library keeps one. Where
//! a frame pointer came from is looked for when a frame needs it, back along the frames that have been walked, so that
//! programs without them pay nothing. Everything else is [`super::walk`]'s.
//!
//! Indices are not checked where the invariant named beside them holds: that took some forty instructions an event.
#![allow(unsafe_code, reason = "indices and stack words without checks, each for a reason that stands beside it")]

use super::super::{Addresses, MAX_DEPTH};
use super::known::{Known, Save};
use super::rule::{Kind, Rule};
use super::rules;
use super::stack::{State, Window, opaque};
use super::ways::{Led, Ways};

/// Frames that are walked before this gives up. Where a program comes back from far out and goes far in, so many are new;
/// the general walk takes five times as long for each (17 to 25 new ones in a tenth of the events: 504 instructions an event
/// with 16, 343 with 32 and 48).
pub(in super::super) const PLAIN_FRAMES: usize = 48;

/// The present walk. All zero: none yet.
#[repr(C)]
pub(super) struct Plain {
    /// Of walks that went by the stack pointer alone.
    pub(super) ways: Ways,
    needs_count: usize,
    /// Return address and stack pointer. Filled from the end, so that the outermost comes first.
    frames: [[u64; 2]; PLAIN_FRAMES],
    needs: [Need; PLAIN_FRAMES],
}

/// A frame pointer that a frame's CFA was counted from. Frames are counted from the innermost, which is 0.
#[derive(Clone, Copy)]
#[repr(C)]
struct Need {
    bp: u64,
    /// The frames that had it: from here on, up to but without the next.
    from: u32,
    to: u32,
    /// Where it was read, which the frame before `from` tells; 0: it was in the register all the time.
    place: u64,
}

/// How many known frames a walk has come to, from where on its own are noted, and whether some needed their frame
/// pointers; where not, none has been noted, and `needs_count` is an earlier walk's.
struct Walked {
    known: usize,
    at: usize,
    has_needs: bool,
}

impl Plain {
    /// The stack from `start` on into `of` and `addresses`. Gives `put` the number and address of each frame after the
    /// known ones; and gives how many were known, and how many frames there are now. None if this walk does not lead to a
    /// known one; then nothing but its own notes has changed.
    ///
    /// # Safety
    /// What is known has been sealed with this `window`, and nothing been added since but by this.
    #[inline(always)]
    pub(super) unsafe fn capture(
        &mut self,
        of: &mut Known,
        addresses: &mut Addresses,
        window: &Window,
        start: State,
        mut put: impl FnMut(usize, u64),
    ) -> Option<(usize, usize)> {
        let frame = [start.address, start.sp];
        // SAFETY: the caller's promise; what ways lead to is known, and the frames are what a walk would find.
        unsafe {
            let joined = match self.ways.lead(frame, of, addresses) {
                Some(Led::One(known)) => join(of, addresses, known, [frame], &mut put),
                Some(Led::Two(known, outer)) => join(of, addresses, known, [outer, frame], &mut put),
                None => None,
            };
            if joined.is_some() {
                return joined;
            }
        }
        // SAFETY: the caller's promise.
        let Walked { known, at, has_needs } = unsafe { self.walk(of, addresses, window, start)? };
        let (known, at) = (opaque(known), opaque(at));
        let fresh = PLAIN_FRAMES - at;
        let depth = known + fresh;
        // SAFETY: so many hold.
        if depth >= MAX_DEPTH || unsafe { !are_saves_intact(of, known) } {
            return None;
        }
        for index in 0..fresh {
            // SAFETY: `at + fresh` is the number of frames, and `depth` is less than that of levels. They fall, are aligned
            // and in the window: each has its return address as a word of it, and each rule leads further out.
            unsafe {
                let frame = *self.frames.get_unchecked(at + index);
                set(of, addresses, known + index, frame);
                put(index, frame[0]);
            }
        }
        // SAFETY: the frames up to here have been set.
        unsafe { of.levels.keep(depth) };
        if has_needs {
            self.join_needs(of, depth);
        } else {
            self.note_ways(of.innermost(known), known, fresh);
        }
        Some((known, depth))
    }

    /// Remembers where the last walk's `fresh` frames led to, whose last is at `level` and is one of the `known`. Of long
    /// walks nothing: it would throw out more than it adds.
    #[inline(always)]
    fn note_ways(&mut self, level: u64, known: usize, fresh: usize) {
        let [.., outer, inner] = self.frames;
        match fresh {
            1 => self.ways.note(inner, level, known),
            2 => {
                self.ways.note(outer, level, known);
                self.ways.note(inner, outer[1], known + 1);
            }
            _ => {}
        }
    }

    /// How many known frames the walk comes to, and from where on its own are noted.
    ///
    /// A frame at a known one's level is that one: its address is the word below, which has just been compared.
    ///
    /// # Safety
    /// As [`Plain::capture`].
    #[inline(always)]
    unsafe fn walk(&mut self, of: &Known, addresses: &Addresses, window: &Window, start: State) -> Option<Walked> {
        let State { mut address, mut sp, .. } = start;
        if !window.has_word(sp.wrapping_sub(8)) {
            return None;
        }
        // SAFETY: the caller's promise, and the start is in the window.
        let mut known = unsafe { of.levels.intact_sealed(sp, addresses) };
        let mut at = PLAIN_FRAMES;
        // SAFETY: so many there are. Where none is left, its level is above all, and not this one, which is aligned.
        let is_known = |known, sp| unsafe { of.levels.is(known, sp) };
        if !is_known(known, sp) {
            loop {
                at = at.checked_sub(1)?;
                // SAFETY: below the number of frames.
                unsafe { *self.frames.get_unchecked_mut(at) = [address, sp] };
                let rule = rules::known_rule_of(address)?;
                if !rule.is_from_sp() {
                    // SAFETY: the caller's promise.
                    return unsafe { self.walk_on(of, window, start.bp, [known, at]) };
                }
                sp = sp.wrapping_add(rule.offset());
                // SAFETY: so many there are.
                known = unsafe { of.levels.above(known, sp) };
                if is_known(known, sp) {
                    break;
                }
                address = window.word(sp.wrapping_sub(8))?;
            }
        }
        // SAFETY: it is one of them.
        let needed = unsafe { *of.needed_bps.get_unchecked(known - 1) };
        if needed != 0 {
            self.needs_count = 0;
            return self.is_needed(at, sp, start.bp, needed, window).then_some(Walked { known, at, has_needs: true });
        }
        Some(Walked { known, at, has_needs: false })
    }

    /// The rest of [`Plain::walk`] from the frame on that was noted last, with the last level, where frames count their CFA
    /// from the frame pointer. Apart, so that the others' loop calls nothing and has all registers.
    ///
    /// # Safety
    /// As [`Plain::capture`].
    #[inline(never)]
    unsafe fn walk_on(
        &mut self,
        of: &Known,
        window: &Window,
        start_bp: u64,
        [mut known, mut at]: [usize; 2],
    ) -> Option<Walked> {
        self.needs_count = 0;
        loop {
            let [address, mut sp] = *self.frames.get(at)?;
            let rule = rules::known_rule_of(address)?;
            sp = if rule.is_from_sp() {
                sp.wrapping_add(rule.offset())
            } else {
                self.cfa_from_bp(at, sp, start_bp, rule, window)?
            };
            let address = window.word(sp.wrapping_sub(8))?;
            // SAFETY: as in `walk`; the level is aligned, since there is a word below it.
            unsafe {
                known = of.levels.above(known, sp);
                if of.levels.is(known, sp) {
                    let needed = *of.needed_bps.get_unchecked(known - 1);
                    let leads = needed == 0 || self.is_needed(at, sp, start_bp, needed, window);
                    return leads.then_some(Walked { known, at, has_needs: true });
                }
            }
            at = at.checked_sub(1)?;
            *self.frames.get_mut(at)? = [address, sp];
        }
    }

    /// The CFA of the frame that was noted last, if it counts it from the frame pointer.
    fn cfa_from_bp(&mut self, at: usize, sp: u64, start_bp: u64, rule: Rule, window: &Window) -> Option<u64> {
        if rule.kind() != Kind::FromBp {
            return None;
        }
        let need = self.find(at + 1, sp, start_bp, window)?;
        let cfa = need.bp.wrapping_add(rule.offset());
        (cfa > sp && self.note(Need { to: need.to + 1, ..need })).then_some(cfa)
    }

    /// Whether `needed` is the frame pointer in the frame that is not noted any more, since it is known.
    #[cold]
    #[inline(never)]
    fn is_needed(&mut self, at: usize, sp: u64, start_bp: u64, needed: u64, window: &Window) -> bool {
        self.find(at, sp, start_bp, window).is_some_and(|need| need.bp == needed && self.note(need))
    }

    fn note(&mut self, need: Need) -> bool {
        let Some(place) = self.needs.get_mut(self.needs_count) else { return false };
        *place = need;
        self.needs_count += 1;
        true
    }

    /// The frame pointer in the frame outside of those that are noted in `at..`, whose stack pointer is `sp`.
    #[inline(always)]
    fn find(&self, at: usize, mut sp: u64, start_bp: u64, window: &Window) -> Option<Need> {
        let inner = self.frames.get(at..)?;
        let to = inner.len();
        for (steps, &[address, its_sp]) in inner.iter().enumerate() {
            let slot = rules::known_rule_of(address)?.slot();
            if slot != 0 {
                let place = sp.wrapping_sub(slot);
                let from = (to - steps) as u32;
                return Some(Need { bp: window.word(place)?, from, to: to as u32, place });
            }
            sp = its_sp;
        }
        Some(Need { bp: start_bp, from: 0, to: to as u32, place: 0 })
    }

    /// Remembers what frame pointers the frames that have been joined depend on.
    #[inline(never)]
    fn join_needs(&self, of: &mut Known, depth: usize) {
        for &Need { bp, from, to, place } in self.needs.iter().take(self.needs_count).rev() {
            let (from, to) = (from as usize, to as usize);
            of.need_bp(depth - to..depth - from, bp);
            if place != 0 {
                of.push_saved(depth - from, place, bp);
            }
        }
    }
}

/// Puts `frames`, outermost first, behind the `known` ones, unless some of those need a frame pointer that is not looked
/// for here, or that has changed. Gives what [`Plain::capture`] gives.
///
/// # Safety
/// So many are known, not none and not more than leave room for the others; and the frames are those that a walk to them
/// goes through.
#[inline(always)]
unsafe fn join<const FRAMES: usize>(
    of: &mut Known,
    addresses: &mut Addresses,
    known: usize,
    frames: [[u64; 2]; FRAMES],
    mut put: impl FnMut(usize, u64),
) -> Option<(usize, usize)> {
    // SAFETY: the caller's promise.
    unsafe {
        if *of.needed_bps.get_unchecked(known - 1) != 0 || !are_saves_intact(of, known) {
            return None;
        }
        for (index, frame) in frames.into_iter().enumerate() {
            set(of, addresses, known + index, frame);
            put(index, frame[0]);
        }
        of.levels.keep(known + FRAMES);
    }
    Some((known, known + FRAMES))
}

/// Makes frame `index` this one, of which no outer one needs the frame pointer.
///
/// # Safety
/// It is below [`MAX_DEPTH`]. The frames fall, are aligned and in the window: each has its return address as a word of
/// it, and each rule leads further out.
#[inline(always)]
unsafe fn set(of: &mut Known, addresses: &mut Addresses, index: usize, [address, sp]: [u64; 2]) {
    // SAFETY: the caller's promise.
    unsafe {
        *addresses.0.get_unchecked_mut(index) = address;
        *of.needed_bps.get_unchecked_mut(index) = 0;
        of.levels.set(index, sp);
    }
}

/// Whether the frame pointers that the `count` outermost frames saved, and others need, are still there. What other frames
/// saved is left out.
///
/// # Safety
/// As [`Plain::capture`], and the levels of so many frames, not none, lie in the window.
#[inline(always)]
unsafe fn are_saves_intact(of: &mut Known, count: usize) -> bool {
    let mut save = of.saved.as_ptr();
    // SAFETY: behind the last is one that is no frame's, and each that is one's lies between two of the levels.
    unsafe {
        while (*save).index < count {
            if of.levels.word_between((*save).place) != (*save).value {
                return false;
            }
            save = save.add(1);
        }
        if (*save).index != Save::NONE.index {
            of.truncate_saves(count);
        }
    }
    true
}
