//! What the pointer is on, and what it says there.

use super::blocks::heat_row_height;
use super::layout::CAPTION;
use super::{Painting, blocks, live, operations, scopes};
use crate::axis;
use crate::format;
use crate::model::describe::place_in_function;
use crate::model::document::Data;
use crate::model::scene::{Blocks, Heat, Scene, Thing, pause_words, thread_name};
use crate::theme::Theme;
use dropscope_engine::{BlockId, Model, OperationId, ScopeId, StackId};
use egui::{Pos2, RichText, Ui, vec2};

/// The thing at `at`, the narrowest first where several are near.
pub(crate) fn thing_at(painting: &Painting<'_>, scene: &Scene, at: Pos2) -> Option<Thing> {
    let layout = painting.layout;
    if layout.marks.expand(4.0).contains(at) {
        let near = |x: f32| (x - at.x).abs();
        let marks = scene.marks.iter().map(|mark| (near(layout.x_of(painting.view, mark.time_ns)), mark));
        let nearest = marks.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(distance, _)| *distance <= 8.0);
        return nearest.map(|(_, mark)| Thing::Mark(mark.id));
    }
    if layout.operations.contains(at) {
        let slowest_ns = scene.slowest_ns;
        let under = scene.operations.iter().filter(|column| {
            operations::column_rect(painting, column, layout.operations, slowest_ns)
                .expand2(vec2(2.0, 0.0))
                .x_range()
                .contains(at.x)
        });
        return under.max_by_key(|column| column.wall_ns).map(|column| Thing::Operation(column.slowest));
    }
    if layout.pauses.contains(at) {
        let time_ns = painting.view.time_from_x(layout.x.clone(), at.x);
        let slack = (2.0 * painting.view.ns_per(layout.width())) as i64;
        let hit = scene
            .pauses
            .iter()
            .find(|pause| (axis::time(pause.start_ns) - slack..=axis::time(pause.end_ns) + slack).contains(&time_ns));
        return hit.map(|pause| Thing::Scope(pause.id));
    }
    if layout.scopes.contains(at) {
        for (lane, top) in scene.scopes.iter().zip(layout.scope_tops(scene)) {
            let hit = lane
                .bands
                .iter()
                .find(|band| scopes::band_rect(painting, band, top).expand2(vec2(1.0, 0.5)).contains(at));
            if let Some(band) = hit {
                return Some(Thing::Scope(band.id));
            }
        }
        return None;
    }
    let hit = blocks::bars(painting, scene).find(|(_, rect)| rect.expand2(vec2(2.0, 1.0)).contains(at));
    hit.map(|(bar, _)| Thing::Block(bar.id))
}

/// What is told at the pointer: a title and lines of names and values.
#[derive(Default)]
pub(crate) struct Words {
    title: String,
    lines: Vec<(&'static str, String)>,
}

impl Words {
    fn titled(title: impl Into<String>) -> Self {
        Self { title: format::shorten_middle(&title.into(), 60), lines: Vec::new() }
    }

    fn line(&mut self, name: &'static str, value: impl Into<String>) {
        self.lines.push((name, format::shorten_middle(&value.into(), 72)));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.title.is_empty() && self.lines.is_empty()
    }
}

/// Draws `words`.
pub(crate) fn tooltip_ui(ui: &mut Ui, theme: &Theme, words: &Words) {
    if !words.title.is_empty() {
        ui.label(RichText::new(&words.title).color(theme.text_strong));
    }
    for (name, value) in &words.lines {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.spacing_mut().interact_size.y = 16.0;
            if !name.is_empty() {
                ui.label(RichText::new(*name).color(theme.text_weak));
            }
            ui.label(value);
        });
    }
}

/// What there is to say of the thing under the pointer, or of the lane at `at`.
pub(crate) fn words_at(painting: &Painting<'_>, scene: &Scene, data: &Data, at: Pos2) -> Words {
    if let Some(thing) = painting.hovered {
        return of_thing(&data.model.read(), data, scene, thing);
    }
    let layout = painting.layout;
    let time_ns = u64::try_from(painting.view.time_from_x(layout.x.clone(), at.x)).unwrap_or(0);
    if layout.live.contains(at) {
        let mut words = Words::default();
        if let Some(value) = live::value_at(scene, time_ns) {
            words.line("live", value);
        }
        return words;
    }
    match &scene.blocks {
        Blocks::Heat(heat) if layout.blocks.contains(at) => of_cell(painting, scene, heat, time_ns, at),
        _ => Words::default(),
    }
}

fn of_cell(painting: &Painting<'_>, scene: &Scene, heat: &Heat, time_ns: u64, at: Pos2) -> Words {
    let blocks = painting.layout.blocks;
    let range = &scene.request.range_ns;
    let share = time_ns.saturating_sub(range.start) as f64 / (range.end - range.start).max(1) as f64;
    let height = heat_row_height(blocks, heat);
    let from_top = ((at.y - blocks.top() - CAPTION) / height).floor();
    if from_top < 0.0 || from_top as usize >= heat.rows {
        return Words::default();
    }
    let row = heat.rows - 1 - from_top as usize;
    let column = ((share * heat.columns as f64) as usize).min(heat.columns - 1);
    let cell = column * heat.rows + row;
    let births = heat.births.get(cell).copied().unwrap_or(0);
    let leaked = heat.leaked.get(cell).copied().unwrap_or(0);
    if births == 0 {
        return Words::default();
    }
    let low = 1u64 << (heat.lowest_class + row as u32);
    let dash = crate::fonts::symbols::DASH;
    let mut words = Words::titled(format!("{} {dash} {}", format::bytes(low), format::bytes(2 * low - 1)));
    words.line("born here", format::count(u64::from(births)));
    if leaked > 0 {
        words.line("never released", format::count(u64::from(leaked)));
    }
    words
}

fn of_thing(model: &Model, data: &Data, scene: &Scene, thing: Thing) -> Words {
    match thing {
        Thing::Block(block) => of_block(model, data, block),
        Thing::Scope(id) => of_scope(model, scene, id),
        Thing::Operation(id) => of_operation(model, scene, id),
        Thing::Mark(id) => model.mark(id).map_or_else(Words::default, |mark| {
            let mut words = Words::titled(model.text(mark.text));
            words.line("at", axis::exact_time(axis::time(mark.time_ns)));
            words
        }),
    }
}

fn of_scope(model: &Model, scene: &Scene, id: ScopeId) -> Words {
    let Some(scope) = model.scope(id) else { return Words::default() };
    let mut words = Words::titled(model.text(scope.name));
    if let Some(pause) = scene.pauses.iter().find(|pause| pause.id == id) {
        words.line("", pause_words(pause.kind));
        if pause.count > 1 {
            let number = format::count(u64::from(pause.count));
            words.line("here", format!("{number}, the longest {}", format::duration(pause.longest_ns)));
        }
    }
    words.line("began", axis::exact_time(axis::time(scope.start_ns)));
    match scope.end_ns {
        Some(end_ns) => words.line("took", format::duration(end_ns.saturating_sub(scope.start_ns))),
        None => words.line("", "still open at the end"),
    }
    words.line("thread", &*thread_name(model, scope.thread));
    words
}

fn of_operation(model: &Model, scene: &Scene, id: OperationId) -> Words {
    let Some(operation) = model.operation(id) else { return Words::default() };
    let mut words = Words::titled(model.text(operation.name));
    let column = scene.operations.iter().find(|column| column.slowest == id);
    if let Some(column) = column.filter(|column| column.count > 1) {
        words.line("", format!("the slowest of {} here", format::count(u64::from(column.count))));
    }
    if let Some(wall_ns) = operation.wall_ns() {
        words.line("wall", format::duration(wall_ns));
    }
    words.line("CPU", format::duration(operation.cpu_ns));
    if !operation.is_moving {
        let freed = format::blocks(operation.frees);
        words.line("released", format!("{freed}, {}", format::bytes(operation.bytes_freed)));
    }
    words
}

fn of_block(model: &Model, data: &Data, block: BlockId) -> Words {
    let blocks = model.blocks();
    let death = blocks.death_stack(block);
    let summary = death.and_then(|stack| data.names.try_summary(stack));
    let owner = summary.and_then(|summary| summary.owners.last().cloned());
    let size = format::bytes(blocks.size_bytes(block));
    let mut words = Words::titled(owner.map_or_else(|| size.clone(), |owner| format!("{size} · {owner}")));
    let lived = match blocks.lifetime_ns(block) {
        Some(life_ns) => format::duration(life_ns),
        None if model.state().tells_leaks() => "to the end, never released".to_owned(),
        None if model.state().is_stopped() => "to the recording's end, when it was alive".to_owned(),
        None => "is alive".to_owned(),
    };
    words.line("lived", lived);
    let place = |stack: StackId| {
        let summary = data.names.try_summary(stack)?;
        let (_, location) = summary.site.as_ref()?;
        Some(place_in_function(location))
    };
    if let Some(place) = place(blocks.birth_stack(block)) {
        words.line("born", place);
    }
    if let Some(place) = death.and_then(place) {
        words.line("released", place);
    }
    let reallocs = blocks.reallocs(block).count();
    if reallocs > 0 {
        let first = format::bytes(blocks.first_size_bytes(block));
        words.line("reallocated", format!("{} times, from {first}", format::count(reallocs as u64)));
    }
    words
}
