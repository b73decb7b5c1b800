use super::*;

const SOURCE: &str = "\
struct Letter { text: String }
fn run() {
    let first = String::with_capacity(130);
    let second = first;
    let letter = Letter { text: second };
    read(letter);
    let mut items = Vec::with_capacity(4);
    items.push(Letter { text: String::with_capacity(7) });
    let (left, right) = (String::with_capacity(1), Box::new(made(2)));
    let look = &left;
    let _ = String::with_capacity(3);
    read(Letter { text: String::with_capacity(9) });
}
fn read(letter: Letter) {
    let length = letter.text.len();
}
fn made(size: usize) -> String {
    let text = String::with_capacity(size);
    text
}
";

/// Where `part` stands in the source.
fn place(part: &str) -> Place {
    let (line, text) = SOURCE.lines().enumerate().find(|(_, text)| text.contains(part)).unwrap();
    Place { line: line as u32 + 1, column: text.find(part).unwrap() as u32 + 1 }
}

fn holder(part: &str) -> String {
    let code = Code::read(SOURCE);
    let function = code.function_at(place(part)).unwrap();
    told(&code, function, &code.holder(function, place(part)))
}

fn told(code: &Code, function: usize, holder: &Holder) -> String {
    let function = &code.functions()[function];
    match holder {
        Holder::Variable(path) => format!("{}{}", function.variables[path.variable].name, path.rest),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_value_is_held_by_what_it_becomes_part_of() {
    assert_eq!(holder("String::with_capacity(130)"), "first");
    assert_eq!(holder("String::with_capacity(7)"), "items[..].text");
    assert_eq!(holder("push(Letter"), "items");
    assert_eq!(holder("String::with_capacity(1),"), "left");
    assert_eq!(holder("made(2)"), "right");
    assert_eq!(holder("String::with_capacity(3)"), "Temporary");
    assert_eq!(holder("String::with_capacity(size)"), "text");
    assert_eq!(holder("String::with_capacity(9)"), "Argument(\"read\", 0, \".text\")");
}

#[test]
fn a_name_that_is_used_as_a_value_gives_it_away() {
    let code = Code::read(SOURCE);
    let told: Vec<String> = (0..code.functions().len())
        .flat_map(|index| {
            let function = &code.functions()[index];
            let code = &code;
            function.actions.iter().map(move |action| {
                let from = &function.variables[action.from.variable].name;
                format!("{:?} {from}{} -> {}", action.kind, action.from.rest, told(code, index, &action.to))
            })
        })
        .collect();
    assert_eq!(
        told,
        [
            "Move first -> second",
            "Move second -> letter.text",
            "Move letter -> Argument(\"read\", 0, \"\")",
            "Borrow left -> look",
            "Move size -> text",
            "Move text -> Returned(\"\")",
        ]
    );
}

#[test]
fn variables_end_with_their_block_and_shadow_each_other() {
    let source =
        "fn run() {\n    let a = 1;\n    {\n        let a = 2;\n        let a = 3;\n        a;\n    }\n    a;\n}\n";
    let code = Code::read(source);
    let at = |line| code.functions()[0].variable("a", Place { line, column: 9 });
    assert_eq!((at(6), at(8)), (Some(2), Some(0)));
    assert_eq!(at(1), None);
}

#[test]
fn what_is_neither_rust_nor_cpp_has_no_functions() {
    assert!(Code::read("print('neither')").functions().is_empty());
    assert!(Code::read("").functions().is_empty());
}
