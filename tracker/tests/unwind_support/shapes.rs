//! Stack shapes that Rust makes, each calling back at interesting places. Compiled by `unwind_stress.rs` as libraries of
//! their own, one for each level of optimisation, with and without frame pointers.

use std::cell::Cell;
use std::hint::black_box;

type Callback = extern "C" fn();

thread_local!(static CALL: Cell<Option<Callback>> = const { Cell::new(None) });

#[inline(always)]
fn call() {
    if let Some(call) = CALL.get() {
        call();
    }
}

struct OnDrop<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Drop for OnDrop<BYTES> {
    fn drop(&mut self) {
        black_box(&mut self.0);
        call();
    }
}

#[inline(never)]
fn recurse(depth: usize, visit: &mut dyn FnMut(usize)) -> usize {
    visit(depth);
    let below = if depth > 0 { recurse(depth - 1, visit) + 1 } else { 0 };
    visit(depth);
    black_box(below)
}

#[inline(never)]
fn wide(depth: usize) -> usize {
    let mut frame = [depth as u8; 9000];
    black_box(&mut frame);
    call();
    let below = if depth > 0 { wide(depth - 1) } else { 0 };
    below + usize::from(frame[depth])
}

#[inline(never)]
fn many(n: u64, a: u64, b: u64, c: u64) -> u64 {
    let (mut d, e, f) = (a * 3 + n, b.wrapping_mul(5) + n, c.wrapping_mul(7) ^ n);
    call();
    if n > 0 {
        d = d.wrapping_add(many(n - 1, e, f, a ^ b));
    }
    call();
    d.wrapping_mul(e).wrapping_add(f ^ a).wrapping_add(b).wrapping_add(c)
}

#[inline(never)]
fn unwinds(depth: usize) -> usize {
    let _small = OnDrop([0; 24]);
    let _large = OnDrop([0; 700]);
    if depth == 0 {
        std::panic::resume_unwind(Box::new(0));
    }
    black_box(unwinds(depth - 1)) + 1
}

/// Arguments beyond the registers, values of all widths.
#[inline(never)]
fn spread(n: u32, a: u8, b: i64, c: f64, d: [u64; 6], e: &str, f: Option<u32>, g: u128) -> u128 {
    call();
    let below = if n > 0 { spread(n - 1, a ^ 1, b - 1, c * 2.0, d, &e[1..], f.map(|f| f + 1), g + 1) } else { 0 };
    call();
    below + g + u128::from(a) + d.iter().map(|&word| u128::from(word)).sum::<u128>() + (b as u128 & 7) + c as u128
}

trait Visit {
    fn visit(&self, depth: usize) -> usize;
}

struct Leaf;
struct Node(Box<dyn Visit>);

impl Visit for Leaf {
    fn visit(&self, depth: usize) -> usize {
        call();
        depth
    }
}

impl Visit for Node {
    fn visit(&self, depth: usize) -> usize {
        let below = self.0.visit(depth + 1);
        call();
        below + 1
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn shapes(with: Callback, rounds: i32) {
    CALL.set(Some(with));
    for round in 0..rounds.cast_unsigned() {
        let depth = round as usize;
        recurse(depth % 40, &mut |_| call());
        black_box(wide(depth % 5));
        black_box(many(u64::from(round % 9), 1, 2, 3));
        black_box(spread(round % 6, 1, 2, 3.0, [4; 6], "some letters", Some(5), 6));
        let mut words: Vec<String> = (0..30).map(|n| format!("{}", n * 7919 % 101)).collect();
        words.sort_by(|a, b| {
            call();
            a.cmp(b)
        });
        black_box(words.iter().map(String::len).inspect(|_| call()).sum::<usize>());
        let mut tree: Box<dyn Visit> = Box::new(Leaf);
        for _ in 0..depth % 12 {
            tree = Box::new(Node(tree));
        }
        black_box(tree.visit(0));
        assert!(std::panic::catch_unwind(|| unwinds(depth % 8)).is_err());
        drop(OnDrop([0; 64]));
        call();
    }
}
