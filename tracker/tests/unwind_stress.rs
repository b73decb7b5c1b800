//! Every stack of a matrix of hard shapes, walked fast and compared with what the `backtrace` crate says.
#![allow(unsafe_code, reason = "a function that runs before main is named by a link section")]

#[path = "../src/unwind/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "the module itself, without the rest of the crate")]
mod unwind;

#[allow(unreachable_pub, reason = "a file of this test")]
mod unwind_support;

use std::hint::black_box;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use unwind_support::{CHECKED, DIFFERENT, LAST_SP, check, check_caller, compile, start};

/// What the matrix must reach, however fast the machine.
const STACKS: u64 = 2_000_000;

#[test]
fn two_million_stacks_of_every_shape_are_the_judges() {
    start();
    let mut shapes = Vec::new();
    let mut throwing = Vec::new();
    for optimised in ["-O0", "-O1", "-O2", "-O3"] {
        for pointers in ["-fomit-frame-pointer", "-fno-omit-frame-pointer"] {
            let omitted = if pointers.starts_with("-fomit") { "-DOMITTED" } else { "-DKEPT" };
            shapes.extend(compile("unwind_shapes.c", &[optimised, pointers, omitted]));
            throwing.extend(compile("unwind_throws.cc", &[optimised, pointers]));
            let level = format!("opt-level={}", &optimised[2..]);
            let pointers = format!("force-frame-pointers={}", if omitted == "-DKEPT" { "yes" } else { "no" });
            shapes.extend(compile("unwind_support/shapes.rs", &["-C", &level, "-C", &pointers]));
        }
    }
    assert!(shapes.len() == 16 || !unwind_support::has("cc") || !unwind_support::has("rustc"), "the matrix is whole");
    assert!(throwing.len() == 8 || !unwind_support::has("c++"), "of exceptions, too");
    let until = Instant::now() + Duration::from_secs(120);
    let mut rounds = 0;
    while CHECKED.load(Relaxed) < STACKS && DIFFERENT.load(Relaxed) == 0 && Instant::now() < until {
        std::thread::scope(|scope| {
            for size in [512 << 10, 64 << 20] {
                let (shapes, throwing) = (&shapes, &throwing);
                let run = move || {
                    for library in shapes {
                        library.run_with(c"shapes", 24, if rounds % 2 == 0 { check } else { check_caller });
                    }
                    for library in throwing {
                        library.run(c"throws", 24);
                    }
                    rust_shapes();
                };
                std::thread::Builder::new().stack_size(size).spawn_scoped(scope, run).unwrap();
            }
        });
        unwind_support::on_thread_of(libc::PTHREAD_STACK_MIN, || recurse(5, &mut |_| check()));
        reloaded(6);
        rounds += 1;
    }
    let (checked, different) = (CHECKED.load(Relaxed), DIFFERENT.load(Relaxed));
    println!("{checked} stacks in {rounds} rounds, {different} different");
    assert_eq!(different, 0, "of {checked} stacks");
    assert!(checked >= STACKS, "only {checked} stacks in time");
}

fn rust_shapes() {
    calm_shapes();
    for depth in [0, 5, 20] {
        let unwound = std::panic::catch_unwind(|| panics(depth));
        assert!(unwound.is_err());
        check();
    }
}

fn calm_shapes() {
    for depth in [0, 1, 7, 30, 90, 31, 8] {
        recurse(depth, &mut |_| check());
    }
    let mut words: Vec<String> = (0..40).map(|n| format!("{}", n * 7919 % 101)).collect();
    words.sort_by(|a, b| {
        check();
        a.cmp(b)
    });
    black_box(words.iter().map(String::len).inspect(|_| check()).sum::<usize>());
    let boxed: Box<dyn Fn(usize) -> usize> = Box::new(|n| {
        check();
        n + 1
    });
    black_box((0..10).map(&boxed).sum::<usize>());
}

#[inline(never)]
fn recurse(depth: usize, visit: &mut dyn FnMut(usize)) -> usize {
    visit(depth);
    let below = if depth > 0 { recurse(depth - 1, visit) + 1 } else { 0 };
    visit(depth);
    black_box(below)
}

struct CheckOnDrop;
impl Drop for CheckOnDrop {
    fn drop(&mut self) {
        check();
    }
}

#[inline(never)]
fn panics(depth: usize) -> usize {
    let _guard = CheckOnDrop;
    if depth == 0 {
        std::panic::resume_unwind(Box::new(0));
    }
    black_box(panics(depth - 1)) + 1
}

#[test]
fn stacks_deeper_than_are_kept_keep_their_innermost_frames() {
    start();
    let before = DIFFERENT.load(Relaxed);
    let mut visits = 0;
    recurse(3 * unwind::MAX_DEPTH, &mut |depth| {
        visits += 1;
        // Steps of one, of many, and back and forth over the limit.
        if depth % 97 < 3 || depth.abs_diff(2 * unwind::MAX_DEPTH) < 5 {
            check();
            check();
        }
    });
    assert_eq!(DIFFERENT.load(Relaxed), before, "{visits} visits");
}

#[test]
fn small_stacks_have_room_for_a_walk() {
    start();
    let before = DIFFERENT.load(Relaxed);
    for _ in 0..200 {
        unwind_support::on_thread_of(libc::PTHREAD_STACK_MIN, || recurse(5, &mut |_| check()));
    }
    assert_eq!(DIFFERENT.load(Relaxed), before);
}

#[test]
fn destructors_of_thread_locals_are_walked() {
    start();
    thread_local!(static LAST: CheckOnDrop = const { CheckOnDrop });
    let before = (CHECKED.load(Relaxed), DIFFERENT.load(Relaxed));
    std::thread::spawn(|| LAST.with(|_| check())).join().unwrap();
    assert!(CHECKED.load(Relaxed) >= before.0 + 2);
    assert_eq!(DIFFERENT.load(Relaxed), before.1);
}

#[test]
fn handlers_that_interrupt_anything_are_walked() {
    start();
    let before = (CHECKED.load(Relaxed), DIFFERENT.load(Relaxed));
    let interrupted = unwind_support::with_timer(Duration::from_micros(700), || {
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            // No panics: the unwind tables of libgcc's own way into a landing pad are wrong for a few instructions,
            // and there the judge reads wild addresses (the fast walk does not, it knows the stack's bounds).
            calm_shapes();
            black_box((0..200_u64).map(|n| black_box(n).leading_zeros()).sum::<u32>());
        }
    });
    assert!(interrupted > 100, "{interrupted} interruptions");
    assert_eq!(DIFFERENT.load(Relaxed), before.1, "of {}", CHECKED.load(Relaxed) - before.0);
}

#[test]
fn another_library_at_the_address_of_an_unloaded_one_has_its_own_rules() {
    start();
    let before = DIFFERENT.load(Relaxed);
    let reused = reloaded(60);
    assert!(reused > 30 || !unwind_support::has("cc"), "the loader gave other addresses: {reused} of 60 came again");
    assert_eq!(DIFFERENT.load(Relaxed), before, "{reused} of 60 at an address that another had");
}

/// Libraries that differ in their frames, loaded, run and unloaded one after the other; how many lay where one of the
/// others had been.
fn reloaded(count: usize) -> u32 {
    let (mut addresses, mut reused) = (Vec::new(), 0);
    for round in 0..count {
        let frame = ["-DFRAME=1024", "-DFRAME=2048", "-DFRAME=1536"][round % 3];
        let Some(library) = compile("unwind_plugin.c", &["-O2", frame]) else { return 0 };
        let address = library.symbol(c"plugin");
        reused += u32::from(addresses.contains(&address));
        addresses.push(address);
        library.run(c"plugin", 5);
        library.close();
    }
    reused
}

/// The frame between is 512 bytes and what a compiler adds, so one of these sizes makes up for it.
#[test]
fn a_library_that_lies_where_another_did_leads_to_its_own_frames() {
    start();
    let before = DIFFERENT.load(Relaxed);
    let mut alike = 0;
    for more in (0..128).step_by(8) {
        let larger = format!("-DINNER={}", 1024 + more);
        let builds = [["-DVIA=twice", &larger], ["-DVIA=farther", "-DINNER=512"]];
        // Other tests may take the address meanwhile.
        for _ in 0..20 {
            let [first, second] = builds.map(|[via, inner]| {
                let library = compile("unwind_plugin.c", &["-O2", "-fomit-frame-pointer", "-DFRAME=1024", via, inner])?;
                let address = library.symbol(c"through");
                library.run_with(c"through", 0, check_caller);
                library.close();
                Some((address, LAST_SP.get()))
            });
            let (Some(first), Some(second)) = (first, second) else { return };
            alike += usize::from(first == second);
        }
    }
    assert_eq!(DIFFERENT.load(Relaxed), before, "{alike} at the same address and stack pointer");
    assert!(alike > 0, "none at the same address and stack pointer");
}

#[test]
fn objects_with_holes_between_their_segments_are_walked_by_rules() {
    start();
    let before = (CHECKED.load(Relaxed), DIFFERENT.load(Relaxed));
    // As Node.js is laid out: code and unwind tables in segments of their own, with pages between them that are nobody's.
    let holes = ["-O2", "-DOMITTED", "-Wl,-z,separate-code", "-Wl,-z,max-page-size=0x200000"];
    let Some(library) = compile("unwind_shapes.c", &holes) else { return };
    library.run_with(c"shapes", 4, unwind_support::check_is_fast);
    assert!(CHECKED.load(Relaxed) > before.0 + 100);
    assert_eq!(DIFFERENT.load(Relaxed), before.1);
}

#[test]
fn the_main_thread_before_main_is_walked_too() {
    let status =
        std::process::Command::new(std::env::current_exe().unwrap()).env("UNWIND_ON_MAIN", "1").status().unwrap();
    assert_eq!(status.code(), Some(42), "{status}");
}

/// The harness runs tests on threads; this runs on the main one, before the harness.
// SAFETY: the loader calls the functions whose addresses this section holds, once each, before main.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = on_main;

extern "C" fn on_main() {
    if std::env::var_os("UNWIND_ON_MAIN").is_none() {
        return;
    }
    start();
    for flags in [["-O2", "-fomit-frame-pointer", "-DOMITTED"], ["-O0", "-fno-omit-frame-pointer", "-DKEPT"]] {
        if let Some(library) = compile("unwind_shapes.c", &flags) {
            library.run(c"shapes", 60);
        }
    }
    rust_shapes();
    // Down through more than the kernel has mapped of the main stack so far.
    recurse(20_000, &mut |depth| {
        if depth % 512 == 0 {
            check();
        }
    });
    let (checked, different) = (CHECKED.load(Relaxed), DIFFERENT.load(Relaxed));
    println!("{checked} stacks on the main thread, {different} different");
    std::process::exit(if different == 0 && checked > 10_000 { 42 } else { 1 });
}
