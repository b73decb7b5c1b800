//! The window of Dropscope and what its command line draws: views over recordings, on egui.

pub mod axis;
pub mod cli;
pub mod display;
pub mod fonts;
pub mod format;
pub mod headless;
pub mod heap;
pub mod lane_layout;
pub mod launch;
pub mod model;
pub mod page;
pub mod raster;
pub mod save;
pub mod shot;
pub mod theme;
pub mod views;
pub mod window;
