//! The first waiting event of each lane, the oldest found at once: a heap that tells its second, too. Threads that run
//! side by side take turns every event or two, and a turn is one walk down the heap.

use super::Key;

/// When a lane's first event is. Of one moment what gives up a place comes first, then the lane with the lesser number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Head(u128);

impl Head {
    #[inline]
    pub(super) fn new((time_ns, order): Key, lane: usize) -> Head {
        Head(u128::from(time_ns) << 64 | u128::from(order) << 56 | lane as u128)
    }

    #[inline]
    pub(super) fn time_ns(self) -> u64 {
        (self.0 >> 64) as u64
    }

    #[inline]
    pub(super) fn lane(self) -> usize {
        (self.0 & ((1 << 56) - 1)) as usize
    }

    /// What it is ordered by before the lane.
    #[inline]
    pub(super) fn key(self) -> Key {
        (self.time_ns(), (self.0 >> 56) as u8)
    }
}

/// The heads of all lanes that have one.
#[derive(Default)]
pub(super) struct Heads {
    /// A binary heap, the least first.
    heads: Vec<Head>,
}

impl Heads {
    #[inline]
    pub(super) fn first(&self) -> Option<Head> {
        self.heads.first().copied()
    }

    /// The least but for the first.
    #[inline]
    pub(super) fn second(&self) -> Option<Head> {
        match self.heads.get(1..)? {
            [] => None,
            [left] => Some(*left),
            [left, right, ..] => Some(*left.min(right)),
        }
    }

    pub(super) fn push(&mut self, head: Head) {
        self.heads.push(head);
        let mut at = self.heads.len() - 1;
        while at > 0 && self.heads[(at - 1) / 2] > self.heads[at] {
            self.heads.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    /// The first lane has another head now.
    #[inline]
    pub(super) fn change_first(&mut self, head: Head) {
        let mut at = 0;
        loop {
            let left = at * 2 + 1;
            let Some(&first) = self.heads.get(left) else { break };
            let (child, least) = match self.heads.get(left + 1) {
                Some(&right) if right < first => (left + 1, right),
                _ => (left, first),
            };
            if head <= least {
                break;
            }
            self.heads[at] = least;
            at = child;
        }
        if let Some(place) = self.heads.get_mut(at) {
            *place = head;
        }
    }

    /// The first lane has none any more.
    pub(super) fn pop_first(&mut self) {
        if let Some(last) = self.heads.pop() {
            self.change_first(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_a_sorted_list(steps in proptest::collection::vec((0u8..4, 0u64..50, 0u8..2), 0..200)) {
            let (mut heads, mut list): (Heads, Vec<Head>) = (Heads::default(), Vec::new());
            for (lane, (what, time_ns, order)) in steps.into_iter().enumerate() {
                let head = Head::new((time_ns, order), lane);
                prop_assert_eq!((head.time_ns(), head.lane()), (time_ns, lane));
                match what {
                    0 if !list.is_empty() => {
                        heads.pop_first();
                        list.remove(0);
                    }
                    1 if !list.is_empty() => {
                        heads.change_first(head);
                        list[0] = head;
                    }
                    _ => {
                        heads.push(head);
                        list.push(head);
                    }
                }
                list.sort();
                prop_assert_eq!(heads.first(), list.first().copied());
                prop_assert_eq!(heads.second(), list.get(1).copied());
            }
        }
    }
}
