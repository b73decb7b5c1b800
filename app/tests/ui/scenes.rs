//! What a picture is computed from, where going through all blocks would take too long.

use crate::invented::a_crowd;
use dropscope_app::model::birth_index::{BirthIndex, CLASSES, class_of};

/// More blocks than a few runs of the index and than a group of runs, released or not: the same counts as by going through all of them.
#[test]
fn births_are_counted_as_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut made = a_crowd(5_000);
    for block in 0..70_000 {
        made.alloc(0, 20_000 + block / 3, 0x80_0000 + block * 16, 9 + block % 5_000);
    }
    let model = dropscope_engine::load(&made.write(folder.path(), "crowd"), |_| ()).unwrap();
    let mut index = BirthIndex::default();
    index.update(&model);
    let end_ns = model.duration_ns() + 1;
    for (range_ns, columns) in [(0..end_ns, 7), (0..end_ns, 1), (1_234_000..20_500_123, 100), (5..6, 3), (9..9, 2)] {
        let counted = index.columns(&model, &range_ns, columns);
        assert_eq!(counted.len(), columns);
        for (column, (births, leaked)) in counted.iter().enumerate() {
            let edge =
                |column: usize| range_ns.start + (range_ns.end - range_ns.start) * column as u64 / columns as u64;
            let blocks = model.blocks();
            for class in CLASSES {
                let in_cell = |block: &_| class_of(blocks.first_size_bytes(*block)) == class;
                let born: Vec<_> = blocks.born_in(edge(column)..edge(column + 1)).filter(in_cell).collect();
                let cell = (class - CLASSES.start) as usize;
                assert_eq!(births[cell] as usize, born.len(), "class {class} of column {column} of {range_ns:?}");
                let alive = born.iter().filter(|block| blocks.is_alive(**block)).count();
                assert_eq!(leaked[cell] as usize, alive, "class {class} of column {column} of {range_ns:?}");
            }
        }
    }
}
