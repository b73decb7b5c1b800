//! Reading a line from left to right: literals, numbers, times and sizes.

/// What is left of a line. Each method takes what it names off the front, or takes nothing and returns `None`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a>(pub(super) &'a str);

/// A number with up to nine digits after the point, kept exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Decimal {
    whole: u64,
    billionths: u32,
}

impl Decimal {
    /// The number times `unit`, rounded; the greatest number if it is greater.
    pub(super) fn times(self, unit: u64) -> u64 {
        let fraction = (u128::from(self.billionths) * u128::from(unit) + 500_000_000) / 1_000_000_000;
        let product = u128::from(self.whole) * u128::from(unit) + fraction;
        u64::try_from(product).unwrap_or(u64::MAX)
    }
}

/// Nanoseconds in a millisecond.
pub(super) const MS: u64 = 1_000_000;
/// Nanoseconds in a second.
pub(super) const SECOND: u64 = 1_000_000_000;
/// Bytes in what logs call a megabyte.
pub(super) const MB: u64 = 1 << 20;

impl<'a> Scan<'a> {
    pub(super) fn literal(&mut self, literal: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(literal)?;
        Some(())
    }

    pub(super) fn spaces(&mut self) {
        self.0 = self.0.trim_start();
    }

    /// All up to `end`, and `end` itself.
    pub(super) fn until(&mut self, end: &str) -> Option<&'a str> {
        let (before, after) = self.0.split_once(end)?;
        self.0 = after;
        Some(before)
    }

    fn digits(&mut self) -> Option<&'a str> {
        let end = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        if end == 0 {
            return None;
        }
        let (digits, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(digits)
    }

    pub(super) fn integer(&mut self) -> Option<u64> {
        let before = *self;
        let number = self.digits()?.parse().ok();
        if number.is_none() {
            *self = before;
        }
        number
    }

    /// `12`, `12.5` or, where a program's language writes it so, `12,5`.
    pub(super) fn decimal(&mut self) -> Option<Decimal> {
        let whole = self.integer()?;
        let mut billionths = 0;
        let mut fraction = *self;
        if fraction.literal(".").or_else(|| fraction.literal(",")).is_some()
            && let Some(digits) = fraction.digits()
        {
            *self = fraction;
            let mut place = 100_000_000;
            for digit in digits.bytes().take(9) {
                billionths += u32::from(digit - b'0') * place;
                place /= 10;
            }
        }
        Some(Decimal { whole, billionths })
    }

    /// A number with a unit of time, such as `31.442ms`, `0.25 s` or `0,0012 secs`, in ns.
    pub(super) fn duration(&mut self) -> Option<u64> {
        const UNITS: [(&str, u64); 8] = [
            ("ns", 1),
            ("us", 1_000),
            ("µs", 1_000),
            ("ms", MS),
            ("seconds", SECOND),
            ("secs", SECOND),
            ("sec", SECOND),
            ("s", SECOND),
        ];
        let mut scan = *self;
        let number = scan.decimal()?;
        scan.literal(" ");
        let (_, unit_ns) = UNITS.into_iter().find(|(unit, _)| scan.literal(unit).is_some())?;
        if scan.0.starts_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        *self = scan;
        Some(number.times(unit_ns))
    }

    /// A number with a unit of size, such as `20M`, `24.0K` or `0.0B`, in bytes.
    pub(super) fn size(&mut self) -> Option<u64> {
        const UNITS: [(&str, u64); 5] = [("B", 1), ("K", 1 << 10), ("M", MB), ("G", 1 << 30), ("T", 1 << 40)];
        let mut scan = *self;
        let number = scan.decimal()?;
        let (_, unit_bytes) = UNITS.into_iter().find(|(unit, _)| scan.literal(unit).is_some())?;
        if scan.0.starts_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        *self = scan;
        Some(number.times(unit_bytes))
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_done(self) -> bool {
        self.0.trim().is_empty()
    }
}

/// Nanoseconds from 1970 to a date such as `2026-11-22T07:39:37.480+0000`, and what follows it.
pub(super) fn date(text: &str) -> Option<(u64, &str)> {
    let mut scan = Scan(text);
    let year = scan.integer().filter(|year| (1970..10_000).contains(year))?;
    scan.literal("-")?;
    let month = scan.integer().filter(|month| (1..=12).contains(month))?;
    scan.literal("-")?;
    let day = scan.integer().filter(|day| (1..=31).contains(day))?;
    scan.literal("T").or_else(|| scan.literal(" "))?;
    let hour = scan.integer().filter(|&hour| hour < 24)?;
    scan.literal(":")?;
    let minute = scan.integer().filter(|&minute| minute < 60)?;
    scan.literal(":")?;
    let second_ns = scan.decimal().filter(|second| second.whole < 61)?.times(SECOND);
    let ahead_s = zone_offset_s(&mut scan)?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60;
    let seconds = seconds.checked_add_signed(-ahead_s)?;
    Some((seconds.checked_mul(SECOND)?.checked_add(second_ns)?, scan.0))
}

/// `+0200`, `+02:00`, `Z` or nothing.
fn zone_offset_s(scan: &mut Scan<'_>) -> Option<i64> {
    if scan.literal("Z").is_some() {
        return Some(0);
    }
    let sign = if scan.literal("+").is_some() {
        1
    } else if scan.literal("-").is_some() {
        -1
    } else {
        return Some(0);
    };
    let digits = scan.digits()?;
    let (hours, minutes) = match digits.len() {
        4 => digits.split_at(2),
        2 => (digits, scan.literal(":").and_then(|()| scan.digits()).unwrap_or("0")),
        _ => return None,
    };
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    Some(sign * minutes.min(24 * 60) * 60)
}

/// Days from 1970-01-01 in the Gregorian calendar.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    // Years that begin in March, so that the leap day is a year's last.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    (365 * year + year / 4 - year / 100 + year / 400 + day_of_year).saturating_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::{MS, Scan, date};

    #[test]
    fn numbers_are_exact_in_any_notation() {
        assert_eq!(Scan("31.442ms").duration(), Some(31_442_000));
        assert_eq!(Scan("0,0012345 secs]").duration(), Some(1_234_500));
        assert_eq!(Scan("12 us").duration(), Some(12_000));
        assert_eq!(Scan("7ns,").duration(), Some(7));
        assert_eq!(Scan("3meter").duration(), None);
        assert_eq!(Scan("24.5K").size(), Some(25_088));
        assert_eq!(Scan("0.0B").size(), Some(0));
        assert_eq!(Scan("1G(").size(), Some(1 << 30));
        assert_eq!(Scan("12").size(), None);
        let mut scan = Scan("1.08 / 0.00 ms");
        assert_eq!(scan.decimal().map(|number| number.times(MS)), Some(1_080_000));
        assert_eq!(scan.0, " / 0.00 ms");
    }

    #[test]
    fn numbers_too_great_are_no_numbers_or_the_greatest() {
        assert_eq!(Scan("99999999999999999999").integer(), None);
        assert_eq!(Scan("18446744073709551615.9s").duration(), Some(u64::MAX));
        assert_eq!(Scan("0.1234567890123456s").duration(), Some(123_456_789));
    }

    #[test]
    fn dates_count_from_1970() {
        assert_eq!(date("1970-01-01T00:00:00.000+0000"), Some((0, "")));
        assert_eq!(date("2000-02-29T23:59:59.500Z: x"), Some((951_868_799_500_000_000, ": x")));
        assert_eq!(date("2026-11-22T08:39:37,480+01:00]"), date("2026-11-22T07:39:37.480+0000]"));
        assert_eq!(date("2026-11-22T02:39:37.480-0500]"), date("2026-11-22T07:39:37.480+0000]"));
        assert_eq!(date("2026-13-22T02:39:37.480"), None);
        assert_eq!(date("1970-01-01T00:00:00+2359"), None);
    }
}
