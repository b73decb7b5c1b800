//! Arithmetic of the time axis: which times are in view, where they are on screen, where the ticks go.
//!
//! Times are whole nanoseconds throughout; only a screen position is a float, made after the view's start was
//! subtracted, so that a nanosecond keeps its place ten hours into a recording.

mod ticks;

pub use ticks::{Base, Tick, Ticks, exact_time, ticks};

use std::ops::RangeInclusive;

/// The narrowest view.
pub const SHORTEST_SPAN_NS: i64 = 1;
/// Times are held within this, far beyond any recording, so that sums of two never overflow.
const FARTHEST_NS: i64 = i64::MAX / 8;
/// How far before its start and after its end a recording can be looked past, as a share of the view.
const MARGIN_SHARE: f64 = 0.05;

/// The stretch of time in view, from `start_ns` to `end_ns`. It may begin before a recording's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeView {
    start_ns: i64,
    end_ns: i64,
}

impl TimeView {
    /// The view of these two times, whichever comes first; at least [`SHORTEST_SPAN_NS`] wide.
    pub fn new(from_ns: i64, to_ns: i64) -> Self {
        let [from_ns, to_ns] = [from_ns, to_ns].map(|time_ns| time_ns.clamp(-FARTHEST_NS, FARTHEST_NS));
        let start_ns = from_ns.min(to_ns);
        Self { start_ns, end_ns: from_ns.max(to_ns).max(start_ns + SHORTEST_SPAN_NS) }
    }

    /// A whole recording, with a little room on both sides.
    pub fn fit(duration_ns: u64) -> Self {
        Self::fit_range(0, time(duration_ns))
    }

    /// From `from_ns` to `to_ns` with a little room on both sides: to show one block or one scope.
    pub fn fit_range(from_ns: i64, to_ns: i64) -> Self {
        let view = Self::new(from_ns, to_ns);
        let room_ns = (view.span_ns() as f64 * MARGIN_SHARE / 2.0).ceil() as i64;
        Self::new(view.start_ns - room_ns, view.end_ns + room_ns)
    }

    /// The first time in view.
    pub fn start_ns(self) -> i64 {
        self.start_ns
    }

    /// The last time in view.
    pub fn end_ns(self) -> i64 {
        self.end_ns
    }

    /// How much time is in view; never zero.
    pub fn span_ns(self) -> i64 {
        self.end_ns - self.start_ns
    }

    /// Whether `time_ns` is in view.
    pub fn contains(self, time_ns: i64) -> bool {
        (self.start_ns..=self.end_ns).contains(&time_ns)
    }

    /// How much time one unit of `width` shows: a point, or a pixel.
    pub fn ns_per(self, width: f32) -> f64 {
        self.span_ns() as f64 / f64::from(width.max(f32::MIN_POSITIVE))
    }

    /// Where `time_ns` is, if the view fills `x` from left to right. Times out of view land outside, however far.
    pub fn x_from_time(self, x: RangeInclusive<f32>, time_ns: i64) -> f32 {
        let (left, width) = (f64::from(*x.start()), f64::from(x.end() - x.start()));
        let past_ns = time_ns.saturating_sub(self.start_ns) as f64;
        (left + past_ns / self.span_ns() as f64 * width) as f32
    }

    /// The same, but no farther out than `slack` beyond either side: for drawing bars that begin or end out of view.
    pub fn x_from_time_clamped(self, x: RangeInclusive<f32>, time_ns: i64, slack: f32) -> f32 {
        let (left, right) = (x.start() - slack, x.end() + slack);
        self.x_from_time(x, time_ns).max(left).min(right)
    }

    /// The time at `at`, if the view fills `x` from left to right.
    pub fn time_from_x(self, x: RangeInclusive<f32>, at: f32) -> i64 {
        let width = f64::from(x.end() - x.start());
        if width <= 0.0 || !at.is_finite() {
            return self.start_ns;
        }
        let past_ns = f64::from(at - x.start()) / width * self.span_ns() as f64;
        // The cast saturates and the sum cannot overflow after it.
        (self.start_ns.saturating_add(past_ns.round() as i64)).clamp(-FARTHEST_NS, FARTHEST_NS)
    }

    /// The view with `factor` times the span, `pivot_ns` staying where it is on screen. A factor below 1 zooms in.
    ///
    /// Every step changes the span by at least one nanosecond, so that zooming never gets stuck on rounding.
    #[must_use]
    pub fn zoom(self, pivot_ns: i64, factor: f64) -> Self {
        if !factor.is_finite() || factor <= 0.0 || factor == 1.0 {
            return self;
        }
        let old_ns = self.span_ns();
        let scaled_ns = (old_ns as f64 * factor).round() as i64;
        let span_ns = if factor < 1.0 { scaled_ns.min(old_ns - 1) } else { scaled_ns.max(old_ns + 1) };
        let span_ns = span_ns.clamp(SHORTEST_SPAN_NS, FARTHEST_NS);
        let share = (pivot_ns.saturating_sub(self.start_ns) as f64 / old_ns as f64).clamp(0.0, 1.0);
        let pivot_ns = pivot_ns.clamp(self.start_ns, self.end_ns);
        let start_ns = pivot_ns - (span_ns as f64 * share).round() as i64;
        Self::new(start_ns, start_ns + span_ns)
    }

    /// The view moved by `by_ns` towards later times.
    #[must_use]
    pub fn pan(self, by_ns: i64) -> Self {
        let by_ns = by_ns.clamp(-FARTHEST_NS - self.start_ns, FARTHEST_NS - self.end_ns);
        Self { start_ns: self.start_ns + by_ns, end_ns: self.end_ns + by_ns }
    }

    /// The view with `time_ns` in its inner nine tenths: moved just far enough from its edges, and to the middle from
    /// elsewhere. For stepping a playhead.
    #[must_use]
    pub fn reveal(self, time_ns: i64) -> Self {
        if !self.contains(time_ns) {
            return self.pan(time_ns.saturating_sub(self.start_ns + self.span_ns() / 2));
        }
        let room_ns = (self.span_ns() as f64 * MARGIN_SHARE).round() as i64;
        let (first_ns, last_ns) = (self.start_ns + room_ns, self.end_ns - room_ns);
        if time_ns < first_ns {
            self.pan(time_ns.saturating_sub(first_ns))
        } else if time_ns > last_ns {
            self.pan(time_ns.saturating_sub(last_ns))
        } else {
            self
        }
    }

    /// The view held to a recording of `duration_ns`: no wider than [`TimeView::fit`] shows it, and never so far off
    /// that more than a margin of the view is beyond its start or end.
    #[must_use]
    pub fn clamped(self, duration_ns: u64) -> Self {
        let whole = Self::fit(duration_ns);
        if self.span_ns() >= whole.span_ns() {
            return whole;
        }
        let margin_ns = (self.span_ns() as f64 * MARGIN_SHARE).ceil() as i64;
        let earliest_ns = -margin_ns;
        let latest_ns = (time(duration_ns) + margin_ns - self.span_ns()).max(earliest_ns);
        self.pan(self.start_ns.clamp(earliest_ns, latest_ns) - self.start_ns)
    }
}

/// A time of the recording as this axis counts it.
pub fn time(time_ns: u64) -> i64 {
    i64::try_from(time_ns).unwrap_or(i64::MAX).min(FARTHEST_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: RangeInclusive<f32> = 100.0..=1700.0;
    const HOUR_NS: i64 = 3_600_000_000_000;

    #[test]
    fn a_position_leads_back_to_its_time_at_every_width() {
        for span_ns in [1, 7, 1_600, 1_000_000, 36_000_000_000_000] {
            let view = TimeView::new(9 * HOUR_NS + 1, 9 * HOUR_NS + 1 + span_ns);
            for part in 0..=8 {
                let time_ns = view.start_ns() + span_ns / 8 * part;
                let back_ns = view.time_from_x(X, view.x_from_time(X, time_ns));
                // A float holds a position to about a ten-thousandth of a point.
                let tolerance_ns = (view.ns_per(1600.0) * 2e-4) as i64;
                assert!((back_ns - time_ns).abs() <= tolerance_ns, "{span_ns} ns wide: {time_ns} became {back_ns}");
            }
        }
    }

    #[test]
    fn single_nanoseconds_are_apart_ten_hours_in() {
        let view = TimeView::new(10 * HOUR_NS, 10 * HOUR_NS + 16);
        let apart = view.x_from_time(X, 10 * HOUR_NS + 5) - view.x_from_time(X, 10 * HOUR_NS + 4);
        assert!((apart - 100.0).abs() < 0.01, "{apart}");
    }

    #[test]
    fn times_out_of_view_are_outside_and_can_be_held_near() {
        let view = TimeView::new(1_000, 2_000);
        assert!(view.x_from_time(X, i64::MIN) < -1e15 && view.x_from_time(X, i64::MAX) > 1e15);
        assert_eq!(view.x_from_time_clamped(X, i64::MIN, 2.0), 98.0);
        assert_eq!(view.x_from_time_clamped(X, i64::MAX, 2.0), 1702.0);
        assert_eq!(view.x_from_time_clamped(X, 1_500, 2.0), 900.0);
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let view = TimeView::new(0, 1_000_000);
        let pivot_ns = view.time_from_x(X, 500.0);
        let near = view.zoom(pivot_ns, 0.1);
        assert_eq!(near.span_ns(), 100_000);
        assert!((near.x_from_time(X, pivot_ns) - 500.0).abs() < 0.1);
        assert_eq!(near.zoom(pivot_ns, 10.0), view);
    }

    #[test]
    fn zooming_in_and_out_always_gets_somewhere() {
        let mut view = TimeView::fit(10 * HOUR_NS as u64);
        let mut steps = 0;
        while view.span_ns() > SHORTEST_SPAN_NS {
            view = view.zoom(5 * HOUR_NS + 3, 0.9);
            steps += 1;
            assert!(steps < 500 && view.contains(5 * HOUR_NS + 3));
        }
        assert_eq!(view.zoom(view.start_ns(), 0.5), view, "no narrower than the shortest");
        while view.span_ns() < HOUR_NS {
            view = view.zoom(5 * HOUR_NS + 3, 1.1);
            steps += 1;
            assert!(steps < 1_000);
        }
    }

    #[test]
    fn nonsense_changes_nothing_and_overflows_nothing() {
        let view = TimeView::new(0, 100);
        for factor in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1.0] {
            assert_eq!(view.zoom(50, factor), view);
        }
        assert_eq!(view.time_from_x(5.0..=5.0, 7.0), 0);
        assert_eq!(view.time_from_x(X, f32::NAN), 0);
        let widest =
            TimeView::new(i64::MIN, i64::MAX).zoom(i64::MAX, 1e300).pan(i64::MAX).pan(i64::MIN).clamped(u64::MAX);
        assert!(widest.span_ns() > 0);
        assert_eq!(TimeView::fit(0).clamped(0), TimeView::fit(0));
    }

    #[test]
    fn a_view_stays_with_its_recording() {
        let duration_ns = 1_000_000;
        assert_eq!(TimeView::new(-HOUR_NS, HOUR_NS).clamped(duration_ns), TimeView::fit(duration_ns));
        let before = TimeView::new(-500, -400).clamped(duration_ns);
        assert_eq!((before.start_ns(), before.span_ns()), (-5, 100));
        let after = TimeView::new(2_000_000, 2_000_100).clamped(duration_ns);
        assert_eq!((after.end_ns(), after.span_ns()), (1_000_005, 100));
        let inside = TimeView::new(10, 20);
        assert_eq!(inside.clamped(duration_ns), inside);
    }

    #[test]
    fn revealing_moves_only_when_it_must() {
        let view = TimeView::new(0, 1_000);
        assert_eq!(view.reveal(500), view);
        assert_eq!(view.reveal(990), TimeView::new(40, 1_040));
        assert_eq!(view.reveal(10), TimeView::new(-40, 960));
        assert_eq!(view.reveal(5_000), TimeView::new(4_500, 5_500));
        assert_eq!(view.reveal(-100), TimeView::new(-600, 400));
    }
}
