//! What takes long shows what it has while it adds up, and what is under the pointer stays there meanwhile.

use crate::invented::{a_crowd, some_of_everything};
use crate::support::Driven;
use dropscope_app::model::analysis::Options;
use dropscope_app::model::analysis::ask::{AskKey, Computed, Content, compute};
use dropscope_app::model::analysis::question::Question;
use dropscope_app::model::command::Command;
use dropscope_app::model::slot::{Slot, Wake};
use dropscope_app::model::state::Tab;
use dropscope_engine::query::Cancel;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

/// The parts that the view is shown of a recording that is slow to go through: somebody else wants it again and again.
fn parts(driven: &Driven, tab: Tab) -> Vec<Computed> {
    let document = &driven.harness.state().desk.state.documents[0];
    let (question, options) = (Question::default(), Options::default());
    let key = AskKey {
        tab,
        which: question.which(tab, &options, &document.moment()),
        measure: question.measure,
        options,
        live_ns: document.moment().live_ns,
        drifts: false,
        generation: document.facts.generation,
    };
    let is_done = AtomicBool::new(false);
    let mut parts = Vec::new();
    let model = Arc::clone(&document.data.model);
    let (say, has_begun) = channel();
    std::thread::scope(|scope| {
        let is_done = &is_done;
        scope.spawn(move || {
            while !is_done.load(Ordering::Relaxed) {
                let held = model.write();
                let _ = say.send(());
                std::thread::sleep(Duration::from_millis(85));
                // Whoever waits has it for one slice.
                parking_lot::RwLockWriteGuard::unlock_fair(held);
            }
        });
        has_begun.recv().expect("it has begun");
        compute(&document.data, None, &key, &Cancel::default(), &mut |part| parts.push(part)).expect("an answer");
        is_done.store(true, Ordering::Relaxed);
    });
    parts
}

/// Whether the view shows parts, and all of them are such. Where the other got no turn it is asked again.
fn shows(driven: &Driven, tab: Tab, is_such: impl Fn(&Computed) -> bool) -> bool {
    let parts = (0..50).map(|_| parts(driven, tab)).find(|parts| !parts.is_empty()).unwrap_or_default();
    assert!(parts.is_sorted_by(|a, b| a.fraction <= b.fraction), "{tab:?} goes on");
    !parts.is_empty() && parts.iter().all(|part| part.fraction < 1.0 && is_such(part))
}

#[test]
fn what_takes_long_shows_what_it_has_or_how_far_it_is() {
    let driven = Driven::with(a_crowd(40_000));
    for tab in [Tab::Sites, Tab::Types, Tab::Leaks, Tab::ShortLived, Tab::Reallocs, Tab::Scopes, Tab::Threads] {
        assert!(shows(&driven, tab, |part| matches!(part.content, Content::Sheet(_))), "{tab:?} shows a table");
    }
    assert!(shows(&driven, Tab::Sizes, |part| matches!(part.content, Content::Grid(_) | Content::Beginning)));
}

/// The rows in view, from the top.
fn rows(driven: &Driven) -> Vec<String> {
    driven.harness.query_all_by_role(egui::Role::Row).filter_map(|row| row.accesskit_node().label()).collect()
}

#[test]
fn rows_under_the_pointer_stay_where_they_are_while_a_table_adds_up() {
    let mut driven = Driven::with(some_of_everything());
    let desk = &mut driven.harness.state_mut().desk;
    desk.apply(Command::ChooseTab(Tab::Sites));
    desk.apply(Command::ToggleTall);
    driven.settle();
    let before = rows(&driven);
    assert!(before.len() > 2);
    let analysis = &mut driven.harness.state_mut().desk.state.documents[0].analysis;
    let key = analysis.answers[&Tab::Sites].answered_key().expect("it is answered").clone();
    let sheet = analysis.answer(Tab::Sites).and_then(|shown| shown.sheet()).expect("a table").clone();
    let mut turned = sheet.clone();
    turned.rows.reverse();
    let answer = |sheet, fraction, serial| Computed { content: Content::Sheet(sheet), fraction, serial };
    let (go_on, may_go_on) = channel::<()>();
    let mut slot = Slot::default();
    let wake: Wake = Arc::new(|| {});
    slot.ask_in_parts(key, true, &wake, move |_, part| {
        part(answer(sheet, 0.4, 1 << 40));
        may_go_on.recv().ok()?;
        Some(answer(turned, 1.0, (1 << 40) + 1))
    });
    analysis.answers.insert(Tab::Sites, slot);
    let serial = |driven: &Driven| {
        driven.harness.state().desk.state.documents[0].analysis.answer(Tab::Sites).map_or(0, |shown| shown.serial)
    };
    driven.until(|driven| serial(driven) == 1 << 40);
    driven.harness.hover_at(egui::pos2(640.0, 600.0));
    driven.harness.step();
    driven.harness.step();
    go_on.send(()).unwrap();
    driven.until(|driven| serial(driven) > 1 << 40);
    driven.settle();
    assert_eq!(rows(&driven), before, "all has come, and nothing has moved");
    driven.harness.hover_at(egui::pos2(10.0, 10.0));
    driven.settle();
    let turned: Vec<String> = before.into_iter().rev().collect();
    assert_eq!(rows(&driven), turned, "the pointer has left");
}
