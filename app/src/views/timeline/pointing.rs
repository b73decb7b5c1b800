//! What the pointer is on, and what it says there.

use super::layout::CAPTION;
use super::{Painting, blocks, live, operations, scopes};
use crate::axis;
use crate::format;
use crate::model::describe::{short_function, short_place};
use crate::model::document::Data;
use crate::model::scene::{Blocks, Scene, Thing, pause_words, thread_name};
use crate::theme::Theme;
use dropscope_engine::{BlockId, Model, StackId};
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

/// The tooltip of `thing`, or of the lane that `at` is in. False where there is nothing to say.
pub(crate) fn tooltip_ui(
    ui: &mut Ui,
    painting: &Painting<'_>,
    scene: &Scene,
    data: &Data,
    thing: Option<Thing>,
    at: Pos2,
) -> bool {
    let theme = painting.theme;
    if let Some(thing) = thing {
        let model = data.model.read();
        thing_tooltip(ui, theme, &model, data, scene, thing);
        return true;
    }
    let layout = painting.layout;
    let time_ns = u64::try_from(painting.view.time_from_x(layout.x.clone(), at.x)).unwrap_or(0);
    if layout.live.contains(at) {
        let Some(value) = live::value_at(scene, time_ns) else { return false };
        line(ui, theme, "live", &value);
        return true;
    }
    if let Blocks::Heat(heat) = &scene.blocks
        && layout.blocks.contains(at)
    {
        let range = &scene.request.range_ns;
        let column = (time_ns.saturating_sub(range.start)) as f64 / (range.end - range.start).max(1) as f64
            * heat.columns as f64;
        let height = ((layout.blocks.height() - CAPTION) / heat.rows as f32).min(24.0);
        let from_top = ((at.y - layout.blocks.top() - CAPTION) / height).floor();
        if from_top < 0.0 || from_top as usize >= heat.rows {
            return false;
        }
        let row = heat.rows - 1 - from_top as usize;
        let cell = (column as usize).min(heat.columns - 1) * heat.rows + row;
        let (Some(&births), Some(&leaked)) = (heat.births.get(cell), heat.leaked.get(cell)) else { return false };
        let low = 1u64 << (heat.lowest_class + row as u32);
        ui.label(
            RichText::new(format!(
                "{} {} {}",
                format::bytes(low),
                crate::fonts::symbols::DASH,
                format::bytes(2 * low - 1)
            ))
            .color(theme.text_strong),
        );
        line(ui, theme, "born here", &format::count(u64::from(births)));
        if leaked > 0 {
            line(ui, theme, "never released", &format::count(u64::from(leaked)));
        }
        return true;
    }
    false
}

fn thing_tooltip(ui: &mut Ui, theme: &Theme, model: &Model, data: &Data, scene: &Scene, thing: Thing) {
    match thing {
        Thing::Block(block) => block_tooltip(ui, theme, model, data, block),
        Thing::Scope(id) => {
            let Some(scope) = model.scope(id) else { return };
            let pause = scene.pauses.iter().find(|pause| pause.id == id);
            title(ui, theme, model.text(scope.name));
            if let Some(pause) = pause {
                line(ui, theme, "", pause_words(pause.kind));
                if pause.count > 1 {
                    line(
                        ui,
                        theme,
                        "here",
                        &format!(
                            "{}, the longest {}",
                            format::count(u64::from(pause.count)),
                            format::duration(pause.longest_ns)
                        ),
                    );
                }
            }
            line(ui, theme, "began", &axis::exact_time(axis::time(scope.start_ns)));
            match scope.end_ns {
                Some(end_ns) => line(ui, theme, "took", &format::duration(end_ns.saturating_sub(scope.start_ns))),
                None => line(ui, theme, "", "still open at the end"),
            }
            line(ui, theme, "thread", &thread_name(model, scope.thread));
        }
        Thing::Operation(id) => {
            let Some(operation) = model.operation(id) else { return };
            let column = scene.operations.iter().find(|column| column.slowest == id);
            title(ui, theme, model.text(operation.name));
            if let Some(column) = column.filter(|column| column.count > 1) {
                line(ui, theme, "", &format!("the slowest of {} here", format::count(u64::from(column.count))));
            }
            if let Some(wall_ns) = operation.wall_ns() {
                line(ui, theme, "wall", &format::duration(wall_ns));
            }
            line(ui, theme, "CPU", &format::duration(operation.cpu_ns));
            line(
                ui,
                theme,
                "released",
                &format!(
                    "{}, {}",
                    crate::views::widgets::blocks(operation.frees),
                    format::bytes(operation.bytes_freed)
                ),
            );
        }
        Thing::Mark(id) => {
            let Some(mark) = model.mark(id) else { return };
            title(ui, theme, model.text(mark.text));
            line(ui, theme, "at", &axis::exact_time(axis::time(mark.time_ns)));
        }
    }
}

fn block_tooltip(ui: &mut Ui, theme: &Theme, model: &Model, data: &Data, block: BlockId) {
    let blocks = model.blocks();
    let death = blocks.death_stack(block);
    let owner =
        death.and_then(|stack| data.names.try_summary(stack)).and_then(|summary| summary.owners.last().cloned());
    let size = format::bytes(blocks.size_bytes(block));
    title(ui, theme, &owner.map_or_else(|| size.clone(), |owner| format!("{size} · {owner}")));
    line(
        ui,
        theme,
        "lived",
        &match blocks.lifetime_ns(block) {
            Some(life_ns) => format::duration(life_ns),
            None if model.state().is_final() => "to the end, never released".to_owned(),
            None => "is alive".to_owned(),
        },
    );
    let place = |stack: StackId| {
        let summary = data.names.try_summary(stack)?;
        let (_, location) = summary.site.as_ref()?;
        Some(format!("{} in {}", short_place(location), short_function(&location.function)))
    };
    if let Some(place) = place(blocks.birth_stack(block)) {
        line(ui, theme, "born", &place);
    }
    if let Some(place) = death.and_then(place) {
        line(ui, theme, "released", &place);
    }
    let reallocs = blocks.reallocs(block).count();
    if reallocs > 0 {
        line(
            ui,
            theme,
            "reallocated",
            &format!(
                "{} times, from {}",
                format::count(reallocs as u64),
                format::bytes(blocks.first_size_bytes(block))
            ),
        );
    }
}

fn title(ui: &mut Ui, theme: &Theme, text: &str) {
    ui.label(RichText::new(text).color(theme.text_strong));
}

fn line(ui: &mut Ui, theme: &Theme, name: &str, value: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        if !name.is_empty() {
            ui.label(RichText::new(name).color(theme.text_weak));
        }
        ui.label(value);
    });
}
