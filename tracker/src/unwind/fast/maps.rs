//! Which mapping an address lies in, asked of the kernel with raw system calls: nothing of libc is called, errno stays.
#![allow(unsafe_code, reason = "system calls")]

use super::stack::Range;
use std::arch::asm;

const READ: u64 = 0;
const CLOSE: u64 = 3;
const IOCTL: u64 = 16;
const MINCORE: u64 = 27;
const OPENAT: u64 = 257;
const AT_FDCWD: u64 = (-100_i64).cast_unsigned();
const O_CLOEXEC: u64 = 0o2_000_000;
const EINTR: i64 = -4;
const PAGE: u64 = 4096;

/// `_IOWR('f', 17, struct procmap_query)`, Linux 6.11.
const PROCMAP_QUERY: u64 = 0xc068_6611;
/// Only a mapping that can be read.
const QUERY_READABLE: u64 = 1;

/// `struct procmap_query`.
#[repr(C)]
#[derive(Default)]
struct Query {
    size: u64,
    flags: u64,
    address: u64,
    start: u64,
    end: u64,
    rest: [u64; 8],
}

/// The readable mapping that holds `address`; none if there is none or the kernel does not say.
pub(super) fn containing(address: u64) -> Option<Range> {
    let file = File::open(c"/proc/self/maps")?;
    file.query(address).or_else(|| file.scan(address))
}

/// Whether every page of `range` is mapped still. Says nothing about protection.
pub(super) fn is_mapped(range: Range) -> bool {
    const PAGES: usize = 256;
    let mut residency = [0_u8; PAGES];
    let mut from = range.lo & !(PAGE - 1);
    while from < range.hi {
        let length = (range.hi - from).min(PAGES as u64 * PAGE);
        // SAFETY: mincore writes one byte a page, at most PAGES of them, into the array; it reads no memory of ours.
        let result = unsafe { syscall(MINCORE, from, length, residency.as_mut_ptr() as u64, 0) };
        if result != 0 {
            return false;
        }
        from += length;
    }
    true
}

/// An open file of /proc, closed when dropped.
struct File(u64);

impl File {
    fn open(path: &std::ffi::CStr) -> Option<Self> {
        // SAFETY: the path is a C string; the kernel only reads it.
        let fd = unsafe { syscall(OPENAT, AT_FDCWD, path.as_ptr() as u64, O_CLOEXEC, 0) };
        u64::try_from(fd).ok().map(Self)
    }

    /// One question to a kernel that answers questions: about 1 us.
    fn query(&self, address: u64) -> Option<Range> {
        let mut query = Query { size: size_of::<Query>() as u64, flags: QUERY_READABLE, address, ..Query::default() };
        // SAFETY: the structure has the size it says and the kernel's layout; the name and build id buffers are
        // empty, so nothing else is written.
        let result = unsafe { syscall(IOCTL, self.0, PROCMAP_QUERY, &raw mut query as u64, 0) };
        let range = Range { lo: query.start, hi: query.end };
        (result == 0 && range.contains(address)).then_some(range)
    }

    /// Reading the list, for older kernels: tens of us.
    fn scan(&self, address: u64) -> Option<Range> {
        let mut buffer = [0_u8; 1024];
        let mut line = Line::default();
        loop {
            // SAFETY: the kernel writes at most the buffer's length into it.
            let count = unsafe { syscall(READ, self.0, buffer.as_mut_ptr() as u64, buffer.len() as u64, 0) };
            if count == EINTR {
                continue;
            }
            let bytes = buffer.get(..usize::try_from(count).ok()?)?;
            if bytes.is_empty() {
                return None;
            }
            for &byte in bytes {
                if let Some(range) = line.take(byte)
                    && range.contains(address)
                {
                    return Some(range);
                }
            }
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor is ours and is not used again.
        unsafe { syscall(CLOSE, self.0, 0, 0, 0) };
    }
}

/// A line of the list as far as it was read: `start-end rwxp ...`.
#[derive(Default)]
struct Line {
    lo: u64,
    hi: u64,
    field: u8,
}

impl Line {
    /// The range, at the byte that says that it is readable.
    fn take(&mut self, byte: u8) -> Option<Range> {
        match (self.field, byte) {
            (_, b'\n') => *self = Self::default(),
            (0, b'-') => self.field = 1,
            (1, b' ') => self.field = 2,
            (0, digit) => self.lo = (self.lo << 4) | hex(digit),
            (1, digit) => self.hi = (self.hi << 4) | hex(digit),
            (2, permission) => {
                self.field = 3;
                return (permission == b'r').then_some(Range { lo: self.lo, hi: self.hi });
            }
            _ => {}
        }
        None
    }
}

fn hex(digit: u8) -> u64 {
    u64::from(if digit >= b'a' { digit - b'a' + 10 } else { digit.wrapping_sub(b'0') })
}

/// # Safety
/// The call's effects on memory are those its caller's buffers allow.
unsafe fn syscall(number: u64, a: u64, b: u64, c: u64, d: u64) -> i64 {
    let result;
    // SAFETY: the kernel's calling convention: it changes rax, rcx, r11 and the memory the arguments name.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number.cast_signed() => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_and_the_question_agree() {
        let here = 0_u8;
        let on_heap = Box::new(0_u8);
        for address in [&raw const here as u64, &raw const *on_heap as u64, hex as *const () as u64] {
            let file = File::open(c"/proc/self/maps").unwrap();
            let listed = file.scan(address).unwrap();
            assert!(listed.contains(address) && is_mapped(listed));
            if let Some(asked) = File::open(c"/proc/self/maps").unwrap().query(address) {
                assert_eq!(asked, listed);
            }
        }
        assert_eq!(containing(8), None);
        assert!(!is_mapped(Range { lo: 0, hi: 0x1000 }));
    }
}
