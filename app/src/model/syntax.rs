//! Rust source cut into tokens for colouring: keywords, strings, comments, numbers.

use std::ops::Range;

/// What a piece of source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Names, punctuation, spaces.
    Plain,
    /// A word of the language.
    Keyword,
    /// A string or character.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// `name!`, `#[attribute]`, `'lifetime`.
    Meta,
}

/// Byte ranges of one line and what they are, in order, without gaps.
pub type LineTokens = Vec<(Range<usize>, Token)>;

const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
    "static", "struct", "super", "trait", "true", "type", "union", "unsafe", "use", "where", "while",
];

/// What is still open at the end of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    /// How deep block comments are nested.
    Comment(u32),
    /// A string; raw ones end at a quote and this many hashes.
    Text(Option<usize>),
}

/// The tokens of each line of `source`.
pub fn lines(source: &str) -> Vec<LineTokens> {
    let mut open = Open::Nothing;
    source.lines().map(|line| cut(line, &mut open)).collect()
}

fn cut(line: &str, open: &mut Open) -> LineTokens {
    let mut tokens = LineTokens::new();
    let mut at = 0;
    while at < line.len() {
        let (length, token) = match *open {
            Open::Comment(depth) => (block_comment(&line[at..], depth, open), Token::Comment),
            Open::Text(hashes) => (text_rest(&line[at..], hashes, open), Token::Text),
            Open::Nothing => next(line, at, open),
        };
        // Never stand still, never split a character.
        let mut end = (at + length.max(1)).min(line.len());
        while !line.is_char_boundary(end) {
            end += 1;
        }
        match tokens.last_mut() {
            Some((range, last)) if *last == token => range.end = end,
            _ => tokens.push((at..end, token)),
        }
        at = end;
    }
    tokens
}

fn next(line: &str, at: usize, open: &mut Open) -> (usize, Token) {
    let rest = &line[at..];
    let first = rest.chars().next().unwrap_or(' ');
    if rest.starts_with("//") {
        (rest.len(), Token::Comment)
    } else if let Some(inside) = rest.strip_prefix("/*") {
        (2 + block_comment(inside, 1, open), Token::Comment)
    } else if let Some((head, hashes)) = text_head(rest) {
        (head + text_rest(&rest[head..], hashes, open), Token::Text)
    } else if first == '\'' {
        character_or_lifetime(rest)
    } else if rest.starts_with("#[") || rest.starts_with("#![") {
        (rest.find(']').map_or(rest.len(), |end| end + 1), Token::Meta)
    } else if first.is_ascii_digit() {
        (number_length(rest), Token::Number)
    } else if first.is_alphabetic() || first == '_' {
        word(rest)
    } else {
        (first.len_utf8(), Token::Plain)
    }
}

/// The length of `"`, `b"`, `r#"` and so on, and how many hashes end it.
fn text_head(rest: &str) -> Option<(usize, Option<usize>)> {
    let prefix = rest.bytes().take_while(|byte| matches!(byte, b'b' | b'r' | b'c')).count();
    let is_raw = rest[..prefix].contains('r');
    let hashes = if is_raw { rest[prefix..].bytes().take_while(|&byte| byte == b'#').count() } else { 0 };
    let head = prefix + hashes;
    (prefix <= 2 && rest[head..].starts_with('"')).then_some((head + 1, is_raw.then_some(hashes)))
}

fn text_rest(rest: &str, hashes: Option<usize>, open: &mut Open) -> usize {
    *open = Open::Nothing;
    if let Some(hashes) = hashes {
        let end = format!("\"{}", "#".repeat(hashes));
        if let Some(found) = rest.find(&end) {
            return found + end.len();
        }
    } else {
        let mut escaped = false;
        for (index, byte) in rest.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return index + 1,
                _ => {}
            }
        }
    }
    *open = Open::Text(hashes);
    rest.len()
}

fn block_comment(rest: &str, depth: u32, open: &mut Open) -> usize {
    let mut depth = depth;
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    *open = Open::Nothing;
                    return at;
                }
            }
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    *open = Open::Comment(depth);
    rest.len()
}

fn character_or_lifetime(rest: &str) -> (usize, Token) {
    let mut inside = rest[1..].chars();
    match (inside.next(), inside.next()) {
        (Some('\\'), _) => (rest[2..].find('\'').map_or(rest.len(), |end| end + 3), Token::Text),
        (Some(letter), Some('\'')) => (2 + letter.len_utf8(), Token::Text),
        _ => (1 + word_length(&rest[1..]), Token::Meta),
    }
}

fn word(rest: &str) -> (usize, Token) {
    let length = word_length(rest);
    let behind = &rest[length..];
    if KEYWORDS.contains(&&rest[..length]) {
        (length, Token::Keyword)
    } else if behind.starts_with('!') && !behind.starts_with("!=") {
        (length + 1, Token::Meta)
    } else {
        (length, Token::Plain)
    }
}

fn word_length(rest: &str) -> usize {
    rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
}

fn number_length(rest: &str) -> usize {
    let length = word_length(rest);
    // `1.5`, but not `1..5` nor `1.max(2)`.
    let fraction = rest[length..].strip_prefix('.').map_or(0, |behind| {
        if behind.starts_with(|digit: char| digit.is_ascii_digit()) { 1 + word_length(behind) } else { 0 }
    });
    length + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str) -> Vec<Vec<(&str, Token)>> {
        let text: Vec<&str> = source.lines().collect();
        let tokens = lines(source);
        tokens
            .into_iter()
            .zip(text)
            .map(|(line, text)| line.into_iter().map(|(at, token)| (&text[at], token)).collect())
            .collect()
    }

    #[test]
    fn words_texts_numbers_and_comments_are_told_apart() {
        use Token::{Comment, Keyword, Meta, Number, Plain, Text};
        assert_eq!(
            told("let a = \"x\\\"y\"; // größe")[0],
            [("let", Keyword), (" a = ", Plain), ("\"x\\\"y\"", Text), ("; ", Plain), ("// größe", Comment),]
        );
        assert_eq!(
            told("scope!('a', 1.5, 0..9, 'é')")[0],
            [
                ("scope!", Meta),
                ("(", Plain),
                ("'a'", Text),
                (", ", Plain),
                ("1.5", Number),
                (", ", Plain),
                ("0", Number),
                ("..", Plain),
                ("9", Number),
                (", ", Plain),
                ("'é'", Text),
                (")", Plain),
            ]
        );
        assert_eq!(told("#[derive(Debug)]")[0], [("#[derive(Debug)]", Meta)]);
        assert_eq!(told("&'text str")[0], [("&", Plain), ("'text", Meta), (" str", Plain)]);
    }

    #[test]
    fn what_spans_lines_stays_open() {
        let told = told("/* one\n/* two */ three */ four\nr#\"five\n\"six\"# seven");
        assert_eq!(told[1], [("/* two */ three */", Token::Comment), (" four", Token::Plain)]);
        assert_eq!(told[3], [("\"six\"#", Token::Text), (" seven", Token::Plain)]);
    }

    #[test]
    fn every_byte_of_any_line_is_in_one_token() {
        for source in ["'", "'\\", "\"", "b'x'", "r#", "1.", "é'é", "/*/", "'ä", "#![", "\u{1F980}\u{1F980}"] {
            let line = &lines(source)[0];
            assert_eq!(line.iter().map(|(range, _)| range.len()).sum::<usize>(), source.len(), "{source}");
        }
    }
}
