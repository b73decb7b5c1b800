//! The rule of a return address: learnt once, then from the table, until the code may have changed.

use super::rule::Rule;
use super::{cache, cfi, loader};
use std::sync::atomic::{AtomicU64, Ordering};

/// The loader's generation that the table is good for.
static GOOD_FOR: AtomicU64 = AtomicU64::new(0);

/// Before the first rule is learnt.
pub(super) fn initialise() {
    GOOD_FOR.store(loader::generation(), Ordering::Release);
}

/// The same where it has been learnt.
#[inline(always)]
pub(super) fn known_rule_of(address: u64) -> Option<Rule> {
    cache::get(address)
}

#[inline(always)]
pub(super) fn rule_of(address: u64) -> Rule {
    match cache::get(address) {
        Some(rule) => rule,
        None => learn(address),
    }
}

#[cold]
#[inline(never)]
fn learn(address: u64) -> Rule {
    let rule = cfi::rule_for(address);
    // Where loads cannot be seen, only what is never unloaded is kept.
    if rule.is_final() && (loader::is_watching() || loader::is_permanent(address)) {
        cache::put(address, rule);
    }
    rule
}

/// Makes the table good for `generation`: forgets the rules of everything that can have been unloaded.
///
/// Threads that notice at the same time all do it, so that none goes on before it is done. A rule learnt meanwhile by
/// another thread may be forgotten with the rest, and is learnt again.
#[cold]
#[inline(never)]
pub(super) fn refresh(generation: u64) {
    if GOOD_FOR.load(Ordering::Acquire) != generation {
        cache::retain(loader::is_permanent);
        GOOD_FOR.store(generation, Ordering::Release);
    }
}
