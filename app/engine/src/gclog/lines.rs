//! Bytes to lines of clean text: any encoding that a shell may have written, any line end, no colours.

use std::borrow::Cow;

/// Longer lines are read from their ends only: a log line can follow program output that has no line end.
const MAX_LINE_BYTES: usize = 64 << 10;

/// One line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// Without line end, colours and the unprintable.
    pub(super) text: &'a str,
}

/// The file's bytes as UTF-8 or what is near it. PowerShell redirects into UTF-16.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    let from_utf16 = |units: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = units.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => from_utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => from_utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        _ => Cow::Borrowed(bytes),
    }
}

/// Calls `each` for every line until it returns false.
pub(super) fn for_each(decoded: &[u8], mut each: impl FnMut(Line<'_>) -> bool) {
    let body = decoded.strip_suffix(b"\n").unwrap_or(decoded);
    if decoded.is_empty() {
        return;
    }
    for (index, bytes) in body.split(|&byte| byte == b'\n').enumerate() {
        let tail = &bytes[bytes.len().saturating_sub(MAX_LINE_BYTES)..];
        let text = String::from_utf8_lossy(tail);
        let clean = without_controls(&text);
        if !each(Line { number: index as u64 + 1, text: clean.trim_end() }) {
            return;
        }
    }
}

/// The text without terminal control sequences and control characters; tabs and carriage returns become spaces.
fn without_controls(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control()) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' if characters.next_if_eq(&'[').is_some() => {
                // A sequence ends with its first byte from `@` to `~`.
                for parameter in characters.by_ref() {
                    if ('@'..='~').contains(&parameter) {
                        break;
                    }
                }
            }
            '\t' | '\r' => clean.push(' '),
            character if character.is_control() => {}
            character => clean.push(character),
        }
    }
    Cow::Owned(clean)
}

/// The line as it is shown to people who ask what was not understood.
pub(super) fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 200;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
