//! `.eh_frame` and its index, read where the loader has mapped them: the entry for a place in the code.
//!
//! Written down in the LSB, "Exception Frames". Own code, since every program that is attached builds it: the library
//! that reads all of DWARF takes longer to build than the rest of the tracker. It is what the tests compare with.

use super::cursor::{Cursor, Encoding};
use super::loader::Module;

/// The number of the register that holds the return address.
const RETURN_ADDRESS: u64 = 16;

/// A function's entry (an FDE).
pub(super) struct Entry<'a> {
    /// The function's first address.
    pub(super) start: u64,
    end: u64,
    pub(super) shared: Shared<'a>,
    /// Its own instructions.
    pub(super) own: Cursor<'a>,
}

/// What entries have in common (a CIE).
pub(super) struct Shared<'a> {
    is_augmented: bool,
    /// The kernel's frame under a signal handler.
    pub(super) is_signal_trampoline: bool,
    pub(super) code_factor: u64,
    pub(super) data_factor: i64,
    /// How addresses of code are written.
    pub(super) encoding: Encoding,
    /// Those that come before an entry's own.
    pub(super) instructions: Cursor<'a>,
}

impl Entry<'_> {
    pub(super) fn contains(&self, place: u64) -> bool {
        (self.start..self.end).contains(&place)
    }
}

/// The entry that has `place` in its range if any has; `None` if it cannot be read here.
pub(super) fn entry_before<'a>(module: &Module<'a>, place: u64) -> Option<Entry<'a>> {
    let object = Cursor::new(module.bytes, module.eh_frame_hdr, module.start);
    entry_at(object, indexed(object, place)?)
}

/// Where the index says that the entry is. It has pairs: a function's first address and its entry's, in order.
fn indexed(hdr: Cursor<'_>, place: u64) -> Option<u64> {
    let mut table = hdr;
    let [version, of_eh_frame, of_count, of_table] = [table.u8()?, table.u8()?, table.u8()?, table.u8()?];
    if version != 1 || Encoding(of_table) != Encoding::FROM_SECTION_4 {
        return None;
    }
    table.pointer(Encoding(of_eh_frame))?;
    let mut count = table.pointer(Encoding(of_count))?;
    let pair = |index: u64| {
        let mut pair = table.at_address(table.address().checked_add(index.checked_mul(8)?)?)?;
        let address = |number: u32| hdr.address().wrapping_add_signed(i64::from(number.cast_signed()));
        Some((address(pair.u32()?), address(pair.u32()?)))
    };
    let mut after = 0;
    while count > 0 {
        let middle = after + count / 2;
        if pair(middle)?.0 <= place {
            (after, count) = (middle + 1, count - count / 2 - 1);
        } else {
            count /= 2;
        }
    }
    // The first's range does not hold a place before it.
    Some(pair(after.saturating_sub(1))?.1)
}

/// The content of the entry that begins here.
fn content<'a>(mut cursor: Cursor<'a>) -> Option<Cursor<'a>> {
    let length = match cursor.u32()? {
        u32::MAX => cursor.u64()?,
        length => u64::from(length),
    };
    cursor.split(length)
}

fn entry_at<'a>(object: Cursor<'a>, address: u64) -> Option<Entry<'a>> {
    let mut own = content(object.at_address(address)?)?;
    let shared_at = own.address().checked_sub(u64::from(own.u32()?))?;
    let shared = Shared::read(content(object.at_address(shared_at)?)?)?;
    let start = own.pointer(shared.encoding)?;
    let end = start.checked_add(own.pointer(shared.encoding.plain())?)?;
    if shared.is_augmented {
        let length = own.unsigned()?;
        own.skip(length)?;
    }
    Some(Entry { start, end, shared, own })
}

impl<'a> Shared<'a> {
    fn read(mut cursor: Cursor<'a>) -> Option<Shared<'a>> {
        let (id, version) = (cursor.u32()?, cursor.u8()?);
        let augmentation = cursor.text()?;
        let (code_factor, data_factor) = (cursor.unsigned()?, cursor.signed()?);
        let return_address = if version == 1 { u64::from(cursor.u8()?) } else { cursor.unsigned()? };
        if id != 0 || !matches!(version, 1 | 3) || return_address != RETURN_ADDRESS {
            return None;
        }
        let mut shared = Shared {
            is_augmented: false,
            is_signal_trampoline: false,
            code_factor,
            data_factor,
            encoding: Encoding::ABSOLUTE,
            instructions: cursor,
        };
        if let [b'z', letters @ ..] = augmentation {
            let length = cursor.unsigned()?;
            let mut data = cursor.split(length)?;
            (shared.is_augmented, shared.instructions) = (true, cursor);
            for letter in letters {
                match letter {
                    b'R' => shared.encoding = Encoding(data.u8()?),
                    b'S' => shared.is_signal_trampoline = true,
                    b'L' => data.skip(1)?,
                    // Whatever it is relative to: only its length matters.
                    b'P' => {
                        let encoding = Encoding(data.u8()?).plain();
                        data.pointer(encoding)?;
                    }
                    _ => return None,
                }
            }
        } else if !augmentation.is_empty() {
            return None;
        }
        Some(shared)
    }
}
