//! The picture of stack and heap at one event, as plain data: frames with their slots, blocks, arrows.

use super::super::blocks::LessonBlock;
use super::super::code::{CAPTURED, Function};
use super::holds::{HoldKind, STATICS, Spot};
use super::order::{Alike, Holders, Ordered, in_order};
use super::{Activation, Memory};
use dropscope_engine::BlockId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Released blocks that stay in the picture, the last ones.
const MOST_RELEASED: usize = 12;
/// Slots of one variable; more are one.
const MOST_PARTS: usize = 6;

/// From where something is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// The recording.
    Recorded,
    /// A mark that the program made.
    Marked,
    /// The source.
    Read,
}

/// A function that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameBox {
    /// Its name.
    pub name: Arc<str>,
    /// The line where it stands; none for statics, which stand nowhere.
    pub line: Option<u32>,
    /// Its thread, where there are several.
    pub thread: Option<u32>,
    /// Whether the event happened in it.
    pub is_current: bool,
    /// What it has.
    pub slots: Vec<Slot>,
}

/// Something on the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// What it is called.
    pub label: String,
    /// Whether its value has gone on, and from where that is known.
    pub moved: Option<Known>,
    /// Whether it has no name in the source.
    pub is_nameless: bool,
    /// Whether it is the address of what is gone.
    pub is_dangling: bool,
}

/// What has become of a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlockState {
    /// Somebody holds it.
    Held,
    /// It is alive, and the source and the marks name nobody who holds it.
    Unheld,
    /// It is alive, nobody holds it any more, and it is never released.
    Leaked,
    /// It has been released.
    Released,
    /// It has been released twice.
    ReleasedAgain,
}

/// Blocks on the heap that are alike, mostly one.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockBox {
    /// The first of them.
    pub id: BlockId,
    /// How many.
    pub count: usize,
    /// The size of each.
    pub size_bytes: u64,
    /// The type that owns it.
    pub kind: Option<Arc<str>>,
    /// The type that it is released with: the colour of its bar on the timeline.
    pub owner: Option<Arc<str>>,
    /// What has become of it.
    pub state: BlockState,
    /// Whether this event did something to it.
    pub is_touched: bool,
    /// How deep it lies in other blocks.
    pub depth: usize,
}

/// An end of an arrow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// A slot of a frame.
    Slot(usize, usize),
    /// A block.
    Block(usize),
}

/// What an arrow says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArrowKind {
    /// Owns.
    Owns,
    /// Is one of several owners.
    Shares,
    /// Only looks: a reference, a `Weak`.
    Borrows,
    /// Was copied to.
    Copied,
    /// Is the address of what is gone.
    Dangles,
}

/// Who owns, looks at or was copied to what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrow {
    /// From where.
    pub from: End,
    /// To where.
    pub to: End,
    /// What it says.
    pub kind: ArrowKind,
    /// From where it is known.
    pub known: Known,
}

/// Stack and heap at one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moment {
    /// Functions that run, the outermost first, one thread after the other.
    pub frames: Vec<FrameBox>,
    /// Blocks, in order of birth, each behind the one that it lies in.
    pub blocks: Vec<BlockBox>,
    /// Arrows.
    pub arrows: Vec<Arrow>,
    /// Released blocks that are left out.
    pub hidden_released: usize,
}

impl Memory {
    /// The picture. `touched` is the block that the event did something to, `thread` whose event it was.
    pub(in super::super) fn moment(
        &self,
        functions: &[Function],
        blocks: &[LessonBlock],
        touched: Option<BlockId>,
        thread: Option<u32>,
    ) -> Moment {
        let mut moment = Moment::default();
        let mut spots: HashMap<Spot, End> = HashMap::new();
        let ordered = self.shown_blocks(blocks);
        let nested: HashSet<BlockId> =
            ordered.iter().filter(|block| block.inside.is_some()).map(|block| block.block).collect();
        self.add_statics(&mut spots, &mut moment);
        let many = self.threads.values().filter(|running| !running.is_empty()).count() > 1;
        for (number, running) in &self.threads {
            for (depth, activation) in running.iter().enumerate() {
                let slots = self.slots(functions, activation, moment.frames.len(), &nested, &mut spots);
                moment.frames.push(FrameBox {
                    name: Arc::clone(&activation.at.name),
                    line: Some(activation.at.place.line),
                    thread: many.then_some(*number),
                    is_current: thread == Some(*number) && depth + 1 == running.len(),
                    slots,
                });
            }
        }
        self.add_blocks(blocks, ordered, touched, &spots, &mut moment);
        moment.hidden_released = self.released.len().saturating_sub(MOST_RELEASED);
        self.add_references(&spots, &mut moment);
        moment
    }

    /// Statics that hold something: they are in no frame.
    fn add_statics(&self, spots: &mut HashMap<Spot, End>, moment: &mut Moment) {
        let mut slots: Vec<Slot> = Vec::new();
        for (_, hold) in self.holds.iter().filter(|(_, hold)| hold.spot.activation() == STATICS) {
            if let Spot::Named { label, .. } = &hold.spot
                && !spots.contains_key(&hold.spot)
            {
                spots.insert(hold.spot.clone(), End::Slot(moment.frames.len(), slots.len()));
                slots.push(Slot { label: label.clone(), moved: None, is_nameless: false, is_dangling: false });
            }
        }
        if !slots.is_empty() {
            let name = "static".into();
            moment.frames.push(FrameBox { name, line: None, thread: None, is_current: false, slots });
        }
    }

    /// The slots of a function: its variables, each in as many parts as hold something, then what has no name.
    fn slots(
        &self,
        functions: &[Function],
        activation: &Activation,
        frame: usize,
        nested: &HashSet<BlockId>,
        spots: &mut HashMap<Spot, End>,
    ) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mine = |spot: &&Spot| spot.activation() == activation.id;
        let used: Vec<&Spot> = self
            .holds
            .iter()
            // What lies in another block is held by that block.
            .filter(|(block, _)| !nested.contains(block))
            .map(|(_, hold)| &hold.spot)
            .chain(self.moved.iter().map(|(spot, _)| spot))
            .chain(self.borrows.iter().flat_map(|(by, of, _)| [by, of]).filter(|spot| !spot.is_argument()))
            .chain(self.copies.iter().flat_map(|(from, to)| [from, to]))
            .chain(self.pointers.iter().map(|(by, _)| by).filter(|spot| !spot.is_argument()))
            .filter(mine)
            .collect();
        let function = activation.at.function.and_then(|function| functions.get(function));
        for (index, variable) in function.iter().flat_map(|function| function.variables.iter().enumerate()) {
            let spot =
                |rest: &str| Spot::Variable { activation: activation.id, variable: index, rest: rest.to_owned() };
            let mut parts: Vec<&str> = Vec::new();
            for used in used.iter().filter(|used| used.variable() == Some((activation.id, index))) {
                if !parts.contains(&used.rest()) {
                    parts.push(used.rest());
                }
            }
            let is_visible = variable.scope.contains(&activation.at.place) || activation.done > variable.scope.start;
            if variable.is_guard || (parts.is_empty() && !is_visible) {
                continue;
            }
            if !variable.scope.contains(&activation.at.place)
                && parts.is_empty()
                && activation.done >= variable.scope.end
            {
                continue;
            }
            if parts.is_empty() {
                parts.push("");
            }
            if parts.len() > MOST_PARTS {
                for part in parts.drain(..) {
                    spots.insert(spot(part), End::Slot(frame, slots.len()));
                }
                slots.push(self.slot(format!("{}[..]", variable.name), &spot(""), false));
            }
            for part in parts {
                spots.insert(spot(part), End::Slot(frame, slots.len()));
                let label = format!("{}{}", variable.name, part.replace(CAPTURED, " with "));
                slots.push(self.slot(label, &spot(part), variable.name == "_"));
            }
        }
        for spot in used {
            let label = match spot {
                Spot::Variable { .. } => continue,
                Spot::Argument { name, .. } => format!("for {name}"),
                Spot::Named { label, .. } => label.clone(),
            };
            if spots.contains_key(spot) {
                continue;
            }
            let known = slots.iter().position(|slot| slot.label == label);
            spots.insert(spot.clone(), End::Slot(frame, known.unwrap_or(slots.len())));
            if known.is_none() {
                slots.push(self.slot(label, spot, true));
            }
        }
        slots
    }

    fn slot(&self, label: String, spot: &Spot, is_nameless: bool) -> Slot {
        // A part is gone with the whole.
        let moved = self.moved.iter().filter(|(moved, _)| spot.is_within(moved));
        let moved = moved.map(|(_, is_told)| if *is_told { Known::Marked } else { Known::Read }).next();
        let holds = self.holds.iter().any(|(_, hold)| hold.spot.is_within(spot));
        let is_gone = |block: &Option<BlockId>| block.is_none_or(|block| self.released.contains(&block));
        let is_dangling = self.pointers.iter().any(|(by, to)| by == spot && is_gone(to));
        Slot { label, moved: moved.filter(|_| !holds), is_nameless, is_dangling }
    }

    /// Blocks alive and the last ones released, in order of birth, each with all that lies in it behind it.
    fn shown_blocks(&self, blocks: &[LessonBlock]) -> Vec<Ordered> {
        let facts: HashMap<BlockId, &LessonBlock> = blocks.iter().map(|block| (block.id, block)).collect();
        let oldest = self.released.len().saturating_sub(MOST_RELEASED);
        let left_out: HashSet<BlockId> = self.released.iter().take(oldest).copied().collect();
        let shown: Vec<(BlockId, u64)> =
            self.born.iter().copied().filter(|(block, _)| !left_out.contains(block)).collect();
        in_order(&shown, &facts)
    }

    fn add_blocks(
        &self,
        blocks: &[LessonBlock],
        ordered: Vec<Ordered>,
        touched: Option<BlockId>,
        spots: &HashMap<Spot, End>,
        moment: &mut Moment,
    ) {
        let facts: HashMap<BlockId, &LessonBlock> = blocks.iter().map(|block| (block.id, block)).collect();
        let released: HashSet<BlockId> = self.released.iter().copied().collect();
        let is_alive = |block: &BlockId| !released.contains(block);
        let mut holds: HashMap<BlockId, Holders> = HashMap::new();
        for (block, hold) in &self.holds {
            if let Some(&end) = spots.get(&hold.spot) {
                holds.entry(*block).or_default().push((end, hold.kind, hold.is_told));
            }
        }
        let mut boxes: HashMap<BlockId, usize> = HashMap::new();
        let mut alike = Alike::default();
        for Ordered { block, size_bytes, depth, inside } in ordered {
            let holders = holds.remove(&block).unwrap_or_default();
            let fact = facts.get(&block);
            let is_inside_alive = inside.is_some_and(|inside| is_alive(&inside));
            let state = match (is_alive(&block), holders.is_empty() && !is_inside_alive) {
                (false, _) if self.released_again.contains(&block) => BlockState::ReleasedAgain,
                (false, _) => BlockState::Released,
                (true, false) => BlockState::Held,
                (true, true) if fact.is_some_and(|fact| fact.is_leaked) => BlockState::Leaked,
                (true, true) => BlockState::Unheld,
            };
            let made = BlockBox {
                id: block,
                count: 1,
                size_bytes,
                kind: fact.and_then(|fact| fact.kind.clone()),
                owner: fact.and_then(|fact| fact.owner.clone()),
                state,
                is_touched: touched == Some(block),
                depth,
            };
            let inside = inside.and_then(|inside| boxes.get(&inside).copied());
            let index = alike.push(made, &holders, inside, &mut moment.blocks);
            boxes.insert(block, index);
            let known = |is_told: bool| if is_told { Known::Marked } else { Known::Read };
            match inside {
                Some(around) => add_arrow(moment, End::Block(around), index, ArrowKind::Owns, Known::Recorded),
                None => {
                    for (from, kind, is_told) in holders {
                        let kind = match kind {
                            HoldKind::Owns => ArrowKind::Owns,
                            HoldKind::Shares => ArrowKind::Shares,
                            HoldKind::Observes => ArrowKind::Borrows,
                        };
                        add_arrow(moment, from, index, kind, known(is_told));
                    }
                }
            }
        }
        for (by, to) in &self.pointers {
            if let (Some(&from), Some(to)) = (spots.get(by), to.as_ref())
                && let Some(&index) = boxes.get(to)
            {
                let kind = if is_alive(to) { ArrowKind::Borrows } else { ArrowKind::Dangles };
                add_arrow(moment, from, index, kind, Known::Marked);
            }
        }
        alike.merge(moment);
    }

    fn add_references(&self, spots: &HashMap<Spot, End>, moment: &mut Moment) {
        for (by, of, is_told) in &self.borrows {
            if let (Some(&from), Some(&to)) = (spots.get(by), spots.get(of)) {
                let known = if *is_told { Known::Marked } else { Known::Read };
                moment.arrows.push(Arrow { from, to, kind: ArrowKind::Borrows, known });
            }
        }
        for (from, to) in &self.copies {
            if let (Some(&from), Some(&to)) = (spots.get(from), spots.get(to)) {
                moment.arrows.push(Arrow { from, to, kind: ArrowKind::Copied, known: Known::Marked });
            }
        }
    }
}

fn add_arrow(moment: &mut Moment, from: End, block: usize, kind: ArrowKind, known: Known) {
    let arrow = Arrow { from, to: End::Block(block), kind, known };
    if !moment.arrows.contains(&arrow) {
        moment.arrows.push(arrow);
    }
}
