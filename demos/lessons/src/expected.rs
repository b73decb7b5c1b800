//! What the allocator sees of each lesson, in a form that tests can read.

/// The allocator events of the lesson `name` in order, with their places in the lesson's file; `None` for no lesson.
///
/// Words are separated by blanks: `A110@13:28` is an allocation of 110 bytes by line 13, column 28; `Z` one of zeroed
/// memory; `F110@17:5` a release; `R150>300@26:16` a reallocation; `F110@17:5*3` three of them in a row. The place is the
/// innermost frame in the lesson's own file, `?` if it has none. After ` | ` follow the events of the next thread.
pub fn expected_events(name: &str) -> Option<&'static str> {
    EXPECTED.iter().find(|(lesson, _)| *lesson == name).map(|(_, events)| *events)
}

const EXPECTED: &[(&str, &str)] = &[
    ("scope-end", "A110@13:28 F110@17:5"),
    (
        "nested-scopes",
        "A121@9:17 A122@11:18 A123@15:21 A124@17:22 F124@19:5 F123@19:5 A125@21:17 F125@23:1 F122@23:1 F121@23:1",
    ),
    (
        "fields-and-elements",
        "A213@18:21 A212@19:21 A211@20:18 F211@23:5 F212@23:5 F213@23:5 A221@27:21 A222@27:49 F221@29:5 \
         F222@29:5 A223@33:30 A224@33:58 F224@35:5 F223@35:5 A72@39:20 A231@39:25 A232@39:53 A233@39:81 \
         F231@41:5 F232@41:5 F233@41:5 F72@41:5",
    ),
    ("temporaries", "A241@10:20 F241@10:57 A242@16:18 A243@16:47 F243@16:74 F242@16:74 A244@22:21 F244@26:5"),
    (
        "underscore",
        "A251@9:13 F251@9:39 A252@11:18 A253@13:9 F253@13:34 A254@15:17 A255@19:22 A256@19:50 F255@19:77 \
         A257@21:12 F257@28:1 F256@23:1 F254@23:1 F252@23:1",
    ),
    ("tail-expression", "A311@23:17 A312@25:24 F312@25:60 F311@26:1 A313@30:17 A314@32:36 F314@32:73 F313@35:1"),
    ("tail-expression-2021", "A311@23:17 A312@25:24 F311@26:1 F312@26:1 A313@30:17 A314@32:36 F314@32:73 F313@35:1"),
    (
        "match-scrutinee",
        "A261@10:15 A262@12:25 F262@38:1 F261@13:9 A263@18:20 F263@18:57 A264@21:25 F264@38:1 A265@27:12 \
         F265@27:52 A266@28:20 F266@38:1",
    ),
    ("if-let-scrutinee", "A331@10:30 F331@12:9 A332@14:25 F332@16:9 A333@23:21 F333@23:62 A334@28:25 F334@30:9"),
    ("if-let-scrutinee-2021", "A331@10:30 A332@14:25 F332@16:9 F331@16:9 A333@23:21 F333@23:62 A334@28:25 F334@30:9"),
    (
        "early-exit",
        "A271@27:17 F271@34:1 A273@37:18 F273@42:1 A275@46:20 A276@49:24 F276@54:9 A276@49:24 F276@54:9 \
         F275@55:5",
    ),
    (
        "panic-unwinding",
        "A281@10:17 A282@21:16 A283@29:16 A16@32:19 A56@32:5 F283@33:1 F282@25:1 F56@12:18 F16@15:5 F281@17:1",
    ),
    ("ownership-moved", "A130@13:17 A131@14:17 F130@34:1 F131@28:1"),
    ("what-a-move-copies", "A1010@15:21 F1010@22:5 A4096@34:21 F4096@40:5"),
    ("move-out-of-a-box", "A1021@14:45 A24@14:21 F1021@30:1 F24@22:5"),
    ("conditional-move", "A140@13:13 F140@44:1 A141@15:13 F141@29:1 A142@34:33 A143@34:67 F142@44:1 F143@39:1"),
    ("copy-and-clone", "A1031@30:24 A22@14:5 F22@37:5 F1031@37:5"),
    (
        "shadowing-and-reassignment",
        "A1041@10:20 A1042@12:20 F1042@14:5 F1041@14:5 A1043@18:24 A1044@21:16 F1043@21:9 F1044@24:5 A1045@31:20 \
         F1045@36:5",
    ),
    ("replace-and-take", "A1051@15:35 A1052@15:77 A1053@24:53 A1054@33:27 F1053@37:1 F1052@37:1 F1051@37:1 F1054@19:1"),
    ("drop-trait", "A161@19:24 A162@22:42 F161@45:5 F162@45:5"),
    ("borrow-end", "A150@8:20 R150>300@25:16 F300@30:1"),
    ("struct-that-borrows", "A170@20:20 A176@13:20 F176@30:5 F170@32:1"),
    ("shared-owners", "A180@9:25 A40@9:17 F180@21:5 F40@25:5"),
    (
        "cycle-that-leaks",
        "A190@23:38 A191@23:66 A72@42:17 A56@43:18 A192@32:38 A193@32:66 A72@42:17 A56@43:18 F192@36:5 F193@36:5 \
         F72@36:5 F56@36:5",
    ),
    ("vec-growth", "A32@12:21 R32>64@12:21 R64>128@12:21 R128>256@12:21 R256>512@12:21 F512@15:5 A264@19:37 F264@24:5"),
];
