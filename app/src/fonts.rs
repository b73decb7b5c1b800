//! The fonts of the window, all of them shipped with it, and the symbols they are known to have.

use egui::{Context, FontData, FontDefinitions, FontFamily};
use std::sync::Arc;

/// Hebrew and Arabic letters of DejaVu Sans, for names in a picture that is drawn without the desktop's fonts:
/// `pyftsubset DejaVuSans.ttf --unicodes=U+0590-05FF,U+FB1D-FB4F,U+0600-06FF,U+200E,U+200F --layout-features=''
/// --no-hinting`.
const LETTERS: &[u8] = include_bytes!("../fonts/dejavu-hebrew-arabic.ttf");

/// Installs the shipped fonts: Ubuntu Light for text, Hack for code, then symbol fonts and letters for what both lack.
///
/// Fonts of the desktop are not needed for anything that the window shows by itself.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}

/// The shipped fonts and the order in which they are asked for a glyph.
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    // Hack comes before the symbol fonts, so that arrows and triangles are one family in text as in code.
    for (family, order) in
        [(FontFamily::Proportional, ["Ubuntu-Light", "Hack"]), (FontFamily::Monospace, ["Hack", "Ubuntu-Light"])]
    {
        let names = fonts.families.entry(family).or_default();
        names.retain(|name| !order.contains(&name.as_str()));
        names.splice(0..0, order.map(str::to_owned));
        names.push("DejaVu letters".to_owned());
    }
    fonts.font_data.insert("DejaVu letters".to_owned(), Arc::new(FontData::from_static(LETTERS)));
    fonts
}

/// Every symbol that the window shows, named by what it means. A test proves that the shipped fonts have each.
pub mod symbols {
    /// Start playing.
    pub const PLAY: &str = "▶";
    /// Stop playing for now.
    pub const PAUSE: &str = "⏸";
    /// End a running program.
    pub const STOP: &str = "⏹";
    /// A program is being recorded.
    pub const RECORD: &str = "⏺";
    /// To the first event.
    pub const FIRST: &str = "⏮";
    /// To the last event.
    pub const LAST: &str = "⏭";
    /// One event back.
    pub const STEP_BACK: &str = "◀";
    /// One event on.
    pub const STEP_FORWARD: &str = "▶";
    /// Something folded that can be opened.
    pub const CLOSED: &str = "▶";
    /// Something opened that can be folded; also: sorted with the largest first.
    pub const OPENED: &str = "▼";
    /// Sorted with the smallest first.
    pub const SORTED_UP: &str = "▲";
    /// Leads from one thing to the next: a move, an owner chain.
    pub const ARROW_RIGHT: &str = "→";
    /// Points back.
    pub const ARROW_LEFT: &str = "←";
    /// Grew, or is above.
    pub const ARROW_UP: &str = "↑";
    /// Shrank, or is below.
    pub const ARROW_DOWN: &str = "↓";
    /// Both ways: a range of time.
    pub const ARROW_BOTH: &str = "↔";
    /// Close or remove.
    pub const CLOSE: &str = "✖";
    /// Done, or as it should be.
    pub const CHECK: &str = "✔";
    /// Something to know before trusting the picture.
    pub const WARNING: &str = "⚠";
    /// Explains something.
    pub const INFO: &str = "ℹ";
    /// Open a file.
    pub const FOLDER: &str = "🗁";
    /// A recording.
    pub const FILE: &str = "🖹";
    /// A lesson.
    pub const LESSON: &str = "📖";
    /// Search or filter.
    pub const SEARCH: &str = "🔍";
    /// Do it again.
    pub const RELOAD: &str = "⟳";
    /// A time or a duration.
    pub const CLOCK: &str = "⏱";
    /// Remove for good.
    pub const TRASH: &str = "🗑";
    /// Settings.
    pub const SETTINGS: &str = "⚙";
    /// More commands.
    pub const MENU: &str = "☰";
    /// Compare.
    pub const COMPARE: &str = "⇄";
    /// Show everything.
    pub const FIT: &str = "⛶";
    /// Copy to the clipboard.
    pub const COPY: &str = "🗐";
    /// Copy as a picture.
    pub const PICTURE: &str = "🖼";
    /// Switch to the light theme.
    pub const LIGHT: &str = "☀";
    /// Switch to the dark theme.
    pub const DARK: &str = "🌙";
    /// A running program, a legend's dot.
    pub const DOT: &str = "●";
    /// An empty dot.
    pub const RING: &str = "○";
    /// A legend's square.
    pub const SQUARE: &str = "■";
    /// A mark on the time axis.
    pub const MARK: &str = "◆";
    /// Separates short facts on one line.
    pub const SEPARATOR: &str = "·";
    /// Text that was shortened.
    pub const ELLIPSIS: &str = "…";
    /// Times.
    pub const TIMES: &str = "×";
    /// Micro, as in µs.
    pub const MICRO: &str = "µ";
    /// A difference.
    pub const DELTA: &str = "Δ";
    /// A negative number, a shrinking.
    pub const MINUS: &str = "−";
    /// About.
    pub const ABOUT: &str = "≈";
    /// At most.
    pub const AT_MOST: &str = "≤";
    /// At least.
    pub const AT_LEAST: &str = "≥";
    /// From this to that, and dashes in text.
    pub const DASH: &str = "–";
    /// Never released.
    pub const NEVER: &str = "∞";
    /// The space that groups digits: thin, and no line breaks at it.
    pub const THIN_SPACE: &str = "\u{202F}";

    /// All of the above.
    pub const ALL: &[&str] = &[
        PLAY,
        PAUSE,
        STOP,
        RECORD,
        FIRST,
        LAST,
        STEP_BACK,
        STEP_FORWARD,
        CLOSED,
        OPENED,
        SORTED_UP,
        ARROW_RIGHT,
        ARROW_LEFT,
        ARROW_UP,
        ARROW_DOWN,
        ARROW_BOTH,
        CLOSE,
        CHECK,
        WARNING,
        INFO,
        FOLDER,
        FILE,
        LESSON,
        SEARCH,
        RELOAD,
        CLOCK,
        TRASH,
        SETTINGS,
        MENU,
        COMPARE,
        FIT,
        COPY,
        PICTURE,
        LIGHT,
        DARK,
        DOT,
        RING,
        SQUARE,
        MARK,
        SEPARATOR,
        ELLIPSIS,
        TIMES,
        MICRO,
        DELTA,
        MINUS,
        ABOUT,
        AT_MOST,
        AT_LEAST,
        DASH,
        NEVER,
        THIN_SPACE,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::epaint::text::{Fonts, TextOptions};

    fn missing(definitions: FontDefinitions, font: &egui::FontId) -> Vec<&'static str> {
        let mut fonts = Fonts::new(TextOptions::default(), definitions);
        let mut view = fonts.with_pixels_per_point(1.0);
        symbols::ALL.iter().copied().filter(|symbol| !view.has_glyphs(font, symbol)).collect()
    }

    #[test]
    fn names_in_hebrew_and_arabic_have_letters() {
        let mut fonts = Fonts::new(TextOptions::default(), definitions());
        let mut view = fonts.with_pixels_per_point(1.0);
        for font in [egui::FontId::proportional(13.0), egui::FontId::monospace(12.0)] {
            assert!(view.has_glyphs(&font, "שלוםعالم"), "{font:?}");
        }
    }

    #[test]
    fn every_symbol_is_in_the_shipped_fonts() {
        for font in [egui::FontId::proportional(13.0), egui::FontId::monospace(12.0)] {
            assert_eq!(missing(definitions(), &font), Vec::<&str>::new(), "{font:?} lacks these");
        }
    }

    #[test]
    fn the_check_would_notice_a_missing_symbol() {
        let lacking = missing(FontDefinitions::default(), &egui::FontId::proportional(13.0));
        assert!(lacking.contains(&symbols::ARROW_RIGHT), "egui's own order has no arrows: {lacking:?}");
    }
}
