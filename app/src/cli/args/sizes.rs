//! Sizes and times as people write them.

/// The bytes that `text` says: `4096`, `64KiB`, `1.5 MiB`, `2G`. Units count by 1024, as everywhere in Dropscope.
///
/// # Errors
/// A sentence about `--option`.
pub(super) fn bytes_of(option: &str, text: &str) -> Result<u64, String> {
    let wrong = || format!("--{option} takes a size such as 4096, 512KiB or 1.5MiB, not `{text}`");
    let digits =
        text.trim().find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(wrong()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(1 << shift).ok_or_else(wrong);
    }
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let bytes = number * (1_u64 << shift) as f64;
    if bytes.is_finite() && bytes < u64::MAX as f64 { Ok(bytes.round() as u64) } else { Err(wrong()) }
}

/// The seconds that `text` says, as a decimal number: `5`, `2.5s`, `250ms`, `2m`, `1h`.
///
/// # Errors
/// A sentence about `--option`.
pub(super) fn seconds_of(option: &str, text: &str) -> Result<String, String> {
    let wrong = || format!("--{option} takes a time such as 5s, 250ms or 2m, not `{text}`");
    let digits =
        text.trim().find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.trim().len());
    let (number, unit) = text.trim().split_at(digits);
    let factor = match unit.trim() {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    Ok(format!("{}", number * factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        for (text, seconds) in [("5", "5"), ("2.5s", "2.5"), ("250ms", "0.25"), ("2m", "120"), ("1 h", "3600")] {
            assert_eq!(seconds_of("for", text).as_deref(), Ok(seconds), "{text}");
        }
        for text in ["", "s", "-1s", "5 years", "1.2.3s"] {
            assert!(seconds_of("for", text).unwrap_err().contains("--for takes a time"), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_as_they_are_written() {
        for (text, bytes) in
            [("0", 0), ("4096", 4096), ("64KiB", 65_536), ("1.5 MiB", 1_572_864), ("2g", 2 << 30), ("7 B", 7)]
        {
            assert_eq!(bytes_of("max-peak", text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "-1", "1e9", "1.2.3", "64 miles", "99999999999T", "½"] {
            assert!(bytes_of("max-peak", text).unwrap_err().contains("--max-peak takes a size"), "{text}");
        }
    }
}
