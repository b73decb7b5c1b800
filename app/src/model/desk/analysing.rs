//! The views below the timeline: asks, narrows, orders, and what a place of the source leads to.

use super::Desk;
use crate::model::analysis::ask::{AskKey, compute};
use crate::model::analysis::question::Question;
use crate::model::analysis::traits::Traits;
use crate::model::analysis::{AnalysisCommand, OrderKey};
use crate::model::command::Command;
use crate::model::document::{Data, DocumentId};
use crate::model::editor;
use crate::model::scene::Thing;
use crate::model::state::Tab;
use dropscope_engine::Location;
use std::sync::Arc;

/// Up to so many rows a table is ordered at once; more may take longer than a frame has.
const FEW_ROWS: usize = 5_000;

impl Desk {
    pub(super) fn analysis(&mut self, id: DocumentId, command: AnalysisCommand) {
        match command {
            AnalysisCommand::Ask(question) => self.ask(id, *question),
            AnalysisCommand::SetOptions(options) => self.with(id, |document| document.analysis.options = *options),
            AnalysisCommand::SetLook(look) => {
                self.with(id, |document| document.analysis.look = *look);
                self.order_tables();
            }
            AnalysisCommand::ShowFlame(look) => {
                self.with(id, |document| document.analysis.look = *look);
                self.carry_out(Command::ChooseTab(Tab::Flame));
            }
            AnalysisCommand::Narrow(narrow) => self.with(id, |document| {
                if let Some(range) = narrow.apply(&mut document.analysis.question) {
                    document.brush = Some(range);
                }
            }),
            AnalysisCommand::Want(key) => self.want_answer(id, *key),
            AnalysisCommand::WantTraits(thing) => self.want_traits(id, thing),
            AnalysisCommand::Hold(is_held) => {
                self.with(id, |document| document.analysis.is_held = is_held);
                self.order_tables();
            }
        }
    }

    fn ask(&mut self, id: DocumentId, question: Question) {
        self.with(id, |document| document.analysis.question = question);
    }

    /// A question ends the one before it; more data to the same one waits until that is answered.
    fn want_answer(&mut self, id: DocumentId, key: AskKey) {
        let wake = Arc::clone(&self.wake);
        let against: Option<Data> = key
            .options
            .against
            .as_ref()
            .and_then(|against| self.state.document(against.document))
            .map(|document| document.data.clone());
        self.with(id, |document| {
            let data = document.data.clone();
            // One view is looked at: what others were asked would only take this one's time (nine questions at once over
            // 100 million events left none of them an answer for a minute).
            let others = document.analysis.answers.iter_mut().filter(|(tab, _)| **tab != key.tab);
            others.for_each(|(_, slot)| slot.give_up());
            let slot = document.analysis.answers.entry(key.tab).or_default();
            let is_urgent = !slot.pending_key().or(slot.answered_key()).is_some_and(|earlier| earlier.is_like(&key));
            // A table that is there already is not exchanged for the beginnings of its next state.
            let shows_parts = !slot.answered_key().is_some_and(|shown| shown.is_like(&key));
            let asked = key.clone();
            slot.ask_in_parts(key, is_urgent, &wake, move |cancel, part| {
                let mut show = |answer| {
                    if shows_parts {
                        part(answer);
                    }
                };
                compute(&data, against.as_ref(), &asked, cancel, &mut show)
            });
        });
    }

    fn want_traits(&mut self, id: DocumentId, thing: Thing) {
        let wake = Arc::clone(&self.wake);
        self.with(id, |document| {
            let data = document.data.clone();
            let key = (thing, document.facts.generation);
            let is_other = document.analysis.traits.pending_key().is_none_or(|pending| pending.0 != thing);
            document.analysis.traits.ask_in_parts(key, is_other, &wake, move |_, _| Some(Traits::find(&data, thing)));
        });
    }

    /// Orders the table that is shown, if it is not in order yet.
    pub(super) fn order_tables(&mut self) {
        let wake = Arc::clone(&self.wake);
        let tab = self.state.tab;
        let sorting = self.state.sorting.get(&tab).copied();
        for document in &mut self.state.documents {
            let Some(computed) = document.analysis.answer(tab).map(Arc::clone) else { continue };
            let Some(rows) = computed.sheet().map(|sheet| sheet.rows.len()) else { continue };
            let analysis = &mut document.analysis;
            let Some(asked) = analysis.answers.get(&tab).and_then(|slot| slot.answered_key()).cloned() else {
                continue;
            };
            let (search, is_held) = (analysis.look.search.clone(), analysis.is_held);
            let key = OrderKey { serial: computed.serial, sorting, search: search.clone(), is_held };
            if analysis.order.is_current(&key) {
                continue;
            }
            let before = analysis.shown_rows(&asked, &key);
            let sheet = Arc::clone(&computed);
            analysis.order.ask(key, rows < FEW_ROWS, &wake, move || {
                let order = sheet.sheet().map(|sheet| sheet.order(sorting, &search)).unwrap_or_default();
                match (before, sheet.sheet()) {
                    (Some((before, rows)), Some(sheet)) => match before.sheet() {
                        Some(before) => sheet.as_before(order, before, &rows),
                        None => order,
                    },
                    _ => order,
                }
            });
            analysis.ordered = Some((asked, computed));
        }
    }

    pub(super) fn open_in_editor(&mut self, at: &Location) {
        match editor::open(at) {
            Ok(done) => self.toast(done, false),
            Err(problem) => self.toast(problem, true),
        }
    }
}
