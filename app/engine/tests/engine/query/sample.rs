//! Rows of a sample: right on average, in the order of what they stand for, and as far off as they say.

use crate::support::{Random, Script};
use dropscope_engine::query::{Answer, Cancel, GroupBy, Key, Measure, Query, Row, Side, Sums, When, ask};
use dropscope_engine::{Estimate, Names, chance};
use std::sync::Arc;

const MEAN_BYTES: u64 = 4096;

/// A place of the program: how many blocks it bears, of what size; every fourth is never released.
struct Place {
    address: u64,
    blocks: u64,
    size_bytes: u64,
}

const PLACES: [Place; 3] = [
    Place { address: 0x10, blocks: 20_000, size_bytes: 64 },
    Place { address: 0x20, blocks: 1000, size_bytes: 1000 },
    Place { address: 0x30, blocks: 40, size_bytes: 100_000 },
];

/// A sample of that program, and how many blocks of each place are in it.
fn sample(random: &mut Random) -> (Answer, [u64; 3]) {
    let mut script = Script::sampled(MEAN_BYTES);
    let mut chosen = [0; 3];
    let mut now_ns = 0;
    for (place, chosen) in PLACES.iter().zip(&mut chosen) {
        script.at(&[0x1, place.address]);
        for number in 0..place.blocks {
            if (random.below(1 << 40) as f64) < chance(place.size_bytes, MEAN_BYTES) * (1u64 << 40) as f64 {
                let address = place.address << 32 | number << 20;
                now_ns += 1000;
                script.alloc(0, now_ns, address, place.size_bytes);
                *chosen += 1;
                if number % 4 != 0 {
                    now_ns += 1000;
                    script.free(0, now_ns, address);
                }
            }
        }
    }
    let model = script.load();
    let names = Names::new(Arc::clone(model.backtraces()));
    let query = Query::of(When::Ever).grouped(GroupBy::Stack(Side::Birth));
    (ask((&model).into(), &names, &query, &Cancel::default(), &mut |_| {}).expect("nobody cancelled"), chosen)
}

fn row_of<'a>(answer: &'a Answer, place: &Place) -> &'a Row {
    let is_it = |row: &&Row| row.example_bytes == place.size_bytes && matches!(row.key, Key::Stack(_));
    answer.groups.rows().iter().find(is_it).expect("some are chosen")
}

#[test]
fn rows_stand_for_the_program_and_say_how_far_they_may_be_off() {
    let (answer, chosen) = sample(&mut Random(1));
    let sizes: Vec<u64> = answer.groups.rows().iter().map(|row| row.example_bytes).collect();
    assert_eq!(sizes, [100_000, 64, 1000], "by what they stand for: of 64 bytes fewer have been recorded");
    let mut total = Sums::default();
    for (place, chosen) in PLACES.iter().zip(chosen) {
        let sums = &row_of(&answer, place).sums;
        // Each counts as so many as it is one of; the variance is that of Horvitz and Thompson.
        let chance = chance(place.size_bytes, MEAN_BYTES);
        let blocks = chosen as f64 / chance;
        let error = (chosen as f64 * (1.0 - chance)).sqrt() / chance;
        let near = |estimate: Estimate, value: f64, error: f64| {
            let is_near = (estimate.value - value).abs() <= 1.0 && (estimate.standard_error / error - 1.0).abs() < 1e-3;
            assert!(is_near || error < 1.0, "{estimate:?}, not {value} and {error}");
        };
        let estimate = |measure| sums.estimate(measure).unwrap_or_default();
        near(estimate(Measure::Blocks), blocks, error);
        near(estimate(Measure::Bytes), blocks * place.size_bytes as f64, error * place.size_bytes as f64);
        total.add(sums);
    }
    assert_eq!((answer.total, answer.total.estimate(Measure::Blocks).is_some()), (total, true));
    assert!(answer.peak_bytes.abs_diff(answer.total.peak_bytes) <= 3, "all that was alive at the peak is asked for");
}

#[test]
fn of_many_samples_the_truth_lies_within_two_errors_in_nineteen_of_twenty() {
    const SAMPLES: u64 = 200;
    type Look = fn(&Sums) -> Option<Estimate>;
    type Truth = fn(&Place) -> u64;
    let looks: [(Look, Truth); 4] = [
        (|sums| sums.estimate(Measure::Blocks), |place| place.blocks),
        (|sums| sums.estimate(Measure::Bytes), |place| place.blocks * place.size_bytes),
        (|sums| sums.estimate(Measure::LeftBytes), |place| place.blocks / 4 * place.size_bytes),
        (Sums::left_blocks_estimate, |place| place.blocks / 4),
    ];
    let mut random = Random(20_261_125);
    let answers: Vec<Answer> = (0..SAMPLES).map(|_| sample(&mut random).0).collect();
    // Of the largest nearly every one is chosen: there is nothing to be off by.
    for place in &PLACES[..2] {
        for (number, (look, truth)) in looks.iter().enumerate() {
            let truth = truth(place) as f64;
            let estimates: Vec<Estimate> =
                answers.iter().filter_map(|answer| look(&row_of(answer, place).sums)).collect();
            let within = estimates.iter().filter(|it| (it.value - truth).abs() <= 2.0 * it.standard_error).count();
            let share = within as f64 / SAMPLES as f64;
            assert!((0.91..=0.99).contains(&share), "{share} of look {number} at {} bytes", place.size_bytes);
            let mean = estimates.iter().map(|it| it.value).sum::<f64>() / SAMPLES as f64;
            let error = estimates.iter().map(|it| it.standard_error).sum::<f64>() / SAMPLES as f64;
            let is_right = (mean - truth).abs() <= 3.0 * error / (SAMPLES as f64).sqrt();
            assert!(is_right, "{mean} instead of {truth} on average, look {number} at {} bytes", place.size_bytes);
        }
    }
}

#[test]
fn a_whole_recordings_rows_have_no_errors() {
    let mut script = Script::new();
    let model = script.at(&[1]).alloc(0, 10, 0x100, 40).load();
    let names = Names::new(Arc::clone(model.backtraces()));
    let query = Query::of(When::Ever).grouped(GroupBy::Stack(Side::Birth));
    let answer = ask((&model).into(), &names, &query, &Cancel::default(), &mut |_| {}).expect("nobody cancelled");
    let sums = &answer.groups.rows()[0].sums;
    assert_eq!((sums.bytes, sums.estimate(Measure::Bytes), sums.left_blocks_estimate()), (40, None, None));
}
