//! A recording with names: its stacks are those of functions of this very test program, which has debug information.

mod absurd;
mod program;

use crate::invented::Invented;
use dropscope_format::EventKind::{Mark, OperationBegin, OperationEnd, ScopeEnter, ScopeExit};
use dropscope_format::Module;
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// The stacks that have been noted by their names; outermost first.
    static NOTED: RefCell<HashMap<&'static str, Vec<u64>>> = RefCell::default();
}

/// Notes the stack of its caller.
#[inline(never)]
fn note(name: &'static str) {
    note_from(note as fn(&'static str) as usize, 0, name);
}

/// The same for what a drop releases: the drop itself is only there to note it.
#[inline(never)]
fn note_release(name: &'static str) {
    note_from(note_release as fn(&'static str) as usize, 1, name);
}

fn note_from(noting: usize, left_out: usize, name: &'static str) {
    let mut frames: Vec<(u64, usize)> = Vec::new();
    backtrace::trace(|frame| {
        frames.push((frame.ip() as u64, frame.symbol_address().addr()));
        true
    });
    // From the caller to the program's `main`: what is around them is another one on each machine.
    let from = frames.iter().position(|frame| frame.1 == noting).expect("it is on the stack") + 1 + left_out;
    let mains = [program::main as fn() as usize, absurd::main as fn() as usize];
    let to = frames.iter().position(|frame| mains.contains(&frame.1)).expect("all begins in a main");
    let stack = frames[from..=to].iter().rev().map(|frame| frame.0).collect();
    NOTED.with_borrow_mut(|noted| noted.insert(name, stack));
}

/// The stacks that `main` notes.
fn stacks_of(main: fn()) -> HashMap<&'static str, Vec<u64>> {
    NOTED.take();
    main();
    NOTED.take()
}

/// This program, as the tracker would describe it.
fn own_module() -> Module {
    let path = std::env::current_exe().unwrap().to_str().unwrap().to_owned();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let range = |line: &str| {
        let (start, rest) = line.split_once('-')?;
        let number = |word: &str| u64::from_str_radix(word, 16).ok();
        Some((number(start)?, number(rest.split(' ').next()?)?))
    };
    let ranges: Vec<(u64, u64)> = maps.lines().filter(|line| line.ends_with(&path)).filter_map(range).collect();
    // A position-independent program begins at its file's address 0.
    Module { start: ranges[0].0, end: ranges[ranges.len() - 1].1, bias: ranges[0].0, path, build_id: Vec::new() }
}

/// Tells the shop's events: a clock, and where things happen.
struct Teller {
    made: Invented,
    stacks: HashMap<&'static str, Vec<u64>>,
    now_us: u64,
}

impl Teller {
    fn at(&mut self, place: &str, later_us: u64) -> u64 {
        self.made.at(&self.stacks[place]);
        self.now_us += later_us;
        self.now_us
    }

    fn alloc(&mut self, place: &str, address: u64, size_bytes: u64) {
        let at = self.at(place, 3);
        self.made.alloc(0, at, address, size_bytes);
    }

    fn free(&mut self, place: &str, address: u64, size_bytes: u64) {
        let at = self.at(place, 2);
        self.made.free(0, at, address, size_bytes);
    }
}

const ARTICLES: u64 = 24;
const REQUESTS: u64 = 14;

/// The shop's recording: growth by realloc, requests with their operations, a cache that is never emptied, copies in
/// vain, bills that another thread drops, a pause.
pub(crate) fn shop() -> Invented {
    let made = Invented::new(&["main", "bills"]).rounded_as_glibc_does();
    let mut told = Teller { made, stacks: stacks_of(program::main), now_us: 20 };
    told.made.modules = vec![own_module()];
    told.made.text(0, 10, ScopeEnter, "whole run", 0);
    told.made.text(1, 10, ScopeEnter, "worker loop", 0);
    load(&mut told);
    for number in 0..REQUESTS {
        request(&mut told, number);
        if number == 8 {
            let at = told.at("articles", 10);
            told.made.text(0, at, ScopeEnter, "gc: full", 0);
            told.made.text(0, at + 60, ScopeExit, "gc: full", 0);
            told.now_us += 60;
        }
    }
    for article in 0..ARTICLES {
        told.free("catalogue is dropped", name_at(article), name_bytes(article));
    }
    told.free("catalogue is dropped", 0x20_0000 + 4 * 0x1000, 24 * 64);
    let end = told.at("articles", 40);
    told.made.text(1, end, ScopeExit, "worker loop", 0);
    told.made.text(0, end + 20, ScopeExit, "whole run", 0);
    told.made
}

fn name_at(article: u64) -> u64 {
    0x10_0000 + article * 0x80
}

fn name_bytes(article: u64) -> u64 {
    18 + article * 13 % 70
}

fn load(told: &mut Teller) {
    told.made.text(0, 15, ScopeEnter, "load", 0);
    told.alloc("articles", 0x20_0000, 24 * 4);
    for article in 0..ARTICLES {
        if [4, 8, 16, 20].contains(&article) {
            let step = [4, 8, 16, 20].iter().position(|&full| full == article).unwrap() as u64;
            let bytes = |step: u64| 24 * (4 << step);
            let at = told.at("articles grow", 4);
            let place = |step: u64| (0x20_0000 + step * 0x1000, bytes(step));
            told.made.realloc(0, at, place(step), place(step + 1));
        }
        told.alloc("name of an article", name_at(article), name_bytes(article));
    }
    let at = told.at("articles", 5);
    told.made.text(0, at, ScopeExit, "load", 0);
    told.made.text(0, at + 2, Mark, "catalogue loaded", 0);
}

fn request(told: &mut Teller, number: u64) {
    let begin = told.at("body", 30);
    let text = |told: &mut Teller, kind, name: &str, cpu_us: u64| {
        told.now_us += 1;
        told.made.text(0, told.now_us, kind, name, cpu_us);
    };
    text(told, ScopeEnter, "request", 0);
    text(told, OperationBegin, "request", begin);
    text(told, ScopeEnter, "parse", 0);
    let (body, header) = (0x30_0000 + number * 0x1000, 0x42_0000);
    told.alloc("body", body, 900 + number * 310 % 1_700);
    for line in 0..3 {
        told.alloc("header", header + line * 0x40, 28 + line * 9);
    }
    text(told, ScopeExit, "parse", 0);
    text(told, ScopeEnter, "answer", 0);
    told.alloc("copy of a name", 0x40_0000, 44);
    told.free("copy is dropped", 0x40_0000, 44);
    told.alloc("answer", 0x50_0000, 256);
    let at = told.at("answer grows", 4);
    told.made.realloc(0, at, (0x50_0000, 256), (0x51_0000, 1_024 + number * 97));
    told.alloc("answer is kept", 0x60_0000 + number * 0x400, 420 + number * 37);
    told.free("answer is sent", 0x51_0000, 1_024 + number * 97);
    told.alloc("bill", 0x70_0000 + number * 0x200, 180 + number * 11);
    text(told, ScopeExit, "answer", 0);
    for line in 0..3 {
        told.free("header is dropped", header + line * 0x40, 28 + line * 9);
    }
    told.free("body is dropped", body, 900 + number * 310 % 1_700);
    let cpu_us = begin + (told.now_us - begin) * 3 / 4;
    text(told, OperationEnd, "request", cpu_us);
    text(told, ScopeExit, "request", 0);
    print(told, number);
}

/// The worker, meanwhile: what it prints, and the bill that main made.
fn print(told: &mut Teller, number: u64) {
    let at = told.at("printed", 0) + 6;
    told.made.text(1, at, ScopeEnter, "bill", 0);
    told.made.alloc(1, at + 2, 0x80_0000, 2_048);
    told.at("printed is dropped", 0);
    told.made.free(1, at + 14, 0x80_0000, 2_048);
    told.at("bill is dropped", 0);
    told.made.free(1, at + 17, 0x70_0000 + number * 0x200, 180 + number * 11);
    told.made.text(1, at + 18, ScopeExit, "bill", 0);
}

/// Stacks through functions with absurd names, by what they are called here.
pub(crate) fn absurd_stacks() -> (Module, Vec<Vec<u64>>) {
    let mut stacks: Vec<(&str, Vec<u64>)> = stacks_of(absurd::main).into_iter().collect();
    stacks.sort_unstable_by_key(|stack| stack.0);
    (own_module(), stacks.into_iter().map(|stack| stack.1).collect())
}
