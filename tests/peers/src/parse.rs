//! Parsers: many small blocks of many sizes from many places of real libraries.

use crate::{Random, Work};
use std::fmt::Write;
use std::hint::black_box;

/// A document of 24 MB in which nothing repeats itself, parsed to a tree of values and dropped.
pub(crate) fn json(divisor: u32) -> Work {
    let document = json_document(100_000 / divisor);
    Box::new(move || {
        let value: serde_json::Value = serde_json::from_str(black_box(&document)).unwrap_or_default();
        black_box(&value);
    })
}

fn json_document(customers: u32) -> String {
    let mut random = Random(1);
    let mut out = String::from("[");
    for number in 0..customers {
        let comma = if number == 0 { "" } else { "," };
        let _ =
            write!(out, r#"{comma}{{"id":{number},"name":"customer number {number}","email":"c{number}@example.org""#);
        let _ = write!(out, r#","active":{},"balance":{}.25,"tags":["#, number % 3 == 0, random.below(100_000));
        for tag in 0..random.below(6) {
            let comma = if tag == 0 { "" } else { "," };
            let _ = write!(out, r#"{comma}"tag-{}""#, random.below(1000));
        }
        let _ = write!(out, r#"],"address":{{"street":"{} Long Street","city":"Springfield"}}}}"#, random.below(500));
    }
    out.push(']');
    out
}

/// A source file of 1,600 functions, parsed to its syntax tree and dropped.
pub(crate) fn rust(divisor: u32) -> Work {
    let source = rust_source(1600 / divisor);
    Box::new(move || _ = black_box(syn::parse_file(black_box(&source)).is_ok()))
}

fn rust_source(functions: u32) -> String {
    let mut random = Random(2);
    let mut out = String::new();
    for number in 0..functions {
        let (a, b) = (random.below(100), random.below(100));
        for line in 0..random.below(6) {
            let _ = writeln!(out, "const C_{number}_{line}: [u32; {}] = [{}; {}];", a + 1, random.below(99), a + 1);
        }
        let _ = write!(
            out,
            "/// Number {number}.\npub fn function_{number}<T: Into<u64> + Clone>(first: &T, rest: &[(u64, Option<T>)]) -> Result<u64, String> {{\n\
             \x20   let mut sum: u64 = first.clone().into() + {a};\n\
             \x20   for (index, (weight, item)) in rest.iter().enumerate() {{\n\
             \x20       match item {{\n\
             \x20           Some(item) if *weight > {b} => sum += item.clone().into() * weight,\n\
             \x20           Some(_) => return Err(format!(\"too light at {{index}}: {{weight}}\")),\n\
             \x20           None => continue,\n\
             \x20       }}\n\
             \x20   }}\n\
             \x20   Ok(sum.checked_mul({b}).unwrap_or(u64::MAX))\n}}\n\n"
        );
    }
    out
}

/// What the `grass` program does with a file: compiles it to CSS.
pub(crate) fn sass(divisor: u32) -> Work {
    let source = sass_source(3200 / divisor);
    Box::new(move || {
        let css = grass::from_string(black_box(source), &grass::Options::default());
        black_box(css.map_or(0, |css| css.len()));
    })
}

fn sass_source(cards: u32) -> String {
    let mut random = Random(3);
    let mut out = String::from(
        "$base: 8px;\n@function space($n) { @return $base * $n; }\n\
         @mixin button($color) { color: $color; &:hover { color: darken($color, 10%); } padding: space(2) space(3); }\n",
    );
    for number in 0..cards {
        let (r, g, b) = (random.below(256), random.below(256), random.below(256));
        let _ = write!(
            out,
            ".card-{number} {{ @include button(rgb({r}, {g}, {b})); margin: space({}) auto;\n\
             \x20 .title {{ font-weight: bold; &.large {{ font-size: space(4) + 2px; }} }}\n\
             \x20 @if {number} % 2 == 0 {{ border: 1px solid mix(#fff, rgb({r}, {g}, {b}), 30%); }} }}\n",
            random.below(9)
        );
    }
    out.push_str("@for $i from 1 through 200 { .m-#{$i} { margin: space($i); } }\n");
    out
}
