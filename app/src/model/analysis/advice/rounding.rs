//! What the allocator gives beyond what it is asked for, at the peak.

use super::{Finding, Kind, rules};
use crate::format;
use crate::model::analysis::ask::Asking;
use crate::model::analysis::sheet::Narrow;
use crate::model::analysis::sheets::{block, name_of, place_of};
use crate::model::state::Tab;
use dropscope_engine::query::{Key, When, Which};
use dropscope_engine::{BlockId, Origin, Rounding, SiteId, StackId};
use std::collections::HashMap;

/// The blocks of one place, and one of them.
type OfPlace = (Rounding, BlockId);

/// One finding where the blocks alive at the range's peak were rounded up by much: with the place that most of it is of.
pub(super) fn rounded_up(asking: &Asking<'_>) -> Option<Vec<Finding>> {
    let peak_ns = {
        let model = asking.data.model.read();
        if model.usable_sizes().asked() == 0 {
            return Some(Vec::new());
        }
        match &asking.key.which.when {
            When::AliveIn(range) => model.live().peak_in(range.clone()).at_ns,
            _ => model.live().peak().at_ns,
        }
    };
    let which = Which { when: When::LiveAt(peak_ns), ..asking.key.which.clone() };
    let mut by_stack: HashMap<StackId, OfPlace> = HashMap::new();
    asking.select(&which, &mut |model, id| {
        let blocks = model.blocks();
        let place = by_stack.entry(blocks.birth_stack(id)).or_insert((Rounding::default(), id));
        place.0.add(model.usable_sizes(), blocks.size_at(id, peak_ns));
    })?;
    let mut all = Rounding::default();
    by_stack.values().for_each(|(rounding, _)| all.merge(*rounding));
    if !rules::is_rounded_up(all.added_bytes(), all.requested_bytes()) {
        return Some(Vec::new());
    }
    let names = &asking.data.names;
    let mut by_site: HashMap<(Option<SiteId>, Origin), OfPlace> = HashMap::new();
    for (stack, (rounding, id)) in by_stack {
        let summary = names.summary(stack);
        let site = (summary.site.as_ref().map(|site| site.0), summary.origin());
        by_site.entry(site).or_insert((Rounding::default(), id)).0.merge(rounding);
    }
    let most = by_site.into_iter().max_by_key(|(site, (rounding, _))| (rounding.added_bytes(), *site));
    Some(
        most.map(|((site, origin), of_place)| finding(asking, &Key::Site(site, origin), &all, of_place))
            .into_iter()
            .collect(),
    )
}

fn finding(asking: &Asking<'_>, key: &Key, all: &Rounding, (most, id): OfPlace) -> Finding {
    let names = &asking.data.names;
    Finding {
        kind: Kind::RoundedUp,
        sentence: format!(
            "{}: of {} that the allocator gives at the peak beyond the {} it is asked for ({}), {} are for blocks born here.",
            name_of(names, key, "place unknown"),
            format::bytes(all.added_bytes()),
            format::bytes(all.requested_bytes()),
            format::percent(all.added_bytes(), all.requested_bytes()),
            format::bytes(most.added_bytes())
        ),
        remedy: "Small blocks cost the most: keep them in one piece, as a Vec of values or in an arena.",
        thing: block(id),
        place: place_of(names, key),
        range_ns: None,
        tab: Tab::Sizes,
        narrow: Narrow::of(key),
    }
}
