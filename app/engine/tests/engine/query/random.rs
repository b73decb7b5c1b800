//! Random questions about random recordings.

use super::oracle::{Expected, Oracle};
use super::truth::{Op, Truth, make};
use dropscope_engine::query::{
    Answer, Calls, Cancel, Direction, GroupBy, Groups, InScope, Key, Lived, Measure, Origins, Query, Side, Tree, When,
    Which, ask, select as blocks_of,
};
use dropscope_engine::{BlockId, Model, Names, ScopeId, StackId, TextId, ThreadNumber};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::sync::Arc;

const GROUPS: [GroupBy; 22] = [
    GroupBy::Nothing,
    GroupBy::Calls(Side::Birth, Direction::TopDown),
    GroupBy::Calls(Side::Birth, Direction::BottomUp),
    GroupBy::Calls(Side::Release, Direction::TopDown),
    GroupBy::Calls(Side::Release, Direction::BottomUp),
    GroupBy::Site(Side::Birth),
    GroupBy::Site(Side::Release),
    GroupBy::Stack(Side::Birth),
    GroupBy::Stack(Side::Release),
    GroupBy::Stacks,
    GroupBy::Owner,
    GroupBy::OwnerAndSite,
    GroupBy::Holder,
    GroupBy::Owners,
    GroupBy::Thread(Side::Birth),
    GroupBy::Thread(Side::Release),
    GroupBy::Threads,
    GroupBy::SizeClass,
    GroupBy::LifetimeClass,
    GroupBy::Scope(Side::Birth),
    GroupBy::Scope(Side::Release),
    GroupBy::Owners,
];

const MEASURES: [Measure; 6] = [
    Measure::Bytes,
    Measure::Blocks,
    Measure::ShareOfPeak,
    Measure::LeftBytes,
    Measure::Reallocs,
    Measure::CopiedBytes,
];

/// What a question is made of, before there is a recording to take names from.
#[derive(Clone, Debug)]
struct Draft {
    when: u8,
    at: (u16, u16),
    group: GroupBy,
    measure: Measure,
    /// Which filters, by bit.
    filters: u16,
    pick: [u16; 4],
    side: Side,
    direction: Direction,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let later = prop_oneof![3 => Just(0u16), 6 => 1u16..50, 1 => 50u16..5000];
    let op = (any::<u8>(), any::<u8>(), later, any::<u16>(), any::<u16>())
        .prop_map(|(what, thread, later_ns, pick, bytes)| Op { what, thread, later_ns, pick, bytes });
    proptest::collection::vec(op, 0..160)
}

fn draft() -> impl Strategy<Value = Draft> {
    let side = || select(&[Side::Birth, Side::Release][..]);
    let direction = select(&[Direction::TopDown, Direction::BottomUp][..]);
    // Mostly one filter or none: several leave nothing.
    let filters = prop_oneof![4 => Just(0u16), 6 => (0u16..11).prop_map(|bit| 1 << bit), 2 => any::<u16>()];
    let parts = (0u8..7, any::<(u16, u16)>(), select(&GROUPS[..]), select(&MEASURES[..]), filters, any::<[u16; 4]>());
    (parts, side(), direction).prop_map(|((when, at, group, measure, filters, pick), side, direction)| Draft {
        when,
        at,
        group,
        measure,
        filters,
        pick,
        side,
        direction,
    })
}

impl Draft {
    /// The question, about what there is in this recording.
    fn question(&self, oracle: &Oracle<'_>, names: &Names) -> Query {
        let truth = oracle.truth;
        let moment = |of: u16| u64::from(of) * (truth.end_ns + 3) / u64::from(u16::MAX);
        let (a, b) = (moment(self.at.0), moment(self.at.1));
        let range = a.min(b)..a.max(b);
        let when = match self.when {
            0 => When::Ever,
            1 => When::LiveAt(a),
            2 => When::BornIn(range),
            3 => When::BornInAndAlive(range),
            4 => When::ReleasedIn(range),
            5 => When::AliveIn(range),
            _ => When::NeverReleased,
        };
        let mut which = Which { when, ..Which::default() };
        self.filter(&mut which, oracle, names);
        Query { which, group: self.group, measure: self.measure }
    }

    fn filter(&self, which: &mut Which, oracle: &Oracle<'_>, names: &Names) {
        let pick = |limit: usize, at: usize| usize::from(self.pick[at]) % limit.max(1);
        let has = |bit: u16| self.filters >> bit & 1 == 1;
        let stack = || oracle.stack_ids[pick(oracle.stack_ids.len(), 1)];
        let thread = || ThreadNumber(pick(6, 0) as u32);
        let is_there = |stack: StackId| stack != StackId(u32::MAX);
        which.born_on = has(0).then(thread);
        which.released_on = has(1).then(thread);
        which.size_bytes = has(2).then(|| pick(100, 0) as u64..=[99, 150, u64::MAX][pick(3, 1)]);
        which.lived = has(3).then(|| match pick(4, 0) {
            0 => Lived::LessThanNs(pick(1000, 1) as u64),
            1 => Lived::LessThanEvents(pick(20, 1) as u32),
            2 => Lived::BetweenNs(pick(500, 1) as u64, pick(1000, 2) as u64),
            _ => Lived::AtLeastNs(pick(1000, 1) as u64),
        });
        let outer = || {
            let backtraces = oracle.truth.model.backtraces();
            (0..pick(6, 2)).fold(stack(), |at, _| backtraces.node(at).map_or(at, |node| node.parent))
        };
        which.birth_stack = has(4).then(outer);
        which.release_stack = has(5).then(outer);
        which.calls = (has(6) && is_there(stack())).then(|| {
            let mut path = names.functions(stack()).to_vec();
            if self.direction == Direction::TopDown {
                path.reverse();
            }
            path.truncate(pick(path.len() + 1, 2));
            Calls { side: self.side, direction: self.direction, path }
        });
        let site = || names.summary(stack()).site.as_ref().map(|site| site.0);
        which.site = (has(7) && is_there(stack())).then(|| (self.side, site()));
        which.owners = (has(8) && is_there(stack())).then(|| {
            let owners = names.owners(stack());
            owners[..pick(owners.len() + 1, 3)].to_vec()
        });
        let scopes = oracle.truth.model.scopes().len();
        which.scope = has(9).then(|| {
            let scope = match pick(3, 0) {
                0 => InScope::One(ScopeId(pick(scopes, 1) as u32)),
                1 => InScope::Named(TextId(pick(3, 1) as u32)),
                _ => InScope::Outside,
            };
            (self.side, scope)
        });
        if has(10) {
            let wanted = pick(8, 3);
            which.origins = Origins { program: wanted & 1 != 0, statics: wanted & 2 != 0, runtime: wanted & 4 != 0 };
        }
    }
}

fn compare(answer: &Answer, expected: &Expected, truth: &Truth) {
    assert_eq!(answer.fraction, 1.0);
    assert_eq!(answer.total, expected.total);
    let measure = answer.query.measure;
    match &answer.groups {
        Groups::Table(rows) => {
            let got: BTreeMap<Key, _> = rows.iter().map(|row| (row.key.clone(), row.sums)).collect();
            assert_eq!(got.len(), rows.len(), "every key has one row");
            assert_eq!(got, expected.rows);
            assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(measure.of(&row.sums))));
            for row in rows {
                let blocks = truth.model.blocks();
                let bytes = match answer.query.which.when {
                    When::LiveAt(time_ns) => blocks.size_at(row.example, time_ns),
                    When::BornInAndAlive(ref range) => blocks.size_at(row.example, range.end - 1),
                    _ => blocks.size_bytes(row.example),
                };
                assert_eq!((bytes, row.example_bytes), (expected.largest[&row.key], bytes));
                assert_eq!(row.left_example.is_some(), row.sums.left_blocks > 0);
                let most = row.most_reallocated.map(|(reallocs, block)| (reallocs, block, blocks.reallocs(block)));
                assert_eq!(most.is_some(), row.sums.reallocs > 0);
                if let Some((reallocs, _, changes)) = most {
                    assert_eq!(reallocs, changes.count() as u64);
                    assert!(reallocs * row.sums.blocks >= row.sums.reallocs, "none has more than that one");
                }
            }
        }
        Groups::Tree(tree) => {
            let mut got: BTreeMap<Vec<Key>, _> = BTreeMap::new();
            for (number, node) in (0u32..).zip(&tree.nodes) {
                let path = tree.path(number).into_iter().skip(1).map(|node| node.key.clone()).collect();
                assert!(got.insert(path, (node.own, node.total)).is_none(), "every path has one node");
                assert!(tree.children(number).is_sorted_by_key(|node| std::cmp::Reverse(measure.of(&node.total))));
            }
            if answer.total.blocks == 0 {
                assert_eq!(tree.nodes.len(), 1, "only the root");
            } else {
                assert_eq!(got, expected.nodes);
            }
            shape(tree);
        }
    }
}

fn shape(tree: &Tree) {
    for (number, node) in (0u32..).zip(&tree.nodes) {
        assert!(tree.children(number).iter().all(|child| child.parent == number && child.depth == node.depth + 1));
        assert!(number == 0 || node.parent < number);
    }
}

proptest! {
    // The binary's names are shared, so that a case takes some ms; a failure is told with its steps.
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_question_is_answered_as_the_slow_way_does(
        ops in ops(),
        drafts in proptest::collection::vec(draft(), 24),
    ) {
        let truth = make(&ops);
        let names = Names::new(Arc::clone(truth.model.backtraces()));
        let oracle = Oracle::new(&truth, &names);
        prop_assert_eq!(truth.model.blocks().count() as usize, truth.blocks.len());
        for draft in &drafts {
            let query = draft.question(&oracle, &names);
            let answer = ask((&truth.model).into(), &names, &query, &Cancel::default(), &mut |_| {});
            let answer = answer.expect("nobody cancelled");
            compare(&answer, &oracle.answer(&query), &truth);
            let mut selected = Vec::new();
            let take = &mut |_: &Model, blocks: &[BlockId], _: f32| selected.extend_from_slice(blocks);
            blocks_of((&truth.model).into(), &names, &query.which, &Cancel::default(), take).expect("nobody cancelled");
            let sum = |size: &dyn Fn(BlockId) -> u64| selected.iter().map(|&block| size(block)).sum::<u64>();
            prop_assert_eq!(selected.len() as u64, answer.total.blocks, "{:?}", query.which);
            let last = sum(&|block| truth.model.blocks().size_bytes(block));
            let is_last = !matches!(query.which.when, When::LiveAt(_) | When::BornInAndAlive(_));
            prop_assert!(!is_last || last == answer.total.bytes, "{:?}", query.which);
        }
    }
}
