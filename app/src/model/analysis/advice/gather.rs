//! Gathers the numbers that the rules are asked about.

use super::rules;
use super::{Finding, Kind};
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::Narrow;
use crate::model::analysis::sheets::growth::{series, slope, times};
use crate::model::analysis::sheets::{block, name_of, place_of};
use crate::model::scene::thread_name;
use crate::model::state::Tab;
use dropscope_engine::query::{GroupBy, Key, Lived, Measure, Row, Side, Sums, When, Which};
use dropscope_engine::{BlockId, Origin, SiteId};
use std::collections::HashMap;
use std::ops::Range;

/// The blocks of the range, without what the runtime makes for itself.
fn born(asking: &Asking<'_>) -> Which {
    let when = match &asking.key.which.when {
        When::AliveIn(range) => When::BornIn(range.clone()),
        _ => When::Ever,
    };
    Which { when, ..asking.key.which.clone() }
}

fn range(asking: &Asking<'_>) -> Range<u64> {
    match &asking.key.which.when {
        When::AliveIn(range) => range.clone(),
        _ => 0..asking.data.model.read().duration_ns().saturating_add(1),
    }
}

fn finding(asking: &Asking<'_>, row: &Row, kind: Kind, tab: Tab, sentence: &str, remedy: &'static str) -> Finding {
    let names = &asking.data.names;
    Finding {
        kind,
        sentence: format!("{}: {sentence}", name_of(names, &row.key, &row.label)),
        remedy,
        thing: block(row.example),
        place: place_of(names, &row.key),
        range_ns: None,
        tab,
        narrow: Narrow::of(&row.key),
    }
}

fn events(sums: &Sums) -> u64 {
    sums.blocks + sums.reallocs + sums.blocks.saturating_sub(sums.left_blocks)
}

/// Findings about places of birth: leaks that grow, what never shrinks, one place that makes most events.
pub(super) fn of_places(asking: &Asking<'_>) -> Option<Vec<Finding>> {
    // Asked before anything is counted: what is read meanwhile is not in the answers.
    let tells_leaks = asking.data.model.read().state().tells_leaks();
    let births = asking.ask(&born(asking), GroupBy::Site(Side::Birth), Measure::Bytes)?;
    let range = range(asking);
    let whole = series(asking, &range)?;
    // What is torn down at the end of the run has still never shrunk while it was used.
    let used = range.start..range.end - (range.end - range.start) / 10;
    let most = series(asking, &used)?;
    let all: u64 = births.groups.rows().iter().map(|row| events(&row.sums)).sum();
    let mut findings = Vec::new();
    for row in births.groups.rows() {
        if matches!(row.key, Key::Site(_, Origin::Runtime | Origin::Static)) {
            continue;
        }
        let sums = &row.sums;
        if let Some(site) = whole.get(&row.key).filter(|_| tells_leaks)
            && rules::is_growing_leak(&site.bytes, sums.left_bytes)
        {
            let slope = slope(&times(&range), &site.bytes).round() as i64;
            let words = format!(
                "{} in {} never released, {} a second.",
                format::bytes(sums.left_bytes),
                format::blocks(sums.left_blocks),
                format::bytes_change(slope)
            );
            let remedy = "Find who should have dropped them: their owner chain ends where nobody does.";
            let mut found = finding(asking, row, Kind::GrowingLeak, Tab::Growth, &words, remedy);
            found.thing = row.left_example.and_then(block);
            findings.push(found);
        } else if let Some(site) = most.get(&row.key)
            && rules::never_shrinks(&site.bytes, sums.left_bytes, births.peak_bytes)
        {
            let last = site.bytes.last().copied().unwrap_or(0);
            let words = format!(
                "its live bytes only ever grew, to {} ({} of the peak).",
                format::bytes(last),
                format::percent(last, births.peak_bytes)
            );
            let remedy = "If it is a cache, give it a bound; if it is a result, nothing is wrong.";
            findings.push(finding(asking, row, Kind::NeverShrinks, Tab::Growth, &words, remedy));
        }
        if rules::is_one_place(events(sums), all) {
            let words = format!(
                "{} of all births, reallocs and releases ({} of {}).",
                format::percent(events(sums), all),
                format::count(events(sums)),
                format::count(all)
            );
            let remedy = "What is saved here is saved for the program: reuse a buffer, or allocate in one piece.";
            findings.push(finding(asking, row, Kind::OnePlace, Tab::Sites, &words, remedy));
        }
    }
    Some(findings)
}

/// The blocks that doubled most often, by place.
pub(super) fn of_chains(asking: &Asking<'_>) -> Option<Vec<Finding>> {
    let mut by_stack: HashMap<_, (u64, BlockId)> = HashMap::new();
    asking.select(&born(asking), &mut |model, id| {
        let blocks = model.blocks();
        let mut changes = blocks.reallocs(id).peekable();
        if changes.peek().is_none() {
            return;
        }
        let mut sizes = vec![blocks.first_size_bytes(id)];
        sizes.extend(changes.map(|change| change.size_bytes));
        let doublings = rules::doublings(&sizes);
        if doublings >= rules::LEAST_DOUBLINGS {
            let most = by_stack.entry(blocks.birth_stack(id)).or_insert((0, id));
            *most = (*most).max((doublings, id));
        }
    })?;
    let mut by_site: HashMap<(Option<SiteId>, Origin), (u64, BlockId)> = HashMap::new();
    for (stack, chain) in by_stack {
        let summary = asking.data.names.summary(stack);
        let site = (summary.site.as_ref().map(|site| site.0), summary.origin());
        let most = by_site.entry(site).or_insert(chain);
        *most = (*most).max(chain);
    }
    let names = &asking.data.names;
    let model = asking.data.model.read();
    let blocks = model.blocks();
    let found = |((site, origin), (doublings, id)): ((Option<SiteId>, Origin), (u64, BlockId))| {
        let key = Key::Site(site, origin);
        let copied: u64 =
            blocks.reallocs(id).filter(dropscope_engine::ReallocRow::moved).map(|change| change.old_size_bytes).sum();
        Finding {
            kind: Kind::DoubledOften,
            sentence: format!(
                "{}: a block doubled {doublings} times, from {} to {}, and copied {} on the way.",
                name_of(names, &key, "place unknown"),
                format::bytes(blocks.first_size_bytes(id)),
                format::bytes(blocks.size_bytes(id)),
                format::bytes(copied)
            ),
            remedy: "Where the size is known or can be guessed, `with_capacity` or `reserve` asks once.",
            thing: block(id),
            place: place_of(names, &key),
            range_ns: None,
            tab: Tab::Reallocs,
            narrow: Narrow::of(&key),
        }
    };
    let mut by_site: Vec<_> = by_site.into_iter().collect();
    by_site.sort_by_key(|(site, chain)| (std::cmp::Reverse(chain.0), *site));
    Some(by_site.into_iter().map(found).collect())
}

/// Blocks that are copied and released before two other events have happened.
pub(super) fn of_clones(asking: &Asking<'_>) -> Option<Vec<Finding>> {
    let which = Which { lived: Some(Lived::LessThanEvents(3)), ..born(asking) };
    let answer = asking.ask(&which, GroupBy::Stack(Side::Birth), Measure::Blocks)?;
    let mut sites: HashMap<(Option<SiteId>, Origin), (Sums, BlockId)> = HashMap::new();
    for row in answer.groups.rows() {
        let Key::Stack(stack) = row.key else { continue };
        if rules::is_clone(&asking.data.names.frames(stack)) {
            let summary = asking.data.names.summary(stack);
            let site = (summary.site.as_ref().map(|site| site.0), summary.origin());
            sites.entry(site).or_insert((Sums::default(), row.example)).0.add(&row.sums);
        }
    }
    let names = &asking.data.names;
    let mut sites: Vec<_> = sites.into_iter().filter(|(_, (sums, _))| sums.blocks >= rules::LEAST_CLONES).collect();
    sites.sort_by_key(|(site, (sums, _))| (std::cmp::Reverse(sums.blocks), *site));
    let found = |((site, origin), (sums, id)): ((Option<SiteId>, Origin), (Sums, BlockId))| {
        let key = Key::Site(site, origin);
        Finding {
            kind: Kind::ClonedInVain,
            sentence: format!(
                "{}: {} copies, {} in all, are dropped at once, before anything else happens.",
                name_of(names, &key, "place unknown"),
                format::count(sums.blocks),
                format::bytes(sums.bytes)
            ),
            remedy: "Borrow instead of cloning, or give away what is no longer needed.",
            thing: block(id),
            place: place_of(names, &key),
            range_ns: None,
            tab: Tab::ShortLived,
            narrow: Narrow::of(&key),
        }
    };
    Some(sites.into_iter().map(found).collect())
}

/// Pairs of threads of which one releases what the other made.
pub(super) fn of_threads(asking: &Asking<'_>) -> Option<Vec<Finding>> {
    let answer = asking.ask(&born(asking), GroupBy::Threads, Measure::Blocks)?;
    let released = answer.total.blocks - answer.total.left_blocks;
    let model = asking.data.model.read();
    let mut findings = Vec::new();
    for row in answer.groups.rows() {
        let Key::Threads(born, Some(released_on)) = row.key else { continue };
        if born == released_on || !rules::is_crossing(row.sums.blocks, released) {
            continue;
        }
        findings.push(Finding {
            kind: Kind::Crosses,
            sentence: format!(
                "{} makes {} blocks that {} releases ({} of all that are released).",
                thread_name(&model, born),
                format::count(row.sums.blocks),
                thread_name(&model, released_on),
                format::percent(row.sums.blocks, released)
            ),
            remedy: "Allocators are slower at this, and keep more: send the work, or give buffers back.",
            thing: block(row.example),
            place: None,
            range_ns: None,
            tab: Tab::Threads,
            narrow: Some(Narrow::Threads(Some(born), Some(released_on))),
        });
    }
    Some(findings)
}
