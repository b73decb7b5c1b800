//! From DWARF call frame information to a [`Rule`]: what is done once for a return address. No allocation, no unsafe.

use super::loader::{self, Module};
use super::program::{Bytes, Cfa, Row, Saved, row_at};
use super::rule::Rule;
use gimli::{
    BaseAddresses, EhFrame, EhFrameHdr, EhFrameOffset, LittleEndian, Operation, Register, UnwindExpression,
    UnwindSection, X86_64,
};

const ENCODING: gimli::Encoding = gimli::Encoding { address_size: 8, format: gimli::Format::Dwarf32, version: 5 };

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
    let beyond = Some(Rule::UNSUPPORTED);
    loader::with_module(place, beyond, |module| rule_in(module, place)).flatten().unwrap_or(Rule::UNKNOWN)
}

/// `None`: the object has no entry for the place.
fn rule_in(module: &Module<'_>, place: u64) -> Option<Rule> {
    let hdr_address = module.start + module.eh_frame_hdr as u64;
    let bases = BaseAddresses::default().set_eh_frame_hdr(hdr_address);
    let hdr = EhFrameHdr::new(module.bytes.get(module.eh_frame_hdr..)?, LittleEndian).parse(&bases, 8).ok()?;
    let eh_frame_address = hdr.eh_frame_ptr().direct().ok()?;
    let eh_frame_start = usize::try_from(eh_frame_address.checked_sub(module.start)?).ok()?;
    let eh_frame = EhFrame::new(module.bytes.get(eh_frame_start..)?, LittleEndian);
    let bases = bases.set_eh_frame(eh_frame_address);
    let entry_address = hdr.table()?.lookup(place, &bases).ok()?.direct().ok()?;
    let offset = usize::try_from(entry_address.checked_sub(eh_frame_address)?).ok()?;
    let entry = eh_frame.fde_from_offset(&bases, EhFrameOffset(offset), EhFrame::cie_from_offset).ok()?;
    if !entry.contains(place) {
        return None;
    }
    let Some(row) = row_at(&eh_frame, &bases, &entry, place) else { return Some(Rule::UNSUPPORTED) };
    Some(if entry.is_signal_trampoline() { signal_rule(&eh_frame, &row) } else { ordinary_rule(&eh_frame, &row) })
}

fn ordinary_rule(eh_frame: &EhFrame<Bytes<'_>>, row: &Row) -> Rule {
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
        (Cfa::Offset(X86_64::RSP, offset), Some(slot), _) => Rule::from_sp(offset, slot),
        (Cfa::Offset(X86_64::RBP, offset), Some(slot), _) => Rule::from_bp(offset, slot),
        (Cfa::Expression(cfa), None, Saved::AtExpression(saved)) => {
            match (offset_from(eh_frame, cfa, X86_64::RBP, true), offset_from(eh_frame, saved, X86_64::RBP, false)) {
                (Some(offset), Some(0)) => Rule::realigned(offset),
                _ => Rule::UNSUPPORTED,
            }
        }
        _ => Rule::UNSUPPORTED,
    }
}

fn signal_rule(eh_frame: &EhFrame<Bytes<'_>>, row: &Row) -> Rule {
    let is_at = |saved, offset: u64| match saved {
        Saved::AtExpression(place) => offset_from(eh_frame, place, X86_64::RSP, false) == Some(offset.cast_signed()),
        _ => false,
    };
    let sp_at = match row.cfa {
        Cfa::Expression(cfa) => offset_from(eh_frame, cfa, X86_64::RSP, true),
        Cfa::Offset(..) => None,
    };
    let is_kernels = sp_at == Some(signal_frame::SP.cast_signed())
        && is_at(row.ip, signal_frame::IP)
        && is_at(row.bp, signal_frame::BP);
    if is_kernels { Rule::SIGNAL } else { Rule::UNSUPPORTED }
}

/// The offset, if the expression is `register + offset`, read as a pointer if `dereferenced`.
fn offset_from(
    eh_frame: &EhFrame<Bytes<'_>>,
    expression: UnwindExpression<usize>,
    base: Register,
    dereferenced: bool,
) -> Option<i64> {
    let mut operations = expression.get(eh_frame).ok()?.operations(ENCODING);
    let Some(Operation::RegisterOffset { register, offset, .. }) = operations.next().ok()? else { return None };
    if register != base {
        return None;
    }
    if dereferenced && !matches!(operations.next().ok()?, Some(Operation::Deref { size: 8, space: false, .. })) {
        return None;
    }
    operations.next().ok()?.is_none().then_some(offset)
}
