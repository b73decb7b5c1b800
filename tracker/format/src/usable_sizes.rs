//! What the allocator gives, to bytes and back.

#[cfg(feature = "read")]
use crate::error::ReadError;
#[cfg(feature = "read")]
use crate::facts::counted;
use crate::info::UsableSize;
#[cfg(feature = "read")]
use crate::varint::{Cursor, unzigzag};
use crate::varint::{put, zigzag};

/// Appends the payload of a block.
pub(crate) fn put_all(payload: &mut Vec<u8>, sizes: &[UsableSize]) {
    put(payload, sizes.len() as u64);
    let mut before = 0;
    for size in sizes {
        put(payload, zigzag(i64::from(size.requested_bytes) - before));
        put(payload, u64::from(size.usable_bytes.saturating_sub(size.requested_bytes)));
        before = i64::from(size.requested_bytes);
    }
}

/// Reads it.
#[cfg(feature = "read")]
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Vec<UsableSize>, ReadError> {
    let count = counted(cursor, 2)?;
    let mut sizes = Vec::with_capacity(count);
    let mut requested = 0i64;
    for _ in 0..count {
        requested = requested.wrapping_add(unzigzag(cursor.varint()?));
        let more = cursor.varint()?;
        let size = || {
            let requested_bytes = u32::try_from(requested).ok()?;
            let usable_bytes = requested_bytes.checked_add(u32::try_from(more).ok()?)?;
            Some(UsableSize { requested_bytes, usable_bytes })
        };
        sizes.push(size().ok_or(ReadError::Damaged("a usable size that no block has"))?);
    }
    Ok(sizes)
}
