//! Where the ticks of the time axis go, and what is written at them.

use super::TimeView;
use crate::fonts::symbols::{MINUS, THIN_SPACE};

const MICROSECOND_NS: i64 = 1_000;
const MILLISECOND_NS: i64 = 1_000_000;
const SECOND_NS: i64 = 1_000_000_000;
const MINUTE_NS: i64 = 60 * SECOND_NS;
const HOUR_NS: i64 = 60 * MINUTE_NS;
const DAY_NS: i64 = 24 * HOUR_NS;
/// Steps between 10 s and a day; below and above they are 1, 2 and 5 times powers of ten.
const CLOCK_STEPS_NS: [i64; 12] = [
    20 * SECOND_NS,
    30 * SECOND_NS,
    MINUTE_NS,
    2 * MINUTE_NS,
    5 * MINUTE_NS,
    10 * MINUTE_NS,
    20 * MINUTE_NS,
    30 * MINUTE_NS,
    HOUR_NS,
    2 * HOUR_NS,
    5 * HOUR_NS,
    12 * HOUR_NS,
];
/// Labels with more digits than this are written as a base and what is added to it.
const MOST_DIGITS: usize = 5;
/// However wide the axis claims to be.
const MOST_TICKS: i64 = 1_000;
/// Labelled ticks are at least this far apart.
const LEAST_SPACING: f32 = 8.0;

/// A labelled tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Where it is.
    pub time_ns: i64,
    /// Its time, or what to add to [`Ticks::base`].
    pub label: String,
}

/// The time that all labels are counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Where it is; usually left of the view.
    pub time_ns: i64,
    /// To be written once at the axis's left end.
    pub label: String,
}

/// What to draw along the time axis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ticks {
    /// Set when whole times would be too long to write at each tick; labels then begin with `+`.
    pub base: Option<Base>,
    /// Labelled ticks in view, from left to right.
    pub major: Vec<Tick>,
    /// Ticks without a label, between those.
    pub minor_ns: Vec<i64>,
}

/// The ticks of `view` drawn `width` wide, labels at least `spacing` apart.
pub fn ticks(view: TimeView, width: f32, spacing: f32) -> Ticks {
    // Not `width <= 0.0`: that lets NaN through.
    if !(width > 0.0 && width.is_finite()) {
        return Ticks::default();
    }
    let least_ns = view.ns_per(width) * f64::from(spacing.max(LEAST_SPACING));
    let step_ns = step(least_ns).max(view.span_ns() / MOST_TICKS);
    let style = Style::new(view, step_ns);
    let major = multiples(view, step_ns).map(|time_ns| Tick { time_ns, label: style.label(time_ns) }).collect();
    let parts = [5, 4, 6, 3, 2].into_iter().find(|parts| step_ns % parts == 0 && is_round(step_ns / parts));
    let minor_ns = parts.map_or_else(Vec::new, |parts| {
        multiples(view, step_ns / parts).filter(|time_ns| time_ns.rem_euclid(step_ns) != 0).collect()
    });
    Ticks { base: style.base, major, minor_ns }
}

/// A time to the nanosecond, its digits in groups: `12.480 µs`, `1.234 567 890 s`, `2 min 03.500 000 000 s`.
pub fn exact_time(time_ns: i64) -> String {
    let sign = if time_ns < 0 { MINUS } else { "" };
    let size_ns = time_ns.unsigned_abs();
    let fraction = |unit_ns: u64, groups: usize| {
        let digits = format!("{:0width$}", size_ns % unit_ns, width = 3 * groups);
        let groups: Vec<&str> = (0..groups).map(|group| &digits[3 * group..3 * group + 3]).collect();
        groups.join(THIN_SPACE)
    };
    let seconds = size_ns / SECOND_NS as u64;
    match size_ns {
        0..1_000 => format!("{sign}{size_ns} ns"),
        1_000..1_000_000 => format!("{sign}{}.{} µs", size_ns / 1_000, fraction(1_000, 1)),
        1_000_000..1_000_000_000 => format!("{sign}{}.{} ms", size_ns / 1_000_000, fraction(1_000_000, 2)),
        _ => {
            let fraction = fraction(SECOND_NS as u64, 3);
            match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
                (0, 0, seconds) => format!("{sign}{seconds}.{fraction} s"),
                (0, minutes, seconds) => format!("{sign}{minutes} min {seconds:02}.{fraction} s"),
                (hours, minutes, seconds) => format!("{sign}{hours} h {minutes:02} min {seconds:02}.{fraction} s"),
            }
        }
    }
}

/// The multiples of `step_ns` in view.
fn multiples(view: TimeView, step_ns: i64) -> impl Iterator<Item = i64> {
    let first = -(-view.start_ns()).div_euclid(step_ns);
    let last = view.end_ns().div_euclid(step_ns);
    (first..=last).map(move |at| at * step_ns)
}

/// The smallest round step of at least `least_ns`.
fn step(least_ns: f64) -> i64 {
    let small = decimal_steps(1).take_while(|step_ns| *step_ns <= 10 * SECOND_NS);
    let mut steps = small.chain(CLOCK_STEPS_NS).chain(decimal_steps(DAY_NS));
    steps.find(|step_ns| *step_ns as f64 >= least_ns).unwrap_or(i64::MAX / 16)
}

/// 1, 2, 5, 10, 20, 50 and so on times `unit_ns`, as far as they fit.
fn decimal_steps(unit_ns: i64) -> impl Iterator<Item = i64> {
    let powers = std::iter::successors(Some(unit_ns), |power| power.checked_mul(10));
    powers.flat_map(|power| [1, 2, 5].map(|times| power.saturating_mul(times))).take_while(|step| *step < i64::MAX / 16)
}

/// Whether ticks this far apart fall on times that are easy to name.
fn is_round(step_ns: i64) -> bool {
    step(step_ns as f64) == step_ns
}

/// How the labels of one axis are written: all in the same unit, with the same number of decimals.
struct Style {
    base: Option<Base>,
    unit: Unit,
}

#[derive(Clone, Copy)]
enum Unit {
    /// A decimal unit, its name, and how many decimals the step needs.
    Decimal(i64, &'static str, usize),
    /// Hours and minutes.
    Clock,
}

impl Style {
    fn new(view: TimeView, step_ns: i64) -> Self {
        let farthest_ns = view.start_ns().abs().max(view.end_ns().abs());
        if step_ns >= MINUTE_NS {
            return Self { base: None, unit: Unit::Clock };
        }
        let unit = decimal_unit(farthest_ns, step_ns);
        let Unit::Decimal(unit_ns, _, decimals) = unit else { return Self { base: None, unit } };
        let digits = (farthest_ns / unit_ns).checked_ilog10().unwrap_or(0) as usize + 1 + decimals;
        if digits <= MOST_DIGITS {
            return Self { base: None, unit };
        }
        let grains = [MICROSECOND_NS, MILLISECOND_NS, SECOND_NS, MINUTE_NS];
        let grain_ns = grains.into_iter().find(|grain_ns| *grain_ns >= view.span_ns()).unwrap_or(HOUR_NS);
        let base_ns = view.start_ns().div_euclid(grain_ns) * grain_ns;
        let base = Base { time_ns: base_ns, label: without_empty_groups(&exact_time(base_ns)) };
        Self { base: Some(base), unit: decimal_unit(view.end_ns() - base_ns, step_ns) }
    }

    fn label(&self, time_ns: i64) -> String {
        let from_base_ns = time_ns - self.base.as_ref().map_or(0, |base| base.time_ns);
        let sign = match (&self.base, from_base_ns) {
            (_, ..0) => MINUS,
            (Some(_), _) => "+",
            (None, _) => "",
        };
        let size_ns = from_base_ns.abs();
        match self.unit {
            Unit::Decimal(unit_ns, name, 0) => format!("{sign}{} {name}", size_ns / unit_ns),
            Unit::Decimal(unit_ns, name, decimals) => {
                let fraction = size_ns % unit_ns / (unit_ns / 10_i64.pow(decimals as u32));
                format!("{sign}{}.{fraction:0decimals$} {name}", size_ns / unit_ns)
            }
            Unit::Clock => {
                let minutes = size_ns / MINUTE_NS;
                match (minutes / 60, minutes % 60) {
                    (0, 0) => "0 min".to_owned(),
                    (0, minutes) => format!("{sign}{minutes} min"),
                    (hours, 0) => format!("{sign}{hours} h"),
                    (hours, minutes) => format!("{sign}{hours} h {minutes:02} min"),
                }
            }
        }
    }
}

/// The unit for times up to `farthest_ns`, with the decimals that multiples of `step_ns` need.
fn decimal_unit(farthest_ns: i64, step_ns: i64) -> Unit {
    let units = [(SECOND_NS, "s"), (MILLISECOND_NS, "ms"), (MICROSECOND_NS, "µs")];
    let (unit_ns, name) = units.into_iter().find(|(unit_ns, _)| farthest_ns >= *unit_ns).unwrap_or((1, "ns"));
    let decimals = (0..9).find(|decimals| {
        let digit_ns = unit_ns / 10_i64.pow(*decimals).min(unit_ns);
        step_ns % digit_ns == 0
    });
    Unit::Decimal(unit_ns, name, decimals.unwrap_or(9) as usize)
}

/// `1.234 000 000 s` as `1.234 s`.
fn without_empty_groups(label: &str) -> String {
    let Some((number, unit)) = label.rsplit_once(' ') else { return label.to_owned() };
    let mut number = number;
    if number.contains('.') {
        while let Some(shorter) = number.strip_suffix("000") {
            number = shorter.trim_end_matches(THIN_SPACE);
        }
    }
    format!("{} {unit}", number.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from_ns: i64, to_ns: i64) -> (Option<String>, Vec<String>) {
        let ticks = ticks(TimeView::new(from_ns, to_ns), 800.0, 100.0);
        let plain = |label: String| label.replace(THIN_SPACE, "_");
        (ticks.base.map(|base| plain(base.label)), ticks.major.into_iter().map(|tick| plain(tick.label)).collect())
    }

    #[test]
    fn labels_use_one_unit_and_as_many_decimals_as_the_step_needs() {
        assert_eq!(
            labels(0, 800).1,
            ["0 ns", "100 ns", "200 ns", "300 ns", "400 ns", "500 ns", "600 ns", "700 ns", "800 ns"]
        );
        assert_eq!(labels(0, 3_000_000).1, ["0.0 ms", "0.5 ms", "1.0 ms", "1.5 ms", "2.0 ms", "2.5 ms", "3.0 ms"]);
        assert_eq!(labels(-100_000_000, 1_500_000_000).1[0..3], ["0.0 s", "0.2 s", "0.4 s"]);
        assert_eq!(labels(-300, 400).1[0..2], ["−300 ns", "−200 ns"]);
    }

    #[test]
    fn long_times_are_written_once_and_counted_from() {
        let (base, labels) = labels(1_234_567_890, 1_234_567_990);
        assert_eq!(base.as_deref(), Some("1.234_567 s"));
        assert_eq!(labels, ["+900 ns", "+920 ns", "+940 ns", "+960 ns", "+980 ns"]);
    }

    #[test]
    fn one_nanosecond_and_ten_hours_can_be_read() {
        let (base, narrow) = labels(35_999_000_000_001, 35_999_000_000_002);
        assert_eq!(base.as_deref(), Some("9 h 59 min 59 s"));
        assert_eq!(narrow, ["+1 ns", "+2 ns"]);
        let (base, wide) = labels(0, 36_000_000_000_000);
        assert_eq!(base, None);
        assert_eq!(wide, ["0 min", "2 h", "4 h", "6 h", "8 h", "10 h"]);
        assert_eq!(labels(0, 4_800_000_000_000).1[6..8], ["1 h", "1 h 10 min"]);
    }

    #[test]
    fn ticks_are_evenly_spaced_in_view_and_never_closer_than_asked() {
        for exponent in 0..18 {
            for lead in [1, 3, 7] {
                let span_ns = lead * 10_i64.pow(exponent);
                let view = TimeView::new(span_ns / 3, span_ns / 3 + span_ns);
                let ticks = ticks(view, 1000.0, 90.0);
                let times: Vec<i64> = ticks.major.iter().map(|tick| tick.time_ns).collect();
                assert!(times.iter().all(|time_ns| view.contains(*time_ns)), "{span_ns}");
                let steps: std::collections::HashSet<i64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
                assert!(steps.len() <= 1, "{span_ns}: {steps:?}");
                for step_ns in steps {
                    assert!(step_ns as f64 / view.ns_per(1000.0) >= 89.9, "{span_ns}: {step_ns}");
                }
                let unique: std::collections::HashSet<&str> =
                    ticks.major.iter().map(|tick| tick.label.as_str()).collect();
                assert_eq!(unique.len(), times.len(), "{span_ns}: two ticks say the same: {:?}", ticks.major);
                let minor_apart = ticks.minor_ns.windows(2).all(|pair| pair[0] < pair[1]);
                assert!(minor_apart && ticks.minor_ns.iter().all(|time_ns| !times.contains(time_ns)));
            }
        }
    }

    #[test]
    fn impossible_axes_have_no_ticks_and_wide_ones_not_endless_many() {
        let view = TimeView::new(0, 1_000_000);
        for width in [0.0, -5.0, f32::NAN, f32::INFINITY] {
            assert_eq!(ticks(view, width, 80.0), Ticks::default());
        }
        assert!(ticks(view, 1e9, 0.0).major.len() <= 1_001);
        assert!(ticks(TimeView::new(i64::MIN, i64::MAX), 1000.0, 80.0).major.len() < 20);
    }

    #[test]
    fn exact_times_show_every_nanosecond() {
        let plain = |time_ns| exact_time(time_ns).replace(THIN_SPACE, "_");
        assert_eq!(plain(0), "0 ns");
        assert_eq!(plain(12_480), "12.480 µs");
        assert_eq!(plain(1_000_007), "1.000_007 ms");
        assert_eq!(plain(1_234_567_890), "1.234_567_890 s");
        assert_eq!(plain(123_500_000_000), "2 min 03.500_000_000 s");
        assert_eq!(plain(-36_061_000_000_001), "−10 h 01 min 01.000_000_001 s");
        assert_eq!(plain(i64::MIN), "−2562047 h 47 min 16.854_775_808 s");
    }
}
