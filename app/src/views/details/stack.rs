//! A stack, the program's own frames first of all, and the source around its user frame.

use crate::format;
use crate::model::command::Command;
use crate::model::describe::{short_function, short_place};
use crate::model::state::AppState;
use crate::theme::{self, Theme};
use crate::views::Commands;
use crate::views::painted::{Line, hover_text, is_read};
use crate::views::source::{SourceLook, source_ui};
use crate::views::widgets::hint;
use dropscope_engine::{Frame, FrameKind, Location, Names, StackId};
use egui::{Align, Color32, FontId, Id, ScrollArea, Ui, vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// Lines of source before and after the one that matters.
const AROUND: u32 = 3;
/// Frames shown of a very deep stack.
const MOST_FRAMES: usize = 200;

/// The frames of `stack`, innermost first: those of the program, or all.
pub(crate) fn stack_ui(ui: &mut Ui, state: &AppState, names: &Names, stack: StackId, commands: &mut Commands) {
    if stack == StackId::EMPTY {
        return hint(ui, "no stack was recorded");
    }
    let Some(frames) = names.try_frames(stack) else { return hint(ui, "looking the names up…") };
    // In a stripped program no frame is known to be its own: those without a name may be.
    let is_named = frames.iter().any(|frame| frame.kind == FrameKind::User);
    let kind = if is_named { FrameKind::User } else { FrameKind::Unknown };
    let is_own = |frame: &Arc<Frame>| frame.kind == kind;
    let own = frames.iter().filter(|frame| is_own(frame)).count();
    let shown = frames.iter().filter(|frame| state.all_frames || is_own(frame));
    for frame in shown.take(MOST_FRAMES) {
        frame_ui(ui, frame, is_own(frame));
    }
    if own == 0 && !state.all_frames {
        hint(ui, "none of its frames is the program's own");
    }
    let hidden = frames.len() - own;
    let words = if state.all_frames {
        "Show the program's frames only".to_owned()
    } else {
        format!("Show all frames ({} more)", format::count(hidden as u64))
    };
    if (hidden > 0 || state.all_frames) && ui.link(words).clicked() {
        commands.push(Command::ToggleAllFrames);
    }
}

fn frame_ui(ui: &mut Ui, frame: &Arc<Frame>, is_own: bool) {
    let theme = Theme::of(ui);
    let color = if is_own { theme.text_strong } else { theme.text_weak };
    let (row, mut room) = ui.allocate_space(vec2(ui.available_width(), theme::ROW_HEIGHT));
    // Of two deep stacks the most is scrolled out of view.
    if !ui.is_rect_visible(room) && !is_read(ui.ctx()) {
        return;
    }
    let location = Location::from(&**frame);
    if location.file.is_some() {
        let font = FontId::monospace(theme::CODE_SIZE);
        let place = Line::with_font(ui, &short_place(&location), &font, theme.text_weak, room, Align::RIGHT);
        place.name(ui, row.with("place"));
        room.max.x = (place.rect.left() - theme::GRID).max(room.left());
        place.show(ui);
    }
    let words =
        ui.data_mut(|data| data.get_temp_mut_or_default::<Shortened>(Id::unique("shortened")).of(&frame.function));
    let words = if frame.inlined { format!("{words} (inlined)").into() } else { words };
    let function = Line::new(ui, &words, color, room, Align::LEFT);
    hover_text(function.answer(ui, row.with("function")), || {
        let path = frame.path.as_ref();
        let place = path.map_or_else(String::new, |path| format!("\n{}:{}", path.display(), frame.line));
        format!("{}{place}", frame.function)
    });
    function.show(ui);
}

/// Functions whose names were shortened, which takes 7 000 instructions: by where their names are, which they stay at as
/// long as they are here.
#[derive(Clone, Default)]
struct Shortened(HashMap<usize, (Arc<str>, Arc<str>)>);

impl Shortened {
    /// So many are kept: more than a window shows, and less than 100 KiB.
    const MOST: usize = 1_000;

    fn of(&mut self, function: &Arc<str>) -> Arc<str> {
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        let made = || (Arc::clone(function), short_function(function).into());
        Arc::clone(&self.0.entry(function.as_ptr().addr()).or_insert_with(made).1)
    }
}

/// The source around the user frame of `stack`, its line lit.
pub(crate) fn snippet_ui(
    ui: &mut Ui,
    state: &AppState,
    names: &Names,
    stack: StackId,
    edge: Color32,
    commands: &mut Commands,
) {
    let Some(summary) = names.try_summary(stack) else { return };
    let Some((_, location)) = &summary.site else { return };
    if location.line == 0 {
        return;
    }
    if state.sources.is_unknown(location) {
        commands.push(Command::WantSource((**location).clone()));
        return;
    }
    match state.sources.get(location) {
        None => {}
        Some(None) => hint(ui, "the source file is not on this machine"),
        Some(Some(source)) => {
            let theme = Theme::of(ui);
            let lines = location.line.saturating_sub(AROUND)..=location.line.saturating_add(AROUND);
            let look = SourceLook { source, lit: Some(location.line), hinted: None, sums: None, edge, scroll_to: None };
            theme.canvas_frame().show(ui, |ui| {
                let area = ScrollArea::horizontal().id_salt(("snippet", stack.0, edge)).auto_shrink([false, true]);
                area.show(ui, |ui| source_ui(ui, &look, lines));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_as_they_are_though_others_come_to_lie_where_they_lay() {
        let mut shortened = Shortened::default();
        for number in 0..3 * Shortened::MOST {
            let function: Arc<str> = format!("demo::Cache<demo::Key{number}>::put").into();
            for _ in 0..2 {
                assert_eq!(&*shortened.of(&function), format!("Cache<Key{number}>::put"));
            }
        }
        assert!(shortened.0.len() <= Shortened::MOST);
    }
}
