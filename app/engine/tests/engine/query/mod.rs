//! Questions about blocks: the same answers as a slow and obvious way to get them, over random recordings.

mod fixed;
mod oracle;
mod random;
mod sample;
mod truth;
