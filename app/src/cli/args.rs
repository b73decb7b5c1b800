//! From the words of the command line to what is to be done.

mod attach;
mod cargo;
mod check;
mod sizes;
mod window;

use super::Failure;
use super::cargo::RUNNER_WORD;
use super::command::{Command, CompareRequest, DEFAULT_SIZE, DemoRequest, Program, ShotRequest, Window};
use super::help::{self, Topic};
use crate::shot::VIEWS;
use dropscope_engine::Alignment;
use lexopt::prelude::*;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Smallest and largest side of a picture: below, nothing can be read; above, it takes gigabytes.
const SIDES: std::ops::RangeInclusive<u32> = 320..=8192;

/// Reads the words behind the program's own name.
///
/// # Errors
/// [`Failure::Use`] with what is wrong and what to write instead.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Command, Failure> {
    let mut parser = lexopt::Parser::from_args(words);
    let Some(first) = parser.next().map_err(|error| wrong(None, error))? else { return Ok(Command::Window) };
    let word = match first {
        Short('h') | Long("help") => return Ok(Command::Help(None)),
        Short('V') | Long("version") => return Ok(Command::Version),
        Value(word) => word,
        option => return Err(wrong(None, option.unexpected())),
    };
    match word.to_str() {
        Some("help") => help_on(&mut parser),
        Some("version") => no_more(parser, None, Command::Version),
        Some(RUNNER_WORD) => cargo::runner(parser),
        name => match name.and_then(Topic::of) {
            Some(topic) => command(topic, parser),
            None => Err(unknown_command(&word)),
        },
    }
}

fn command(topic: Topic, parser: lexopt::Parser) -> Result<Command, Failure> {
    let mut rest = Rest { topic, parser };
    let parsed = match topic {
        Topic::Open => open(&mut rest),
        Topic::Run => rest.program().map(|program| program.map(Command::Run)),
        Topic::Record => rest.program().map(|program| program.map(Command::Record)),
        Topic::Demos => rest.values(|_| Ok(false)).and_then(|words| rest.none(&words, Command::Demos)),
        Topic::Demo => demo(&mut rest),
        Topic::Report => report(&mut rest),
        Topic::Dump => dump(&mut rest),
        Topic::Compare => compare(&mut rest),
        Topic::Check => check::check(&mut rest),
        Topic::Attach => attach::attach(&mut rest),
        Topic::Cargo => cargo::cargo(&mut rest),
        Topic::Shot => shot(&mut rest),
    };
    // Help goes before whatever else may be missing or wrong behind it.
    parsed.map(|command| command.unwrap_or(Command::Help(Some(topic))))
}

fn open(rest: &mut Rest) -> Parsed {
    let Some(words) = rest.values(|_| Ok(false))? else { return Ok(None) };
    if words.is_empty() {
        return Err(rest.missing("a recording"));
    }
    Ok(Some(Command::Open(words.into_iter().map(PathBuf::from).collect())))
}

fn demo(rest: &mut Rest) -> Parsed {
    let mut request = DemoRequest::default();
    let words = rest.values(|option| {
        match option {
            Opt::Output(path) => request.output = Some(path),
            Opt::Flag("window") => request.window = true,
            Opt::Text("copy", folder) => request.copy = Some(folder.into()),
            Opt::Flag("redact") => request.redact = true,
            Opt::Number("entries", number) => request.entries = Some(number as usize),
            Opt::Number("operations", number) => request.operations = Some(number as usize),
            Opt::Number("seed", number) => request.seed = Some(number),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let Some(words) = words else { return Ok(None) };
    let name = rest.one(words, "the name of a demo")?;
    request.name = name.to_string_lossy().into_owned();
    Ok(Some(Command::Demo(request)))
}

fn report(rest: &mut Rest) -> Parsed {
    let mut json = false;
    let Some(words) = rest.values(|option| Ok(is_json(&option, &mut json)))? else { return Ok(None) };
    Ok(Some(Command::Report { file: rest.one(words, "a recording")?.into(), json }))
}

fn dump(rest: &mut Rest) -> Parsed {
    let Some(words) = rest.values(|_| Ok(false))? else { return Ok(None) };
    Ok(Some(Command::Dump(rest.one(words, "a recording")?.into())))
}

fn compare(rest: &mut Rest) -> Parsed {
    let mut request = CompareRequest::default();
    let words = rest.values(|option| {
        match option {
            Opt::Flag("json") => request.json = true,
            Opt::Flag("apart") => request.is_apart = true,
            Opt::Text("html", path) => request.html = Some(path.into()),
            Opt::Text("png", path) => request.png = Some(path.into()),
            Opt::Text("align", text) => request.align = alignment(&text)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let Some(words) = words else { return Ok(None) };
    if words.len() < 2 {
        return Err(rest.missing("two recordings or more"));
    }
    request.files = words.into_iter().map(PathBuf::from).collect();
    Ok(Some(Command::Compare(request)))
}

fn alignment(text: &str) -> Result<Alignment, String> {
    match text.split_once('=') {
        None if text == "start" => Ok(Alignment::Start),
        Some(("mark", name)) => Ok(Alignment::Mark(name.to_owned())),
        Some(("scope", name)) => Ok(Alignment::Scope(name.to_owned())),
        _ => Err(format!("--align is `start`, `mark=TEXT` or `scope=NAME`, not `{text}`")),
    }
}

fn is_json(option: &Opt, json: &mut bool) -> bool {
    let matches = matches!(option, Opt::Flag("json"));
    *json |= matches;
    matches
}

fn shot(rest: &mut Rest) -> Parsed {
    let (mut output, mut view, mut size, mut dark) = (None, None, DEFAULT_SIZE, true);
    let words = rest.values(|option| {
        match option {
            Opt::Output(path) => output = Some(path),
            Opt::Text("view", text) => view = Some(text),
            Opt::Text("size", text) => size = size_of(&text)?,
            Opt::Text("theme", text) => {
                dark = match text.as_str() {
                    "dark" => true,
                    "light" => false,
                    _ => return Err(format!("--theme is `dark` or `light`, not `{text}`")),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let Some(words) = words else { return Ok(None) };
    if words.is_empty() {
        return Err(rest.missing("a recording"));
    }
    let output = output.ok_or_else(|| rest.missing("-o and the PNG file to draw"))?;
    if let Some(view) = view.as_deref()
        && let Err(text) = check_view(view, words.len())
    {
        return Err(use_of(Some(Topic::Shot), text));
    }
    let files = words.into_iter().map(PathBuf::from).collect();
    Ok(Some(Command::Shot(ShotRequest { files, output, view, size, dark })))
}

fn check_view(view: &str, files: usize) -> Result<(), String> {
    if !VIEWS.contains(&view) {
        return Err(format!("there is no view `{view}`; there are {}", VIEWS.join(", ")));
    }
    if files > 1 && view != "compare" {
        return Err(format!("the view `{view}` is of one recording; several are drawn with `compare`"));
    }
    Ok(())
}

fn size_of(text: &str) -> Result<[u32; 2], String> {
    let sides =
        text.split_once(['x', 'X']).and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match sides {
        Some((width, height)) if SIDES.contains(&width) && SIDES.contains(&height) => Ok([width, height]),
        Some(_) => Err(format!("--size takes sides from {} to {} pixels, not `{text}`", SIDES.start(), SIDES.end())),
        None => Err(format!("--size is written like 1600x900, not `{text}`")),
    }
}

/// What a command line comes to; none where it asks for help.
type Parsed = Result<Option<Command>, Failure>;

/// An option that some command knows.
enum Opt {
    Output(PathBuf),
    Flag(&'static str),
    Text(&'static str, String),
    Number(&'static str, u64),
}

/// The words behind a command.
struct Rest {
    topic: Topic,
    parser: lexopt::Parser,
}

impl Rest {
    /// All words that are no options; each option goes to `take`, which says whether the command has it. None where help
    /// is asked for.
    fn values(&mut self, mut take: impl FnMut(Opt) -> Result<bool, String>) -> Result<Option<Vec<OsString>>, Failure> {
        let mut words = Vec::new();
        let topic = self.topic;
        while let Some(argument) = self.parser.next().map_err(|error| wrong(Some(topic), error))? {
            let name = match argument {
                Value(word) => {
                    words.push(word);
                    continue;
                }
                Short('h') | Long("help") => return Ok(None),
                Short('o') => "output".to_owned(),
                Long(name) => name.to_owned(),
                Short(letter) => return Err(unknown_option(topic, &format!("-{letter}"))),
            };
            let taken = match name.as_str() {
                "output" => take(Opt::Output(self.value()?.into())),
                "json" => take(Opt::Flag("json")),
                "window" => take(Opt::Flag("window")),
                "redact" => take(Opt::Flag("redact")),
                "no-leaks" => take(Opt::Flag("no-leaks")),
                "max-peak" => take(Opt::Text("max-peak", self.text()?)),
                "max-bytes" => take(Opt::Text("max-bytes", self.text()?)),
                "max-leaked" => take(Opt::Text("max-leaked", self.text()?)),
                "max-allocs" => take(Opt::Number("max-allocs", self.number()?)),
                "baseline" => take(Opt::Text("baseline", self.text()?)),
                "tolerance" => take(Opt::Text("tolerance", self.text()?)),
                "for" => take(Opt::Text("for", self.text()?)),
                "stop" => take(Opt::Flag("stop")),
                "no-window" => take(Opt::Flag("no-window")),
                "apart" => take(Opt::Flag("apart")),
                "html" => take(Opt::Text("html", self.text()?)),
                "png" => take(Opt::Text("png", self.text()?)),
                "align" => take(Opt::Text("align", self.text()?)),
                "copy" => take(Opt::Text("copy", self.text()?)),
                "view" => take(Opt::Text("view", self.text()?)),
                "size" => take(Opt::Text("size", self.text()?)),
                "theme" => take(Opt::Text("theme", self.text()?)),
                "entries" => take(Opt::Number("entries", self.number()?)),
                "operations" => take(Opt::Number("operations", self.number()?)),
                "seed" => take(Opt::Number("seed", self.number()?)),
                _ => Ok(false),
            };
            match taken {
                Ok(true) => {}
                Ok(false) if name == "output" => return Err(unknown_option(topic, "-o")),
                Ok(false) => return Err(unknown_option(topic, &format!("--{name}"))),
                Err(text) => return Err(use_of(Some(topic), text)),
            }
        }
        Ok(Some(words))
    }

    /// The options of `run` and `record`, then a program and all that stands behind it, untouched.
    fn program(&mut self) -> Result<Option<Program>, Failure> {
        let topic = self.topic;
        let (mut output, mut redact, mut window) = (None, false, Window::default());
        loop {
            match self.parser.next().map_err(|error| wrong(Some(topic), error))? {
                Some(Short('h') | Long("help")) => return Ok(None),
                Some(Short('o') | Long("output")) => output = Some(PathBuf::from(self.value()?)),
                Some(Long("redact")) => redact = true,
                Some(Value(name)) => {
                    let arguments = self.arguments()?;
                    return Ok(Some(Program { output, redact, window, name, arguments }));
                }
                Some(Long(name)) => {
                    let name = name.to_owned();
                    if !window::take(&name, &mut window, self)? {
                        return Err(unknown_option(topic, &format!("--{name}")));
                    }
                }
                Some(Short(letter)) => return Err(unknown_option(topic, &format!("-{letter}"))),
                None => return Err(self.missing("the program to record, behind `--`")),
            }
        }
    }

    /// All words that are left, as they are.
    fn arguments(&mut self) -> Result<Vec<OsString>, Failure> {
        Ok(self.parser.raw_args().map_err(|error| wrong(Some(self.topic), error))?.collect())
    }

    fn value(&mut self) -> Result<OsString, Failure> {
        self.parser.value().map_err(|error| wrong(Some(self.topic), error))
    }

    fn text(&mut self) -> Result<String, Failure> {
        Ok(self.value()?.to_string_lossy().into_owned())
    }

    fn number(&mut self) -> Result<u64, Failure> {
        let text = self.text()?;
        text.parse().map_err(|_| use_of(Some(self.topic), format!("`{text}` is not a whole number")))
    }

    fn one(&self, words: Vec<OsString>, what: &str) -> Result<OsString, Failure> {
        let mut words = words.into_iter();
        let first = words.next().ok_or_else(|| self.missing(what))?;
        match words.next() {
            None => Ok(first),
            Some(second) => Err(use_of(
                Some(self.topic),
                format!("`{}` takes one word here, and `{}` is one more", self.topic.name(), second.display()),
            )),
        }
    }

    fn none(&self, words: &Option<Vec<OsString>>, command: Command) -> Parsed {
        match words.as_deref() {
            None => Ok(None),
            Some([]) => Ok(Some(command)),
            Some([word, ..]) => Err(use_of(
                Some(self.topic),
                format!("`{}` takes nothing more, so not `{}`", self.topic.name(), word.display()),
            )),
        }
    }

    fn missing(&self, what: &str) -> Failure {
        use_of(Some(self.topic), format!("`{}` needs {what}", self.topic.name()))
    }
}

fn help_on(parser: &mut lexopt::Parser) -> Result<Command, Failure> {
    match parser.next().map_err(|error| wrong(None, error))? {
        None => Ok(Command::Help(None)),
        Some(Value(word)) => match word.to_str().and_then(Topic::of) {
            Some(topic) => Ok(Command::Help(Some(topic))),
            None => Err(unknown_command(&word)),
        },
        Some(option) => Err(wrong(None, option.unexpected())),
    }
}

fn no_more(mut parser: lexopt::Parser, topic: Option<Topic>, command: Command) -> Result<Command, Failure> {
    match parser.next().map_err(|error| wrong(topic, error))? {
        None => Ok(command),
        Some(argument) => Err(wrong(topic, argument.unexpected())),
    }
}

fn unknown_command(word: &OsStr) -> Failure {
    let shown = word.display();
    let text = if std::path::Path::new(word).is_file() {
        format!("`{shown}` is a file, not a command: `dropscope open {shown}` shows it")
    } else {
        let names = Topic::ALL.iter().map(|topic| topic.name()).chain(["help", "version"]);
        match help::nearest(&word.to_string_lossy(), names) {
            Some(name) => format!("there is no command `{shown}`: did you mean `{name}`?"),
            None => format!("there is no command `{shown}`"),
        }
    };
    use_of(None, text)
}

fn unknown_option(topic: Topic, option: &str) -> Failure {
    use_of(Some(topic), format!("`{}` has no option `{option}`", topic.name()))
}

fn wrong(topic: Option<Topic>, error: lexopt::Error) -> Failure {
    let text = match error {
        lexopt::Error::MissingValue { option: Some(option) } => format!("`{option}` needs a value behind it"),
        lexopt::Error::UnexpectedOption(option) => format!("there is no option `{option}`"),
        lexopt::Error::UnexpectedArgument(word) => format!("`{}` is a word too many", word.display()),
        lexopt::Error::UnexpectedValue { option, .. } => format!("`{option}` takes no value"),
        other => other.to_string(),
    };
    use_of(topic, text)
}

fn use_of(topic: Option<Topic>, text: String) -> Failure {
    let line = match topic {
        Some(topic) => topic.usage().to_owned(),
        None => "dropscope --help tells all commands".to_owned(),
    };
    Failure::Use { text, hint: line }
}
