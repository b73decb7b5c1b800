//! Events and places in words, for the playhead, tooltips and lists.

use crate::format;
use crate::model::scene::thread_name;
use dropscope_engine::{Location, Model, Names, StackId, Step, StepKind, Verdict};

/// An event in words and the place where it happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// For example "110 B allocated".
    pub words: String,
    /// The stack.
    pub stack: StackId,
    /// Bytes that it allocated, growth included.
    pub allocated_bytes: u64,
    /// Bytes that it released, shrinking included.
    pub released_bytes: u64,
}

/// What `step` did.
pub fn describe(model: &Model, step: &Step) -> Described {
    let blocks = model.blocks();
    match step.kind {
        StepKind::Alloc(block) => {
            let size_bytes = blocks.first_size_bytes(block);
            Described {
                words: format!("{} allocated", format::bytes(size_bytes)),
                stack: blocks.birth_stack(block),
                allocated_bytes: size_bytes,
                ..Described::default()
            }
        }
        StepKind::Free(block) => {
            let size_bytes = blocks.size_bytes(block);
            Described {
                words: format!("{} released", format::bytes(size_bytes)),
                stack: blocks.death_stack(block).unwrap_or_default(),
                released_bytes: size_bytes,
                ..Described::default()
            }
        }
        StepKind::Realloc(_, row) => blocks.realloc(row).map_or_else(Described::default, |realloc| Described {
            words: format!(
                "{} reallocated to {}, {}",
                format::bytes(realloc.old_size_bytes),
                format::bytes(realloc.size_bytes),
                if realloc.moved() { "moved" } else { "in place" }
            ),
            stack: realloc.stack,
            allocated_bytes: realloc.size_bytes.saturating_sub(realloc.old_size_bytes),
            released_bytes: realloc.old_size_bytes.saturating_sub(realloc.size_bytes),
        }),
        StepKind::UnmatchedFree(row) => model.unmatched_frees().get(row).map_or_else(Described::default, |free| {
            Described { words: wrong_free(model, row), stack: free.stack, ..Described::default() }
        }),
        _ => describe_text(model, step),
    }
}

/// What a release was that ended no block.
fn wrong_free(model: &Model, row: usize) -> String {
    let size = |block| format::bytes(model.blocks().size_bytes(block));
    match model.verdict(row) {
        Some(Verdict::Double(block)) => {
            format!("double free: block {} of {} was released here already", block.0, size(block))
        }
        Some(Verdict::Inside(block)) => {
            format!("foreign free: the address lies inside block {} of {}", block.0, size(block))
        }
        _ => "released: an address at which no block was born since the recording began".to_owned(),
    }
}

fn describe_text(model: &Model, step: &Step) -> Described {
    let (words, stack) = match step.kind {
        StepKind::ScopeEnter(id) => {
            model.scope(id).map(|scope| (format!("“{}” begins", model.text(scope.name)), scope.enter_stack))
        }
        StepKind::ScopeExit(id) => {
            model.scope(id).map(|scope| (format!("“{}” ends", model.text(scope.name)), scope.exit_stack))
        }
        StepKind::OperationBegin(id) => model
            .operation(id)
            .map(|operation| (format!("operation “{}” begins", model.text(operation.name)), operation.begin_stack)),
        StepKind::OperationEnd(id) => model
            .operation(id)
            .map(|operation| (format!("operation “{}” ends", model.text(operation.name)), operation.end_stack)),
        StepKind::Mark(id) => model.mark(id).map(|mark| (format!("mark: {}", model.text(mark.text)), mark.stack)),
        _ => None,
    }
    .unwrap_or_default();
    Described { words, stack, ..Described::default() }
}

/// `main.rs:13`: the last part of the path and the line; the function where no file is known.
pub fn short_place(location: &Location) -> String {
    let Some(file) = location.file.as_deref() else { return short_function(&location.function) };
    let name = file.rsplit('/').next().unwrap_or(file);
    if location.line == 0 { name.to_owned() } else { format!("{name}:{}", location.line) }
}

/// `main.rs:13:9`: a line may have several places.
pub fn column_place(location: &Location) -> String {
    let place = short_place(location);
    if location.file.is_some() && location.column > 0 { format!("{place}:{}", location.column) } else { place }
}

/// `src/main.rs:13:9`; the function where no file is known.
pub fn long_place(location: &Location) -> String {
    let Some(file) = location.file.as_deref() else { return location.function.to_string() };
    match (location.line, location.column) {
        (0, _) => file.to_owned(),
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    }
}

/// `main.rs:13 in run`.
pub fn place_in_function(location: &Location) -> String {
    let function = short_function(&location.function);
    if location.file.is_none() { function } else { format!("{} in {function}", short_place(location)) }
}

/// A function without the paths in it: `run`, `Cache<K>::insert`, `run::{closure}`, `Owned::drop` for
/// `<demo::Owned as core::ops::Drop>::drop`.
pub fn short_function(function: &str) -> String {
    let mut function = function.replace("{{closure}}", "{closure}").replace("{closure#0}", "{closure}");
    for (numbered, plain) in [("{async_fn#0}", "{async fn}"), ("{async_block#0}", "{async block}")] {
        function = function.replace(numbered, plain);
    }
    let mut parts: Vec<String> = Vec::new();
    for part in split_path(&function).into_iter().map(short_part) {
        match parts.last_mut() {
            // `apply::<T>`: the generics alone would name nothing.
            Some(owner) if part.starts_with('<') && part.ends_with('>') && !owner.starts_with('<') => {
                owner.push_str(&part);
            }
            _ => parts.push(part),
        }
    }
    let Some((last, before)) = parts.split_last() else { return String::new() };
    let is_type = |part: &String| {
        part.starts_with(|first: char| first.is_uppercase() || first == '<' || first == '[' || first == '&')
    };
    match before.last() {
        // A method keeps its type, a closure its function.
        Some(owner) if last.starts_with('{') || is_type(owner) => format!("{owner}::{last}"),
        _ => last.clone(),
    }
}

/// One part of a path: of `<T as Trait>` the type, of paths in generics the last name.
fn short_part(part: &str) -> String {
    let inside = part.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let part = match inside.and_then(|inside| inside.split_once(" as ")) {
        Some((kind, _)) => kind,
        None => part,
    };
    let mut short = String::new();
    let mut name = String::new();
    let mut letters = part.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_alphanumeric() || letter == '_' {
            name.push(letter);
        } else if letter == ':' && letters.peek() == Some(&':') && !name.is_empty() {
            // What stands before `::` is the way to the name behind it.
            letters.next();
            name.clear();
        } else {
            short.push_str(&std::mem::take(&mut name));
            short.push(letter);
        }
    }
    short + &name
}

/// Splits at `::` outside of `<>`.
fn split_path(path: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from, mut at) = (Vec::new(), 0i32, 0, 0);
    let bytes = path.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            // C++ has the types of the arguments in a function's name.
            b'<' | b'(' => depth += 1,
            b')' => depth -= 1,
            b'>' if at == 0 || bytes[at - 1] != b'-' => depth -= 1,
            b':' if depth == 0 && bytes.get(at + 1) == Some(&b':') => {
                parts.push(&path[from..at]);
                at += 1;
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&path[from.min(path.len())..]);
    parts
}

/// An event in words, with its place and thread where they are known.
pub fn sentence(model: &Model, names: &Names, step: &Step) -> String {
    let described = describe(model, step);
    let mut words = described.words;
    if let Some(summary) = names.try_summary(described.stack)
        && let Some((_, location)) = &summary.site
    {
        words.push_str(&format!(" at {}", short_place(location)));
    }
    if model.threads().len() > 1 {
        words.push_str(&format!(" on {}", thread_name(model, step.thread)));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_lose_their_paths_and_keep_their_types() {
        for (long, short) in [
            ("main", "main"),
            ("demo::run", "run"),
            ("demo::run::{{closure}}", "run::{closure}"),
            ("demo::run::{async_fn#0}::<demo::Half>", "run::{async fn}<Half>"),
            ("{async_block#0}", "{async block}"),
            ("demo::Cache<K,V>::insert", "Cache<K,V>::insert"),
            ("<demo::Cache as core::ops::Drop>::drop", "Cache::drop"),
            ("<demo::lru::Cache<demo::Key> as demo::Entries>::put", "Cache<Key>::put"),
            ("demo::apply::<fn(a::B) -> c::D>", "apply<fn(B) -> D>"),
            ("alloc::vec::Vec<alloc::string::String>::push", "Vec<String>::push"),
            ("", ""),
        ] {
            assert_eq!(short_function(long), short, "{long}");
        }
    }
}
