//! All lessons in teaching order.

use crate::prediction::split_answers;
use crate::{Ending, Lesson, Program, Refusal};

macro_rules! lesson {
    ($module:ident, $name:literal, $chapter:literal, $title:literal) => {
        Lesson {
            name: $name,
            chapter: $chapter,
            title: $title,
            text: split_answers(include_str!(concat!("../text/", stringify!($module), ".md"))).0,
            answers: split_answers(include_str!(concat!("../text/", stringify!($module), ".md"))).1,
            source: include_str!(concat!(stringify!($module), ".rs")),
            file: concat!("demos/lessons/src/", stringify!($module), ".rs"),
            companion: None,
            program: Program::Rust(crate::$module::run),
            ending: Ending::Returns,
            refusal: None,
        }
    };
    ($module:ident, $name:literal, $chapter:literal, $title:literal, beside $companion:literal) => {
        Lesson { companion: Some($companion), ..lesson!($module, $name, $chapter, $title) }
    };
}

/// A lesson of the crate that is compiled in Rust 2021, shown beside the one of the same program in Rust 2024.
macro_rules! lesson_2021 {
    ($module:ident, $name:literal, $chapter:literal, $title:literal, beside $companion:literal) => {
        Lesson {
            name: $name,
            chapter: $chapter,
            title: $title,
            text: split_answers(include_str!(concat!("../text/", stringify!($module), "_2021.md"))).0,
            answers: split_answers(include_str!(concat!("../text/", stringify!($module), "_2021.md"))).1,
            source: include_str!(concat!("../../lessons2021/src/", stringify!($module), ".rs")),
            file: concat!("demos/lessons2021/src/", stringify!($module), ".rs"),
            companion: Some($companion),
            program: Program::Rust(dropscope_lessons2021::$module::run),
            ending: Ending::Returns,
            refusal: None,
        }
    };
}

/// A program that the compiler refuses, and its unchecked twin in `unsafe` Rust, which is what is recorded.
macro_rules! refused {
    ($module:ident, $name:literal, $code:literal, $title:literal, $ending:ident) => {
        Lesson {
            name: $name,
            chapter: "What the compiler refuses",
            title: $title,
            text: split_answers(include_str!(concat!("../text/", stringify!($module), ".md"))).0,
            answers: split_answers(include_str!(concat!("../text/", stringify!($module), ".md"))).1,
            source: include_str!(concat!("unchecked/", stringify!($module), ".rs")),
            file: concat!("demos/lessons/src/unchecked/", stringify!($module), ".rs"),
            companion: None,
            program: Program::Rust(crate::unchecked::$module::run),
            ending: Ending::$ending,
            refusal: Some(refusal!($module, $code)),
        }
    };
}

macro_rules! refusal {
    ($module:ident, $code:literal) => {
        Refusal {
            code: $code,
            source: include_str!(concat!("../refused/", stringify!($module), ".rs")),
            file: concat!("demos/lessons/refused/", stringify!($module), ".rs"),
            recorded: include_str!(concat!("../refused/", stringify!($module), ".json")),
        }
    };
}

/// A program in C++.
macro_rules! lesson_cpp {
    ($module:ident, $name:literal, $title:literal, $ending:ident) => {
        Lesson {
            name: $name,
            chapter: "C++ beside Rust",
            title: $title,
            text: split_answers(include_str!(concat!("../text/", stringify!($module), ".md"))).0,
            answers: split_answers(include_str!(concat!("../text/", stringify!($module), ".md"))).1,
            source: include_str!(concat!("../cpp/", stringify!($module), ".cc")),
            file: concat!("demos/lessons/cpp/", stringify!($module), ".cc"),
            companion: None,
            program: Program::Cpp,
            ending: Ending::$ending,
            refusal: None,
        }
    };
}

pub(crate) static LESSONS: &[Lesson] = &[
    lesson!(scope_end, "scope-end", "RAII", "Released at the end of the scope"),
    lesson!(nested_scopes, "nested-scopes", "RAII", "Nested scopes and the order of release"),
    lesson!(fields_and_elements, "fields-and-elements", "RAII", "Fields, tuples and elements"),
    lesson!(temporaries, "temporaries", "RAII", "Values without a name"),
    lesson!(underscore, "underscore", "RAII", "The underscore that keeps nothing"),
    lesson!(
        tail_expression,
        "tail-expression",
        "RAII",
        "A temporary in the last expression (Rust 2024)",
        beside "tail-expression-2021"
    ),
    lesson_2021!(
        tail_expression,
        "tail-expression-2021",
        "RAII",
        "A temporary in the last expression (Rust 2021)",
        beside "tail-expression"
    ),
    lesson!(match_scrutinee, "match-scrutinee", "RAII", "What a match looks at stays"),
    lesson!(
        if_let_scrutinee,
        "if-let-scrutinee",
        "RAII",
        "What an if let looks at (Rust 2024)",
        beside "if-let-scrutinee-2021"
    ),
    lesson_2021!(
        if_let_scrutinee,
        "if-let-scrutinee-2021",
        "RAII",
        "What an if let looks at (Rust 2021)",
        beside "if-let-scrutinee"
    ),
    lesson!(early_exit, "early-exit", "RAII", "Leaving early: return, ? and break"),
    lesson!(panic_unwinding, "panic-unwinding", "RAII", "A panic releases on its way out"),
    lesson!(ownership_moved, "ownership-moved", "Ownership", "Ownership moves, memory stays"),
    lesson!(what_a_move_copies, "what-a-move-copies", "Ownership", "What a move copies"),
    lesson!(move_out_of_a_box, "move-out-of-a-box", "Ownership", "Moved out of a box"),
    lesson!(conditional_move, "conditional-move", "Ownership", "Moved only sometimes, moved only in part"),
    lesson!(copy_and_clone, "copy-and-clone", "Ownership", "Copy and Clone"),
    lesson!(shadowing_and_reassignment, "shadowing-and-reassignment", "Ownership", "The same name again, a new value"),
    lesson!(replace_and_take, "replace-and-take", "Ownership", "Taken from behind a reference"),
    lesson!(drop_trait, "drop-trait", "Drop", "Your own code at the end of a life"),
    lesson!(file_handle, "file-handle", "Drop", "A file is closed by its owner"),
    lesson!(lock_guard, "lock-guard", "Drop", "A lock is given back by its guard"),
    lesson!(socket, "socket", "Drop", "A connection ends with its owner"),
    lesson!(no_drop_needed, "no-drop-needed", "Drop", "Types with nothing to clean up"),
    lesson!(drop_glue, "drop-glue", "Drop", "Drop glue: from owner to owner"),
    lesson!(drop_early, "drop-early", "Drop", "Dropped before the end"),
    lesson!(not_dropped, "not-dropped", "Drop", "Forgotten, leaked, made raw"),
    lesson!(long_list, "long-list", "Drop", "A list so long that dropping it is too deep"),
    lesson!(borrow_end, "borrow-end", "Borrowing and lifetimes", "A borrow ends and nothing is released"),
    lesson!(struct_that_borrows, "struct-that-borrows", "Borrowing and lifetimes", "A struct that borrows"),
    lesson!(returning_a_reference, "returning-a-reference", "Borrowing and lifetimes", "What a function may give back"),
    lesson!(text_three_ways, "text-three-ways", "Borrowing and lifetimes", "&str, String and Cow"),
    lesson!(statics, "statics", "Borrowing and lifetimes", "As long as the program"),
    lesson!(thread_locals, "thread-locals", "Borrowing and lifetimes", "As long as the thread"),
    lesson!(shared_owners, "shared-owners", "Sharing", "Rc and Weak: several owners, one release"),
    lesson!(copy_on_write, "copy-on-write", "Sharing", "Copied before it is changed"),
    lesson!(cycle_that_leaks, "cycle-that-leaks", "Sharing", "The cycle that leaks, and its cure"),
    lesson!(born_here_released_there, "born-here-released-there", "Sharing", "Born here, released there"),
    lesson!(arc_last_owner, "arc-last-owner", "Sharing", "Arc: the last owner, on any thread"),
    lesson!(channel, "channel", "Sharing", "Owners through a channel"),
    lesson!(scoped_threads, "scoped-threads", "Sharing", "Threads that borrow"),
    lesson!(reference_count_cost, "reference-count-cost", "Sharing", "What a reference count costs"),
    lesson!(vec_growth, "vec-growth", "Containers and patterns", "How a Vec grows"),
    lesson!(reuse_in_a_loop, "reuse-in-a-loop", "Containers and patterns", "One buffer for the whole loop"),
    lesson!(vec_deque, "vec-deque", "Containers and patterns", "VecDeque: a queue in a ring"),
    lesson!(rehash_spike, "rehash-spike", "Containers and patterns", "HashMap: one insert pays for all"),
    lesson!(btree_map, "btree-map", "Containers and patterns", "BTreeMap: node by node"),
    lesson!(storm_of_releases, "storm-of-releases", "Containers and patterns", "The storm when a large map is dropped"),
    lesson!(box_dyn, "box-dyn", "Containers and patterns", "Box<dyn Trait>: releasing what you cannot name"),
    lesson!(closures, "closures", "Containers and patterns", "What a closure takes with it"),
    lesson!(arena, "arena", "Containers and patterns", "An arena: released all at once"),
    lesson!(async_cancelled, "async-cancelled", "Containers and patterns", "A future dropped is work cancelled"),
    refused!(used_after_move, "used-after-move", "E0382", "Used after it was moved", Aborted),
    lesson_cpp!(unique_ptr, "unique-ptr", "unique_ptr: one owner, by agreement", Returns),
];
