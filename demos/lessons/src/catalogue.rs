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

/// A lesson that is compiled otherwise, in Rust 2021 or by the optimiser, shown beside the one of the same program.
macro_rules! lesson_of {
    ($krate:ident, $folder:literal, $ending:literal, $module:ident, $name:literal, $chapter:literal, $title:literal,
     beside $companion:literal) => {
        Lesson {
            name: $name,
            chapter: $chapter,
            title: $title,
            text: split_answers(include_str!(concat!("../text/", stringify!($module), $ending, ".md"))).0,
            answers: split_answers(include_str!(concat!("../text/", stringify!($module), $ending, ".md"))).1,
            source: include_str!(concat!("../../", $folder, "/src/", stringify!($module), ".rs")),
            file: concat!("demos/", $folder, "/src/", stringify!($module), ".rs"),
            companion: Some($companion),
            program: Program::Rust($krate::$module::run),
            ending: Ending::Returns,
            refusal: None,
        }
    };
}

macro_rules! lesson_2021 {
    ($($rest:tt)*) => { lesson_of!(dropscope_lessons2021, "lessons2021", "_2021", $($rest)*) };
}

macro_rules! lesson_optimised {
    ($($rest:tt)*) => { lesson_of!(dropscope_lessons_optimised, "lessons_optimised", "_optimised", $($rest)*) };
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

/// A program that the compiler refuses, and its twin in C++.
macro_rules! refused_cpp {
    ($module:ident, $name:literal, $code:literal, $title:literal, $ending:ident) => {
        Lesson {
            chapter: "What the compiler refuses",
            ending: Ending::$ending,
            refusal: Some(refusal!($module, $code)),
            ..lesson_cpp!($module, $name, $title)
        }
    };
}

/// A program in C++.
macro_rules! lesson_cpp {
    ($module:ident, $name:literal, $title:literal, beside $companion:literal) => {
        Lesson { companion: Some($companion), ..lesson_cpp!($module, $name, $title) }
    };
    ($module:ident, $name:literal, $title:literal) => {
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
            ending: Ending::Returns,
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
    lesson!(many_moves, "many-moves", "Ownership", "Four moves as they are written", beside "moves-optimised"),
    lesson_optimised!(
        many_moves,
        "moves-optimised",
        "Ownership",
        "What the optimiser does to a move",
        beside "many-moves"
    ),
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
    refused!(moved_in_a_loop, "moved-in-a-loop", "E0382", "Moved in every turn of a loop", Aborted),
    refused!(moved_out_of_a_list, "moved-out-of-a-list", "E0507", "Moved out of a list", Aborted),
    refused!(out_of_a_type_with_drop, "out-of-a-type-with-drop", "E0509", "Moved out of a type with a Drop", Aborted),
    refused!(dropped_by_hand, "dropped-by-hand", "E0040", "A destructor called by hand", Aborted),
    refused_cpp!(copied_owner, "copied-owner", "E0184", "Copied in silence, and dropped twice", Aborted),
    refused!(borrowed_is_not_owned, "borrowed-is-not-owned", "E0308", "A reference where an owner is needed", Aborted),
    refused!(outlives_its_owner, "outlives-its-owner", "E0597", "A reference outlives its owner", Returns),
    refused!(reference_to_a_local, "reference-to-a-local", "E0515", "A reference to what ends with the call", Returns),
    refused!(which_of_the_two, "which-of-the-two", "E0106", "A reference to one of two", Returns),
    refused_cpp!(end_of_the_statement, "end-of-the-statement", "E0716", "A reference into a temporary", Returns),
    refused!(dropped_while_borrowed, "dropped-while-borrowed", "E0505", "Dropped while it is borrowed", Returns),
    refused!(assigned_while_borrowed, "assigned-while-borrowed", "E0506", "A new value under a borrow", Returns),
    refused!(pushed_while_borrowed, "pushed-while-borrowed", "E0502", "A list grows under a reference", Returns),
    refused!(two_writers, "two-writers", "E0499", "Lent twice for writing", Returns),
    refused!(
        thread_borrows_a_local,
        "thread-borrows-a-local",
        "E0373",
        "A thread borrows what ends before it",
        Returns
    ),
    refused!(rc_to_a_thread, "rc-to-a-thread", "E0277", "A count that two threads change", Returns),
    refused!(not_initialised, "not-initialised", "E0381", "Read before it was written", Returns),
    refused!(nothing_to_follow, "nothing-to-follow", "E0614", "Nothing, used as something", SegmentationFault),
    lesson_cpp!(unique_ptr, "unique-ptr", "unique_ptr: one owner, by agreement", beside "ownership-moved"),
    lesson_cpp!(moved_from, "moved-from", "What a move leaves behind", beside "what-a-move-copies"),
    lesson_cpp!(string_copy, "string-copy", "An assignment copies", beside "copy-and-clone"),
    lesson_cpp!(destructor_order, "destructor-order", "Destroyed in the opposite order", beside "fields-and-elements"),
    lesson_cpp!(shared_ptr, "shared-ptr", "shared_ptr and weak_ptr", beside "shared-owners"),
    lesson_cpp!(virtual_destructor, "virtual-destructor", "The destructor of a base class", beside "box-dyn"),
];
