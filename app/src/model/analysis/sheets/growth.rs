//! What grows between the beginning and the end of a range, by place of birth, and how steadily.

use super::columns::{heading, key};
use super::{block, hover_of, name_of, place_of};
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::{Narrow, Row, Sheet};
use crate::model::state::Tab;
use dropscope_engine::query::{GroupBy, Key, Measure, Row as Group, Side, When, Which};
use std::collections::HashMap;
use std::ops::Range;

/// Moments that are looked at, both ends included.
const SAMPLES: u64 = 9;

pub(in super::super) fn sheet(asking: &Asking<'_>) -> Option<Sheet> {
    let range = match &asking.key.which.when {
        When::AliveIn(range) => range.clone(),
        _ => 0..asking.data.model.read().duration_ns(),
    };
    let times = times(&range);
    let sites = series(asking, &range)?;
    let mut sites: Vec<Series> = sites.into_values().filter(|site| site.grown_bytes() != 0).collect();
    sites.sort_by(|a, b| (b.grown_bytes(), &a.example.key).cmp(&(a.grown_bytes(), &b.example.key)));
    Some(Sheet {
        notes: notes(&sites, &range),
        columns: vec![
            heading("born at", "The first frame of the program's own code", 0),
            heading("grown by", "Live bytes at the end of the range less those at its beginning", 92),
            heading("blocks", "The same in blocks", 76),
            heading("slope", "The line that fits nine moments best, in bytes a second", 100),
            heading("steps up", "Of eight steps those in which there was more than before: 8 is steady growth", 76),
            heading("at its end", "Live bytes at the end of the range", 84),
            heading("live bytes", "From the beginning of the range to its end", 110),
        ],
        rows: sites.iter().map(|site| row(asking, site, &times)).collect(),
        empty: "Nothing is larger or smaller at the end of the range than at its beginning.",
    })
}

/// The live bytes of each place at those moments.
pub(in super::super) fn series(asking: &Asking<'_>, range: &Range<u64>) -> Option<HashMap<Key, Series>> {
    let mut sites: HashMap<Key, Series> = HashMap::new();
    for (at, &time_ns) in times(range).iter().enumerate() {
        if asking.key.tab == Tab::Growth {
            asking.begin(at, SAMPLES as usize);
        }
        let which = Which { when: When::LiveAt(time_ns), ..asking.key.which.clone() };
        let answer = asking.ask(&which, GroupBy::Site(Side::Birth), Measure::Bytes)?;
        for group in answer.groups.rows() {
            let series = sites.entry(group.key.clone()).or_insert_with(|| Series::new(group));
            series.bytes[at] = group.sums.bytes;
            series.blocks[at] = group.sums.blocks;
            series.example = group.clone();
        }
    }
    Some(sites)
}

/// Moments from the beginning of the range to its end.
pub(in super::super) fn times(range: &Range<u64>) -> Vec<u64> {
    let last_ns = range.end.saturating_sub(1).max(range.start);
    let span_ns = u128::from(last_ns - range.start);
    (0..SAMPLES).map(|at| range.start + (span_ns * u128::from(at) / u128::from(SAMPLES - 1)) as u64).collect()
}

/// One place's live bytes and blocks at each moment.
pub(in super::super) struct Series {
    pub(in super::super) bytes: [u64; SAMPLES as usize],
    blocks: [u64; SAMPLES as usize],
    example: Group,
}

impl Series {
    fn new(example: &Group) -> Series {
        Series { bytes: [0; SAMPLES as usize], blocks: [0; SAMPLES as usize], example: example.clone() }
    }

    fn grown_bytes(&self) -> i64 {
        change(&self.bytes)
    }

    fn steps_up(&self) -> usize {
        self.bytes.windows(2).filter(|pair| pair[1] > pair[0]).count()
    }
}

fn change(values: &[u64]) -> i64 {
    let of = |value: Option<&u64>| key(value.copied().unwrap_or(0));
    of(values.last()) - of(values.first())
}

/// Bytes a second of the line that fits best (least squares).
pub(in super::super) fn slope(times_ns: &[u64], bytes: &[u64]) -> f64 {
    let number = times_ns.len().min(bytes.len()) as f64;
    let start_ns = times_ns.first().copied().unwrap_or(0);
    let seconds: Vec<f64> = times_ns.iter().map(|&time_ns| time_ns.saturating_sub(start_ns) as f64 / 1e9).collect();
    let mean_x = seconds.iter().sum::<f64>() / number;
    let mean_y = bytes.iter().map(|&bytes| bytes as f64).sum::<f64>() / number;
    let (mut above, mut below) = (0.0, 0.0);
    for (x, &y) in seconds.iter().zip(bytes) {
        above += (x - mean_x) * (y as f64 - mean_y);
        below += (x - mean_x) * (x - mean_x);
    }
    if below > 0.0 { above / below } else { 0.0 }
}

fn row(asking: &Asking<'_>, site: &Series, times: &[u64]) -> Row {
    let names = &asking.data.names;
    let slope = slope(times, &site.bytes).round() as i64;
    let (grown, blocks) = (site.grown_bytes(), change(&site.blocks));
    let sign = if blocks > 0 {
        "+"
    } else if blocks < 0 {
        "−"
    } else {
        ""
    };
    let end_bytes = site.bytes.last().copied().unwrap_or(0);
    let group_key = &site.example.key;
    Row {
        cells: vec![
            name_of(names, group_key, &site.example.label),
            format::bytes_change(grown),
            format!("{sign}{}", format::count(blocks.unsigned_abs())),
            format!("{}/s", format::bytes_change(slope)),
            site.steps_up().to_string(),
            format::bytes(end_bytes),
            String::new(),
        ],
        keys: vec![grown, blocks, slope, site.steps_up() as i64, key(end_bytes), grown],
        hover: hover_of(names, group_key),
        line: site.bytes.to_vec(),
        thing: block(site.example.example),
        place: place_of(names, group_key),
        narrow: Narrow::of(group_key),
        is_weak: grown < 0,
        key: Some(group_key.clone()),
        ..Row::default()
    }
}

fn notes(sites: &[Series], range: &Range<u64>) -> Vec<String> {
    let grown: i64 = sites.iter().map(Series::grown_bytes).sum();
    let steady = sites.iter().filter(|site| site.steps_up() == SAMPLES as usize - 1).count();
    let length = format::duration(range.end.saturating_sub(range.start));
    let mut note = format!("{} over {length}", format::bytes_change(grown));
    if steady > 0 {
        let noun = if steady == 1 { "place grows" } else { "places grow" };
        note.push_str(&format!("; {steady} {noun} at every step"));
    }
    vec![note + ". Brush a range, or choose two marks, to say from when to when."]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_line_that_fits_best() {
        let times: Vec<u64> = (0..5).map(|second| 7_000_000_000 + second * 1_000_000_000).collect();
        assert_eq!(slope(&times, &[10, 20, 30, 40, 50]), 10.0);
        assert_eq!(slope(&times, &[5, 5, 5, 5, 5]), 0.0);
        assert!((slope(&times, &[0, 0, 100, 0, 0])).abs() < 1e-9, "a bump is no growth");
        assert_eq!(slope(&[3, 3], &[1, 9]), 0.0, "no time, no slope");
    }

    #[test]
    fn moments_are_spread_over_the_range_with_both_ends() {
        assert_eq!(times(&(0..801)), [0, 100, 200, 300, 400, 500, 600, 700, 800]);
        assert_eq!(times(&(5..5)), [5; 9]);
        assert_eq!(times(&(0..u64::MAX)).last(), Some(&(u64::MAX - 1)));
    }
}
