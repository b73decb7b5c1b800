//! What stands in brackets before a message of the JVM's unified logging, in any choice and order.

use crate::gclog::scan::{MS, Scan, date};

/// No decoration is longer; a longer bracket is something else.
const MAX_BRACKET_BYTES: usize = 128;

/// A wall-clock time in ms is beyond this, an uptime in ms before: it is the year 1973 and three years of running.
const MAX_UPTIME_MS: u64 = 100_000_000_000;

/// When a line was written, by each clock that the log shows.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    /// From the JVM's start, in ns.
    pub(super) uptime_ns: Option<u64>,
    /// From 1970, in ns.
    pub(super) wall_ns: Option<u64>,
    /// By a clock that may have begun with the JVM or with the machine, in ns: `uptimenanos` and `timenanos` look alike.
    pub(super) unsure_ns: Option<u64>,
}

/// A line with its decorations taken off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Decorated<'a> {
    pub(super) stamp: Stamp,
    /// Whether its level is one for those who work on the JVM: `debug` or `trace`.
    pub(super) is_detail: bool,
    /// Such as `gc,start`, if the line has tags.
    pub(super) tags: Option<&'a str>,
    pub(super) message: &'a str,
}

impl<'a> Decorated<'a> {
    /// The decorated line at the start of `text`. A time, a level or a tag has to be there.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut stamp = Stamp::default();
        let mut tags = None;
        let (mut has_level, mut is_detail) = (false, false);
        let mut is_sure = false;
        let mut rest = text;
        while let Some(bracket) = rest.strip_prefix('[') {
            let end = bracket.bytes().take(MAX_BRACKET_BYTES).position(|byte| byte == b']')?;
            let content = bracket[..end].trim();
            rest = &bracket[end + 1..];
            if add_time(content, &mut stamp) {
                is_sure = true;
            } else if matches!(content, "trace" | "debug" | "info" | "warning" | "error") {
                has_level = true;
                is_detail = matches!(content, "trace" | "debug");
                is_sure = true;
            } else if is_tags(content, has_level) {
                tags = tags.or(Some(content)); // a name after them may look like one
                is_sure = true;
            } else if !is_name(content) {
                return None;
            }
        }
        is_sure.then(|| Self { stamp, is_detail, tags, message: rest.strip_prefix(' ').unwrap_or(rest) })
    }

    /// A line of a log without decorations.
    pub(super) fn bare(message: &'a str) -> Self {
        Self { stamp: Stamp::default(), is_detail: false, tags: None, message }
    }

    /// A decorated line that begins somewhere within `text`, after output of the program that has no line end.
    pub(super) fn find_within(text: &'a str) -> Option<Self> {
        let is_gc =
            |line: &Self| line.message.starts_with("GC(") || line.tags.is_some_and(|tags| first_tag(tags) == "gc");
        text.match_indices('[').take(64).filter_map(|(at, _)| Self::parse(&text[at..])).find(is_gc)
    }

    /// The first of the tags, which names the part of the JVM.
    pub(super) fn subsystem(&self) -> Option<&'a str> {
        self.tags.map(first_tag)
    }
}

fn first_tag(tags: &str) -> &str {
    tags.split(',').next().unwrap_or(tags).trim()
}

/// Takes `content` if it is a time.
fn add_time(content: &str, stamp: &mut Stamp) -> bool {
    if let Some((wall_ns, "")) = date(content) {
        stamp.wall_ns = Some(wall_ns);
        return true;
    }
    let mut scan = Scan(content);
    let Some(time_ns) = scan.duration().filter(|_| scan.is_done()) else { return false };
    if content.ends_with("ns") {
        // With both clocks there, the lesser is the JVM's.
        stamp.unsure_ns = match stamp.unsure_ns {
            Some(other_ns) => {
                stamp.uptime_ns = stamp.uptime_ns.or(Some(time_ns.min(other_ns)));
                None
            }
            None => Some(time_ns),
        };
    } else if content.ends_with("ms") && time_ns / MS > MAX_UPTIME_MS {
        stamp.wall_ns = stamp.wall_ns.or(Some(time_ns));
    } else {
        stamp.uptime_ns = stamp.uptime_ns.or(Some(time_ns));
    }
    true
}

/// Tags are lower-case words between commas. Without a level before them a host's name looks the same.
fn is_tags(content: &str, has_level: bool) -> bool {
    let is_words = content.split(',').all(|tag| {
        let tag = tag.trim();
        tag.starts_with(|c: char| c.is_ascii_lowercase())
            && tag.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    });
    is_words && (has_level || content.contains(',') || matches!(content, "gc" | "safepoint"))
}

/// The number of a process or thread, or a host's name.
fn is_name(content: &str) -> bool {
    !content.is_empty() && content.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{Decorated, Stamp};

    #[test]
    fn decorations_are_known_by_what_they_are() {
        let line = "[2026-11-22T21:03:43.955+0000][161ms][vm-1.local][6289][6294][info][gc,start    ] GC(0) Pause";
        let decorated = Decorated::parse(line).expect("decorated");
        assert_eq!(decorated.stamp.uptime_ns, Some(161_000_000));
        assert_eq!(decorated.stamp.wall_ns, Some(1_795_381_423_955_000_000));
        assert_eq!(decorated.tags, Some("gc,start"));
        assert_eq!(decorated.message, "GC(0) Pause");
        let reversed = Decorated::parse("[gc,start][info   ][vm][0,161s]   x").expect("decorated");
        assert_eq!((reversed.stamp.uptime_ns, reversed.tags), (Some(161_000_000), Some("gc,start")));
        assert_eq!(reversed.message, "  x");
        let nanos = Decorated::parse("[3006279271572ns][23092440ns][6465] m").expect("decorated");
        assert_eq!(nanos.stamp, Stamp { uptime_ns: Some(23_092_440), wall_ns: None, unsure_ns: None });
        let wall = Decorated::parse("[1795331823955ms] m").expect("decorated");
        assert_eq!(wall.stamp.wall_ns, Some(1_795_331_823_955_000_000));
    }

    #[test]
    fn other_brackets_are_no_decorations() {
        for text in ["[main] started", "[INFO] x", "[0.1s", "GC(0) Pause", "[1, 2] list", "[]", ""] {
            assert_eq!(Decorated::parse(text), None, "{text}");
        }
    }
}
