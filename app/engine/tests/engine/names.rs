//! Names of real stacks: those of this very test program.

use crate::support::Script;
use dropscope_engine::{BlockId, FrameKind, Model, Names};
use dropscope_format::Module;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The return addresses of the calling thread's stack, outermost first.
#[inline(never)]
pub(crate) fn stack() -> Vec<u64> {
    let mut addresses = Vec::new();
    backtrace::trace(|frame| {
        addresses.push(frame.ip() as u64);
        true
    });
    addresses.reverse();
    addresses
}

/// This program, as the tracker would describe it.
pub(crate) fn own_module() -> Module {
    let path = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mine = maps.lines().filter(|line| line.ends_with(&path));
    let ranges: Vec<(u64, u64)> = mine
        .map(|line| {
            let (start, rest) = line.split_once('-').unwrap();
            let end = rest.split(' ').next().unwrap();
            (u64::from_str_radix(start, 16).unwrap(), u64::from_str_radix(end, 16).unwrap())
        })
        .collect();
    // A position-independent program begins at its file's address 0.
    Module { start: ranges[0].0, end: ranges[ranges.len() - 1].1, bias: ranges[0].0, path, build_id: Vec::new() }
}

/// A test in a file of its own line: where a block is born …
#[inline(never)]
pub(crate) fn birth() -> (Vec<u64>, u32) {
    (stack(), line!())
}

/// … and a type whose glue stands on the stack on which it is released.
struct Owner {
    #[expect(dead_code, reason = "owned, to be dropped with its owner")]
    part: Part,
}

struct Part {
    freed: Arc<std::sync::Mutex<Vec<u64>>>,
}

impl Drop for Part {
    #[inline(never)]
    fn drop(&mut self) {
        *self.freed.lock().unwrap() = std::hint::black_box(stack());
    }
}

#[inline(never)]
pub(crate) fn release() -> Vec<u64> {
    let freed = Arc::new(std::sync::Mutex::new(Vec::new()));
    let owners = std::hint::black_box(vec![Owner { part: Part { freed: Arc::clone(&freed) } }]);
    drop(owners);
    std::mem::take(&mut *freed.lock().unwrap())
}

fn recorded(module: Module) -> (Model, u32) {
    let (birth, line) = birth();
    let mut script = Script::new();
    script.modules(&[module]).at(&birth).alloc(0, 1, 0x10, 100).at(&release()).free(0, 2, 0x10);
    (script.load(), line)
}

#[test]
fn a_birth_has_its_function_file_and_line_and_a_release_its_owners() {
    let (model, line) = recorded(own_module());
    let names = Names::new(Arc::clone(model.backtraces()));
    let stack = model.blocks().birth_stack(BlockId(1));
    // Innermost are this file's `stack` and `birth`: both are user code here.
    let frames = names.frames(stack);
    let birth = frames.iter().find(|frame| frame.function.ends_with("names::birth")).expect("its frame");
    assert_eq!((birth.line, birth.kind), (line, FrameKind::User));
    assert!(birth.path.as_ref().unwrap().ends_with("app/engine/tests/engine/names.rs"));
    assert!(!birth.file.as_ref().unwrap().starts_with('/'), "{:?} is relative to the workspace", birth.file);
    assert!(birth.column > 0);
    assert!(frames.iter().any(|frame| frame.kind == FrameKind::Std), "the test harness runs on std");
    let site = names.site(stack).expect("a user frame");
    assert!(site.file.as_ref().unwrap().ends_with("names.rs"));
    assert!(!names.is_runtime(stack));

    let released = model.blocks().death_stack(BlockId(1)).unwrap();
    let owners = names.owners(released);
    let owners: Vec<&str> = owners.iter().map(|owner| &**owner).collect();
    assert_eq!(owners.first(), Some(&"Vec<Owner>"), "{owners:?}");
    assert_eq!(names.notes(), Vec::<String>::new());
    // The same place is the same site.
    let (id, location) = names.summary(stack).site.clone().unwrap();
    assert_eq!(names.location(id), Some(location));
}

#[test]
fn a_program_built_anew_is_not_believed() {
    let (model, _) = recorded(Module { build_id: vec![1, 2, 3, 4], ..own_module() });
    let names = Names::new(Arc::clone(model.backtraces()));
    let stack = model.blocks().birth_stack(BlockId(1));
    let site = names.site(stack).expect("an address tells places apart");
    assert!(site.function.contains("+0x") && site.file.is_none(), "{site:?}");
    assert_eq!(site.function, names.frames(stack)[0].function);
    assert!(names.notes()[0].contains("built anew"), "{:?}", names.notes());
}

#[test]
fn those_who_must_not_wait_are_answered_later() {
    let (model, _) = recorded(own_module());
    let names = Names::new(Arc::clone(model.backtraces()));
    let woken = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&woken);
    names.set_wake(move || flag.store(true, Ordering::Relaxed));
    let stack = model.blocks().birth_stack(BlockId(1));
    assert!(names.try_frames(stack).is_none() && names.try_summary(stack).is_none());
    let began = Instant::now();
    while !woken.load(Ordering::Relaxed) {
        assert!(began.elapsed() < Duration::from_secs(60), "no answer within a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(names.generation() > 0);
    assert_eq!(names.pending(), 0);
    assert_eq!(names.try_frames(stack), Some(names.frames(stack)));
    assert_eq!(names.try_summary(stack), Some(names.summary(stack)));
}

/// One that knows its stacks asks again and again, while another one learns of new ones.
#[test]
fn many_ask_for_names_at_once_and_none_waits_for_ever() {
    const STACKS: u64 = 20_000;
    let mut script = Script::new();
    for number in 0..STACKS {
        script.at(&[number]).alloc(0, number, 0x1000 + number * 16, 8);
    }
    let model = script.load();
    let names = Arc::new(Names::new(Arc::clone(model.backtraces())));
    let stacks: Arc<Vec<_>> =
        Arc::new((1..=STACKS as u32).map(|block| model.blocks().birth_stack(BlockId(block))).collect());
    let (done, is_done) = std::sync::mpsc::channel();
    for front in [1, 1, STACKS as usize] {
        let (names, stacks, done) = (Arc::clone(&names), Arc::clone(&stacks), done.clone());
        std::thread::spawn(move || {
            for at in 0..stacks.len() * 10 {
                names.summary(stacks[at % front]);
            }
            done.send(()).unwrap();
        });
    }
    for _ in 0..3 {
        is_done.recv_timeout(Duration::from_secs(120)).expect("one waits for another that waits for it");
    }
}
