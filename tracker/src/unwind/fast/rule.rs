//! One return address's unwind rule in 32 bits.

/// How to get from a frame to its caller: `kind` in bits 0..3, the saved frame pointer's slot in bits 3..11 as words
/// below the CFA (0: the register is unchanged), and in bits 11..32 the CFA's offset in words, signed.
///
/// The return address always lies in the word below the CFA; code where it does not has [`Rule::UNSUPPORTED`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rule(u32);

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

const FROM_SP: u32 = 1;
const FROM_BP: u32 = 2;
const ROOT: u32 = 3;
const REALIGNED: u32 = 4;
const SIGNAL: u32 = 5;
const UNKNOWN: u32 = 6;
const UNSUPPORTED: u32 = 7;

const WORD: i64 = 8;
const MAX_WORDS: i64 = (1 << 20) - 1;

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
        Self::packed(REALIGNED, offset, 0)
    }

    fn packed(kind: u32, offset: i64, slot: i64) -> Self {
        let words = offset / WORD;
        let slot_words = slot / WORD;
        let fits = words * WORD == offset
            && (-MAX_WORDS..=MAX_WORDS).contains(&words)
            && slot_words * WORD == slot
            && (0..=0xff).contains(&slot_words);
        if !fits {
            return Self::UNSUPPORTED;
        }
        Self(kind | ((slot_words as u32) << 3) | ((words as u32) << 11))
    }

    #[inline(always)]
    pub(super) fn kind(self) -> Kind {
        match self.0 & 7 {
            FROM_SP => Kind::FromSp,
            FROM_BP => Kind::FromBp,
            ROOT => Kind::Root,
            REALIGNED => Kind::Realigned,
            SIGNAL => Kind::Signal,
            UNSUPPORTED => Kind::Unsupported,
            _ => Kind::Unknown,
        }
    }

    /// In bytes, as a two's complement number to add.
    #[inline(always)]
    pub(super) fn offset(self) -> u64 {
        i64::from((self.0.cast_signed() >> 8) & !7).cast_unsigned()
    }

    /// In bytes below the CFA; 0 if the frame pointer is unchanged.
    #[inline(always)]
    pub(super) fn slot(self) -> u64 {
        u64::from(self.0 & 0x7f8)
    }

    /// Whether the rule may be kept. What is missing or unsupported may be another library's address later.
    pub(super) fn is_final(self) -> bool {
        !matches!(self.kind(), Kind::Unknown | Kind::Unsupported)
    }

    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        self.0
    }

    #[inline(always)]
    pub(super) fn of_bits(bits: u32) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_slots_survive_packing() {
        for (offset, slot) in [(8, 0), (16, 16), (0x7f_fff8, 0x7f8)] {
            let rule = Rule::from_sp(offset, slot);
            assert_eq!((rule.kind(), rule.offset() as i64, rule.slot() as i64), (Kind::FromSp, offset, slot));
        }
        assert_eq!(Rule::realigned(-8).offset() as i64, -8);
        assert_eq!(Rule::EMPTY.kind(), Kind::Unknown);
    }

    #[test]
    fn what_does_not_fit_is_unsupported() {
        for (offset, slot) in [(12, 0), (8, 4), (8, 0x800), (1 << 24, 0), (8, -8), (i64::MIN, 0)] {
            assert_eq!(Rule::from_bp(offset, slot), Rule::UNSUPPORTED, "{offset} {slot}");
        }
        assert_eq!(Rule::from_sp(0, 0), Rule::UNSUPPORTED);
    }
}
