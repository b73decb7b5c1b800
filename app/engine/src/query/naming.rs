//! What stacks are called, for the groups and the filters that need it: from what is known already, or looked up.

use super::{Calls, Direction, GroupBy, Query, Side};
use crate::backtraces::Backtraces;
use crate::hash::FastMap;
use crate::ids::StackId;
use crate::names::{FunctionId, Names, StackSummary};
use std::sync::Arc;

/// The names that one question needs, kept while it is answered.
pub(super) struct Naming<'a> {
    pub(super) names: &'a Names,
    backtraces: Arc<Backtraces>,
    summaries: FastMap<u32, Arc<StackSummary>>,
    functions: FastMap<u32, Arc<[FunctionId]>>,
}

/// What must be known of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Needs {
    summary: bool,
    functions: bool,
}

impl Needs {
    fn is_none(self) -> bool {
        self == Needs::default()
    }
}

impl<'a> Naming<'a> {
    pub(super) fn new(names: &'a Names) -> Naming<'a> {
        let backtraces = Arc::clone(names.backtraces());
        Naming { names, backtraces, summaries: FastMap::default(), functions: FastMap::default() }
    }

    /// What is known of `stack` so far.
    pub(super) fn summary(&self, stack: u32) -> Option<&Arc<StackSummary>> {
        self.summaries.get(&stack)
    }

    /// Its functions, innermost first, as far as known.
    pub(super) fn functions(&self, stack: u32) -> Option<&Arc<[FunctionId]>> {
        self.functions.get(&stack)
    }

    /// Takes over what the names know already. True where that is all that is needed.
    pub(super) fn recall(&mut self, stack: u32, needs: Needs) -> bool {
        let id = StackId(stack);
        if needs.summary
            && !self.summaries.contains_key(&stack)
            && let Some(summary) = self.names.known_summary(id)
        {
            self.summaries.insert(stack, summary);
        }
        if needs.functions
            && !self.functions.contains_key(&stack)
            && let Some(functions) = self.names.known_functions(id)
        {
            self.functions.insert(stack, functions);
        }
        self.has(stack, needs)
    }

    /// Looks up what is needed: may read files.
    pub(super) fn look_up(&mut self, stack: u32, needs: Needs) {
        let id = StackId(stack);
        if needs.summary {
            self.summaries.entry(stack).or_insert_with(|| self.names.summary(id));
        }
        if needs.functions {
            self.functions.entry(stack).or_insert_with(|| self.names.functions(id));
        }
    }

    fn has(&self, stack: u32, needs: Needs) -> bool {
        needs.is_none()
            || ((!needs.summary || self.summaries.contains_key(&stack))
                && (!needs.functions || self.functions.contains_key(&stack)))
    }

    /// Whether `stack` is what the question asks for on this side; none while a name is missing.
    pub(super) fn accepts(&self, query: &Query, side: Side, stack: u32) -> Option<bool> {
        let which = &query.which;
        let under = match side {
            Side::Birth => which.birth_stack,
            Side::Release => which.release_stack,
        };
        if under.is_some_and(|outer| !self.is_under(StackId(stack), outer)) {
            return Some(false);
        }
        if let Some(calls) = which.calls.as_ref().filter(|calls| calls.side == side)
            && !is_path(self.functions(stack)?, calls)
        {
            return Some(false);
        }
        if let Some((_, wanted)) = which.site.filter(|site| site.0 == side)
            && self.summary(stack)?.site.as_ref().map(|site| site.0) != wanted
        {
            return Some(false);
        }
        Some(match side {
            Side::Birth => which.origins.is_all() || which.origins.has(self.summary(stack)?.origin()),
            Side::Release => match &which.owners {
                None => true,
                Some(wanted) if wanted.is_empty() => self.summary(stack)?.owners.is_empty(),
                Some(wanted) => self.summary(stack)?.owners.starts_with(wanted),
            },
        })
    }

    /// Whether `outer` is `stack` or an outer part of it.
    fn is_under(&self, stack: StackId, outer: StackId) -> bool {
        // A caller always has a smaller number, so the walk ends.
        let callers = std::iter::successors(Some(stack), |&stack| self.backtraces.node(stack).map(|node| node.parent));
        callers.take_while(|stack| stack.0 >= outer.0).any(|stack| stack == outer)
    }
}

fn is_path(functions: &[FunctionId], calls: &Calls) -> bool {
    match calls.direction {
        Direction::TopDown => {
            functions.iter().rev().zip(&calls.path).filter(|(a, b)| a == b).count() == calls.path.len()
        }
        Direction::BottomUp => functions.starts_with(&calls.path),
    }
}

/// What must be known of the stacks of `side` to group and to filter by them.
pub(super) fn needs_of(query: &Query, side: Side) -> Needs {
    let which = &query.which;
    let calls = which.calls.as_ref().is_some_and(|calls| calls.side == side);
    let site = which.site.as_ref().is_some_and(|site| site.0 == side);
    let of_side = match side {
        Side::Birth => !which.origins.is_all(),
        Side::Release => which.owners.is_some(),
    };
    let grouped = match query.group {
        GroupBy::Calls(of, _) => return Needs { summary: site || of_side, functions: calls || of == side },
        GroupBy::Site(of) => of == side,
        GroupBy::Owner | GroupBy::OwnerAndSite | GroupBy::Holder | GroupBy::Owners => side == Side::Release,
        _ => false,
    };
    Needs { summary: site || of_side || grouped, functions: calls }
}
