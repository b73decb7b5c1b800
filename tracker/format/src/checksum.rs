//! CRC-32 (IEEE 802.3, reflected), eight bytes at a time.
//!
//! Own code, since every program that is attached builds it, and the library with its build script takes longer than the
//! bytes of a whole recording. It is what the test compares with.

/// Bytes that are taken at once.
const STRIDE: usize = 8;
/// The polynomial, its lowest power first.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// For a byte that so many others follow in the same step: what it does to the sum.
static TABLES: [[u32; 256]; STRIDE] = tables();

const fn tables() -> [[u32; 256]; STRIDE] {
    let mut tables = [[0; 256]; STRIDE];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = sum >> 1 ^ if sum & 1 == 1 { POLYNOMIAL } else { 0 };
            bit += 1;
        }
        tables[0][byte] = sum;
        byte += 1;
    }
    let mut follow = 1;
    while follow < STRIDE {
        let mut byte = 0;
        while byte < 256 {
            let sum = tables[follow - 1][byte];
            tables[follow][byte] = sum >> 8 ^ tables[0][(sum & 0xff) as usize];
            byte += 1;
        }
        follow += 1;
    }
    tables
}

/// The checksum of all `parts` in a row.
pub(crate) fn of(parts: &[&[u8]]) -> u32 {
    !parts.iter().fold(u32::MAX, |sum, part| continued(sum, part))
}

fn continued(mut sum: u32, bytes: &[u8]) -> u32 {
    let (steps, rest) = bytes.as_chunks::<STRIDE>();
    for step in steps {
        let word = u64::from_le_bytes(*step) ^ u64::from(sum);
        sum = 0;
        for (byte, table) in word.to_le_bytes().iter().zip(TABLES.iter().rev()) {
            sum ^= table[usize::from(*byte)];
        }
    }
    for byte in rest {
        sum = sum >> 8 ^ TABLES[0][usize::from(sum as u8 ^ byte)];
    }
    sum
}

#[cfg(test)]
mod tests {
    #[test]
    fn sums_are_the_librarys_however_the_bytes_are_cut() {
        let bytes: Vec<u8> = (0..1000u32).map(|n| (n * n / 8) as u8).collect();
        // All of them would take Miri minutes.
        for length in (0..bytes.len()).step_by(if cfg!(miri) { 37 } else { 1 }) {
            let (first, second) = bytes[..length].split_at(length / 3);
            assert_eq!(super::of(&[first, second]), crc32fast::hash(&bytes[..length]));
        }
    }
}
