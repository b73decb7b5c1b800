//! Questions and keys in words.

use super::{Calls, Direction, GroupBy, InScope, Key, Lived, Measure, ModelRef, Origins, Query, Side, When, Which};
use crate::ids::{TextId, ThreadNumber};
use crate::names::{Location, Names, Origin, SiteId};
use std::ops::Range;
use std::sync::Arc;

impl Query {
    /// The question in words: `born in 1.2 s to 3.4 s, still alive then, by owner`. The measure is left to the headings.
    pub fn words(&self, model: ModelRef<'_>, names: &Names) -> String {
        let mut parts = self.which.words(model, names);
        parts.extend(self.group.words());
        parts.join(", ")
    }
}

impl Which {
    fn words(&self, model: ModelRef<'_>, names: &Names) -> Vec<String> {
        let mut parts = vec![self.when.words()];
        parts.extend(self.lived.map(Lived::words));
        parts.extend(self.born_on.map(|thread| format!("born on {}", thread_words(model, thread))));
        parts.extend(self.released_on.map(|thread| format!("released on {}", thread_words(model, thread))));
        parts.extend(self.size_bytes.as_ref().map(|sizes| match (*sizes.start(), *sizes.end()) {
            (least, most) if least == most => format!("of {least} bytes"),
            (least, u64::MAX) => format!("of at least {least} bytes"),
            (least, most) => format!("of {least} to {most} bytes"),
        }));
        parts.extend(self.birth_stack.map(|stack| format!("born under stack {}", stack.0)));
        parts.extend(self.release_stack.map(|stack| format!("released under stack {}", stack.0)));
        parts.extend(self.calls.as_ref().map(|calls| calls.words(names)));
        parts.extend(self.site.map(|(side, site)| {
            let place = site.map_or_else(|| "a place that is not known".to_owned(), |site| site_words(names, site));
            format!("{} at {place}", side.verb())
        }));
        parts.extend(self.owners.as_ref().map(|owners| match owners.as_slice() {
            [] => "released by no owner".to_owned(),
            owners => format!("released by {}", owners.join(" > ")),
        }));
        parts.extend(self.scope.map(|(side, scope)| match scope {
            InScope::Outside => format!("{} outside of all scopes", side.verb()),
            InScope::Named(name) => format!("{} in {}", side.verb(), text_words(model, name)),
            InScope::One(scope) => {
                let name = model.with(|model| model.scope(scope).map(|scope| scope.name));
                let name = name.map_or_else(String::new, |name| text_words(model, name));
                format!("{} in scope {} ({name})", side.verb(), scope.0)
            }
        }));
        parts.extend(self.origins.words());
        parts
    }
}

impl When {
    fn words(&self) -> String {
        let span = |range: &Range<u64>| format!("{} to {}", time_words(range.start), time_words(range.end));
        match self {
            When::Ever => "all blocks".to_owned(),
            When::LiveAt(time_ns) => format!("alive at {}", time_words(*time_ns)),
            When::BornIn(range) => format!("born in {}", span(range)),
            When::BornInAndAlive(range) => format!("born in {}, still alive then", span(range)),
            When::ReleasedIn(range) => format!("released in {}", span(range)),
            When::AliveIn(range) => format!("alive in {}", span(range)),
            When::NeverReleased => "never released".to_owned(),
        }
    }
}

impl Lived {
    fn words(self) -> String {
        match self {
            Lived::LessThanNs(ns) => format!("lived less than {}", time_words(ns)),
            Lived::LessThanEvents(events) => format!("lived less than {events} events"),
            Lived::AtLeastNs(ns) => format!("lived at least {}", time_words(ns)),
            Lived::BetweenNs(least, below) => format!("lived {} to {}", time_words(least), time_words(below)),
        }
    }
}

impl Side {
    fn verb(self) -> &'static str {
        match self {
            Side::Birth => "born",
            Side::Release => "released",
        }
    }
}

impl Calls {
    fn words(&self, names: &Names) -> String {
        let name =
            |&function| names.function(function).map_or_else(|| Arc::from("?"), |function| function.name.clone());
        let arrow = match self.direction {
            Direction::TopDown => " > ",
            Direction::BottomUp => " < ",
        };
        let path: Vec<Arc<str>> = self.path.iter().map(name).collect();
        format!("{} through {}", self.side.verb(), path.join(arrow))
    }
}

impl Origins {
    fn words(self) -> Option<String> {
        let of = |is: bool, words: &'static str| is.then_some(words);
        let wanted: Vec<&str> =
            [of(self.program, "the program's"), of(self.statics, "for statics"), of(self.runtime, "the runtime's own")]
                .into_iter()
                .flatten()
                .collect();
        match (self.is_all(), self == Origins::OWN, wanted.is_empty()) {
            (true, ..) => None,
            (_, true, _) => Some("without the runtime's own".to_owned()),
            (_, _, true) => Some("none".to_owned()),
            _ => Some(format!("only {}", wanted.join(" or "))),
        }
    }
}

impl GroupBy {
    /// `by owner` and the like; none where nothing is grouped.
    pub fn words(self) -> Option<String> {
        let sided = |words: &str, side| match side {
            Side::Birth => format!("by {words} of birth"),
            Side::Release => format!("by {words} of release"),
        };
        Some(match self {
            GroupBy::Nothing => return None,
            GroupBy::Calls(side, Direction::TopDown) => format!("{}, callers first", sided("calls", side)),
            GroupBy::Calls(side, Direction::BottomUp) => format!("{}, callees first", sided("calls", side)),
            GroupBy::Site(side) => sided("place", side),
            GroupBy::Stack(side) => sided("stack", side),
            GroupBy::Stacks => "by stacks of birth and release".to_owned(),
            GroupBy::Owner => "by owner".to_owned(),
            GroupBy::OwnerAndSite => "by owner and place of release".to_owned(),
            GroupBy::Holder => "by the type that held them".to_owned(),
            GroupBy::Owners => "by owner chain".to_owned(),
            GroupBy::Thread(side) => sided("thread", side),
            GroupBy::Threads => "by threads of birth and release".to_owned(),
            GroupBy::SizeClass => "by size".to_owned(),
            GroupBy::LifetimeClass => "by lifetime".to_owned(),
            GroupBy::Scope(side) => sided("scope", side),
        })
    }
}

impl Measure {
    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Measure::Bytes => "bytes",
            Measure::Blocks => "blocks",
            Measure::ShareOfPeak => "bytes at the peak",
            Measure::LeftBytes => "bytes never released",
            Measure::Reallocs => "reallocs",
            Measure::CopiedBytes => "bytes copied by reallocs",
        }
    }
}

impl Key {
    /// The key in words.
    pub fn words(&self, model: ModelRef<'_>, names: &Names) -> Arc<str> {
        let owner = |owner: &Option<Arc<str>>| owner.clone().unwrap_or_else(|| Arc::from("no owner"));
        let place =
            |site: Option<SiteId>| site.map_or_else(|| UNKNOWN_PLACE.to_owned(), |site| site_words(names, site));
        let text: String = match self {
            Key::All => "all".to_owned(),
            Key::Site(site, Origin::Program) | Key::ReleaseSite(site) => place(*site),
            Key::Site(site, Origin::Static) => format!("{} (for a static)", place(*site)),
            Key::Site(site, Origin::Runtime) => format!("{} (the runtime's own)", place(*site)),
            Key::Stack(stack) => format!("stack {}", stack.0),
            Key::Stacks(birth, Some(release)) => format!("stack {} to {}", birth.0, release.0),
            Key::Stacks(birth, None) => format!("stack {}, alive", birth.0),
            Key::Function(function) => {
                return names.function(*function).map_or_else(|| Arc::from("?"), |function| function.name.clone());
            }
            Key::Owner(name) => return owner(name),
            Key::OwnerAndSite(name, site) => format!("{}, {}", owner(name), place(*site)),
            Key::Thread(thread) => thread_words(model, *thread),
            Key::Threads(born, Some(released)) if born == released => thread_words(model, *born),
            Key::Threads(born, Some(released)) => {
                format!("{} to {}", thread_words(model, *born), thread_words(model, *released))
            }
            Key::Threads(born, None) => format!("{}, alive", thread_words(model, *born)),
            Key::SizeClass(class) => match class.bytes() {
                sizes if sizes.end - sizes.start == 1 => format!("{} B", sizes.start),
                sizes => format!("{} to {} B", sizes.start, sizes.end - 1),
            },
            Key::LifetimeClass(class) => {
                let range = class.ns();
                format!("{} to {}", time_words(range.start), time_words(range.end))
            }
            Key::Scope(Some(name)) => text_words(model, *name),
            Key::Scope(None) => "outside of all scopes".to_owned(),
            Key::Alive => "still alive".to_owned(),
            Key::Unnamed => "being named…".to_owned(),
        };
        Arc::from(text)
    }
}

const UNKNOWN_PLACE: &str = "place unknown";

fn site_words(names: &Names, site: SiteId) -> String {
    names.location(site).map_or_else(|| UNKNOWN_PLACE.to_owned(), |location| location_words(&location))
}

fn location_words(location: &Location) -> String {
    match &location.file {
        Some(file) if location.column > 0 => {
            format!("{} ({file}:{}:{})", location.function, location.line, location.column)
        }
        Some(file) => format!("{} ({file}:{})", location.function, location.line),
        None => location.function.to_string(),
    }
}

fn thread_words(model: ModelRef<'_>, thread: ThreadNumber) -> String {
    let name = model.with(|model| model.thread(thread).map(|row| Arc::clone(&row.name)));
    name.map_or_else(|| format!("thread {}", thread.0), |name| name.to_string())
}

fn text_words(model: ModelRef<'_>, text: TextId) -> String {
    model.with(|model| format!("\u{201c}{}\u{201d}", model.text(text)))
}

/// A time or duration with up to three digits behind the point.
fn time_words(ns: u64) -> String {
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "µs")];
    let Some((unit_ns, unit)) = units.into_iter().find(|(unit_ns, _)| ns >= *unit_ns) else {
        return format!("{ns} ns");
    };
    let thousandths = ns % unit_ns / (unit_ns / 1000);
    let digits = format!("{thousandths:03}");
    match digits.trim_end_matches('0') {
        "" => format!("{} {unit}", ns / unit_ns),
        digits => format!("{}.{digits} {unit}", ns / unit_ns),
    }
}

#[cfg(test)]
mod tests {
    use super::time_words;

    #[test]
    fn times_are_said_in_the_unit_that_fits() {
        let said: Vec<String> =
            [0, 999, 1000, 1_250, 3_400_000, 1_200_000_000, 61_002_003_004].into_iter().map(time_words).collect();
        assert_eq!(said, ["0 ns", "999 ns", "1 µs", "1.25 µs", "3.4 ms", "1.2 s", "61.002 s"]);
    }
}
