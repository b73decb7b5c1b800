//! The timeline: all lanes of one recording over one axis, and what pointer and wheel do there.

mod blocks;
mod layout;
mod live;
mod operations;
mod pointing;
mod ruler;
mod scopes;

use crate::axis::{self, TimeView};
use crate::format;
use crate::model::command::{Command, SceneOf};
use crate::model::document::{Document, DocumentId};
use crate::model::scene::{Request, Scene, Thing};
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::{Commands, Memory};
use egui::{Align2, CursorIcon, FontId, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use layout::GUTTER;
pub(crate) use layout::{Contents, Layout};
pub(crate) use live::{live_ui, value_at};
pub(crate) use operations::{frees_ui, operations_ui};
pub(crate) use ruler::{playhead_at_ui, playhead_ui, pointer_ui, ruler_ui};
pub(crate) use scopes::pauses_ui;
use std::sync::Arc;

/// With more bars in view than this, bars are not named one by one to those who do not see them.
const MOST_NAMED: usize = 120;
/// How fast the wheel zooms.
const ZOOM_SPEED: f64 = 0.004;

/// What all lanes need for drawing.
pub(crate) struct Painting<'a> {
    pub layout: &'a Layout,
    pub view: TimeView,
    pub theme: &'static Theme,
    pub selected: Option<Thing>,
    pub hovered: Option<Thing>,
    /// What is later than this is drawn pale: it has not happened yet.
    pub playhead_ns: Option<u64>,
}

impl Painting<'_> {
    /// A lane's name, at the left of the gutter; its scale stands at the right.
    pub(crate) fn lane_name(&self, ui: &Ui, lane: Rect, name: &str) {
        if lane.height() > 0.0 {
            let at = pos2(self.layout.whole.left() + 4.0, lane.top() + 1.0);
            let font = FontId::proportional(theme::TEXT_SIZE);
            ui.painter().text(at, Align2::LEFT_TOP, name, font, self.theme.text_weak);
        }
    }

    /// A thread's name in the gutter.
    pub(crate) fn gutter_text(&self, ui: &Ui, y: f32, text: &str, height: f32) {
        let left = self.layout.whole.left();
        let clip = Rect::from_min_max(pos2(left, y - height / 2.0), pos2(left + GUTTER - 6.0, y + height / 2.0));
        let shown = format::shorten_middle(text, 13);
        let at = pos2(left + 4.0, y);
        ui.painter_at(clip).text(
            at,
            Align2::LEFT_CENTER,
            shown,
            FontId::proportional(theme::TEXT_SIZE),
            self.theme.text_weak,
        );
    }
}

/// Draws the timeline of `document` into the room that is left.
pub(crate) fn timeline_ui(
    ui: &mut Ui,
    (state, document): (&AppState, &Document),
    memory: &mut Memory,
    commands: &mut Commands,
) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, format!("timeline of {}", document.title)));
    ui.painter().rect_filled(rect, 0, theme.canvas);
    let scene = document.scene.get().map(Arc::clone);
    let layout = Layout::new(rect.shrink2(vec2(0.0, 2.0)), Contents::of(scene.as_deref()));
    let view = document.time_view();
    want_scene(document, &layout, view, commands);
    // Nothing is told of what lies under the palette, or under a list.
    let is_covered = state.is_palette_open || ui.ctx().any_popup_open();
    let pointer = response.hover_pos().filter(|at| !is_covered && layout.x.contains(&at.x));
    let mut painting = Painting {
        layout: &layout,
        view,
        theme,
        selected: document.selected,
        hovered: None,
        playhead_ns: document.as_lesson().and(document.playhead).map(|playhead| playhead.time_ns),
    };
    ruler_ui(ui, &painting);
    let Some(scene) = scene else {
        let words = "Reading…";
        ui.painter().text(
            rect.center(),
            Align2::CENTER_CENTER,
            words,
            FontId::proportional(theme::TEXT_SIZE),
            theme.text_weak,
        );
        return;
    };
    painting.hovered = pointer.and_then(|at| pointing::thing_at(&painting, &scene, at));
    lanes_ui(ui, document, &painting, &scene);
    name_bars(ui, document, &painting, &scene, commands);
    if let Some(brush) = &document.brush {
        ruler::brush_ui(ui, &painting, brush.start, brush.end);
    }
    if let Some(at) = pointer.filter(|_| !response.dragged()) {
        pointer_ui(ui, &painting, at.x);
    }
    if let Some(playhead) = document.playhead {
        playhead_ui(ui, &painting, playhead.time_ns);
    }
    if let Some(at) = pointer.filter(|_| !response.dragged()) {
        tooltip(ui, &response, &painting, &scene, document, at);
    }
    react(ui, &response, document, &painting, memory, commands);
}

fn want_scene(document: &Document, layout: &Layout, view: TimeView, commands: &mut Commands) {
    let only = document.lesson_facts().filter(|_| !document.shows_all).map(|facts| Arc::clone(&facts.own));
    let request = request(document, view, layout.width(), layout.bars_height(), only);
    if !document.scene.is_current(&request) {
        commands.push(Command::WantScene(document.id, SceneOf::Timeline, request));
    }
}

/// The scene for a view of this size.
pub(crate) fn request(
    document: &Document,
    view: TimeView,
    width: f32,
    blocks_height: f32,
    only: Option<Arc<std::collections::HashSet<dropscope_engine::BlockId>>>,
) -> Request {
    let facts = &document.facts;
    let generations = [facts.generation, facts.names_generation];
    Request { blocks_height: blocks_height as usize, only, ..request_of(view, facts.duration_ns, width, generations) }
}

/// The scene of what is `duration_ns` long, without blocks, of these generations of model and names.
pub(crate) fn request_of(view: TimeView, duration_ns: u64, width: f32, generations: [u64; 2]) -> Request {
    let start_ns = u64::try_from(view.start_ns()).unwrap_or(0).min(duration_ns);
    let end_ns = u64::try_from(view.end_ns()).unwrap_or(0).min(duration_ns.saturating_add(1));
    let [model_generation, names_generation] = generations;
    Request {
        range_ns: start_ns..end_ns.max(start_ns + 1),
        columns: (width as usize).max(1),
        blocks_height: 0,
        only: None,
        model_generation,
        names_generation,
    }
}

fn lanes_ui(ui: &mut Ui, document: &Document, painting: &Painting<'_>, scene: &Scene) {
    let layout = painting.layout;
    live_ui(ui, painting, scene, layout.live, document.id.0, scene.live_max_bytes);
    painting.lane_name(ui, layout.live, "live bytes");
    operations_ui(ui, painting, scene, layout.operations, scene.slowest_ns);
    painting.lane_name(ui, layout.operations, "latency");
    painting.lane_name(ui, layout.pauses, "pauses");
    pauses_ui(ui, painting, scene, layout.pauses);
    painting.lane_name(ui, layout.marks, "marks");
    scopes::scopes_ui(ui, painting, scene);
    let lines = [layout.marks, layout.live, layout.operations, layout.pauses, layout.scopes];
    for lane in lines.into_iter().filter(|lane| lane.height() > 0.0) {
        let x = layout.whole.left()..=layout.whole.right();
        ui.painter().hline(x, lane.bottom() + 2.0, Stroke::new(1.0, painting.theme.grid_line));
    }
    scopes::marks_ui(ui, painting, scene);
    blocks::blocks_ui(ui, painting, scene, &blocks_title(document));
    if let Some(Thing::Block(id)) = painting.selected {
        blocks::selected_in_heat_ui(ui, painting, scene, &document.data.model.read(), id);
    }
    for (thing, color) in
        [(painting.hovered, painting.theme.text_strong), (painting.selected, painting.theme.selection)]
    {
        if let Some(thing) = thing {
            scopes::outline_ui(ui, painting, scene, thing, color);
        }
    }
}

fn blocks_title(document: &Document) -> String {
    match document.lesson_facts() {
        Some(facts) if !document.shows_all => {
            let own = facts.own.len();
            let noun = if own == 1 { "block" } else { "blocks" };
            format!("{own} {noun} of the lesson, from birth to release")
        }
        _ => "Blocks, from birth to release".to_owned(),
    }
}

/// Each bar is a thing of its own to click, and to those who do not see it.
fn name_bars(ui: &Ui, document: &Document, painting: &Painting<'_>, scene: &Scene, commands: &mut Commands) {
    let bars: Vec<_> = blocks::bars(painting, scene).take(MOST_NAMED + 1).collect();
    if bars.len() > MOST_NAMED {
        return;
    }
    for (bar, rect) in bars {
        let rect = rect.intersect(painting.layout.blocks);
        let id = ui.scope_id().with(("bar", document.id.0, bar.id.0));
        let response = ui.interact(rect, id, Sense::click());
        response.widget_info(|| {
            WidgetInfo::labeled(Role::Button, true, format!("block {}: {}", bar.id.0, blocks::label(bar)))
        });
        if response.clicked() {
            commands.push(Command::Select(document.id, Some(Thing::Block(bar.id))));
        }
    }
}

fn tooltip(ui: &Ui, response: &Response, painting: &Painting<'_>, scene: &Scene, document: &Document, at: Pos2) {
    // A tooltip of nothing would be an empty frame.
    let words = pointing::words_at(painting, scene, &document.data, at);
    if words.is_empty() {
        return;
    }
    let tip = egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), response.id, egui::PopupAnchor::Pointer);
    tip.gap(14.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
        pointing::tooltip_ui(ui, painting.theme, &words);
    });
}

/// Wheel, drag and click.
fn react(
    ui: &Ui,
    response: &Response,
    document: &Document,
    painting: &Painting<'_>,
    memory: &mut Memory,
    commands: &mut Commands,
) {
    let id = document.id;
    let layout = painting.layout;
    if let Some(view) = wheel(ui, response, layout, painting.view) {
        commands.push(Command::SetView(id, view));
    }
    let time_at = |at: Pos2| u64::try_from(painting.view.time_from_x(layout.x.clone(), at.x)).unwrap_or(0);
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin());
        memory.drag = origin.map(|origin| {
            if ui.input(|input| input.modifiers.shift) {
                Drag::Brush(id, time_at(origin))
            } else if layout.ruler.with_min_x(0.0).contains(origin) {
                Drag::Scrub(id)
            } else {
                Drag::Pan(id)
            }
        });
    }
    if response.dragged() {
        let at = response.interact_pointer_pos().unwrap_or_default();
        match memory.drag {
            Some(Drag::Brush(dragged, from_ns)) if dragged == id => {
                let to_ns = time_at(at);
                commands.push(Command::SetBrush(
                    id,
                    Some(from_ns.min(to_ns)..from_ns.max(to_ns).max(from_ns.min(to_ns) + 1)),
                ));
            }
            Some(Drag::Scrub(dragged)) if dragged == id => commands.push(Command::SetPlayhead(id, Some(time_at(at)))),
            Some(Drag::Pan(dragged)) if dragged == id => {
                ui.set_cursor_icon(CursorIcon::Grabbing);
                let by_ns = -f64::from(response.drag_delta().x) * painting.view.ns_per(layout.width());
                commands.push(Command::SetView(id, painting.view.pan(by_ns.round() as i64)));
            }
            _ => {}
        }
    }
    if response.drag_stopped() {
        memory.drag = None;
    }
    if response.double_clicked() {
        commands.push(Command::Fit(id));
        commands.push(Command::SetBrush(id, None));
    } else if response.clicked()
        && let Some(at) = response.interact_pointer_pos()
    {
        match painting.hovered {
            Some(thing) => commands.push(Command::Select(id, Some(thing))),
            None => {
                commands.push(Command::SetPlayhead(id, Some(time_at(at))));
                commands.push(Command::Select(id, None));
            }
        }
    }
}

/// A drag that goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Drag {
    /// Moves the view.
    Pan(DocumentId),
    /// Moves the playhead.
    Scrub(DocumentId),
    /// Brushes from there.
    Brush(DocumentId, u64),
}

/// The view after the wheel was turned over it: up and down zooms at the pointer, sideways pans.
pub(crate) fn wheel(ui: &Ui, response: &Response, layout: &Layout, view: TimeView) -> Option<TimeView> {
    let at = response.hover_pos()?;
    let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta()));
    let mut changed = view;
    if scroll.y != 0.0 || pinch != 1.0 {
        let pivot_ns = view.time_from_x(layout.x.clone(), at.x.clamp(*layout.x.start(), *layout.x.end()));
        let factor = (-f64::from(scroll.y) * ZOOM_SPEED).exp() / f64::from(pinch);
        changed = changed.zoom(pivot_ns, factor);
    }
    if scroll.x != 0.0 {
        changed = changed.pan((-f64::from(scroll.x) * view.ns_per(layout.width())).round() as i64);
    }
    (changed != view).then_some(changed)
}

/// A time for people: exact to what the view can show.
pub(crate) fn shown_time(time_ns: u64) -> String {
    axis::exact_time(axis::time(time_ns))
}
