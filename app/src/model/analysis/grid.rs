//! Blocks by size and lifetime: a histogram of two dimensions.

use super::ask::{Asking, Content};
use super::sheet::Narrow;
use dropscope_engine::query::{Lived, SizeClass, When};
use dropscope_engine::{BlockId, Model, Rounding, UsableSizes};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// Instead of a lifetime's column: not released.
pub const ALIVE: u8 = u8::MAX;
/// Columns of one power of ten.
const PER_DECADE: i32 = 3;

/// A cell's column and row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The lifetime's column, or [`ALIVE`].
    pub column: u8,
    /// The size's row: the power of two.
    pub row: u8,
}

/// What is in a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cell {
    /// How many blocks.
    pub blocks: u64,
    /// Their requested bytes.
    pub bytes: u64,
    /// The largest: its bytes and its number.
    pub largest: (u64, u32),
}

/// The histogram.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Grid {
    /// Cells with anything in them.
    pub cells: BTreeMap<Place, Cell>,
    /// What the allocator gave for the blocks of each row.
    pub rows: BTreeMap<u8, Rounding>,
    /// For how many sizes it was asked; 0 where nothing is known of it.
    pub asked_sizes: u64,
}

/// Of each column the least lifetime, in ns.
static STARTS_NS: LazyLock<[u64; 58]> = LazyLock::new(|| {
    // Rounded up: a lifetime is a whole number of ns.
    let start_ns = |column: usize| 10f64.powf(column as f64 / f64::from(PER_DECADE)).ceil() as u64;
    std::array::from_fn(|column| if column == 0 { 0 } else { start_ns(column) })
});

/// The least lifetime of column `column`, in ns.
pub fn column_start_ns(column: u8) -> u64 {
    STARTS_NS.get(usize::from(column)).copied().unwrap_or(u64::MAX)
}

/// The column that a lifetime is in.
pub fn column_of(lifetime_ns: u64) -> u8 {
    STARTS_NS.partition_point(|&start_ns| start_ns <= lifetime_ns).saturating_sub(1) as u8
}

/// The histogram while blocks are counted: found by number, not by search.
struct Counting {
    /// Row by row, the last column of each those alive.
    cells: Vec<Cell>,
    rows: [Rounding; ROWS],
    asked_sizes: u64,
}

/// A size of 64 bits is of one of these powers of two.
const ROWS: usize = 65;
const COLUMNS: usize = 59;

impl Counting {
    fn new(asked_sizes: u64) -> Counting {
        Counting { cells: vec![Cell::default(); ROWS * COLUMNS], rows: [Rounding::default(); ROWS], asked_sizes }
    }

    fn add(&mut self, usable: &UsableSizes, block: BlockId, size_bytes: u64, lifetime_ns: Option<u64>) {
        let row = usize::from(SizeClass::of(size_bytes).0);
        let column = lifetime_ns.map_or(COLUMNS - 1, |lifetime_ns| usize::from(column_of(lifetime_ns)));
        if let Some(rounding) = self.rows.get_mut(row) {
            rounding.add(usable, size_bytes);
        }
        let Some(cell) = self.cells.get_mut(row * COLUMNS + column) else { return };
        cell.blocks += 1;
        cell.bytes = cell.bytes.saturating_add(size_bytes);
        cell.largest = cell.largest.max((size_bytes, block.0));
    }

    fn grid(&self) -> Grid {
        let place = |at: usize| {
            let (row, column) = (at / COLUMNS, at % COLUMNS);
            Place { row: row as u8, column: if column == COLUMNS - 1 { ALIVE } else { column as u8 } }
        };
        let cells = self.cells.iter().enumerate().filter(|(_, cell)| cell.blocks > 0);
        let cells: BTreeMap<Place, Cell> = cells.map(|(at, cell)| (place(at), *cell)).collect();
        let has_row = |row: u8| cells.keys().any(|place| place.row == row);
        let rows = (0u8..).zip(self.rows).filter(|(row, _)| has_row(*row)).collect();
        Grid { cells, rows, asked_sizes: self.asked_sizes }
    }
}

impl Grid {
    pub(super) fn compute(asking: &Asking<'_>) -> Option<Grid> {
        // As the engine counts bytes: those at the moment that is asked about.
        let size_ns = match &asking.key.which.when {
            When::LiveAt(time_ns) => *time_ns,
            When::BornInAndAlive(range) => range.end.saturating_sub(1),
            _ => u64::MAX,
        };
        let mut counting = Counting::new(asking.data.model.read().usable_sizes().asked() as u64);
        let mut add = |counting: &mut Counting, model: &Model, block| {
            let blocks = model.blocks();
            counting.add(model.usable_sizes(), block, blocks.size_at(block, size_ns), blocks.lifetime_ns(block));
        };
        let content = |counting: &Counting| Content::Grid(counting.grid());
        asking.select_showing(&asking.key.which, &mut counting, &mut add, &content)?;
        Some(counting.grid())
    }

    /// What the allocator gave for all blocks.
    pub fn rounding(&self) -> Rounding {
        let mut all = Rounding::default();
        self.rows.values().for_each(|row| all.merge(*row));
        all
    }

    /// The columns of lifetimes and the rows from the first with anything in it to the last; none where nothing is.
    pub fn extent(&self) -> Option<(RangeInclusive<u8>, RangeInclusive<u8>)> {
        let rows = self.cells.keys().map(|place| place.row);
        let (least, most) = (rows.clone().min()?, rows.max()?);
        let columns = self.cells.keys().map(|place| place.column).filter(|&column| column != ALIVE);
        let first = columns.clone().min().unwrap_or(0);
        Some((first..=columns.max().unwrap_or(first), least..=most))
    }

    /// Whether anything is alive.
    pub fn has_alive(&self) -> bool {
        self.cells.keys().any(|place| place.column == ALIVE)
    }

    /// The cell nearest to `from` that lies so many steps to the right or up, or more; where it is none, the one that holds
    /// most.
    pub fn next(&self, from: Option<Place>, (right, up): (i32, i32)) -> Option<Place> {
        let Some(from) = from.filter(|place| self.cells.contains_key(place)) else {
            return self.cells.iter().max_by_key(|(place, cell)| (cell.bytes, **place)).map(|(place, _)| *place);
        };
        let steps = |to: &Place| {
            let (across, along) =
                (i32::from(to.column) - i32::from(from.column), i32::from(to.row) - i32::from(from.row));
            let (ahead, aside) = if right != 0 { (across * right, along) } else { (along * up, across) };
            (ahead > 0).then_some((aside.abs() + ahead, aside.abs(), *to))
        };
        self.cells.keys().filter_map(steps).min().map(|(_, _, place)| place).or(Some(from))
    }

    /// The question about the cells between two corners.
    pub fn narrow(a: Place, b: Place) -> Narrow {
        let (low, high) = (a.row.min(b.row), a.row.max(b.row));
        let sizes = SizeClass(low).bytes().start..=SizeClass(high).bytes().end.saturating_sub(1);
        let (left, right) = (a.column.min(b.column), a.column.max(b.column));
        let lived = match (left, right) {
            // Alive alone: it has lived up to now, which is no less than nothing.
            (_, ALIVE) => Lived::AtLeastNs(if left == ALIVE { 0 } else { column_start_ns(left) }),
            _ => Lived::BetweenNs(column_start_ns(left), column_start_ns(right + 1)),
        };
        if left == ALIVE { Narrow::AliveOf(sizes) } else { Narrow::Cells(Some(sizes), Some(lived)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lifetime_is_in_its_column() {
        for column in 0..57 {
            let start_ns = column_start_ns(column);
            assert_eq!(column_of(start_ns), column, "{start_ns} ns");
            assert_eq!(column_of(column_start_ns(column + 1) - 1), column);
        }
        assert_eq!((column_start_ns(3), column_start_ns(6), column_of(u64::MAX)), (10, 100, 57));
    }

    #[test]
    fn corners_become_a_question() {
        let place = |column, row| Place { column, row };
        let cells = Grid::narrow(place(6, 5), place(3, 4));
        assert_eq!(cells, Narrow::Cells(Some(8..=31), Some(Lived::BetweenNs(10, column_start_ns(7)))));
        assert_eq!(
            Grid::narrow(place(6, 4), place(ALIVE, 4)),
            Narrow::Cells(Some(8..=15), Some(Lived::AtLeastNs(100)))
        );
        assert_eq!(Grid::narrow(place(ALIVE, 4), place(ALIVE, 4)), Narrow::AliveOf(8..=15));
    }

    #[test]
    fn the_keyboard_goes_from_cell_to_cell() {
        let mut grid = Grid::default();
        for (column, row, bytes) in [(3, 4, 10), (6, 4, 50), (5, 7, 20), (ALIVE, 4, 5)] {
            grid.cells.insert(Place { column, row }, Cell { blocks: 1, bytes, largest: (bytes, 1) });
        }
        let place = |column, row| Some(Place { column, row });
        assert_eq!(grid.next(None, (1, 0)), place(6, 4), "first of all the one that holds most");
        assert_eq!(grid.next(place(6, 4), (-1, 0)), place(3, 4));
        assert_eq!(grid.next(place(6, 4), (1, 0)), place(ALIVE, 4));
        assert_eq!(grid.next(place(6, 4), (0, 1)), place(5, 7));
        assert_eq!(grid.next(place(3, 4), (-1, 0)), place(3, 4), "there is nothing further");
    }

    #[test]
    fn blocks_are_counted_in_their_cells() {
        let mut counting = Counting::new(0);
        let usable = UsableSizes::default();
        counting.add(&usable, BlockId(1), 9, Some(20));
        counting.add(&usable, BlockId(2), 15, Some(21));
        counting.add(&usable, BlockId(3), 15, None);
        counting.add(&usable, BlockId(4), u64::MAX, Some(u64::MAX));
        assert_eq!(counting.grid().cells[&Place { column: 57, row: 64 }].blocks, 1, "the greatest there is");
        counting = Counting::new(0);
        counting.add(&usable, BlockId(1), 9, Some(20));
        counting.add(&usable, BlockId(2), 15, Some(21));
        counting.add(&usable, BlockId(3), 15, None);
        let grid = counting.grid();
        assert_eq!(grid.cells.len(), 2);
        let cell = grid.cells[&Place { column: column_of(20), row: 4 }];
        assert_eq!((cell.blocks, cell.bytes, cell.largest), (2, 24, (15, 2)));
        assert!(grid.has_alive());
        assert_eq!(grid.rounding().requested_bytes(), 39);
        assert_eq!(grid.extent(), Some((column_of(20)..=column_of(20), 4..=4)));
        assert_eq!(Grid::default().extent(), None);
    }
}
