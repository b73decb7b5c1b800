//! The small part of Markdown that lesson texts are written in: headings, paragraphs, lists, code, bold.

/// A piece of a text, one under the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// `## ` and a title.
    Heading(Vec<Span>),
    /// Lines up to an empty one.
    Paragraph(Vec<Span>),
    /// `- ` or `1. ` and what follows; the text is what stands in front of it.
    Item(String, Vec<Span>),
    /// What stands between lines of three backticks.
    Code(String),
}

/// A run of text in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// How.
    pub style: SpanStyle,
}

/// The styles of a run of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanStyle {
    /// As it is.
    Plain,
    /// Between asterisks, double or single.
    Strong,
    /// Between backticks.
    Code,
    /// "Line 13": a line of the source beside the text.
    Line(u32),
}

/// Reads `text`. What is not understood comes out as plain text, so nothing is ever lost.
pub fn parse(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open: Option<(Option<String>, String)> = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            close(&mut open, &mut pieces);
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().starts_with("```")).collect();
            pieces.push(Piece::Code(code.join("\n")));
        } else if trimmed.is_empty() {
            close(&mut open, &mut pieces);
        } else if let Some(title) = heading(trimmed) {
            close(&mut open, &mut pieces);
            pieces.push(Piece::Heading(spans(title)));
        } else if let Some((marker, rest)) = item(trimmed) {
            close(&mut open, &mut pieces);
            open = Some((Some(marker), rest.to_owned()));
        } else if let Some((_, text)) = &mut open {
            text.push(' ');
            text.push_str(trimmed);
        } else {
            open = Some((None, trimmed.to_owned()));
        }
    }
    close(&mut open, &mut pieces);
    pieces
}

fn close(open: &mut Option<(Option<String>, String)>, pieces: &mut Vec<Piece>) {
    match open.take() {
        Some((Some(marker), text)) => pieces.push(Piece::Item(marker, spans(&text))),
        Some((None, text)) => pieces.push(Piece::Paragraph(spans(&text))),
        None => {}
    }
}

fn heading(line: &str) -> Option<&str> {
    let title = line.trim_start_matches('#');
    (title.len() < line.len() && title.starts_with(' ')).then(|| title.trim())
}

fn item(line: &str) -> Option<(String, &str)> {
    if let Some(rest) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some(("•".to_owned(), rest.trim()));
    }
    let (number, rest) = line.split_once(". ")?;
    (!number.is_empty() && number.len() <= 2 && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| (format!("{number}."), rest.trim()))
}

fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let next = rest.find(['`', '*']).unwrap_or(rest.len());
        plain(&rest[..next], &mut spans);
        rest = &rest[next..];
        let (marker, style) = if rest.starts_with("**") {
            ("**", SpanStyle::Strong)
        } else if rest.starts_with('`') {
            ("`", SpanStyle::Code)
        } else if rest.strip_prefix('*').is_some_and(|inside| inside.starts_with(char::is_alphanumeric)) {
            ("*", SpanStyle::Strong)
        } else {
            // A lone asterisk, or the end.
            let length = usize::from(!rest.is_empty());
            plain(&rest[..length], &mut spans);
            rest = &rest[length..];
            continue;
        };
        let inside = &rest[marker.len()..];
        match inside.find(marker) {
            Some(length) => {
                spans.push(Span { text: inside[..length].to_owned(), style });
                rest = &inside[length + marker.len()..];
            }
            None => {
                plain(rest, &mut spans);
                break;
            }
        }
    }
    spans
}

/// Plain text, in which "Line 13" and "line 13" are found.
fn plain(text: &str, spans: &mut Vec<Span>) {
    let mut rest = text;
    while let Some((start, end, line)) = line_reference(rest) {
        push_plain(&rest[..start], spans);
        spans.push(Span { text: rest[start..end].to_owned(), style: SpanStyle::Line(line) });
        rest = &rest[end..];
    }
    push_plain(rest, spans);
}

fn push_plain(text: &str, spans: &mut Vec<Span>) {
    match spans.last_mut() {
        Some(Span { text: before, style: SpanStyle::Plain }) => before.push_str(text),
        _ if text.is_empty() => {}
        _ => spans.push(Span { text: text.to_owned(), style: SpanStyle::Plain }),
    }
}

fn line_reference(text: &str) -> Option<(usize, usize, u32)> {
    let mut from = 0;
    while let Some(found) = text[from..].find("ine ") {
        let at = from + found;
        from = at + 4;
        let digits = text[from..].bytes().take_while(u8::is_ascii_digit).count();
        let begins_word = at > 0
            && matches!(text.as_bytes()[at - 1], b'L' | b'l')
            && text[..at - 1].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        if begins_word && let Ok(line) = text[from..from + digits].parse() {
            return Some((at - 1, from + digits, line));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, style: SpanStyle) -> Span {
        Span { text: text.to_owned(), style }
    }

    #[test]
    fn a_lesson_text_is_read() {
        let text = "## What\n\nOne **bar** of\n`110` bytes.\n\n- Line 13 (`new`) asked.\n- Then\n  more.\n\n```\nlet a;\n```\n";
        assert_eq!(
            parse(text),
            [
                Piece::Heading(vec![span("What", SpanStyle::Plain)]),
                Piece::Paragraph(vec![
                    span("One ", SpanStyle::Plain),
                    span("bar", SpanStyle::Strong),
                    span(" of ", SpanStyle::Plain),
                    span("110", SpanStyle::Code),
                    span(" bytes.", SpanStyle::Plain),
                ]),
                Piece::Item(
                    "•".into(),
                    vec![
                        span("Line 13", SpanStyle::Line(13)),
                        span(" (", SpanStyle::Plain),
                        span("new", SpanStyle::Code),
                        span(") asked.", SpanStyle::Plain),
                    ]
                ),
                Piece::Item("•".into(), vec![span("Then more.", SpanStyle::Plain)]),
                Piece::Code("let a;".into()),
            ]
        );
    }

    #[test]
    fn nothing_is_lost_of_what_is_not_understood() {
        for text in ["a * b", "2 *x", "**never closed", "`never closed", "outline 7 of line", "#hashtag", "line x"] {
            let Some(Piece::Paragraph(spans)) = parse(text).into_iter().next() else { panic!("{text}") };
            assert_eq!(spans, [span(text, SpanStyle::Plain)]);
        }
        assert_eq!(parse("1. one")[0], Piece::Item("1.".into(), vec![span("one", SpanStyle::Plain)]));
        assert_eq!(parse(""), []);
    }
}
