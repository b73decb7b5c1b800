//! What is read out of a C++ source: its functions, what is made in them, and who owns it when.

use super::*;

const SOURCE: &str = "\
// A comment with a { brace.
struct Handle {
    Handle() : letters(new char[9]) {}
    ~Handle() { delete[] letters; }
    char *letters;
};
void read(std::unique_ptr<Page> page) {
    dropscope::Scope scope(\"read {\");
}
int main() {
    auto first = std::make_unique<Page>();
    {
        auto second = std::move(first);
        read(std::move(second));
    }
    std::array<std::string, 2> names = {std::string(3, 'x'), std::string(4, 'x')};
    auto owner = std::make_shared<std::string>(5, 'x');
    std::weak_ptr<std::string> observer = owner;
    owner.reset();
    const char *letters = name().c_str();
    names.front.assign(6, 'y');
}
";

fn at(part: &str) -> Place {
    let (line, text) = SOURCE.lines().enumerate().find(|(_, text)| text.contains(part)).unwrap();
    Place { line: line as u32 + 1, column: text.find(part).unwrap() as u32 + 1 }
}

/// What is made at `part`: `main.first`, `-> .letters`.
fn holder(code: &Code, part: &str) -> String {
    let function = code.function_at(at(part)).unwrap();
    match code.holder(function, at(part)) {
        Holder::Variable(path) => {
            let function = &code.functions()[function];
            format!("{}.{}{}", function.name, function.variables[path.variable].name, path.rest)
        }
        Holder::Returned(rest) => format!("-> {rest}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn functions_and_what_is_made_in_them_are_found() {
    let code = read(SOURCE);
    let names: Vec<&str> = code.functions().iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["Handle", "Handle", "read", "main"]);
    assert_eq!(holder(&code, "new char"), "-> .letters");
    assert_eq!(holder(&code, "std::make_unique"), "main.first");
    assert_eq!(holder(&code, "std::string(4"), "main.names");
    assert_eq!(holder(&code, "name()"), "Temporary");
    assert_eq!(holder(&code, "assign"), "main.names.front");
    assert!(code.functions()[2].variables[1].is_guard);
}

#[test]
fn moves_and_shared_owners_are_found() {
    let code = read(SOURCE);
    let main = &code.functions()[3];
    let name = |holder: &Holder| match holder {
        Holder::Variable(path) => main.variables[path.variable].name.clone(),
        Holder::Argument(name, index, _) => format!("{name} {index}"),
        _ => String::new(),
    };
    let actions: Vec<_> = main
        .actions
        .iter()
        .map(|action| (action.kind, main.variables[action.from.variable].name.as_str(), name(&action.to)))
        .collect();
    assert_eq!(
        actions,
        [
            (ActionKind::Move, "first", "second".to_owned()),
            (ActionKind::Move, "second", "read 0".to_owned()),
            (ActionKind::Observe, "owner", "observer".to_owned()),
            (ActionKind::LetGo, "owner", String::new()),
        ]
    );
    let second = &main.variables[main.variable("second", at("read(std::move")).unwrap()];
    assert_eq!(second.scope.end, Place { line: 15, column: 6 }, "it ends with its block");
}
