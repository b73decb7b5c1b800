//! What one recording has more or less of than another, by birth site and by owner.

use crate::json::At;
use crate::report::{Report, SiteJson};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// One recording against the base.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct DifferenceJson {
    /// The base's name.
    pub base: String,
    /// The other's name.
    pub other: String,
    /// Birth sites, the greatest change of bytes first; those without any change are left out.
    pub sites: Vec<SiteDifference>,
    /// Outermost owners, the same way.
    pub owners: Vec<OwnerDifference>,
}

/// Blocks and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Amount {
    /// Blocks.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of them alive at the peak; 0 for owners.
    pub peak_bytes: u64,
    /// Of them alive at the end; 0 for owners.
    pub leaked_bytes: u64,
}

/// What was born at one place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct SiteDifference {
    /// The place, in the other where it has it.
    pub at: Option<At>,
    /// In the base; all 0 where it has no such place.
    pub base: Amount,
    /// In the other.
    pub other: Amount,
    /// Bytes of the other less those of the base.
    pub bytes_change: i64,
}

/// What one outermost owner released.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OwnerDifference {
    /// The owner's type.
    pub owner: Arc<str>,
    /// In the base.
    pub base: Amount,
    /// In the other.
    pub other: Amount,
    /// Bytes of the other less those of the base.
    pub bytes_change: i64,
}

/// Each report but the first against the first.
pub(super) fn to_first(reports: &[(String, Report)]) -> Vec<DifferenceJson> {
    let Some(((base_name, base), others)) = reports.split_first() else { return Vec::new() };
    let difference = |(name, other): &(String, Report)| DifferenceJson {
        base: base_name.clone(),
        other: name.clone(),
        sites: sites(&base.sites, &other.sites),
        owners: owners(base, other),
    };
    others.iter().map(difference).collect()
}

impl Amount {
    fn of(site: &SiteJson) -> Amount {
        Amount { blocks: site.allocs, bytes: site.bytes, peak_bytes: site.peak_bytes, leaked_bytes: site.leaked_bytes }
    }

    fn change_to(&self, other: &Amount) -> i64 {
        i64::try_from(i128::from(other.bytes) - i128::from(self.bytes)).unwrap_or(i64::MAX)
    }
}

/// Sites are the same where their places are. Lines move when a program is changed, so the rest is matched by file and
/// function, in order of line.
fn sites(base: &[SiteJson], other: &[SiteJson]) -> Vec<SiteDifference> {
    let mut of_place: HashMap<Option<&At>, &SiteJson> = base.iter().map(|site| (site.at.as_ref(), site)).collect();
    let mut pairs: Vec<(Option<&SiteJson>, Option<&SiteJson>)> = Vec::new();
    let mut moved: Vec<&SiteJson> = Vec::new();
    for site in other {
        match of_place.remove(&site.at.as_ref()) {
            Some(before) => pairs.push((Some(before), Some(site))),
            None => moved.push(site),
        }
    }
    let mut left: Vec<&SiteJson> = of_place.into_values().collect();
    left.sort_by(|a, b| a.at.cmp(&b.at));
    moved.sort_by(|a, b| a.at.cmp(&b.at));
    let function = |site: &SiteJson| site.at.as_ref().map(|at| (at.file.clone(), Arc::clone(&at.function)));
    for site in moved {
        let before = left.iter().position(|before| before.at.is_some() && function(before) == function(site));
        pairs.push((before.map(|index| left.remove(index)), Some(site)));
    }
    pairs.extend(left.into_iter().map(|site| (Some(site), None)));
    let mut sites: Vec<SiteDifference> = pairs.into_iter().filter_map(|(before, after)| site(before, after)).collect();
    sites.sort_by(|a, b| {
        b.bytes_change.unsigned_abs().cmp(&a.bytes_change.unsigned_abs()).then_with(|| a.at.cmp(&b.at))
    });
    sites
}

fn site(before: Option<&SiteJson>, after: Option<&SiteJson>) -> Option<SiteDifference> {
    let (base, other) = (before.map(Amount::of).unwrap_or_default(), after.map(Amount::of).unwrap_or_default());
    let at = after.or(before).and_then(|site| site.at.clone());
    (base != other).then(|| SiteDifference { at, bytes_change: base.change_to(&other), base, other })
}

fn owners(base: &Report, other: &Report) -> Vec<OwnerDifference> {
    let mut of_owner: HashMap<&Arc<str>, (Amount, Amount)> = HashMap::new();
    for owner in &base.owners {
        let amount = &mut of_owner.entry(&owner.owner).or_default().0;
        amount.blocks += owner.frees;
        amount.bytes = owner.bytes.saturating_add(amount.bytes);
    }
    for owner in &other.owners {
        let amount = &mut of_owner.entry(&owner.owner).or_default().1;
        amount.blocks += owner.frees;
        amount.bytes = owner.bytes.saturating_add(amount.bytes);
    }
    let changed = of_owner.into_iter().filter(|(_, (base, other))| base != other);
    let difference = |(owner, (base, other)): (&Arc<str>, (Amount, Amount))| OwnerDifference {
        owner: Arc::clone(owner),
        bytes_change: base.change_to(&other),
        base,
        other,
    };
    let mut owners: Vec<OwnerDifference> = changed.map(difference).collect();
    owners.sort_by(|a, b| {
        b.bytes_change.unsigned_abs().cmp(&a.bytes_change.unsigned_abs()).then_with(|| a.owner.cmp(&b.owner))
    });
    owners
}
