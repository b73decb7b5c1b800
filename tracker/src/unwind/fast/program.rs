//! Runs a frame's call frame program for the few registers a rule speaks of.
//!
//! An interpreter that kept every register of every nested state would take kilobytes of stack. Captures happen on
//! signal handlers' alternate stacks of 8 KiB too, of which the kernel's frame takes up to half.

use super::cursor::Cursor;
use super::eh_frame::{Entry, Shared};

/// DWARF's numbers of registers.
pub(super) const RBP: u64 = 6;
pub(super) const RSP: u64 = 7;
const RA: u64 = 16;

/// What the CFA is.
#[derive(Clone, Copy)]
pub(super) enum Cfa<'a> {
    /// This far from what the register holds.
    Offset(u64, i64),
    Expression(Cursor<'a>),
}

/// Where a caller's register is.
#[derive(Clone, Copy)]
pub(super) enum Saved<'a> {
    Unchanged,
    /// In memory, this far from the CFA.
    At(i64),
    /// In memory, at what the expression gives.
    AtExpression(Cursor<'a>),
    /// This far from the CFA itself.
    Value(i64),
    /// Nowhere.
    Undefined,
    /// Somewhere else.
    Other,
}

/// One row of the unwind table.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) cfa: Cfa<'a>,
    pub(super) bp: Saved<'a>,
    pub(super) sp: Saved<'a>,
    pub(super) ip: Saved<'a>,
}

impl<'a> Row<'a> {
    const START: Self =
        Self { cfa: Cfa::Offset(RSP, 0), bp: Saved::Unchanged, sp: Saved::Unchanged, ip: Saved::Unchanged };

    /// None for the registers that do not matter here.
    fn register(&mut self, register: u64) -> Option<&mut Saved<'a>> {
        match register {
            RBP => Some(&mut self.bp),
            RSP => Some(&mut self.sp),
            RA => Some(&mut self.ip),
            _ => None,
        }
    }

    fn set(&mut self, register: u64, to: Saved<'a>) {
        if let Some(saved) = self.register(register) {
            *saved = to;
        }
    }
}

/// States that a program has put aside; compilers nest one or two.
const MAX_REMEMBERED: usize = 6;

struct Machine<'e, 'a> {
    /// How far the program has come.
    reached: u64,
    row: Row<'a>,
    initial: Row<'a>,
    remembered: [Row<'a>; MAX_REMEMBERED],
    remembered_count: usize,
    shared: &'e Shared<'a>,
}

/// The row for `place`; `None` if the program is damaged or of a kind that no compiler makes.
pub(super) fn row_at<'a>(entry: &Entry<'a>, place: u64) -> Option<Row<'a>> {
    let mut machine = Machine {
        reached: entry.start,
        row: Row::START,
        initial: Row::START,
        remembered: [Row::START; MAX_REMEMBERED],
        remembered_count: 0,
        shared: &entry.shared,
    };
    let mut instructions = entry.shared.instructions;
    while !instructions.is_at_end() {
        machine.run(&mut instructions)?;
    }
    machine.initial = machine.row;
    let mut instructions = entry.own;
    while !instructions.is_at_end() && machine.reached <= place {
        machine.run(&mut instructions)?;
    }
    Some(machine.row)
}

impl<'a> Machine<'_, 'a> {
    /// Runs the next instruction. (Once the place is passed, no further one is read.)
    fn run(&mut self, next: &mut Cursor<'a>) -> Option<()> {
        let instruction = next.u8()?;
        // Three have their operand in the lower six bits.
        let operand = u64::from(instruction & 0x3f);
        match instruction & 0xc0 {
            0x40 => return self.advance(operand),
            0x80 => {
                let saved = self.factored_unsigned(next)?;
                self.row.set(operand, Saved::At(saved));
                return Some(());
            }
            0xc0 => {
                self.restore(operand);
                return Some(());
            }
            _ => {}
        }
        match instruction {
            // DW_CFA_nop
            0x00 => {}
            // DW_CFA_set_loc, DW_CFA_advance_loc1, 2 and 4
            0x01 => self.reached = next.pointer(self.shared.encoding)?,
            0x02 => self.advance(next.u8()?.into())?,
            0x03 => self.advance(next.u16()?.into())?,
            0x04 => self.advance(next.u32()?.into())?,
            // DW_CFA_remember_state, DW_CFA_restore_state
            0x0a => {
                *self.remembered.get_mut(self.remembered_count)? = self.row;
                self.remembered_count += 1;
            }
            0x0b => {
                self.remembered_count = self.remembered_count.checked_sub(1)?;
                self.row = *self.remembered.get(self.remembered_count)?;
            }
            // DW_CFA_def_cfa, _register, _offset, _expression, _sf and _offset_sf
            0x0c => self.row.cfa = Cfa::Offset(next.unsigned()?, offset(next)?),
            0x0d => self.row.cfa = Cfa::Offset(next.unsigned()?, self.cfa_offset()?.1),
            0x0e => self.row.cfa = Cfa::Offset(self.cfa_offset()?.0, offset(next)?),
            0x0f => self.row.cfa = Cfa::Expression(block(next)?),
            0x12 => self.row.cfa = Cfa::Offset(next.unsigned()?, self.factored(next)?),
            0x13 => self.row.cfa = Cfa::Offset(self.cfa_offset()?.0, self.factored(next)?),
            // DW_CFA_GNU_args_size
            0x2e => {
                next.unsigned()?;
            }
            _ => self.set_register(instruction, next)?,
        }
        Some(())
    }

    /// The instructions that say where a register is, whose number comes first.
    fn set_register(&mut self, instruction: u8, next: &mut Cursor<'a>) -> Option<()> {
        let register = next.unsigned()?;
        let saved = match instruction {
            // DW_CFA_offset_extended and _sf
            0x05 => Saved::At(self.factored_unsigned(next)?),
            0x11 => Saved::At(self.factored(next)?),
            // DW_CFA_restore_extended
            0x06 => {
                self.restore(register);
                return Some(());
            }
            // DW_CFA_undefined, DW_CFA_same_value, DW_CFA_register
            0x07 => Saved::Undefined,
            0x08 => Saved::Unchanged,
            0x09 => {
                next.unsigned()?;
                Saved::Other
            }
            // DW_CFA_expression, DW_CFA_val_expression
            0x10 => Saved::AtExpression(block(next)?),
            0x16 => {
                block(next)?;
                Saved::Other
            }
            // DW_CFA_val_offset and _sf
            0x14 => Saved::Value(self.factored_unsigned(next)?),
            0x15 => Saved::Value(self.factored(next)?),
            // Another processor's, or unknown.
            _ => return None,
        };
        self.row.set(register, saved);
        Some(())
    }

    fn advance(&mut self, delta: u64) -> Option<()> {
        self.reached = self.reached.checked_add(delta.checked_mul(self.shared.code_factor)?)?;
        Some(())
    }

    fn restore(&mut self, register: u64) {
        let initial = self.initial.register(register).map(|saved| *saved);
        self.row.set(register, initial.unwrap_or(Saved::Unchanged));
    }

    fn factored(&self, next: &mut Cursor<'a>) -> Option<i64> {
        next.signed()?.checked_mul(self.shared.data_factor)
    }

    fn factored_unsigned(&self, next: &mut Cursor<'a>) -> Option<i64> {
        offset(next)?.checked_mul(self.shared.data_factor)
    }

    fn cfa_offset(&self) -> Option<(u64, i64)> {
        match self.row.cfa {
            Cfa::Offset(register, offset) => Some((register, offset)),
            Cfa::Expression(_) => None,
        }
    }
}

fn offset(next: &mut Cursor<'_>) -> Option<i64> {
    i64::try_from(next.unsigned()?).ok()
}

/// An expression: its length stands before it.
fn block<'a>(next: &mut Cursor<'a>) -> Option<Cursor<'a>> {
    let length = next.unsigned()?;
    next.split(length)
}
