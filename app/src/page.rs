//! A comparison as one HTML page with all in it: the words, the picture, the tables, and the numbers for programs.

use crate::fonts::symbols::{DASH, THIN_SPACE};
use crate::format;
use crate::model::compare::numbers::{self, HEADINGS};
use crate::model::compare::{CompareResult, alignment_words};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dropscope_engine::{Alignment, Amount, At, ComparedJson, ComparedPause, DifferenceJson, LogJson};
use std::fmt::Write;

/// Rows of a table on the page; the JSON in it has all.
const MOST_ROWS: usize = 40;
const STYLE: &str = include_str!("page.css");

/// The page, with the picture of the rows in a light and in a dark PNG.
///
/// # Errors
/// If the numbers cannot be written as JSON.
pub fn page(title: &str, result: &CompareResult, light: &[u8], dark: &[u8]) -> serde_json::Result<String> {
    let comparison = &result.comparison;
    let (title, mut body) = (escaped(title), String::new());
    for sentence in &result.sentences {
        put(&mut body, format_args!("<p>{}</p>\n", escaped(sentence)));
    }
    let rows: Vec<&str> = comparison.recordings.iter().map(|row| row.name.as_str()).collect();
    put(&mut body, format_args!("<h2>On one time axis{}</h2>\n", aligned(&comparison.align)));
    put(
        &mut body,
        format_args!(
            "<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"data:image/png;base64,{}\">\
         <img alt=\"{} on one time axis\" src=\"data:image/png;base64,{}\"></picture>\n",
            STANDARD.encode(dark),
            escaped(&rows.join(", ")),
            STANDARD.encode(light)
        ),
    );
    numbers_table(&mut body, &comparison.recordings);
    operations(&mut body, &comparison.recordings);
    comparison.recordings.iter().for_each(|row| pauses(&mut body, row));
    comparison.differences.iter().for_each(|difference| differences(&mut body, difference));
    comparison.recordings.iter().for_each(|row| log(&mut body, row));
    // `</script>` in a name must not end the script.
    let json = serde_json::to_string(result)?.replace("</", "<\\/");
    Ok(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n{body}\
         <footer>Made by Dropscope {}. The numbers for programs, as <code>dropscope compare --json</code> gives them, \
         are in this page: <code>JSON.parse(document.getElementById(\"comparison\").textContent)</code>.</footer>\n\
         <script type=\"application/json\" id=\"comparison\">{json}</script>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    ))
}

fn put(body: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = body.write_fmt(words);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace(THIN_SPACE, "\u{a0}")
}

fn aligned(align: &Alignment) -> String {
    match align {
        Alignment::Start => String::new(),
        other => format!(", by {}", escaped(&alignment_words(other))),
    }
}

/// A table whose first `words` columns are words, all others numbers.
fn table(body: &mut String, head: &[&str], words: usize, rows: impl Iterator<Item = Vec<String>>) {
    let class = |index: usize| if index < words { " class=\"words\"" } else { "" };
    body.push_str("<div class=\"wide\"><table>\n<tr>");
    for (index, title) in head.iter().enumerate() {
        put(body, format_args!("<th{}>{}</th>", class(index), escaped(title)));
    }
    body.push_str("</tr>\n");
    for row in rows {
        body.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            put(body, format_args!("<td{}>{cell}</td>", class(index)));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
}

fn numbers_table(body: &mut String, rows: &[ComparedJson]) {
    body.push_str("<h2>Numbers</h2>\n");
    let cells = |row: &ComparedJson| -> Vec<String> {
        let cell = |[first, second]: numbers::Cell| match second.as_str() {
            "" => escaped(&first),
            second => format!("{}<small>{}</small>", escaped(&first), escaped(second)),
        };
        numbers::cells(row).into_iter().map(cell).collect()
    };
    table(body, &HEADINGS.map(|heading| heading.title), 1, rows.iter().map(cells));
    body.push_str("<ul class=\"legend\">\n");
    for heading in HEADINGS.iter().filter(|heading| heading.words.contains("elow")) {
        let title = if heading.title.is_empty() { "wall, CPU" } else { heading.title };
        put(body, format_args!("<li>{title}: {}.</li>\n", escaped(heading.words)));
    }
    body.push_str("</ul>\n");
}

fn operations(body: &mut String, rows: &[ComparedJson]) {
    let mut lines: Vec<Vec<String>> = Vec::new();
    for row in rows {
        for operation in &row.operations {
            let name = [escaped(&operation.name), escaped(&row.name)];
            let times = |kind: &str, of: &dropscope_engine::Percentiles| {
                let mut line: Vec<String> = name.to_vec();
                line.extend([kind.to_owned(), escaped(&format::count(operation.count))]);
                line.extend(numbers::percentiles(of).map(|text| escaped(&text)));
                line
            };
            lines.push(times("wall", &operation.wall_ns));
            lines.extend(operation.cpu_ns.as_ref().map(|cpu_ns| times("CPU", cpu_ns)));
        }
    }
    if !lines.is_empty() {
        lines.sort();
        body.push_str("<h2>Operations</h2>\n");
        let head = ["operation", "program", "", "count", "p50", "p99", "p99.9", "p99.99", "max"];
        table(body, &head, 3, lines.into_iter());
    }
}

fn pauses(body: &mut String, row: &ComparedJson) {
    if row.pauses.is_empty() {
        return;
    }
    let mut longest: Vec<&ComparedPause> = row.pauses.iter().collect();
    longest.sort_by_key(|pause| (std::cmp::Reverse(pause.kind), std::cmp::Reverse(pause.duration_ns)));
    let all = row.stop_the_world.count + row.concurrent.count;
    let shown = longest.len().min(MOST_ROWS);
    put(body, format_args!("<h2>Pauses of {}</h2>\n", escaped(&row.name)));
    put(body, format_args!("<p>{}</p>\n", escaped(&shown_of(shown as u64, all, "the longest"))));
    let line = |pause: &&ComparedPause| {
        let mut line = vec![escaped(pause.kind), escaped(&pause.name), escaped(pause.cause.as_deref().unwrap_or(DASH))];
        line.push(escaped(&crate::axis::exact_time(crate::axis::time(pause.t_ns))));
        line.push(escaped(&format::duration(pause.duration_ns)));
        line
    };
    table(body, &["kind", "name", "cause", "begins at", "takes"], 3, longest[..shown].iter().map(line));
}

fn shown_of(shown: u64, all: u64, which: &str) -> String {
    if shown == all {
        return format!("All {}.", format::count(all));
    }
    format!("{} of {}, {which}.", format::count(shown), format::count(all))
}

fn differences(body: &mut String, difference: &DifferenceJson) {
    let heading = format!("{} against {}", difference.other, difference.base);
    put(body, format_args!("<h2>{}, by birth site</h2>\n", escaped(&heading)));
    let sites = difference.sites.iter().map(|site| (place(site.at.as_ref()), site.base, site.other, site.bytes_change));
    difference_table(body, "born at", sites.collect());
    put(body, format_args!("<h2>{}, by owner</h2>\n", escaped(&heading)));
    let owners =
        difference.owners.iter().map(|owner| (owner.owner.to_string(), owner.base, owner.other, owner.bytes_change));
    difference_table(body, "released by", owners.collect());
}

fn difference_table(body: &mut String, what: &str, rows: Vec<(String, Amount, Amount, i64)>) {
    if rows.is_empty() {
        body.push_str("<p>No difference.</p>\n");
        return;
    }
    let shown = rows.len().min(MOST_ROWS);
    let told = shown_of(shown as u64, rows.len() as u64, "the greatest changes");
    put(body, format_args!("<p>{}</p>\n", escaped(&told)));
    let line = |(name, base, other, change): (String, Amount, Amount, i64)| {
        let numbers = [format::count(base.blocks), format::count(other.blocks)].into_iter().chain([
            format::bytes(base.bytes),
            format::bytes(other.bytes),
            format::bytes_change(change),
        ]);
        std::iter::once(name).chain(numbers).map(|text| escaped(&text)).collect()
    };
    let head = [what, "blocks before", "blocks after", "bytes before", "bytes after", "change"];
    table(body, &head, 1, rows.into_iter().take(shown).map(line));
}

/// `src/main.rs:3:5 app::main`; without debug information the function alone.
fn place(at: Option<&At>) -> String {
    let Some(at) = at else { return "(outside the program's own code)".to_owned() };
    match &at.file {
        Some(file) => format!("{file}:{}:{} {}", at.line, at.column, at.function),
        None => at.function.to_string(),
    }
}

fn log(body: &mut String, row: &ComparedJson) {
    let Some(log) = &row.log else { return };
    let LogJson { collector, lines, notes, .. } = log;
    put(body, format_args!("<h2>The log {}: {}</h2>\n<ul>\n", escaped(&row.name), escaped(collector)));
    put(
        body,
        format_args!(
            "<li>{} lines: {} understood, {} of the collector that say nothing needed here, {} not understood, {} of \
         something else.</li>\n",
            lines.total(),
            lines.understood,
            lines.ignored,
            lines.not_understood,
            lines.other
        ),
    );
    for note in notes {
        put(body, format_args!("<li>{}</li>\n", escaped(note)));
    }
    for sample in &log.not_understood_samples {
        put(
            body,
            format_args!("<li>not understood, line {}: <code>{}</code></li>\n", sample.line, escaped(&sample.text)),
        );
    }
    body.push_str("</ul>\n");
}
