//! What a block says, other than events: its payload to a fact.

use crate::block::BlockKind;
use crate::error::ReadError;
use crate::ids::{StackId, StringId, ThreadId};
use crate::info::{End, EndKind, LOST_CAUSES, Module, Process, StackNode, Status, Thread};
use crate::reader::Block;
use crate::usable_sizes;
use crate::varint::{Cursor, unzigzag};

/// The fact in a `payload` of this kind; unknown where it is of no known kind, or events.
pub(crate) fn decode(kind: Option<BlockKind>, payload: &[u8]) -> Result<Block, ReadError> {
    let mut cursor = Cursor::new(payload);
    Ok(match kind {
        Some(BlockKind::Process) => Block::Process(Box::new(process(&mut cursor)?)),
        Some(BlockKind::Modules) => Block::Modules(modules(&mut cursor)?),
        Some(BlockKind::Stacks) => stacks(&mut cursor)?,
        Some(BlockKind::Texts) => {
            let first = StringId(cursor.u32()?);
            let count = counted(&mut cursor, 1)?;
            Block::Texts { first, texts: (0..count).map(|_| cursor.string()).collect::<Result<_, _>>()? }
        }
        Some(BlockKind::Thread) => Block::Thread(Thread {
            thread: ThreadId(cursor.u32()?),
            os_id: cursor.u32()?,
            name: cursor.string()?,
            ended: cursor.varint()? != 0,
        }),
        Some(BlockKind::Watermark) => Block::Watermark(cursor.varint()?),
        Some(BlockKind::Status) => Block::Status(Box::new(status(&mut cursor)?)),
        Some(BlockKind::End) => Block::End(end(&mut cursor)?),
        Some(BlockKind::UsableSizes) => Block::UsableSizes(usable_sizes::read(&mut cursor)?),
        Some(BlockKind::Events | BlockKind::EventGroup) | None => Block::Unknown,
    })
}

/// A count of things that take at least `least_bytes` each, so that it can be checked against what is left.
pub(crate) fn counted(cursor: &mut Cursor<'_>, least_bytes: usize) -> Result<usize, ReadError> {
    let count = cursor.varint()?;
    if count > (cursor.remaining() / least_bytes) as u64 {
        return Err(ReadError::Damaged("a count points past its block"));
    }
    Ok(count as usize)
}

fn process(cursor: &mut Cursor<'_>) -> Result<Process, ReadError> {
    let program = cursor.string()?;
    let count = counted(cursor, 1)?;
    Ok(Process {
        program,
        arguments: (0..count).map(|_| cursor.string()).collect::<Result<_, _>>()?,
        folder: cursor.string()?,
        pid: cursor.u32()?,
        process_start: cursor.varint()?,
        started_unix_ns: cursor.varint()?,
        started_monotonic_ns: cursor.varint()?,
        clock: cursor.string()?,
        unwinder: cursor.string()?,
        tracker_version: cursor.string()?,
        from_first_allocation: cursor.varint()? != 0,
        sample_mean_bytes: if cursor.remaining() == 0 { 0 } else { cursor.varint()? },
    })
}

fn modules(cursor: &mut Cursor<'_>) -> Result<Vec<Module>, ReadError> {
    let count = counted(cursor, 5)?;
    let mut modules = Vec::new();
    for _ in 0..count {
        modules.push(Module {
            start: cursor.varint()?,
            end: cursor.varint()?,
            bias: cursor.varint()?,
            path: cursor.string()?,
            build_id: cursor.bytes()?.to_vec(),
        });
    }
    Ok(modules)
}

fn stacks(cursor: &mut Cursor<'_>) -> Result<Block, ReadError> {
    let first = cursor.u32()?;
    let count = counted(cursor, 2)?;
    let mut nodes = Vec::with_capacity(count);
    let mut address = 0u64;
    for number in (u64::from(first)..).take(count) {
        let parent = number.checked_sub(cursor.varint()?).filter(|parent| *parent < number);
        let parent = parent.ok_or(ReadError::Damaged("a stack frame without a caller"))?;
        address = address.wrapping_add(unzigzag(cursor.varint()?) as u64);
        nodes.push(StackNode { parent: StackId(parent as u32), address });
    }
    Ok(Block::Stacks { first, nodes })
}

fn status(cursor: &mut Cursor<'_>) -> Result<Status, ReadError> {
    let mut status = Status {
        waits: cursor.varint()?,
        waited_ns: cursor.varint()?,
        overhead_bytes: cursor.varint()?,
        complete_stacks: cursor.varint()?,
        truncated_stacks: cursor.varint()?,
        suspect_stacks: cursor.varint()?,
        different_stacks: cursor.varint()?,
        lost_events: [0; LOST_CAUSES],
    };
    for lost in &mut status.lost_events {
        *lost = cursor.varint()?;
    }
    Ok(status.bounded())
}

fn end(cursor: &mut Cursor<'_>) -> Result<End, ReadError> {
    let time_ns = cursor.varint()?;
    let kind = cursor.varint()?;
    let number = unzigzag(cursor.varint()?) as i32;
    let kind = match kind {
        0 => EndKind::Orderly,
        1 => EndKind::Exited(number),
        2 => EndKind::Killed(number),
        3 => EndKind::Stopped,
        _ => return Err(ReadError::Damaged("an end of an unknown kind")),
    };
    Ok(End { time_ns, kind })
}
