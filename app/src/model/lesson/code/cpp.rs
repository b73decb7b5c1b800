//! A C++ source, read as far as the picture of stack and heap needs it: functions, variables with their scopes, moves,
//! shared owners. It reads what the lessons are written in, plain C++ without macros, and no more: what it does not
//! know makes nothing.

use super::{Action, ActionKind, Area, Body, Code, Function, Holder, Path, Place, Variable};
use std::ops::Range;

/// Words that begin a statement which declares nothing.
const NO_TYPES: [&str; 8] = ["return", "delete", "new", "throw", "using", "else", "goto", "case"];
/// The type whose objects only mark scopes.
const GUARD: &str = "dropscope::Scope";

/// Reads `source`.
pub(super) fn read(source: &str) -> Code {
    let text = Text::new(source);
    let found = functions(&text);
    let names: Vec<String> = found.iter().map(|found| found.name.clone()).collect();
    let mut code = Code { functions: Vec::new(), bodies: Vec::new() };
    for found in found {
        let mut reader = Reader { text: &text, names: &names, shared: Vec::new(), parts: found.parts(&text) };
        let mut function = found.function(&text);
        for statement in &found.statements {
            reader.statement(&mut function, statement);
        }
        function.actions.sort_by_key(|action| action.at);
        code.functions.push(function);
        code.bodies.push(Body::Cpp(reader.parts));
    }
    code
}

/// The source without comments and the insides of its literals, each character where it was.
struct Text {
    letters: Vec<char>,
    places: Vec<Place>,
}

impl Text {
    fn new(source: &str) -> Self {
        let mut letters: Vec<char> = source.chars().collect();
        let mut at = 0;
        while at < letters.len() {
            let end = match (letters[at], letters.get(at + 1)) {
                ('/', Some('/')) => find(&letters, at, |letters, at| letters[at] == '\n'),
                ('/', Some('*')) => find(&letters, at + 2, |letters, at| letters[at..].starts_with(&['*', '/'])) + 2,
                ('#', _) => find(&letters, at, |letters, at| letters[at] == '\n'),
                (quote @ ('"' | '\''), _) => {
                    let is_end = |letters: &[char], at: usize| letters[at] == quote && letters[at - 1] != '\\';
                    let end = find(&letters, at + 1, is_end);
                    // Its quotes stay: there is something.
                    at += 1;
                    end
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            let end = end.min(letters.len());
            letters[at..end].iter_mut().filter(|letter| **letter != '\n').for_each(|letter| *letter = ' ');
            at = end.max(at) + 1;
        }
        let mut place = Place { line: 1, column: 1 };
        let mut places = Vec::with_capacity(letters.len() + 1);
        for letter in &letters {
            places.push(place);
            place = match letter {
                '\n' => Place { line: place.line + 1, column: 1 },
                _ => Place { column: place.column + 1, ..place },
            };
        }
        places.push(place);
        Text { letters, places }
    }

    fn area(&self, range: &Range<usize>) -> Area {
        self.places[range.start]..self.places[range.end]
    }

    fn words(&self, range: &Range<usize>) -> String {
        self.letters[range.clone()].iter().collect()
    }

    /// `range` without blanks at its beginning.
    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let blanks = self.letters[range.clone()].iter().take_while(|letter| letter.is_whitespace()).count();
        range.start + blanks..range.end
    }
}

fn find(letters: &[char], from: usize, is_it: impl Fn(&[char], usize) -> bool) -> usize {
    (from..letters.len()).find(|&at| is_it(letters, at)).unwrap_or(letters.len())
}

/// A function as it stands in the text.
struct Found {
    name: String,
    header: Range<usize>,
    body: Range<usize>,
    statements: Vec<Statement>,
}

/// A statement, and the end of the block around it.
struct Statement {
    at: Range<usize>,
    block_end: usize,
}

fn functions(text: &Text) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    // For each open brace: whether it is a function's or a block in one, and which statements it has.
    let mut open: Vec<(bool, Vec<Range<usize>>)> = Vec::new();
    let (mut start, mut nesting) = (0, 0_usize);
    for (at, letter) in text.letters.iter().enumerate() {
        let is_inside = open.last().is_some_and(|(is_inside, _)| *is_inside);
        match letter {
            '(' | '[' => nesting += 1,
            ')' | ']' => nesting = nesting.saturating_sub(1),
            // The braces of a list of values are part of their statement.
            '{' if nesting > 0 || text.words(&(start..at)).trim_end().ends_with('=') => nesting += 1,
            '}' if nesting > 0 => nesting -= 1,
            '{' => {
                let header = text.trimmed(start..at);
                let words = text.words(&header);
                let is_function = !is_inside && words.contains('(') && !words.starts_with("namespace");
                if is_function {
                    let name = words.split('(').next().unwrap_or_default();
                    let name = name.rsplit(|c: char| !is_of_a_name(c)).next().unwrap_or_default().to_owned();
                    found.push(Found { name, header, body: at..at, statements: Vec::new() });
                }
                open.push((is_inside || is_function, Vec::new()));
                start = at + 1;
            }
            '}' => {
                let Some((was_inside, statements)) = open.pop() else { continue };
                if let Some(function) = found.last_mut().filter(|_| was_inside) {
                    let ended = statements.into_iter().map(|one| Statement { at: one, block_end: at + 1 });
                    function.statements.extend(ended);
                    function.body.end = at + 1;
                }
                start = at + 1;
            }
            ';' if nesting == 0 => {
                if let Some((true, statements)) = open.last_mut() {
                    statements.push(text.trimmed(start..at + 1));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    for function in &mut found {
        function.statements.sort_by_key(|statement| statement.at.start);
    }
    found
}

impl Found {
    fn function(&self, text: &Text) -> Function {
        let scope = text.area(&self.body);
        let words = text.words(&self.header);
        let listed = words.split_once('(').and_then(|(_, rest)| rest.split(')').next()).unwrap_or_default();
        let parameters: Vec<Variable> = listed
            .split(',')
            .filter_map(|one| {
                let name = one.trim_end().rsplit(|c: char| !is_of_a_name(c)).next().unwrap_or_default();
                let is_reference = one.contains(['&', '*']);
                (!name.is_empty() && one.trim() != "void").then(|| Variable {
                    name: name.to_owned(),
                    statement: text.area(&self.header),
                    scope: scope.clone(),
                    is_reference,
                    is_guard: false,
                })
            })
            .collect();
        Function {
            name: self.name.clone(),
            area: text.area(&(self.header.start..self.body.end)),
            parameters: parameters.len(),
            variables: parameters,
            actions: Vec::new(),
            captures: Vec::new(),
            loops: Vec::new(),
            makes_static: None,
        }
    }

    /// What the initialisers of a constructor make belongs to what it gives back: `: letters(new char[9])`.
    fn parts(&self, text: &Text) -> Vec<(Area, Holder)> {
        let words = text.words(&self.header);
        let Some(colon) = words.rfind(") :").or_else(|| words.rfind("noexcept :").map(|at| at + 7)) else {
            return Vec::new();
        };
        let initialisers = self.header.start + words[..colon].chars().count() + 3..self.header.end;
        let member = text.words(&initialisers);
        let member = member.trim_start().split(|c: char| !is_of_a_name(c)).next().unwrap_or_default();
        vec![(text.area(&initialisers), Holder::Returned(format!(".{member}")))]
    }
}

/// What is known while a function is read.
struct Reader<'a> {
    text: &'a Text,
    names: &'a [String],
    /// Variables that share what they own.
    shared: Vec<usize>,
    parts: Vec<(Area, Holder)>,
}

impl Reader<'_> {
    fn statement(&mut self, function: &mut Function, statement: &Statement) {
        let words = self.text.words(&statement.at);
        let area = self.text.area(&statement.at);
        let holder = match Declaration::read(&words) {
            Some(declared) => {
                let scope = area.end..self.text.places[statement.block_end];
                let holder = self.declared(function, &declared, &area, scope);
                self.copied(function, &declared, statement, &words);
                holder
            }
            None if words.starts_with("return") => Holder::Returned(String::new()),
            None => self.called_on(function, &words, &area).unwrap_or(Holder::Temporary),
        };
        self.moved(function, statement, &words, &holder);
        self.parts.push((area, holder));
    }

    fn declared(&self, function: &mut Function, declared: &Declaration<'_>, area: &Area, scope: Area) -> Holder {
        let variable = function.variables.len();
        function.variables.push(Variable {
            name: declared.name.to_owned(),
            statement: area.clone(),
            scope,
            is_reference: false,
            is_guard: declared.kind == GUARD,
        });
        // What a pointer looks at is somebody else's, unless it is made for it.
        if declared.kind == GUARD || (declared.is_pointer && !declared.value.contains("new ")) {
            return Holder::Temporary;
        }
        Holder::Variable(Path { variable, rest: String::new() })
    }

    /// `auto b = a` of a shared owner: one more, or an observer.
    fn copied(&mut self, function: &mut Function, declared: &Declaration<'_>, statement: &Statement, words: &str) {
        let Some(variable) = function.variables.len().checked_sub(1) else { return };
        let from = declared.value.trim().trim_end_matches(';');
        let from = function.variables[..variable].iter().rposition(|variable| variable.name == from);
        let is_observer = declared.kind.contains("weak_ptr");
        if let Some(from) = from.filter(|from| self.shared.contains(from)) {
            let kind = if is_observer { ActionKind::Observe } else { ActionKind::Share };
            let at = statement.at.start + words.find('=').unwrap_or(0);
            let to = Holder::Variable(Path { variable, rest: String::new() });
            function.actions.push(self.action(kind, at, statement, Path { variable: from, rest: String::new() }, to));
            self.shared.push(variable);
        } else if declared.kind.contains("shared_ptr") || declared.value.contains("make_shared") {
            self.shared.push(variable);
        }
    }

    /// `a.b.assign(…)` makes what is `a.b`'s; `a.reset()` ends what `a` has.
    fn called_on(&self, function: &mut Function, words: &str, area: &Area) -> Option<Holder> {
        let (path, _) = words.split_once('(')?;
        let (object, method) = path.rsplit_once('.')?;
        let variable = function.variable(object.split('.').next()?, area.start)?;
        let rest = object.find('.').map_or(String::new(), |at| object[at..].to_owned());
        let path = Path { variable, rest };
        if method == "reset" && words.ends_with("reset();") {
            let (at, statement) = (area.start, area.clone());
            function.actions.push(Action {
                at,
                statement,
                branch: None,
                kind: ActionKind::LetGo,
                from: path.clone(),
                to: Holder::Temporary,
            });
        }
        Some(Holder::Variable(path))
    }

    /// Each `std::move(a)`: to what is declared, or to an argument of a function of this file.
    fn moved(&self, function: &mut Function, statement: &Statement, words: &str, holder: &Holder) {
        const MOVE: &str = "std::move(";
        for (at, _) in words.match_indices(MOVE) {
            let what = words[at + MOVE.len()..].split(')').next().unwrap_or_default();
            let place = self.text.places[statement.at.start];
            let Some(variable) = function.variable(what.split('.').next().unwrap_or(what), place) else { continue };
            let rest = what.find('.').map_or(String::new(), |at| what[at..].to_owned());
            let to = match self.argument(&words[..at]) {
                Some(argument) => argument,
                None => holder.clone(),
            };
            let action = self.action(ActionKind::Move, statement.at.start + at, statement, Path { variable, rest }, to);
            function.actions.push(action);
        }
    }

    /// The argument that follows `before`, as `read(` does.
    fn argument(&self, before: &str) -> Option<Holder> {
        let (call, arguments) = before.rsplit_once('(')?;
        let name = call.rsplit(|c: char| !is_of_a_name(c)).next()?;
        let index = arguments.matches(',').count();
        self.names.iter().any(|known| known == name).then(|| Holder::Argument(name.to_owned(), index, String::new()))
    }

    fn action(&self, kind: ActionKind, at: usize, statement: &Statement, from: Path, to: Holder) -> Action {
        let place = self.text.places[at];
        Action { at: place, statement: self.text.area(&statement.at), branch: None, kind, from, to }
    }
}

/// `std::unique_ptr<Page> page = value;`
struct Declaration<'a> {
    kind: &'a str,
    name: &'a str,
    is_pointer: bool,
    value: &'a str,
}

impl<'a> Declaration<'a> {
    fn read(words: &'a str) -> Option<Self> {
        let words = words.strip_prefix("const ").unwrap_or(words);
        let end = kind_end(words)?;
        let (kind, rest) = words.split_at(end);
        let blanks = rest.find(|c: char| !matches!(c, ' ' | '*' | '&')).filter(|&blanks| blanks > 0)?;
        let (between, rest) = rest.split_at(blanks);
        let name = rest.split(|c: char| !is_of_a_name(c)).next().filter(|name| !name.is_empty())?;
        let value = rest[name.len()..].trim_start();
        if NO_TYPES.contains(&kind) || !value.starts_with(['=', '(', '{', ';']) {
            return None;
        }
        let is_pointer = between.contains('*');
        Some(Declaration { kind, name, is_pointer, value: value.trim_start_matches('=') })
    }
}

/// Where a type at the beginning of `words` ends, the angle brackets behind it included.
fn kind_end(words: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in words.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.checked_sub(1)?,
            _ if depth > 0 || is_of_a_name(letter) || letter == ':' => {}
            _ => return (at > 0 && depth == 0).then_some(at),
        }
    }
    None
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests;
