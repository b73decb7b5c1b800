//! When the collector of `gc-arena` works: all at once, or in steps.

use dropscope::scope;
use gc_arena::arena::Root;
use gc_arena::metrics::Pacing;
use gc_arena::{Arena, Collect, Rootable};

/// How an arena's collector works.
pub trait Pace {
    /// How hard.
    const PACING: Pacing;

    /// Lets it work, after it has found that it is time.
    fn work<R>(arena: &mut Arena<R>)
    where
        R: for<'a> Rootable<'a>,
        for<'a> Root<'a, R>: Collect<'a>;
}

/// A collection, once begun, runs to its end.
pub struct Stop;

/// A little of the collection after each request that made something.
pub struct Steps;

impl Pace for Stop {
    const PACING: Pacing = Pacing::STOP_THE_WORLD;

    fn work<R>(arena: &mut Arena<R>)
    where
        R: for<'a> Rootable<'a>,
        for<'a> Root<'a, R>: Collect<'a>,
    {
        let _pause = scope!("gc: finish_cycle");
        arena.finish_cycle(); // marks all that is alive, releases all that is not
    }
}

impl Pace for Steps {
    const PACING: Pacing = Pacing::DEFAULT;

    fn work<R>(arena: &mut Arena<R>)
    where
        R: for<'a> Rootable<'a>,
        for<'a> Root<'a, R>: Collect<'a>,
    {
        let _step = scope!("gc-step: collect_debt");
        arena.collect_debt(); // marks or releases a few objects, then goes on later
    }
}
