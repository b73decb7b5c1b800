//! The doors: how a function of ours learns from where it was called.

/// The whole body of a naked function, its door: puts the caller's stack pointer and frame pointer (see
/// [`Caller`](crate::unwind::Caller)) into the two argument registers behind its own arguments and goes on in `body`,
/// which returns to the caller. One macro, since the assembly is the same for all and a mistake in it is fatal.
#[cfg(target_arch = "x86_64")]
macro_rules! door {
    ($sp:literal, $bp:literal, $($body:tt)+) => {
        std::arch::naked_asm!(
            ".cfi_startproc",
            concat!("mov ", $sp, ", rsp"),
            concat!("mov ", $bp, ", rbp"),
            "jmp {body}",
            ".cfi_endproc",
            body = sym $($body)+,
        )
    };
}
