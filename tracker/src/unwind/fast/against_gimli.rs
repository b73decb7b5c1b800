//! Every row of every entry of the objects in this process, as `gimli` reads it.

use super::eh_frame::entry_before;
use super::loader::{self, Module};
use super::program::{Cfa, Row, Saved, row_at};
use gimli::{
    BaseAddresses, CfaRule, CieOrFde, EhFrame, EhFrameHdr, LittleEndian, Register, RegisterRule, UnwindContext,
    UnwindSection, UnwindTableRow, X86_64,
};

#[test]
fn all_rows_of_the_objects_here_are_as_gimli_reads_them() {
    assert!(super::initialise());
    // The program and the C library: hand-written code, expressions, signal frames and whatever compilers make.
    for address in [row_at as *const () as u64, libc::malloc as *const () as u64] {
        let (entries, rows) = loader::with_module(address, None, |module| Some(compare(module))).flatten().unwrap();
        println!("{entries} entries with {rows} rows");
        assert!(entries > 1000 && rows > 3 * entries, "{entries} entries with {rows} rows");
    }
}

/// How many entries and rows there were.
fn compare(module: &Module<'_>) -> (usize, usize) {
    let bases = BaseAddresses::default().set_eh_frame_hdr(module.start + module.eh_frame_hdr as u64);
    let hdr = EhFrameHdr::new(&module.bytes[module.eh_frame_hdr..], LittleEndian).parse(&bases, 8).unwrap();
    let at = hdr.eh_frame_ptr().direct().unwrap();
    let bases = bases.set_eh_frame(at);
    let eh_frame = EhFrame::new(&module.bytes[(at - module.start) as usize..], LittleEndian);
    let mut entries = eh_frame.entries(&bases);
    let mut context = UnwindContext::new();
    let (mut entry_count, mut row_count) = (0, 0);
    while let Some(entry) = entries.next().unwrap() {
        let CieOrFde::Fde(partial) = entry else { continue };
        let theirs = partial.parse(EhFrame::cie_from_offset).unwrap();
        // Left over from what the linker has thrown away.
        if theirs.len() == 0 {
            continue;
        }
        let ours = entry_before(module, theirs.initial_address()).unwrap();
        assert_eq!(
            (ours.start, ours.shared.is_signal_trampoline),
            (theirs.initial_address(), theirs.is_signal_trampoline())
        );
        assert!(ours.contains(theirs.end_address() - 1) && !ours.contains(theirs.end_address()));
        let mut rows = theirs.rows(&eh_frame, &bases, &mut context).unwrap();
        while let Some(row) = rows.next_row().unwrap() {
            // A signal's frame begins a byte before its function, and rows may be empty.
            for place in [row.start_address(), row.end_address().saturating_sub(1)] {
                if row.contains(place) {
                    let our_row = row_at(&ours, place).unwrap();
                    assert_eq!(described(&our_row), described_by_gimli(row), "at {place:#x}");
                    row_count += 1;
                }
            }
        }
        entry_count += 1;
    }
    (entry_count, row_count)
}

/// CFA, frame pointer, stack pointer, return address.
fn described(row: &Row<'_>) -> [String; 4] {
    let saved = |saved: Saved<'_>| match saved {
        Saved::Unchanged => "unchanged".to_owned(),
        Saved::At(offset) => format!("at {offset}"),
        Saved::AtExpression(expression) => format!("at what {} bytes say", expression.remaining()),
        Saved::Value(offset) => format!("is {offset}"),
        Saved::Undefined => "undefined".to_owned(),
        Saved::Other => "other".to_owned(),
    };
    let cfa = match row.cfa {
        Cfa::Offset(register, offset) => format!("{register} + {offset}"),
        Cfa::Expression(expression) => format!("what {} bytes say", expression.remaining()),
    };
    [cfa, saved(row.bp), saved(row.sp), saved(row.ip)]
}

fn described_by_gimli<S: gimli::UnwindContextStorage<usize>>(row: &UnwindTableRow<usize, S>) -> [String; 4] {
    let saved = |register: Register| match row.register(register) {
        None | Some(RegisterRule::SameValue) => "unchanged".to_owned(),
        Some(RegisterRule::Offset(offset)) => format!("at {offset}"),
        Some(RegisterRule::Expression(expression)) => format!("at what {} bytes say", expression.length),
        Some(RegisterRule::ValOffset(offset)) => format!("is {offset}"),
        Some(RegisterRule::Undefined) => "undefined".to_owned(),
        Some(_) => "other".to_owned(),
    };
    let cfa = match row.cfa() {
        CfaRule::RegisterAndOffset { register, offset } => format!("{} + {offset}", register.0),
        CfaRule::Expression(expression) => format!("what {} bytes say", expression.length),
    };
    [cfa, saved(X86_64::RBP), saved(X86_64::RSP), saved(X86_64::RA)]
}
