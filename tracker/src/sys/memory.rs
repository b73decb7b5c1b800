//! Memory straight from the kernel: it never passes the program's allocator and can be told what a fork does with it.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;

const PAGE_BYTES: usize = 4096;

/// Zeroed memory of the process's own.
pub(crate) fn map_private(bytes: usize) -> Option<NonNull<u8>> {
    map(bytes, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE, -1)
}

/// The file's bytes, shared with whoever opens it. May reach beyond the file's end; what is there must not be touched.
pub(crate) fn map_shared(file: &File, bytes: usize) -> Option<NonNull<u8>> {
    map(bytes, libc::MAP_SHARED, file.as_raw_fd())
}

fn map(bytes: usize, flags: libc::c_int, descriptor: libc::c_int) -> Option<NonNull<u8>> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: the kernel chooses the place, so nothing that is mapped is replaced.
    let place = unsafe { libc::mmap(std::ptr::null_mut(), bytes, access, flags, descriptor, 0) };
    if place == libc::MAP_FAILED { None } else { NonNull::new(place.cast()) }
}

/// Gives a mapping back.
///
/// # Safety
/// The range was mapped by a function of this module, and nobody uses it any more.
pub(crate) unsafe fn unmap(place: NonNull<u8>, bytes: usize) {
    // SAFETY: by this function's contract.
    unsafe { libc::munmap(place.as_ptr().cast(), bytes) };
}

/// Forked children get zeros in place of this memory. False where the kernel (before 4.14) cannot do that.
///
/// # Safety
/// The range is a private mapping of this module.
pub(crate) unsafe fn wipe_in_children(place: NonNull<u8>, bytes: usize) -> bool {
    // SAFETY: by this function's contract; the advice changes nothing in this process.
    unsafe { libc::madvise(place.as_ptr().cast(), bytes, libc::MADV_WIPEONFORK) == 0 }
}

/// Forked children do not have this memory at all.
///
/// # Safety
/// The range is a mapping of this module.
pub(crate) unsafe fn hide_from_children(place: NonNull<u8>, bytes: usize) {
    // SAFETY: by this function's contract; the advice changes nothing in this process.
    unsafe { libc::madvise(place.as_ptr().cast(), bytes, libc::MADV_DONTFORK) };
}

/// Makes private memory zeros again and gives its pages back.
///
/// # Safety
/// The range is whole pages of a private mapping of this module, zeros are valid there, and nobody else uses it now.
pub(crate) unsafe fn forget(place: NonNull<u8>, bytes: usize) {
    // SAFETY: by this function's contract.
    unsafe { libc::madvise(place.as_ptr().cast(), bytes, libc::MADV_DONTNEED) };
}

/// Has the kernel make the pages ready to be written, without changing them, so that the program's threads do not wait
/// for it page by page. Does nothing on kernels before 5.14.
///
/// # Safety
/// The range is part of a mapping of this module and of its file.
pub(crate) unsafe fn prefault(place: NonNull<u8>, bytes: usize) {
    // SAFETY: by this function's contract.
    unsafe { libc::madvise(place.as_ptr().cast(), bytes, libc::MADV_POPULATE_WRITE) };
}

/// `bytes`, rounded up to whole pages.
pub(crate) const fn whole_pages(bytes: usize) -> usize {
    bytes.div_ceil(PAGE_BYTES) * PAGE_BYTES
}
