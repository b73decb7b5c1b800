//! The slow and obvious way: every block is looked at by itself, every group is a row of a map.

use super::truth::{Block, Truth, name_of, stacks};
use dropscope_engine::query::{
    Calls, Direction, GroupBy, InScope, Key, LifetimeClass, Lived, Query, Side, SizeClass, Sums, When,
};
use dropscope_engine::{Names, ScopeRow, StackId, TextId, ThreadNumber};
use std::collections::BTreeMap;

/// Groups by key; for a tree by the path of keys, with what ends there and all below.
pub(super) struct Expected {
    pub(super) rows: BTreeMap<Key, Sums>,
    pub(super) nodes: BTreeMap<Vec<Key>, (Sums, Sums)>,
    pub(super) total: Sums,
    /// The largest block's bytes of each row.
    pub(super) largest: BTreeMap<Key, u64>,
}

/// What is needed to look at one block.
pub(super) struct Oracle<'a> {
    pub(super) truth: &'a Truth,
    pub(super) names: &'a Names,
    /// By number in [`stacks`].
    pub(super) stack_ids: Vec<StackId>,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(truth: &'a Truth, names: &'a Names) -> Oracle<'a> {
        let backtraces = truth.model.backtraces();
        // The recording numbers stacks as it meets them: found again by their addresses.
        let id_of = |addresses: &Vec<u64>| {
            let mut inner = addresses.clone();
            inner.reverse();
            let all = (0..backtraces.node_count() as u32).map(StackId);
            all.into_iter().find(|&stack| backtraces.addresses(stack) == inner).unwrap_or(StackId(u32::MAX))
        };
        Oracle { truth, names, stack_ids: stacks().iter().map(id_of).collect() }
    }

    fn stack(&self, block: &Block, side: Side) -> Option<StackId> {
        match side {
            Side::Birth => Some(self.stack_ids[block.birth_stack]),
            Side::Release => block.died.map(|death| death.stack.map_or(StackId::EMPTY, |at| self.stack_ids[at])),
        }
    }

    /// The engine numbers threads by their first event; the name tells which is which. The system's ids are used again.
    fn thread(&self, number: u32) -> ThreadNumber {
        let threads = self.truth.model.threads();
        let name = name_of(number);
        let at = threads.iter().position(|thread| *thread.name == *name).expect("the thread has made an event");
        ThreadNumber(at as u32)
    }

    fn moment(&self, block: &Block, side: Side) -> Option<(ThreadNumber, u64)> {
        match side {
            Side::Birth => Some((self.thread(block.born_on), block.born_ns)),
            Side::Release => block.died.map(|death| (self.thread(death.on), death.at_ns)),
        }
    }

    /// The scopes of that thread that hold that moment.
    fn scopes(&self, (thread, time_ns): (ThreadNumber, u64)) -> Vec<(usize, &ScopeRow)> {
        let holds = |scope: &ScopeRow| {
            scope.thread == thread && scope.start_ns <= time_ns && scope.end_ns.is_none_or(|end_ns| time_ns < end_ns)
        };
        self.truth.model.scopes().iter().enumerate().filter(|(_, scope)| holds(scope)).collect()
    }

    fn bytes(&self, block: &Block, when: &When) -> u64 {
        match when {
            When::LiveAt(time_ns) => block.bytes_at(*time_ns),
            When::BornInAndAlive(range) => block.bytes_at(range.end.saturating_sub(1)),
            _ => block.last_bytes(),
        }
    }

    fn is_of_time(&self, block: &Block, when: &When) -> bool {
        let born = block.born_ns;
        let died = block.died.map(|death| death.at_ns);
        match when {
            When::Ever => true,
            When::LiveAt(time_ns) => born <= *time_ns && died.is_none_or(|died| died > *time_ns),
            When::BornIn(range) => range.contains(&born),
            When::BornInAndAlive(range) => range.contains(&born) && died.is_none_or(|died| died >= range.end),
            When::ReleasedIn(range) => died.is_some_and(|died| range.contains(&died)),
            When::AliveIn(range) => {
                !range.is_empty() && born < range.end && died.is_none_or(|died| died >= range.start)
            }
            When::NeverReleased => died.is_none(),
        }
    }

    fn has_lived(&self, block: &Block, lived: Lived) -> bool {
        let (born, died) = (block.born_ns, block.died.map(|death| death.at_ns));
        match lived {
            Lived::LessThanNs(ns) => died.is_some_and(|died| died - born < ns),
            Lived::BetweenNs(least, below) => died.is_some_and(|died| (least..below).contains(&(died - born))),
            Lived::AtLeastNs(ns) => died.unwrap_or(self.truth.model.duration_ns()) - born >= ns,
            Lived::LessThanEvents(limit) => {
                let Some(died) = died else { return false };
                let is_between = |time_ns: u64| born < time_ns && time_ns < died;
                let happened = self.truth.blocks.iter().flat_map(|other| {
                    let death = other.died.map(|death| death.at_ns);
                    std::iter::once(other.born_ns).chain(other.changes.iter().map(|change| change.0)).chain(death)
                });
                happened.filter(|&time_ns| is_between(time_ns)).count() < limit as usize
            }
        }
    }

    fn functions(&self, stack: StackId, direction: Direction) -> Vec<Key> {
        let mut functions: Vec<Key> = self.names.functions(stack).iter().map(|&one| Key::Function(one)).collect();
        if direction == Direction::TopDown {
            functions.reverse();
        }
        functions
    }

    fn is_on_path(&self, block: &Block, calls: &Calls) -> bool {
        let Some(stack) = self.stack(block, calls.side) else { return false };
        let wanted: Vec<Key> = calls.path.iter().map(|&function| Key::Function(function)).collect();
        self.functions(stack, calls.direction).starts_with(&wanted)
    }

    fn is_wanted(&self, block: &Block, query: &Query) -> bool {
        let which = &query.which;
        let backtraces = self.truth.model.backtraces();
        let is_under = |side, outer: StackId| {
            self.stack(block, side).is_some_and(|stack| {
                let mut at = Some(stack);
                while let Some(stack) = at {
                    if stack == outer {
                        return true;
                    }
                    at = backtraces.node(stack).map(|node| node.parent);
                }
                false
            })
        };
        let released_on = block.died.map(|death| self.thread(death.on));
        self.is_of_time(block, &which.when)
            && which.lived.is_none_or(|lived| self.has_lived(block, lived))
            && which.born_on.is_none_or(|thread| thread == self.thread(block.born_on))
            && which.released_on.is_none_or(|thread| Some(thread) == released_on)
            && which.size_bytes.as_ref().is_none_or(|sizes| sizes.contains(&self.bytes(block, &which.when)))
            && which.birth_stack.is_none_or(|outer| is_under(Side::Birth, outer))
            && which.release_stack.is_none_or(|outer| is_under(Side::Release, outer))
            && which.calls.as_ref().is_none_or(|calls| self.is_on_path(block, calls))
            && which.site.is_none_or(|(side, site)| {
                let stack = self.stack(block, side);
                stack.is_some_and(|stack| self.names.summary(stack).site.as_ref().map(|site| site.0) == site)
            })
            && which.owners.as_ref().is_none_or(|wanted| {
                let owners = self.stack(block, Side::Release).map(|stack| self.names.owners(stack));
                owners.is_some_and(
                    |owners| if wanted.is_empty() { owners.is_empty() } else { owners.starts_with(wanted) },
                )
            })
            && which.scope.is_none_or(|(side, scope)| {
                let Some(moment) = self.moment(block, side) else { return false };
                let scopes = self.scopes(moment);
                match scope {
                    InScope::One(one) => scopes.iter().any(|(row, _)| *row == one.0 as usize),
                    InScope::Named(name) => scopes.iter().any(|(_, scope)| scope.name == name),
                    InScope::Outside => scopes.is_empty(),
                }
            })
            && which.origins.has(self.names.summary(self.stack_ids[block.birth_stack]).origin())
    }

    /// The path of keys; one for a row.
    fn path(&self, block: &Block, query: &Query) -> Vec<Key> {
        let stack = |side| self.stack(block, side);
        let owners = || stack(Side::Release).map(|stack| self.names.owners(stack));
        let site = |stack: StackId| self.names.summary(stack).site.as_ref().map(|site| site.0);
        let innermost = |side| -> Option<Option<TextId>> {
            let scopes = self.scopes(self.moment(block, side)?);
            Some(scopes.last().map(|(_, scope)| scope.name))
        };
        let key = match query.group {
            GroupBy::Nothing => Some(Key::All),
            GroupBy::Calls(side, direction) => match stack(side) {
                Some(stack) => return self.functions(stack, direction),
                None => None,
            },
            GroupBy::Site(Side::Birth) => {
                stack(Side::Birth).map(|stack| Key::Site(site(stack), self.names.summary(stack).origin()))
            }
            GroupBy::Site(Side::Release) => stack(Side::Release).map(|stack| Key::ReleaseSite(site(stack))),
            GroupBy::Stack(side) => stack(side).map(Key::Stack),
            GroupBy::Stacks => stack(Side::Birth).map(|birth| Key::Stacks(birth, stack(Side::Release))),
            GroupBy::Owner => owners().map(|owners| Key::Owner(owners.first().cloned())),
            GroupBy::Holder => owners().map(|owners| Key::Owner(owners.last().cloned())),
            GroupBy::OwnerAndSite => {
                stack(Side::Release).map(|at| Key::OwnerAndSite(self.names.owners(at).first().cloned(), site(at)))
            }
            GroupBy::Owners => match owners() {
                Some(owners) if !owners.is_empty() => {
                    return owners.iter().map(|owner| Key::Owner(Some(owner.clone()))).collect();
                }
                Some(_) => Some(Key::Owner(None)),
                None => None,
            },
            GroupBy::Thread(side) => self.moment(block, side).map(|(thread, _)| Key::Thread(thread)),
            GroupBy::Threads => {
                let released = block.died.map(|death| self.thread(death.on));
                Some(Key::Threads(self.thread(block.born_on), released))
            }
            GroupBy::SizeClass => Some(Key::SizeClass(SizeClass::of(self.bytes(block, &query.which.when)))),
            GroupBy::LifetimeClass => {
                block.died.map(|death| Key::LifetimeClass(LifetimeClass::of(death.at_ns - block.born_ns)))
            }
            GroupBy::Scope(side) => innermost(side).map(Key::Scope),
        };
        vec![key.unwrap_or(Key::Alive)]
    }

    fn sums(&self, block: &Block, query: &Query) -> Sums {
        let died = block.died.map(|death| death.at_ns);
        let peak_ns = self.truth.model.totals().peak_at_ns;
        let is_at_peak = block.born_ns <= peak_ns && died.is_none_or(|died| died > peak_ns);
        let before = std::iter::once(block.first_bytes).chain(block.changes.iter().map(|change| change.1));
        let moves = before.zip(&block.changes).filter(|(_, change)| change.2);
        Sums {
            blocks: 1,
            bytes: self.bytes(block, &query.which.when),
            peak_bytes: if is_at_peak { block.bytes_at(peak_ns) } else { 0 },
            left_blocks: u64::from(died.is_none()),
            left_bytes: if died.is_none() { block.last_bytes() } else { 0 },
            lifetime_ns: died.map_or(0, |died| u128::from(died - block.born_ns)),
            reallocs: block.changes.len() as u64,
            moves: moves.clone().count() as u64,
            copied_bytes: moves.map(|(old, change)| old.min(change.1)).sum(),
            ..Sums::default()
        }
    }

    pub(super) fn answer(&self, query: &Query) -> Expected {
        let mut expected = Expected {
            rows: BTreeMap::new(),
            nodes: BTreeMap::new(),
            total: Sums::default(),
            largest: BTreeMap::new(),
        };
        for block in self.truth.blocks.iter().filter(|block| self.is_wanted(block, query)) {
            let (path, sums) = (self.path(block, query), self.sums(block, query));
            expected.total.add(&sums);
            if matches!(query.group, GroupBy::Calls(..) | GroupBy::Owners) {
                for length in 0..=path.len() {
                    let node = expected.nodes.entry(path[..length].to_vec()).or_default();
                    node.1.add(&sums);
                    if length == path.len() {
                        node.0.add(&sums);
                    }
                }
            } else {
                let largest = expected.largest.entry(path[0].clone()).or_default();
                *largest = (*largest).max(sums.bytes);
                expected.rows.entry(path[0].clone()).or_default().add(&sums);
            }
        }
        expected
    }
}
