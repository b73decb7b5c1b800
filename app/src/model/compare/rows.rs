//! The rows of a comparison: recordings and collectors' logs, looked at the same way.

use crate::model::document::{Data, Document, DocumentId};
use crate::model::log_document::{LogDocument, LogRead};
use crate::model::scene::{Request, Scene};
use crate::model::slot::Slot;
use dropscope_engine::{Alignment, CompareSource, Model, ReadState};
use parking_lot::RwLockReadGuard;
use std::sync::Arc;

/// One row.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    /// A recording.
    Recording(&'a Document),
    /// A log.
    Log(&'a LogDocument),
}

/// What a row's numbers are computed from; shared with the threads that do it.
#[derive(Clone)]
pub enum RowData {
    /// A recording.
    Recording(Data),
    /// A log.
    Log(Arc<LogRead>),
}

impl RowData {
    /// The recording's model, held for reading.
    pub fn model(&self) -> Option<RwLockReadGuard<'_, Model>> {
        match self {
            RowData::Recording(data) => Some(data.model.read()),
            RowData::Log(_) => None,
        }
    }
}

impl<'a> Row<'a> {
    /// Its number.
    pub fn id(self) -> DocumentId {
        match self {
            Row::Recording(document) => document.id,
            Row::Log(log) => log.id,
        }
    }

    /// What it is called.
    pub fn title(self) -> &'a str {
        match self {
            Row::Recording(document) => &document.title,
            Row::Log(log) => &log.title,
        }
    }

    /// From start to end, in ns.
    pub fn duration_ns(self) -> u64 {
        match self {
            Row::Recording(document) => document.facts.duration_ns,
            Row::Log(log) => log.log().map_or(0, dropscope_engine::gclog::Log::duration_ns),
        }
    }

    /// Changes whenever there is more of it.
    pub fn generation(self) -> u64 {
        match self {
            Row::Recording(document) => document.facts.generation,
            Row::Log(log) => u64::from(log.is_read()),
        }
    }

    /// Whether all has been read and nothing more will come.
    pub fn is_final(self) -> bool {
        match self {
            Row::Recording(document) => document.is_final(),
            Row::Log(log) => log.is_read(),
        }
    }

    /// Whether its program still runs and is followed.
    pub fn is_live(self) -> bool {
        matches!(self, Row::Recording(document) if document.state == ReadState::Following)
    }

    /// What keeps the picture from being the whole truth, in sentences.
    pub fn warnings(self) -> Vec<String> {
        match self {
            Row::Recording(document) => document.facts.warnings.clone(),
            Row::Log(log) => log.warnings(),
        }
    }

    /// What is drawn of it.
    pub fn scene(self) -> &'a Slot<Request, Scene> {
        match self {
            Row::Recording(document) => &document.compare_scene,
            Row::Log(log) => &log.scene,
        }
    }

    /// What its numbers are computed from, once there is anything.
    pub fn data(self) -> Option<RowData> {
        match self {
            Row::Recording(document) => Some(RowData::Recording(document.data.clone())),
            Row::Log(log) => log.read().map(|read| RowData::Log(Arc::clone(read))),
        }
    }

    /// Its moment that `align` puts at the common zero, in ns; none where it has no such moment.
    pub fn origin_ns(self, align: &Alignment) -> Option<u64> {
        match self {
            Row::Recording(document) => {
                align.origin_ns(CompareSource::Recording(&document.data.model.read(), &document.data.names))
            }
            Row::Log(log) => log.log().and_then(|log| align.origin_ns(CompareSource::Log(log))),
        }
    }
}
