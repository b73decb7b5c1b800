//! What the allocator sees of each lesson, in a form that tests can read.

/// The allocator events of the lesson `name` in order, with their places in the lesson's file; `None` for no lesson.
///
/// Words are separated by blanks: `A110@13:28` is an allocation of 110 bytes by line 13, column 28; `F110@17:5` a
/// release; `R150>300@26:16` a reallocation. The place is the innermost frame in the lesson's own file.
pub fn expected_events(name: &str) -> Option<&'static str> {
    EXPECTED.iter().find(|(lesson, _)| *lesson == name).map(|(_, events)| *events)
}

const EXPECTED: &[(&str, &str)] = &[
    ("scope-end", "A110@13:28 F110@17:5"),
    (
        "nested-scopes",
        "A121@9:17 A122@11:18 A123@15:21 A124@17:22 F124@19:5 F123@19:5 A125@21:17 F125@23:1 \
         F122@23:1 F121@23:1",
    ),
    ("ownership-moved", "A130@13:17 A131@14:17 F130@34:1 F131@28:1"),
    ("conditional-move", "A140@13:13 F140@44:1 A141@15:13 F141@29:1 A142@34:33 A143@34:67 F142@44:1 F143@39:1"),
    ("drop-trait", "A161@19:24 A162@22:42 F161@45:5 F162@45:5"),
    ("borrow-end", "A150@8:20 R150>300@25:16 F300@30:1"),
    ("struct-that-borrows", "A170@20:20 A176@13:20 F176@30:5 F170@32:1"),
    ("shared-owners", "A180@9:25 A40@9:17 F180@21:5 F40@25:5"),
    (
        "cycle-that-leaks",
        "A190@23:38 A191@23:66 A72@42:17 A56@43:18 A192@32:38 A193@32:66 A72@42:17 A56@43:18 \
         F192@36:5 F193@36:5 F72@36:5 F56@36:5",
    ),
    (
        "vec-growth",
        "A32@12:21 R32>64@12:21 R64>128@12:21 R128>256@12:21 R256>512@12:21 F512@15:5 A264@19:37 \
         F264@24:5",
    ),
];
