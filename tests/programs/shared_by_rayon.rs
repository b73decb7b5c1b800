//! A rayon program, attached: blocks of 61,000 bytes made and released by stolen work, and a parallel sort.

use rayon::prelude::*;
use std::hint::black_box;

dropscope::attach!();

fn main() {
    let sums: Vec<u64> = (0..20_000_u64)
        .into_par_iter()
        .map(|number| {
            let mut block: Vec<u64> = Vec::with_capacity(61_000 / 8);
            block.extend([number, number * 3]);
            black_box(&block).iter().sum()
        })
        .collect();
    let mut words: Vec<String> = sums.iter().map(|sum| format!("{:x}", sum.wrapping_mul(0x9e37_79b9))).collect();
    words.par_sort();
    println!("{} {:?} {:?}", sums.iter().sum::<u64>(), words.first(), words.last());
}
