//! The window of Dropscope and what its command line draws: views over recordings, on egui.

pub mod fonts;
pub mod headless;
pub mod raster;
pub mod theme;
