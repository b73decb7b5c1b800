//! Runs a frame's call frame program for the few registers a rule speaks of.
//!
//! gimli's own interpreter keeps every register of every nested state: 2.5 KiB of stack. Captures happen on signal
//! handlers' alternate stacks of 8 KiB too, of which the kernel's frame takes up to half.

use gimli::{
    BaseAddresses, CallFrameInstruction, CommonInformationEntry, EhFrame, EndianSlice, FrameDescriptionEntry,
    LittleEndian, Register, UnwindExpression, X86_64,
};

pub(super) type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// What the CFA is.
#[derive(Clone, Copy)]
pub(super) enum Cfa {
    Offset(Register, i64),
    Expression(UnwindExpression<usize>),
}

/// Where a caller's register is.
#[derive(Clone, Copy)]
pub(super) enum Saved {
    Unchanged,
    /// In memory, this far from the CFA.
    At(i64),
    /// In memory, at what the expression gives.
    AtExpression(UnwindExpression<usize>),
    /// This far from the CFA itself.
    Value(i64),
    /// Nowhere.
    Undefined,
    /// Somewhere else.
    Other,
}

/// One row of the unwind table.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) cfa: Cfa,
    pub(super) bp: Saved,
    pub(super) sp: Saved,
    pub(super) ip: Saved,
}

impl Row {
    const START: Self =
        Self { cfa: Cfa::Offset(X86_64::RSP, 0), bp: Saved::Unchanged, sp: Saved::Unchanged, ip: Saved::Unchanged };

    /// None for the registers that do not matter here.
    fn register(&mut self, register: Register) -> Option<&mut Saved> {
        match register {
            X86_64::RBP => Some(&mut self.bp),
            X86_64::RSP => Some(&mut self.sp),
            X86_64::RA => Some(&mut self.ip),
            _ => None,
        }
    }

    fn set(&mut self, register: Register, to: Saved) {
        if let Some(saved) = self.register(register) {
            *saved = to;
        }
    }
}

/// States that a program has put aside; compilers nest one or two.
const MAX_REMEMBERED: usize = 6;

struct Machine<'a> {
    /// How far the program has come.
    reached: u64,
    row: Row,
    initial: Row,
    remembered: [Row; MAX_REMEMBERED],
    remembered_count: usize,
    cie: &'a CommonInformationEntry<Bytes<'a>>,
}

/// The row for `place`; `None` if the program is damaged or of a kind that no compiler makes.
pub(super) fn row_at<'a>(
    eh_frame: &EhFrame<Bytes<'a>>,
    bases: &BaseAddresses,
    entry: &FrameDescriptionEntry<Bytes<'a>>,
    place: u64,
) -> Option<Row> {
    let mut machine = Machine {
        reached: entry.initial_address(),
        row: Row::START,
        initial: Row::START,
        remembered: [Row::START; MAX_REMEMBERED],
        remembered_count: 0,
        cie: entry.cie(),
    };
    let mut instructions = entry.cie().instructions(eh_frame, bases);
    while let Some(instruction) = instructions.next().ok()? {
        machine.run(&instruction)?;
    }
    machine.initial = machine.row;
    let mut instructions = entry.instructions(eh_frame, bases);
    while let Some(instruction) = instructions.next().ok()? {
        machine.run(&instruction)?;
        if machine.reached > place {
            return Some(machine.row);
        }
    }
    Some(machine.row)
}

impl Machine<'_> {
    fn run(&mut self, instruction: &CallFrameInstruction<usize>) -> Option<()> {
        use CallFrameInstruction as I;
        let factored = |offset: i64| offset.checked_mul(self.cie.data_alignment_factor());
        let factored_unsigned = |offset: u64| factored(i64::try_from(offset).ok()?);
        match *instruction {
            I::SetLoc { address } => self.reached = address,
            I::AdvanceLoc { delta } => {
                let delta = u64::from(delta).checked_mul(self.cie.code_alignment_factor())?;
                self.reached = self.reached.checked_add(delta)?;
            }
            I::DefCfa { register, offset } => self.row.cfa = Cfa::Offset(register, i64::try_from(offset).ok()?),
            I::DefCfaSf { register, factored_offset } => {
                self.row.cfa = Cfa::Offset(register, factored(factored_offset)?);
            }
            I::DefCfaRegister { register } => self.row.cfa = Cfa::Offset(register, self.cfa_offset()?.1),
            I::DefCfaOffset { offset } => {
                self.row.cfa = Cfa::Offset(self.cfa_offset()?.0, i64::try_from(offset).ok()?);
            }
            I::DefCfaOffsetSf { factored_offset } => {
                self.row.cfa = Cfa::Offset(self.cfa_offset()?.0, factored(factored_offset)?);
            }
            I::DefCfaExpression { expression } => self.row.cfa = Cfa::Expression(expression),
            I::Undefined { register } => self.row.set(register, Saved::Undefined),
            I::SameValue { register } => self.row.set(register, Saved::Unchanged),
            I::Offset { register, factored_offset } => {
                self.row.set(register, Saved::At(factored_unsigned(factored_offset)?));
            }
            I::OffsetExtendedSf { register, factored_offset } => {
                self.row.set(register, Saved::At(factored(factored_offset)?));
            }
            I::ValOffset { register, factored_offset } => {
                self.row.set(register, Saved::Value(factored_unsigned(factored_offset)?));
            }
            I::ValOffsetSf { register, factored_offset } => {
                self.row.set(register, Saved::Value(factored(factored_offset)?));
            }
            I::Register { dest_register, .. } => self.row.set(dest_register, Saved::Other),
            I::Expression { register, expression } => self.row.set(register, Saved::AtExpression(expression)),
            I::ValExpression { register, .. } => self.row.set(register, Saved::Other),
            I::Restore { register } => {
                let initial = self.initial.register(register).map(|saved| *saved);
                self.row.set(register, initial.unwrap_or(Saved::Unchanged));
            }
            I::RememberState => {
                *self.remembered.get_mut(self.remembered_count)? = self.row;
                self.remembered_count += 1;
            }
            I::RestoreState => {
                self.remembered_count = self.remembered_count.checked_sub(1)?;
                self.row = *self.remembered.get(self.remembered_count)?;
            }
            I::ArgsSize { .. } | I::Nop => {}
            // Another processor's.
            I::NegateRaState => return None,
        }
        Some(())
    }

    fn cfa_offset(&self) -> Option<(Register, i64)> {
        match self.row.cfa {
            Cfa::Offset(register, offset) => Some((register, offset)),
            Cfa::Expression(_) => None,
        }
    }
}
