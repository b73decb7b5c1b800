//! A program that allocates as real ones do, to be recorded: four threads, four hundred places below deep and different
//! stacks, lives from nanoseconds to the whole run, blocks that grow, blocks released by another thread, a slow leak.
//!
//! `dropscope-load EVENTS [PER SECOND]` makes about so many allocs, reallocs and releases, not more of them in a second.

use std::collections::{HashMap, VecDeque};
use std::hint::black_box;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

dropscope::attach!();

const THREADS: u64 = 4;
/// Things of a thread that live for a while.
const WINDOW: usize = 8_000;
/// Keys of a thread's table, whose things live until they are replaced.
const TABLE: u64 = 20_000;

fn main() -> ExitCode {
    let Some(events) = std::env::args().nth(1).and_then(|text| text.parse::<u64>().ok()) else {
        eprintln!("say how many events to make");
        return ExitCode::from(2);
    };
    let per_second = std::env::args().nth(2).and_then(|text| text.parse::<u64>().ok()).unwrap_or(u64::MAX);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| sync_channel(1024)).unzip();
    let threads: Vec<_> = (0..THREADS)
        .zip(receivers)
        .map(|(number, receiver)| {
            let to = senders[((number + 1) % THREADS) as usize].clone();
            let name = format!("worker {number}");
            thread::Builder::new()
                .name(name)
                .spawn(move || work(number, [events, per_second].map(|all| all / THREADS), &to, &receiver))
        })
        .collect();
    drop(senders);
    let mut sum = 0;
    for thread in threads.into_iter().flatten() {
        sum += thread.join().unwrap_or(0);
    }
    println!("{sum} things");
    ExitCode::SUCCESS
}

/// What the program makes.
enum Thing {
    Order(Order),
    Buffer(Vec<u8>),
    Text(String),
    List(Rc<Node>),
    Shared(Box<[u64]>),
}

struct Order {
    items: Vec<Item>,
    note: String,
}

struct Item {
    name: String,
    tags: Option<Box<[u8]>>,
}

struct Node {
    value: u64,
    next: Option<Rc<Node>>,
}

// Only what no other thread has a part of is sent: a list is made and dropped by one.
struct Parcel(Vec<Item>);

// Few sizes at each place, as buffers have: heaptrack's interpreter dies of some ten thousand pairs of a size and a stack
// (the table of them grows until there is no memory left), and there would be nothing to compare with.

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn work(number: u64, [events, per_second]: [u64; 2], to: &SyncSender<Parcel>, from: &Receiver<Parcel>) -> u64 {
    let began = Instant::now();
    let mut random = Random(number + 1);
    let mut window: VecDeque<Thing> = VecDeque::new();
    let mut table: HashMap<u64, Thing> = HashMap::new();
    let mut made = 0;
    let mut things = 0;
    while made < events {
        let due = Duration::from_micros((u128::from(made) * 1_000_000 / u128::from(per_second)) as u64);
        // In naps that are long enough to be kept.
        let ahead = due.saturating_sub(began.elapsed());
        if ahead > Duration::from_millis(2) {
            thread::sleep(ahead);
        }
        let _request = dropscope::operation!("request");
        for _ in 0..64 {
            let site = random.below(SITES.len() as u64);
            // Some places are visited far more often than others.
            let site = if random.below(4) > 0 { site % 40 } else { site };
            let (thing, blocks) = SITES[site as usize](&mut random);
            things += 1;
            made += 2 * blocks;
            keep(thing, &mut random, &mut window, &mut table);
        }
        while let Ok(parcel) = from.try_recv() {
            black_box(parcel.0.len());
        }
        if random.below(4) == 0 {
            let parcel = Parcel((0..4).map(|at| item(&mut random, at)).collect());
            made += 20;
            // A full channel keeps it here: it is dropped where it was made.
            drop(to.try_send(parcel));
        }
    }
    things
}

/// Most things die at once; some are kept for a while, some until they are replaced, a few for ever.
fn keep(thing: Thing, random: &mut Random, window: &mut VecDeque<Thing>, table: &mut HashMap<u64, Thing>) {
    black_box(thing.weight());
    match random.below(1000) {
        0..650 => drop(thing),
        650..900 => {
            window.push_back(thing);
            if window.len() > WINDOW {
                window.pop_front();
            }
        }
        900..998 => drop(table.insert(random.below(TABLE), thing)),
        _ => std::mem::forget(thing),
    }
}

impl Thing {
    fn weight(&self) -> u64 {
        match self {
            Thing::Order(order) => order.items.iter().map(Item::weight).sum::<u64>() + order.note.len() as u64,
            Thing::Buffer(bytes) => bytes.len() as u64,
            Thing::Text(text) => text.len() as u64,
            Thing::List(node) => node.value + node.next.as_ref().map_or(0, |next| next.value),
            Thing::Shared(numbers) => numbers.len() as u64,
        }
    }
}

impl Item {
    fn weight(&self) -> u64 {
        (self.name.len() + self.tags.as_ref().map_or(0, |tags| tags.len())) as u64
    }
}

#[inline(never)]
fn item(random: &mut Random, at: u64) -> Item {
    let name = "item of an order ".repeat(1 + (at % 3) as usize);
    let tags = (random.below(3) == 0).then(|| vec![7u8; 16 << random.below(4)].into_boxed_slice());
    Item { name, tags }
}

/// A thing and about how many blocks it took.
type Made = (Thing, u64);

/// One of the places: what it makes depends on its number.
#[inline(never)]
fn make<const SITE: usize>(random: &mut Random) -> Made {
    match SITE % 5 {
        0 => {
            let count = 1 + random.below(4);
            let items = (0..count).map(|at| item(random, at)).collect();
            let note = String::from("leave it at the door, please");
            (Thing::Order(Order { items, note }), 2 + count + count / 3)
        }
        1 => (Thing::Buffer(vec![1; 64 << random.below(8)]), 1),
        2 => {
            // Grows as a text does that is put together.
            let mut text = String::new();
            for word in 0..4 + random.below(8) {
                text.push_str(if word % 2 == 0 { "memory " } else { "is released " });
            }
            (Thing::Text(text), 2)
        }
        3 => {
            let mut list = None;
            for value in 0..1 + random.below(6) {
                list = Some(Rc::new(Node { value, next: list }));
            }
            (list.map_or(Thing::Text(String::new()), Thing::List), 3)
        }
        _ => (Thing::Shared((0..4 << random.below(5)).collect()), 1),
    }
}

/// Calls on, by a path that the place's number tells, and makes the thing at its end.
#[inline(never)]
fn layer<const LAYER: usize>(path: u64, left: u32, end: fn(&mut Random) -> Made, random: &mut Random) -> Made {
    let (thing, blocks) = match left {
        0 => end(random),
        _ => LAYERS[(path % 8) as usize](path / 8, left - 1, end, random),
    };
    // Something to do after the call, so that it stands on the stack.
    (black_box(thing), blocks)
}

type Layer = fn(u64, u32, fn(&mut Random) -> Made, &mut Random) -> Made;
const LAYERS: [Layer; 8] =
    [layer::<0>, layer::<1>, layer::<2>, layer::<3>, layer::<4>, layer::<5>, layer::<6>, layer::<7>];

#[inline(never)]
fn site<const SITE: usize>(random: &mut Random) -> Made {
    // Several ways lead to each place, 10 to 25 calls deep.
    let path = (SITE as u64 * 4 + random.below(4)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    layer::<0>(path, 8 + (path % 16) as u32, make::<SITE>, random)
}

type Site = fn(&mut Random) -> Made;

macro_rules! ten {
    ($from:expr) => {
        [
            site::<{ $from }>,
            site::<{ $from + 1 }>,
            site::<{ $from + 2 }>,
            site::<{ $from + 3 }>,
            site::<{ $from + 4 }>,
            site::<{ $from + 5 }>,
            site::<{ $from + 6 }>,
            site::<{ $from + 7 }>,
            site::<{ $from + 8 }>,
            site::<{ $from + 9 }>,
        ]
    };
}

macro_rules! hundred {
    ($from:expr) => {
        [
            ten!($from),
            ten!($from + 10),
            ten!($from + 20),
            ten!($from + 30),
            ten!($from + 40),
            ten!($from + 50),
            ten!($from + 60),
            ten!($from + 70),
            ten!($from + 80),
            ten!($from + 90),
        ]
    };
}

static PLACES: [[[Site; 10]; 10]; 4] = [hundred!(0), hundred!(100), hundred!(200), hundred!(300)];
static SITES: &[Site] = PLACES.as_flattened().as_flattened();
