//! From DWARF call frame information to a [`Rule`]: what is done once for a return address. No allocation, no unsafe.

use super::cursor::Cursor;
use super::eh_frame;
use super::loader::{self, Module};
use super::program::{Cfa, RBP, RSP, Row, Saved, row_at};
use super::rule::Rule;

/// Where the kernel's frame under a signal handler keeps registers, from the stack pointer
/// (`offsetof(struct rt_sigframe, uc.uc_mcontext...)` less the popped return address).
pub(super) mod signal_frame {
    pub(in super::super) const BP: u64 = 120;
    pub(in super::super) const SP: u64 = 160;
    pub(in super::super) const IP: u64 = 168;
}

/// The rule for the frame whose return address is `address`.
#[cold]
#[inline(never)]
pub(super) fn rule_for(address: u64) -> Rule {
    let place = address.wrapping_sub(1);
    loader::with_module(place, Rule::UNSUPPORTED, |module| rule_in(module, place)).unwrap_or(Rule::UNKNOWN)
}

fn rule_in(module: &Module<'_>, place: u64) -> Rule {
    // What is written in another way than linkers write it may be read by others.
    let Some(entry) = eh_frame::entry_before(module, place) else { return Rule::UNSUPPORTED };
    if !entry.contains(place) {
        return Rule::UNKNOWN;
    }
    match row_at(&entry, place) {
        Some(row) if entry.shared.is_signal_trampoline => signal_rule(&row),
        Some(row) => ordinary_rule(&row),
        None => Rule::UNSUPPORTED,
    }
}

fn ordinary_rule(row: &Row<'_>) -> Rule {
    match (row.ip, row.sp) {
        (Saved::Undefined, _) => return Rule::ROOT,
        (Saved::At(-8), Saved::Unchanged | Saved::Value(0)) => {}
        _ => return Rule::UNSUPPORTED,
    }
    let slot = match row.bp {
        Saved::Unchanged | Saved::Undefined => Some(0),
        Saved::At(offset) if offset < 0 => offset.checked_neg(),
        _ => None,
    };
    match (row.cfa, slot, row.bp) {
        (Cfa::Offset(RSP, offset), Some(slot), _) => Rule::from_sp(offset, slot),
        (Cfa::Offset(RBP, offset), Some(slot), _) => Rule::from_bp(offset, slot),
        (Cfa::Expression(cfa), None, Saved::AtExpression(saved)) => {
            match (offset_from(cfa, RBP, true), offset_from(saved, RBP, false)) {
                (Some(offset), Some(0)) => Rule::realigned(offset),
                _ => Rule::UNSUPPORTED,
            }
        }
        _ => Rule::UNSUPPORTED,
    }
}

fn signal_rule(row: &Row<'_>) -> Rule {
    let is_at = |saved, offset: u64| match saved {
        Saved::AtExpression(place) => offset_from(place, RSP, false) == Some(offset.cast_signed()),
        _ => false,
    };
    let sp_at = match row.cfa {
        Cfa::Expression(cfa) => offset_from(cfa, RSP, true),
        Cfa::Offset(..) => None,
    };
    let is_kernels = sp_at == Some(signal_frame::SP.cast_signed())
        && is_at(row.ip, signal_frame::IP)
        && is_at(row.bp, signal_frame::BP);
    if is_kernels { Rule::SIGNAL } else { Rule::UNSUPPORTED }
}

/// The offset, if the expression is `register + offset`, read as a pointer if `dereferenced`.
fn offset_from(mut expression: Cursor<'_>, register: u64, dereferenced: bool) -> Option<i64> {
    // DW_OP_breg0 and following.
    if u64::from(expression.u8()?) != 0x70 + register {
        return None;
    }
    let offset = expression.signed()?;
    // DW_OP_deref
    if dereferenced && expression.u8()? != 0x06 {
        return None;
    }
    expression.is_at_end().then_some(offset)
}
