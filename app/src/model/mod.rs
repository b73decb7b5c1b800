//! The state of the window and all that changes it. Knows nothing of egui: views read it and return commands.

pub mod actions;
pub mod analysis;
pub mod birth_index;
pub mod catalogue;
pub mod command;
pub mod compare;
pub mod copy;
pub mod describe;
pub mod desk;
pub mod document;
pub mod editor;
pub mod history;
pub mod lesson;
pub mod library;
pub mod log_document;
pub mod markdown;
pub mod scene;
pub mod scope_index;
pub mod slot;
pub mod source;
pub mod sources;
pub mod state;
pub mod syntax;
pub mod tables;
pub mod warnings;
