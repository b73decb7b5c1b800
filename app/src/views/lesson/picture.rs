//! The picture of the stack and the heap at the playhead, and the legend that says what of it is known from where.

mod layout;
mod legend;
mod paint;

use crate::format;
use crate::model::command::Command;
use crate::model::describe::describe;
use crate::model::document::Document;
use crate::model::lesson::{ArrowKind, BlockBox, BlockState, End, Happening, LessonFacts, Moment, Replay};
use crate::model::scene::Thing;
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::text::words_ui;
use egui::{Align2, FontId, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use layout::PictureLayout;
use std::sync::Arc;

/// The last picture, kept between frames: a new one is made only for another moment.
#[derive(Default)]
pub(crate) struct PictureMemory {
    of: Option<(Arc<LessonFacts>, usize)>,
    replay: Replay,
    moment: Moment,
    /// Whether the legend is folded away.
    pub(crate) hides_legend: bool,
}

impl PictureMemory {
    /// Stack and heap after `steps` events.
    fn moment(&mut self, facts: &Arc<LessonFacts>, steps: usize) -> &Moment {
        let is_same_lesson = self.of.as_ref().is_some_and(|(of, _)| Arc::ptr_eq(of, facts));
        if !is_same_lesson {
            self.replay = Replay::default();
        }
        if !is_same_lesson || self.of.as_ref().is_none_or(|(_, of)| *of != steps) {
            self.moment = facts.moment(steps, &mut self.replay);
            self.of = Some((Arc::clone(facts), steps));
        }
        &self.moment
    }
}

/// Draws stack and heap.
pub(crate) fn picture_ui(ui: &mut Ui, document: &Document, memory: &mut PictureMemory, commands: &mut Commands) {
    let theme = Theme::of(ui);
    let facts = match document.lesson_facts() {
        Some(facts) if !facts.steps.is_empty() => facts,
        Some(_) => return nothing_ui(ui, theme, "Nothing in the recording is the lesson's."),
        None if document.is_final() => return nothing_ui(ui, theme, "Looking up who owns what…"),
        None => return nothing_ui(ui, theme, "The program runs…"),
    };
    let steps = match document.playhead {
        Some(_) => super::steps_at(document, facts),
        None => facts.fullest(),
    };
    legend::legend_ui(ui, memory);
    verdict_ui(ui, document, facts, document.playhead.and(steps.checked_sub(1)));
    if document.playhead.is_none() {
        let words = format!("After event {steps}, when most is alive. Step or play to see each moment.");
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(8, 2)).show(ui, |ui| {
            words_ui(ui, &words, theme.text_weak);
        });
    }
    if facts.functions.is_empty() {
        egui::Frame::NONE.inner_margin(egui::Margin::symmetric(8, 2)).show(ui, |ui| {
            words_ui(ui, "The source cannot be read: nobody can be named.", theme.text_weak);
        });
    }
    let selected = match document.selected {
        Some(Thing::Block(block)) => Some(block),
        _ => None,
    };
    let moment = memory.moment(facts, steps);
    ScrollArea::vertical().id_salt("picture").auto_shrink([false, false]).show(ui, |ui| {
        let layout = PictureLayout::new(moment, ui.available_width());
        let size = vec2(layout.size.x, layout.size.y.max(ui.available_height()));
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("stack and heap: {}", told(moment))));
        let by = rect.min.to_vec2();
        paint::picture(ui, theme, moment, &layout, by, selected);
        for (index, (block, at)) in moment.blocks.iter().zip(&layout.blocks).enumerate() {
            let area = ui.interact(at.translate(by), ui.scope_id().with(("block", index)), Sense::click());
            let words = block_words(block);
            area.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
            if area.on_hover_text(format!("{words}\n{}", holders(moment, index))).clicked() {
                commands.push(Command::Select(document.id, Some(Thing::Block(block.id))));
            }
        }
        slot_tooltips(ui, moment, &layout, rect);
    });
}

fn nothing_ui(ui: &mut Ui, theme: &Theme, words: &str) {
    let rect = ui.available_rect_before_wrap();
    // A panel is as wide as what is in it, and keeps that width for the picture.
    ui.allocate_rect(rect, Sense::hover());
    let font = FontId::proportional(theme::TEXT_SIZE);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, words, font, theme.text_weak);
}

/// What the event at the playhead is that the boxes do not say: a move, a borrow or a copy and what it cost, which is
/// mostly nothing; a release of what is no block.
fn verdict_ui(ui: &mut Ui, document: &Document, facts: &LessonFacts, step: Option<usize>) {
    let theme = Theme::of(ui);
    let Some(step) = step else { return };
    let happening = facts.steps.get(step).map(|step| &step.beat.happening);
    let words = match (happening, facts.non_event(step)) {
        (_, Some(found)) => {
            let noun = if found.events == 1 { "allocator event" } else { "allocator events" };
            format!("**{}**, line {}: **{} {noun}**", found.told.verb(), found.line, found.events)
        }
        (Some(Happening::ReleasedAgain(_)), _) => {
            let model = document.data.model.read();
            let words = facts.steps.get(step).map(|step| describe(&model, &step.step).words);
            format!("**{}**", words.unwrap_or_default())
        }
        _ => return,
    };
    theme.bar_frame().fill(theme.selection_row).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        words_ui(ui, &words, theme.text);
    });
}

fn slot_tooltips(ui: &mut Ui, moment: &Moment, layout: &PictureLayout, rect: Rect) {
    for (frame, (shown, slots)) in moment.frames.iter().zip(&layout.slots).enumerate() {
        for (index, (slot, at)) in shown.slots.iter().zip(slots).enumerate() {
            let id = ui.scope_id().with(("slot", frame, index));
            let area = ui.interact(at.translate(rect.min.to_vec2()), id, Sense::hover());
            let moved = match (slot.is_dangling, slot.moved.is_some()) {
                (true, _) => ", the address of what is gone",
                (false, true) => ", moved away",
                (false, false) => "",
            };
            area.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("slot {}{moved}", slot.label)));
            area.on_hover_text(format!("{}{moved}", slot.label));
        }
    }
}

/// The block in words: `110 B String, released`.
fn block_words(block: &BlockBox) -> String {
    let kind = block.kind.as_deref().map(|kind| format!(" {kind}")).unwrap_or_default();
    let count = if block.count > 1 { format!("{} × ", format::count(block.count as u64)) } else { String::new() };
    let state = match block.state {
        BlockState::Held => "",
        BlockState::Unheld => ", owner not known",
        BlockState::Leaked => ", never released",
        BlockState::Released => ", released",
        BlockState::ReleasedAgain => ", released twice",
    };
    format!("{count}{}{kind}{state}", format::bytes(block.size_bytes))
}

/// Who holds block `index`, and who only points at it, in words.
fn holders(moment: &Moment, index: usize) -> String {
    let at_it = |is_wanted: fn(ArrowKind) -> bool| -> Vec<String> {
        let arrows = moment.arrows.iter().filter(|arrow| arrow.to == End::Block(index) && is_wanted(arrow.kind));
        let names = arrows.filter_map(|arrow| match arrow.from {
            End::Slot(frame, slot) => {
                let frame = moment.frames.get(frame)?;
                Some(format!("{} in {}", frame.slots.get(slot)?.label, frame.name))
            }
            End::Block(block) => Some(format!("the block of {}", block_words(moment.blocks.get(block)?))),
        });
        names.collect()
    };
    let holding = at_it(|kind| matches!(kind, ArrowKind::Owns | ArrowKind::Shares));
    let looking = at_it(|kind| !matches!(kind, ArrowKind::Owns | ArrowKind::Shares));
    let holding = if holding.is_empty() { "nobody that has a name".to_owned() } else { holding.join(", ") };
    let looking = if looking.is_empty() { String::new() } else { format!(", looked at by {}", looking.join(", ")) };
    format!("held by {holding}{looking}")
}

/// The picture in words, for those who do not see it.
fn told(moment: &Moment) -> String {
    let place = |frame: &crate::model::lesson::FrameBox| match frame.line {
        Some(line) => format!("{} line {line}", frame.name),
        None => frame.name.to_string(),
    };
    let frames: Vec<String> = moment.frames.iter().map(place).collect();
    let blocks: Vec<String> = moment
        .blocks
        .iter()
        .enumerate()
        .map(|(index, block)| match block.state {
            BlockState::Held => format!("{} {}", block_words(block), holders(moment, index)),
            _ => block_words(block),
        })
        .collect();
    format!("{}; {}", frames.join(" > "), if blocks.is_empty() { "no block".to_owned() } else { blocks.join("; ") })
}
