//! Invented recordings over real source.

use super::super::blocks::LessonBlock;
use super::super::code::Code;
use super::*;

/// A source, and what has happened in it so far.
struct Story {
    source: &'static str,
    code: Code,
    beats: Vec<Beat>,
}

impl Story {
    fn new(source: &'static str) -> Self {
        Self { source, code: Code::read(source), beats: Vec::new() }
    }

    /// An event whose stack stands at these parts of the source, the outermost first.
    fn then(mut self, thread: u32, at: &[&str], happening: Happening) -> Self {
        let frame = |part: &&str| {
            let (line, text) = self.source.lines().enumerate().find(|(_, text)| text.contains(part)).unwrap();
            let place = Place { line: line as u32 + 1, column: text.find(part).unwrap() as u32 + 1 };
            let function = self.code.function_at(place);
            let name = function.map_or("?", |function| &self.code.functions()[function].name).into();
            FrameAt { function, name, place, holder: function.map(|function| self.code.holder(function, place)) }
        };
        let frames = at.iter().map(frame).collect();
        self.beats.push(Beat { thread: ThreadNumber(thread), frames, happening });
        self
    }

    fn born(self, at: &[&str], block: u32) -> Self {
        self.then(0, at, Happening::Born(BlockId(block)))
    }

    fn told(self, at: &[&str], mark: &str) -> Self {
        self.then(0, at, Told::read(mark).map_or(Happening::Other, Happening::Told))
    }

    /// Stack and heap at the end; block 9 is never released.
    fn moment(&self) -> Moment {
        let mut memory = Memory::default();
        for (index, beat) in self.beats.iter().enumerate() {
            let next = self.beats[index + 1..].iter().find(|next| next.thread == beat.thread);
            memory.step(self.code.functions(), beat, next, 10);
        }
        let block = |id| LessonBlock { id: BlockId(id), kind: None, owner: None, inside: None, is_leaked: id == 9 };
        let blocks: Vec<LessonBlock> = (1..=9).map(block).collect();
        memory.moment(self.code.functions(), &blocks, None, Some(0))
    }

    /// Who holds block `id`: `function.name`.
    fn holders(&self, id: u32) -> Vec<String> {
        let moment = self.moment();
        let index = moment.blocks.iter().position(|block| block.id == BlockId(id)).unwrap();
        let holding = moment.arrows.iter().filter(|arrow| arrow.to == End::Block(index));
        let name = |arrow: &Arrow| match arrow.from {
            End::Slot(frame, slot) => {
                let frame = &moment.frames[frame];
                format!("{}.{}", frame.name, frame.slots[slot].label)
            }
            End::Block(block) => format!("block {}", moment.blocks[block].id.0),
        };
        holding.map(name).collect()
    }
}

const DELIVER: &str = "\
fn run() {
    deliver(String::new_a(), true);
    deliver(String::new_b(), false);
}
fn deliver(letter: String, now: bool) {
    begin();
    if now {
        send(letter);
    }
    end();
}
fn send(text: String) {
    work();
}
";

#[test]
fn an_argument_is_the_functions_own_and_a_branch_counts_only_where_it_was_seen() {
    let called = Story::new(DELIVER).born(&["String::new_a"], 1);
    assert_eq!(called.holders(1), ["run.for deliver"]);
    let inside = called.then(0, &["deliver(String::new_a", "begin()"], Happening::Other);
    assert_eq!(inside.holders(1), ["deliver.letter"]);
    let sent = inside.then(0, &["deliver(String::new_a", "send(letter)", "work()"], Happening::Other);
    assert_eq!(sent.holders(1), ["send.text"]);
    let other = sent.born(&["String::new_b"], 2).then(0, &["deliver(String::new_b", "begin()"], Happening::Other);
    let passed = other.then(0, &["deliver(String::new_b", "end()"], Happening::Other);
    assert_eq!(passed.holders(2), ["deliver.letter"], "it went past the branch");
}

const LOOP: &str = "\
fn run() {
    let mut kept = Vec::new();
    for size in 0..3 {
        let line = String::new_line();
        kept.push(line);
        again();
    }
    done();
}
";

#[test]
fn what_a_loop_makes_goes_on_each_time() {
    let mut story = Story::new(LOOP);
    for block in 1..=3 {
        story = story.born(&["String::new_line"], block);
        assert_eq!(story.holders(block), ["run.line"]);
        story = story.then(0, &["again()"], Happening::Other);
        assert_eq!(story.holders(block), ["run.kept[..]"]);
    }
    let story = story.then(0, &["done()"], Happening::Other);
    assert!((1..=3).all(|block| story.holders(block) == ["run.kept[..]"]));
}

const SCOPES: &str = "\
fn run() {
    {
        let gone = String::new_gone();
        inside();
    }
    let back = made();
    let first = back;
    marked();
    after();
}
fn made() -> String {
    let text = String::new_text();
    text
}
";

#[test]
fn what_leaves_its_scope_unreleased_is_nobodys() {
    let story = Story::new(SCOPES).born(&["String::new_gone"], 9).then(0, &["after()"], Happening::Other);
    let moment = story.moment();
    assert_eq!(moment.blocks[0].state, BlockState::Leaked);
    assert!(moment.arrows.is_empty());
}

#[test]
fn what_a_function_gives_back_is_its_callers_and_a_mark_proves_a_move() {
    let story = Story::new(SCOPES).born(&["made();", "String::new_text"], 1);
    assert_eq!(story.holders(1), ["made.text"]);
    let story = story.told(&["marked()"], "move: back -> first");
    assert_eq!(story.holders(1), ["run.first"]);
    let moment = story.moment();
    assert_eq!(moment.arrows[0].known, Known::Marked);
    let back = moment.frames[0].slots.iter().find(|slot| slot.label == "back").unwrap();
    assert_eq!(back.moved, Some(Known::Marked));
}

const THREAD: &str = "\
fn run() {
    let question = String::new_question();
    let worker = thread::spawn(move || {
        think();
        drop(question);
    });
    wait();
}
";

#[test]
fn a_thread_has_what_its_closure_took() {
    let story = Story::new(THREAD).born(&["String::new_question"], 1).born(&["thread::spawn"], 2);
    assert_eq!(story.holders(1), ["run.worker with question"]);
    let story = story.then(1, &["think()"], Happening::Other);
    let moment = story.moment();
    assert_eq!(moment.frames.len(), 2);
    assert_eq!(moment.frames[1].thread, Some(1));
    assert_eq!(story.holders(1), [".question"]);
}

#[test]
fn an_address_that_is_released_twice_is_told() {
    let story = Story::new(SCOPES).born(&["String::new_gone"], 1);
    let story = story.then(0, &["inside()"], Happening::Released(BlockId(1)));
    assert_eq!(story.moment().blocks[0].state, BlockState::Released);
    let story = story.then(0, &["after()"], Happening::ReleasedAgain(Some(BlockId(1))));
    assert_eq!(story.moment().blocks[0].state, BlockState::ReleasedAgain);
}

#[test]
fn blocks_that_are_alike_are_one_box_and_old_releases_are_counted() {
    let mut story = Story::new(LOOP);
    for block in 1..=9 {
        story = story.born(&["String::new_line"], block).then(0, &["again()"], Happening::Other);
    }
    let moment = story.moment();
    // Block 9 is never released, but somebody holds it: it is like the others.
    assert_eq!(moment.blocks.iter().map(|block| block.count).collect::<Vec<_>>(), [9]);
    for block in 1..=9 {
        story = story.then(0, &["done()"], Happening::Released(BlockId(block)));
    }
    assert_eq!(story.moment().hidden_released, 0);
}

const TWO_OWNERS: &str = "\
fn run() {
    let first = String::new_first();
    {
        let second = copied(&first);
        told();
    }
    between();
}
";

#[test]
fn whoever_keeps_the_address_of_what_is_gone_dangles() {
    let story = Story::new(TWO_OWNERS).born(&["String::new_first"], 1);
    let both = story.told(&["told()"], "second owner: second -> first");
    assert_eq!(both.holders(1), ["run.first", "run.second"]);
    let gone = both.then(0, &["    }"], Happening::Released(BlockId(1))).then(0, &["between()"], Happening::Other);
    let moment = gone.moment();
    let dangling: Vec<&str> =
        moment.frames[0].slots.iter().filter(|slot| slot.is_dangling).map(|slot| slot.label.as_str()).collect();
    assert_eq!(dangling, ["first"]);
    assert_eq!(moment.arrows.iter().map(|arrow| arrow.kind).collect::<Vec<_>>(), [ArrowKind::Dangles]);
    let one = Story::new(TWO_OWNERS).born(&["String::new_first"], 1);
    let one = one.then(0, &["told()"], Happening::Released(BlockId(1))).then(0, &["between()"], Happening::Other);
    assert!(one.moment().arrows.is_empty(), "the only owner knows that it is gone");
}
