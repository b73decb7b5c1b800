//! Columns give back what was put in, and take no more than they should.

use super::*;
use proptest::prelude::*;

/// Numbers of one width, so that whole runs can be narrow, and now and then an odd one.
fn numbers() -> impl Strategy<Value = Vec<u64>> {
    (0u32..=64, 0u32..5, any::<u64>()).prop_flat_map(|(width, shift, base)| {
        let narrow = any::<u64>().prop_map(move |bits| {
            let bits = if width == 0 { 0 } else { bits >> (64 - width) };
            (base >> (64 - width.clamp(1, 63))).wrapping_add(bits) >> shift << shift
        });
        proptest::collection::vec(prop_oneof![200 => narrow, 1 => any::<u64>()], 0..600)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_number_comes_back(numbers in numbers()) {
        for mut column in [Packed::default(), Packed::with_outliers()] {
            for &number in &numbers {
                column.push(number);
            }
            let got: Vec<u64> = (0..column.len()).filter_map(|row| column.get(row)).collect();
            prop_assert_eq!(&got, &numbers);
            let mut window = Window::default();
            let in_order: Vec<u64> = (0..column.len()).map(|row| window.get(&column, row)).collect();
            prop_assert_eq!(&in_order, &numbers);
            prop_assert_eq!(column.get(column.len()), None);
        }
    }

    #[test]
    fn rows_are_found_in_a_column_that_never_falls(mut numbers in numbers(), other: u64) {
        numbers.sort_unstable();
        let mut column = Packed::default();
        for &number in &numbers {
            column.push(number);
        }
        for number in numbers.iter().copied().chain([0, other, u64::MAX]).take(100) {
            let below = numbers.iter().filter(|&&value| value < number).count();
            prop_assert_eq!(column.rows_below(number), below);
        }
    }
}

/// Bytes of a row, of a column that is long enough for its own memory not to count.
fn bytes_of_row(mut column: Packed, number: impl Fn(u64) -> u64) -> f64 {
    const ROWS: u64 = 128 * 10_000;
    for row in 0..ROWS {
        column.push(number(row));
    }
    for row in (0..ROWS).step_by(37) {
        assert_eq!(column.get(row as usize), Some(number(row)));
    }
    column.memory_bytes() as f64 / ROWS as f64
}

#[test]
fn neighbours_that_are_alike_take_few_bits() {
    // 7 to 10 bits of each, and a run's own 16 bytes.
    let bytes = bytes_of_row(Packed::default(), |row| 0x7f00_0000_0000 + row % 1000 * 16);
    assert!(bytes < 1.3, "{bytes}");
}

#[test]
fn a_few_large_numbers_do_not_make_the_others_wide() {
    let number = |row: u64| if row.is_multiple_of(10) { row * 1000 } else { row % 50 };
    let (plain, with_outliers) =
        (bytes_of_row(Packed::default(), number), bytes_of_row(Packed::with_outliers(), number));
    assert!(with_outliers < 1.6 && plain > 2.0, "{with_outliers} {plain}");
}
