//! Numbers and names as the window writes them: sizes, durations, counts, shortened text.

use crate::fonts::symbols::{ELLIPSIS, MINUS, THIN_SPACE};
use dropscope_engine::query::{Measure, Sums};
use dropscope_engine::{Estimate, SamplingJson};

/// Sizes below this are written to the byte.
const EXACT_BELOW_BYTES: u64 = 10 * 1024;
const BYTE_UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A size: to the byte below 10 KiB, three digits above. `210 B`, `9 216 B`, `12.4 MiB`.
pub fn bytes(size_bytes: u64) -> String {
    if size_bytes < EXACT_BELOW_BYTES {
        return format!("{} B", count(size_bytes));
    }
    let mut value = size_bytes as f64 / 1024.0;
    let mut unit = 0;
    // 1023.6 would be written as 1024, so it already belongs to the next unit.
    while value >= 1023.5 && unit + 1 < BYTE_UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{} {}", three_digits(value), BYTE_UNITS[unit])
}

/// A change of size, with its sign: `+210 B`, `−1.50 MiB`, `0 B`.
pub fn bytes_change(change_bytes: i64) -> String {
    let sign = match change_bytes {
        0 => "",
        1.. => "+",
        _ => MINUS,
    };
    format!("{sign}{}", bytes(change_bytes.unsigned_abs()))
}

/// What a measure counts, in its unit.
pub fn measured(measure: Measure, number: u64) -> String {
    match measure {
        Measure::Blocks | Measure::Reallocs => count(number),
        Measure::Bytes | Measure::ShareOfPeak | Measure::LeftBytes | Measure::CopiedBytes => bytes(number),
    }
}

/// A change of it, with its sign; nothing where there is none.
pub fn measured_change(measure: Measure, change: i64) -> String {
    let sign = match change {
        0 => return String::new(),
        1.. => "+",
        _ => MINUS,
    };
    format!("{sign}{}", measured(measure, change.unsigned_abs()))
}

/// A duration, three digits: `0 ns`, `12.4 µs`, `1.50 s`, `2 min 05 s`, `3 h 07 min`.
pub fn duration(duration_ns: u64) -> String {
    const UNITS: [(f64, &str); 3] = [(1e3, "µs"), (1e6, "ms"), (1e9, "s")];
    if duration_ns < 1_000 {
        return format!("{duration_ns} ns");
    }
    for (unit_ns, name) in UNITS {
        let value = duration_ns as f64 / unit_ns;
        let is_last = name == "s";
        // 999.7 µs would be written as 1000 µs, so it already belongs to the next unit.
        if (!is_last && value < 999.5) || (is_last && value < 99.95) {
            return format!("{} {name}", three_digits(value));
        }
    }
    let seconds = duration_ns / 1_000_000_000 + u64::from(duration_ns % 1_000_000_000 >= 500_000_000);
    let minutes = seconds / 60;
    if minutes < 60 {
        format!("{minutes} min {:02} s", seconds % 60)
    } else {
        format!("{} h {:02} min", count(minutes / 60), minutes % 60)
    }
}

/// A whole number, its digits in groups of three: `12 480`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push_str(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// A share of a whole: `12.5 %`, `0 %`; a share too small to write is `<0.1 %`, never `0 %`.
pub fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    let value = part as f64 / whole as f64 * 100.0;
    if value < 0.05 {
        "<0.1 %".to_owned()
    } else if value >= 99.95 && part < whole {
        ">99.9 %".to_owned()
    } else if value >= 99.95 {
        format!("{value:.0} %")
    } else {
        format!("{value:.1} %")
    }
}

/// `text` with its middle left out so that at most `max_chars` characters remain; the end keeps one more than the start.
pub fn shorten_middle(text: &str, max_chars: usize) -> String {
    let length = text.chars().count();
    if length <= max_chars {
        return text.to_owned();
    }
    let Some(kept) = max_chars.checked_sub(1) else { return String::new() };
    let head = kept / 2;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - (kept - head)).collect();
    format!("{start}{ELLIPSIS}{end}")
}

/// `value` with three digits, or all of those before the point.
fn three_digits(value: f64) -> String {
    // The borders are where the shorter form would round up to one digit more.
    let decimals = match value {
        _ if value < 9.995 => 2,
        _ if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// An estimate with its error bar of two standard errors: the truth lies within it in 19 of 20 cases.
pub fn within(estimate: &Estimate, unit: impl Fn(u64) -> String) -> String {
    format!("{} ± {}", unit(estimate.value.round() as u64), unit((2.0 * estimate.standard_error).round() as u64))
}

/// A sum: of a sample with its error bar.
pub fn sum(value: u64, estimate: Option<Estimate>, unit: impl Fn(u64) -> String) -> String {
    estimate.map_or_else(|| unit(value), |estimate| within(&estimate, &unit))
}

/// The bytes of some blocks, see [`sum`].
pub fn sum_of_bytes(sums: &Sums) -> String {
    sum(sums.bytes, sums.estimate(Measure::Bytes), bytes)
}

/// How many blocks they are, see [`sum`].
pub fn sum_of_blocks(sums: &Sums) -> String {
    sum(sums.blocks, sums.estimate(Measure::Blocks), count)
}

/// Both: `3 KiB in 2 blocks`.
pub fn bytes_in_blocks(sums: &Sums) -> String {
    let blocks = sums.estimate(Measure::Blocks).map(|estimate| within(&estimate, count) + " blocks");
    format!("{} in {}", sum_of_bytes(sums), blocks.unwrap_or_else(|| self::blocks(sums.blocks)))
}

/// What a sampled recording stands for, with error bars; `figures` are those that are shown of the chosen blocks alone.
pub fn sampled(sampling: &SamplingJson, figures: &str) -> String {
    format!(
        "A sample: one byte in {} was chosen, and with it its block. {figures} are of these blocks; for the whole \
         program they stand for {} blocks, {} allocated, a peak of {}, {} alive at the end.",
        bytes(sampling.mean_bytes),
        within(&sampling.allocs, count),
        within(&sampling.bytes_allocated, bytes),
        within(&sampling.peak_live_bytes, bytes),
        within(&sampling.live_bytes_at_end, bytes)
    )
}

/// `1 block`, `12 blocks`.
pub fn blocks(number: u64) -> String {
    let noun = if number == 1 { "block" } else { "blocks" };
    format!("{} {noun}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace(THIN_SPACE, "_")
    }

    #[test]
    fn sizes_are_exact_below_ten_kib_and_short_above() {
        let cases = [
            (0, "0 B"),
            (1, "1 B"),
            (1024, "1_024 B"),
            (10_239, "10_239 B"),
            (10_240, "10.0 KiB"),
            (102_400, "100 KiB"),
            (1_048_064, "1.00 MiB"),
            (1_048_000, "1023 KiB"),
            (13_002_342, "12.4 MiB"),
            (5 << 30, "5.00 GiB"),
            (u64::MAX, "16.0 EiB"),
        ];
        for (size, text) in cases {
            assert_eq!(plain(&bytes(size)), text, "{size}");
        }
    }

    #[test]
    fn changes_carry_their_sign() {
        assert_eq!(bytes_change(210), "+210 B");
        assert_eq!(bytes_change(0), "0 B");
        assert_eq!(bytes_change(-1_572_864), "−1.50 MiB");
        assert_eq!(bytes_change(i64::MIN), "−8.00 EiB");
    }

    #[test]
    fn durations_pick_their_unit_and_carry_when_rounding() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (9_996, "10.0 µs"),
            (12_400, "12.4 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (1_500_000_000, "1.50 s"),
            (99_949_000_000, "99.9 s"),
            (99_960_000_000, "1 min 40 s"),
            (125_000_000_000, "2 min 05 s"),
            (3_599_600_000_000, "1 h 00 min"),
            (11_220_000_000_000, "3 h 07 min"),
        ];
        for (duration_ns, text) in cases {
            assert_eq!(duration(duration_ns), text, "{duration_ns}");
        }
        assert_eq!(plain(&duration(u64::MAX)), "5_124_095 h 34 min");
    }

    #[test]
    fn counts_are_grouped_in_threes() {
        let texts = [0, 999, 1_000, 12_480, 1_000_000, u64::MAX].map(|number| plain(&count(number)));
        assert_eq!(texts, ["0", "999", "1_000", "12_480", "1_000_000", "18_446_744_073_709_551_615"]);
    }

    #[test]
    fn shares_never_round_something_to_nothing_or_to_all() {
        assert_eq!(percent(1, 8), "12.5 %");
        assert_eq!(percent(1, 1_000_000), "<0.1 %");
        assert_eq!(percent(999_999, 1_000_000), ">99.9 %");
        assert_eq!((percent(5, 5), percent(0, 5), percent(3, 0)), ("100 %".into(), "0 %".into(), "0 %".into()));
        assert_eq!(percent(3, 2), "150 %");
    }

    #[test]
    fn shortening_keeps_both_ends_and_counts_characters_not_bytes() {
        assert_eq!(shorten_middle("src/main.rs", 11), "src/main.rs");
        assert_eq!(shorten_middle("src/main.rs", 8), "src…n.rs");
        assert_eq!(shorten_middle("äöüßÄÖÜ", 4), "ä…ÖÜ");
        assert_eq!(shorten_middle("abc", 1), "…");
        assert_eq!(shorten_middle("abc", 0), "");
        for max_chars in 0..12 {
            assert!(shorten_middle("größer als gedacht", max_chars).chars().count() <= max_chars);
        }
    }
}
