//! The words of a lesson's marks that tell what no allocator sees. The vocabulary is on the page of the lessons' crate.

/// What a mark tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// `move: a -> b`, also `partial move:` and `take:`: what `a` had is `b`'s.
    Move(String, String),
    /// `replace: a -> b` and `swap: a -> b`: what `a` had is `b`'s, and `a` has what came for it.
    Exchange(String, String),
    /// `borrow begins: r -> a` and `mutable borrow begins: r -> a`.
    Borrow(String, String),
    /// `borrow ends: r` and `mutable borrow ends: r`.
    BorrowEnd(String),
    /// `Copy: a -> b`: both can be used.
    Copy(String, String),
    /// `Clone: a -> b`: a call that made a second value.
    Clone(String, String),
    /// `points into: p -> a`: `p` keeps the address of what `a` owns, and owns nothing. `kept: a` says it of `a` itself.
    Points(String, String),
    /// `second owner: b -> a`: `b` will release what `a` owns, and so will `a`: a mistake that safe code cannot make.
    SecondOwner(String, String),
    /// `dangling: p`: `p` is the address of what is gone.
    Dangles(String),
}

impl Told {
    /// Reads a mark's text. Most marks are only words, and tell nothing of this kind.
    pub fn read(text: &str) -> Option<Told> {
        let (verb, rest) = text.split_once(": ")?;
        if matches!(verb, "borrow ends" | "mutable borrow ends") {
            return Some(Told::BorrowEnd(name(rest)));
        }
        match verb {
            "kept" => return Some(Told::Points(name(rest), name(rest))),
            "dangling" => return Some(Told::Dangles(name(rest))),
            _ => {}
        }
        let (from, to) = rest.split_once(" -> ")?;
        let (from, to) = (name(from), name(to));
        match verb {
            "move" | "partial move" | "take" => Some(Told::Move(from, to)),
            "replace" | "swap" => Some(Told::Exchange(from, to)),
            "borrow begins" | "mutable borrow begins" => Some(Told::Borrow(from, to)),
            "Copy" => Some(Told::Copy(from, to)),
            "Clone" => Some(Told::Clone(from, to)),
            "points into" => Some(Told::Points(from, to)),
            "second owner" => Some(Told::SecondOwner(from, to)),
            _ => None,
        }
    }

    /// What it tells in a word, for people.
    pub fn verb(&self) -> &'static str {
        match self {
            Told::Move(..) => "move",
            Told::Exchange(..) => "exchange",
            Told::Borrow(..) => "borrow",
            Told::BorrowEnd(_) => "end of a borrow",
            Told::Copy(..) => "Copy",
            Told::Clone(..) => "Clone",
            Told::Points(..) => "an address kept",
            Told::SecondOwner(..) => "a second owner",
            Told::Dangles(_) => "an address of what is gone",
        }
    }
}

/// The name in front of a comma, without the words before it: `deliver's letter` is `letter`.
fn name(text: &str) -> String {
    let text = text.split_once(',').map_or(text, |(name, _)| name).trim();
    text.rsplit_once("'s ").map_or(text, |(_, name)| name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read() {
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        let (a, b) = pair("second", "letter.text");
        assert_eq!(Told::read("move: second -> letter.text"), Some(Told::Move(a, b)));
        let (a, b) = pair("letter", "send");
        assert_eq!(Told::read("move: deliver's letter -> send"), Some(Told::Move(a, b)));
        let (a, b) = pair("desk.drawer", "from_drawer");
        assert_eq!(Told::read("take: desk.drawer -> from_drawer, None left behind"), Some(Told::Move(a, b)));
        let (a, b) = pair("last_letter", "desk.letter");
        assert_eq!(Told::read("swap: last_letter -> desk.letter, the empty one out"), Some(Told::Exchange(a, b)));
        let (a, b) = pair("editor", "text");
        assert_eq!(Told::read("mutable borrow begins: editor -> text"), Some(Told::Borrow(a, b)));
        assert_eq!(Told::read("borrow ends: reader"), Some(Told::BorrowEnd("reader".to_owned())));
        let (a, b) = pair("here", "there");
        assert_eq!(Told::read("Copy: here -> there"), Some(Told::Copy(a, b)));
        let (a, b) = pair("reader", "text");
        assert_eq!(Told::read("points into: reader -> text"), Some(Told::Points(a, b)));
        let (a, b) = pair("account.owner", "account.owner");
        assert_eq!(Told::read("kept: account.owner"), Some(Told::Points(a, b)));
        let (a, b) = pair("second", "first");
        assert_eq!(Told::read("second owner: second -> first"), Some(Told::SecondOwner(a, b)));
        assert_eq!(Told::read("dangling: letters"), Some(Told::Dangles("letters".to_owned())));
    }

    #[test]
    fn other_words_tell_nothing() {
        for text in ["strong 2, weak 1", "fetch: waiting", "move first", "", "drop: file removed", "move: a"] {
            assert_eq!(Told::read(text), None, "{text}");
        }
    }
}
