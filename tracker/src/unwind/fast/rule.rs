//! One return address's unwind rule in one word.

/// How to get from a frame to its caller.
///
/// | bits | meaning |
/// |---|---|
/// | 0..3 | kind: 1 for the common one alone, so that one test knows it |
/// | 3..8 | where the caller's frame pointer is saved, in words below the CFA; 0: the register is unchanged. Of kinds that do not say that: which one |
/// | 8..40 | not the rule's: the table of rules keeps its tag there |
/// | 40..64 | the CFA's offset in bytes, signed: one shift away, since the next load waits for it |
///
/// The return address always lies in the word below the CFA; code where it does not has [`Rule::UNSUPPORTED`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule(u64);

/// What the CFA is computed from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// CFA = stack pointer + offset.
    FromSp,
    /// CFA = frame pointer + offset.
    FromBp,
    /// The thread's first function: nothing called it.
    Root,
    /// CFA = the word at frame pointer + offset, and the saved frame pointer is at the frame pointer: GCC's functions
    /// that align their stack.
    Realigned,
    /// The kernel's frame under a signal handler: all registers are in the context on the stack.
    Signal,
    /// No unwind information; also what an empty entry of the table reads as.
    Unknown,
    /// Unwind information that these rules cannot say.
    Unsupported,
}

const KIND: u64 = 7;
const FROM_SP: u64 = 1;
const FROM_BP: u64 = 2;
const OTHER: u64 = 4;
const ROOT: u64 = OTHER;
const REALIGNED: u64 = OTHER | 1 << 3;
const SIGNAL: u64 = OTHER | 2 << 3;
const UNSUPPORTED: u64 = OTHER | 3 << 3;
const UNKNOWN: u64 = 0;

const SLOT: u64 = 0xf8;
const OFFSET_SHIFT: u32 = 40;
const OFFSETS: std::ops::Range<i64> = -(1 << 23)..1 << 23;

impl Rule {
    /// What an empty slot of the table reads as: an unknown rule.
    #[cfg(test)]
    pub(super) const EMPTY: Self = Self(0);
    pub(super) const ROOT: Self = Self(ROOT);
    pub(super) const SIGNAL: Self = Self(SIGNAL);
    pub(super) const UNKNOWN: Self = Self(UNKNOWN);
    pub(super) const UNSUPPORTED: Self = Self(UNSUPPORTED);

    /// CFA = stack pointer + `offset`, which is positive; the caller's frame pointer `slot` bytes below the CFA, 0 if
    /// unchanged.
    pub(super) fn from_sp(offset: i64, slot: i64) -> Self {
        if offset > 0 { Self::packed(FROM_SP, offset, slot) } else { Self::UNSUPPORTED }
    }

    /// The same with the CFA counted from the frame pointer.
    pub(super) fn from_bp(offset: i64, slot: i64) -> Self {
        Self::packed(FROM_BP, offset, slot)
    }

    /// See [`Kind::Realigned`].
    pub(super) fn realigned(offset: i64) -> Self {
        Self::packed(OTHER, offset, REALIGNED.cast_signed() & SLOT.cast_signed())
    }

    fn packed(kind: u64, offset: i64, slot: i64) -> Self {
        let slot = slot.cast_unsigned();
        if OFFSETS.contains(&offset) && offset % 8 == 0 && slot & !SLOT == 0 {
            Self(kind | slot | offset.cast_unsigned() << OFFSET_SHIFT)
        } else {
            Self::UNSUPPORTED
        }
    }

    #[inline(always)]
    pub(super) fn kind(self) -> Kind {
        match self.0 & KIND {
            FROM_SP => Kind::FromSp,
            FROM_BP => Kind::FromBp,
            OTHER => match self.0 & (KIND | SLOT) {
                ROOT => Kind::Root,
                REALIGNED => Kind::Realigned,
                SIGNAL => Kind::Signal,
                _ => Kind::Unsupported,
            },
            _ => Kind::Unknown,
        }
    }

    /// Whether it is [`Kind::FromSp`].
    #[inline(always)]
    pub(super) fn is_from_sp(self) -> bool {
        self.0 & FROM_SP != 0
    }

    /// In bytes, as a two's complement number to add.
    #[inline(always)]
    pub(super) fn offset(self) -> u64 {
        (self.0.cast_signed() >> OFFSET_SHIFT).cast_unsigned()
    }

    /// In bytes below the CFA; 0 if the frame pointer is unchanged. Of the first two kinds only.
    #[inline(always)]
    pub(super) fn slot(self) -> u64 {
        self.0 & SLOT
    }

    /// Whether the rule may be kept. What is missing or unsupported may be another library's address later.
    pub(super) fn is_final(self) -> bool {
        !matches!(self.kind(), Kind::Unknown | Kind::Unsupported)
    }

    /// The rule with `tag` in the bits that are free for it.
    pub(super) fn tagged(self, tag: u32) -> u64 {
        self.0 | u64::from(tag) << 8
    }

    #[inline(always)]
    pub(super) fn tag_of(tagged: u64) -> u32 {
        (tagged >> 8) as u32
    }

    /// The tag may stay: nothing here looks at it.
    #[inline(always)]
    pub(super) fn of_tagged(tagged: u64) -> Self {
        Self(tagged)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        (self.0 ^ other.0) & !(0xffff_ffff << 8) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_slots_survive_packing() {
        for (offset, slot) in [(8, 0), (16, 16), (0x7f_fff8, 0xf8)] {
            let rule = Rule::from_sp(offset, slot);
            assert_eq!((rule.kind(), rule.offset() as i64, rule.slot() as i64), (Kind::FromSp, offset, slot));
        }
        assert_eq!(Rule::realigned(-8).offset() as i64, -8);
        let tagged = Rule::from_bp(16, 24).tagged(u32::MAX);
        assert_eq!((Rule::of_tagged(tagged), Rule::tag_of(tagged)), (Rule::from_bp(16, 24), u32::MAX));
        assert_ne!(Rule::of_tagged(tagged), Rule::from_bp(16, 16));
        assert_eq!(Rule::EMPTY.kind(), Kind::Unknown);
    }

    #[test]
    fn what_does_not_fit_is_unsupported() {
        for (offset, slot) in [(12, 0), (8, 4), (8, 0x100), (1 << 23, 0), (8, -8), (i64::MIN, 0)] {
            assert_eq!(Rule::from_bp(offset, slot), Rule::UNSUPPORTED, "{offset} {slot}");
        }
        assert_eq!(Rule::from_sp(0, 0), Rule::UNSUPPORTED);
    }
}
