//! `dropscope shot`: the window's picture in a file, without a display.

use super::command::ShotRequest;
use super::{Failure, screen};

/// Draws the picture that is asked for.
pub(super) fn shot(request: &ShotRequest) -> Result<u8, Failure> {
    screen::draw(request)?;
    Ok(super::DONE)
}
