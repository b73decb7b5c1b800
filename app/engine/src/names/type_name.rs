//! A type's name as the compiler writes it (three ways of writing it are in use) to one that people write.

/// A parsed type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum TypeName {
    /// `alloc::vec::Vec<T>`: all of the path but its last part, the last part, and its arguments.
    Path { scope: String, name: String, arguments: Vec<TypeName> },
    /// `&T`, `&mut T`, `*const T`: what stands in front, and the type.
    Prefixed(&'static str, Box<TypeName>),
    /// `[T]`
    Slice(Box<TypeName>),
    /// `[T; N]`
    Array(Box<TypeName>, String),
    /// `(A, B)`
    Tuple(Vec<TypeName>),
    /// `dyn A + B`, without the `dyn`.
    Dyn(Vec<TypeName>),
    /// `Output = T` among arguments.
    Binding(String, Box<TypeName>),
    /// Anything else, as it was written: function pointers, numbers, lifetimes, what could not be understood.
    Other(String),
}

/// Types nested deeper than this are not taken apart.
const MAX_DEPTH: u32 = 64;

impl TypeName {
    /// Understands `text` as far as possible; what is beyond stands as it is.
    pub(crate) fn parse(text: &str) -> TypeName {
        let mut parser = Parser { text, at: 0, depth: 0 };
        match parser.type_name() {
            Some(parsed) if parser.rest().trim().is_empty() => parsed,
            _ => TypeName::Other(text.trim().to_owned()),
        }
    }

    /// The whole path, if it is one: `alloc::vec::Vec`.
    pub(crate) fn path(&self) -> Option<(&str, &str)> {
        match self {
            TypeName::Path { scope, name, .. } => Some((scope, name)),
            _ => None,
        }
    }

    pub(crate) fn arguments(&self) -> &[TypeName] {
        match self {
            TypeName::Path { arguments, .. } => arguments,
            _ => &[],
        }
    }

    /// Whether it is this path. A name without its scope (some debug information has no more) fits any scope.
    pub(crate) fn is(&self, full: &str) -> bool {
        let (wanted_scope, wanted_name) = full.rsplit_once("::").unwrap_or(("", full));
        self.path().is_some_and(|(scope, name)| name == wanted_name && (scope.is_empty() || scope == wanted_scope))
    }

    /// As people write it: `Vec<Item>` for `alloc::vec::Vec<demo::Item, alloc::alloc::Global>`.
    pub(crate) fn short(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            TypeName::Path { scope, name, arguments } => {
                match closure(scope, name) {
                    Some(closure) => return out.push_str(&closure),
                    None => out.push_str(name),
                }
                let shown: Vec<_> = arguments.iter().filter(|argument| !argument.is_default()).collect();
                if !shown.is_empty() {
                    out.push('<');
                    write_all(&shown, ", ", out);
                    out.push('>');
                }
            }
            TypeName::Prefixed(prefix, inner) => {
                out.push_str(prefix);
                inner.write(out);
            }
            TypeName::Slice(inner) => {
                out.push('[');
                inner.write(out);
                out.push(']');
            }
            TypeName::Array(inner, length) => {
                out.push('[');
                inner.write(out);
                out.push_str("; ");
                out.push_str(length);
                out.push(']');
            }
            TypeName::Tuple(parts) => {
                out.push('(');
                write_all(&parts.iter().collect::<Vec<_>>(), ", ", out);
                if parts.len() == 1 {
                    out.push(',');
                }
                out.push(')');
            }
            TypeName::Dyn(bounds) => {
                out.push_str("dyn ");
                write_all(&bounds.iter().collect::<Vec<_>>(), " + ", out);
            }
            TypeName::Binding(name, inner) => {
                out.push_str(name);
                out.push_str(" = ");
                inner.write(out);
            }
            TypeName::Other(text) => out.push_str(text),
        }
    }

    /// Arguments that nobody writes: allocators and the usual hasher.
    fn is_default(&self) -> bool {
        match self {
            TypeName::Prefixed("&", inner) => inner.is("alloc::alloc::Global"),
            TypeName::Other(text) => text.starts_with('\''),
            _ => ["alloc::alloc::Global", "std::alloc::System", "std::hash::random::RandomState"]
                .iter()
                .any(|default| self.is(default)),
        }
    }
}

fn write_all(types: &[&TypeName], between: &str, out: &mut String) {
    for (index, one) in types.iter().enumerate() {
        if index > 0 {
            out.push_str(between);
        }
        one.write(out);
    }
}

/// Closures and the state machines of async code have no names of their own.
fn closure(scope: &str, name: &str) -> Option<String> {
    let inner = name.strip_prefix('{')?.strip_suffix('}')?;
    let inner = inner.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')).unwrap_or(inner);
    let kind = inner.split(['#', ':', ' ']).next().unwrap_or(inner);
    let function = scope.rsplit("::").next().unwrap_or(scope);
    Some(match kind {
        "closure" | "closure_env" => "{closure}".to_owned(),
        "async_fn_env" | "async_fn" => format!("{{async fn {function}}}"),
        "async_block_env" | "async_block" => "{async block}".to_owned(),
        "async_closure_env" | "async_closure" => "{async closure}".to_owned(),
        _ => format!("{{{kind}}}"),
    })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Steps over `token`, if it comes next.
    fn eat(&mut self, token: &str) -> bool {
        self.skip_blanks();
        let is_next = self.rest().starts_with(token);
        if is_next {
            self.at += token.len();
        }
        is_next
    }

    fn type_name(&mut self) -> Option<TypeName> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let parsed = self.any_type();
        self.depth -= 1;
        parsed
    }

    fn any_type(&mut self) -> Option<TypeName> {
        self.skip_blanks();
        for (written, prefix) in [("&mut ", "&mut "), ("&", "&"), ("*const ", "*const "), ("*mut ", "*mut ")] {
            if self.eat(written) {
                self.lifetime();
                // `&'a mut T`
                let prefix = if prefix == "&" && self.eat("mut ") { "&mut " } else { prefix };
                return Some(TypeName::Prefixed(prefix, Box::new(self.type_name()?)));
            }
        }
        if self.eat("dyn ") {
            return self.dyn_bounds();
        }
        if self.eat("for<") {
            self.until_closed('<', '>')?;
            return self.type_name();
        }
        if self.eat("[") {
            return self.slice_or_array();
        }
        if self.eat("(") {
            return self.tuple_or_group();
        }
        let is_function = ["fn(", "unsafe ", "extern "].iter().any(|start| self.rest().starts_with(start));
        if is_function || self.rest().starts_with('\'') {
            return Some(TypeName::Other(self.until_separator()));
        }
        self.path()
    }

    fn lifetime(&mut self) {
        self.skip_blanks();
        if self.rest().starts_with('\'') {
            let length = self.rest().find([' ', ',', '>']).unwrap_or(self.rest().len());
            self.at += length;
        }
    }

    fn dyn_bounds(&mut self) -> Option<TypeName> {
        let mut bounds = Vec::new();
        loop {
            let bound = self.type_name()?;
            // An older way to write `dyn Fn<(), Output = u32>`: `dyn Fn<()>+Output = u32`.
            if self.eat("=") {
                let (TypeName::Path { name, .. } | TypeName::Other(name)) = bound else { return None };
                let binding = TypeName::Binding(name, Box::new(self.type_name()?));
                match bounds.last_mut() {
                    Some(TypeName::Path { arguments, .. }) => arguments.push(binding),
                    _ => return None,
                }
            } else if !matches!(&bound, TypeName::Other(text) if text.starts_with('\'')) {
                bounds.push(bound);
            }
            if !self.eat("+") {
                return Some(TypeName::Dyn(bounds));
            }
        }
    }

    fn slice_or_array(&mut self) -> Option<TypeName> {
        let inner = Box::new(self.type_name()?);
        if self.eat("]") {
            return Some(TypeName::Slice(inner));
        }
        if !self.eat(";") {
            return None;
        }
        self.skip_blanks();
        let length = self.until_closed('[', ']')?;
        Some(TypeName::Array(inner, length.trim().to_owned()))
    }

    fn tuple_or_group(&mut self) -> Option<TypeName> {
        let start = self.at;
        let mut parts = self.list(")")?;
        // `(dyn A + B)` is no tuple, `(A,)` is.
        let has_comma =
            self.text.get(start..self.at).is_some_and(|text| text.trim_end_matches(')').trim_end().ends_with(','));
        match parts.len() {
            1 if !has_comma => parts.pop(),
            _ => Some(TypeName::Tuple(parts)),
        }
    }

    /// Types with commas between, up to `end`.
    fn list(&mut self, end: &str) -> Option<Vec<TypeName>> {
        let mut parts = Vec::new();
        loop {
            if self.eat(end) {
                return Some(parts);
            }
            let part = self.type_name()?;
            let is_binding = self.eat("=");
            parts.push(match part {
                TypeName::Path { name, .. } if is_binding => TypeName::Binding(name, Box::new(self.type_name()?)),
                _ if is_binding => return None,
                part => part,
            });
            if !self.eat(",") && !self.rest().trim_start().starts_with(end) {
                return None;
            }
        }
    }

    fn path(&mut self) -> Option<TypeName> {
        let mut scope = String::new();
        let mut name = self.segment()?;
        let mut arguments = Vec::new();
        loop {
            let before = self.at;
            if self.eat("::<") || self.eat("<") {
                arguments = self.list(">")?;
            } else if self.rest().starts_with("::") {
                self.at += 2;
                if !scope.is_empty() {
                    scope.push_str("::");
                }
                scope.push_str(&name);
                name = self.segment()?;
                // `a::f<T>::{closure#0}` is named by what comes last, and has no arguments that matter.
                arguments = Vec::new();
            } else {
                self.at = before;
                return Some(TypeName::Path { scope, name, arguments });
            }
        }
    }

    /// One part of a path: a word, `{closure#0}`, or `<T as Trait>`.
    fn segment(&mut self) -> Option<String> {
        let start = self.at;
        if self.rest().starts_with('{') {
            self.at += 1;
            self.until_closed('{', '}')?;
        } else if self.rest().starts_with('<') {
            self.at += 1;
            self.until_closed('<', '>')?;
        } else {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '!' | '-' | '.');
            let rest = self.rest();
            self.at += rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        }
        let segment = self.text.get(start..self.at)?;
        (!segment.is_empty()).then(|| segment.to_owned())
    }

    /// Everything up to the bracket that closes the one just read, which is stepped over.
    fn until_closed(&mut self, open: char, close: char) -> Option<String> {
        let start = self.at;
        let mut depth = 1;
        let mut before = ' ';
        for (offset, c) in self.rest().char_indices() {
            if c == open {
                depth += 1;
            } else if c == close && before != '-' {
                depth -= 1;
            }
            before = c;
            if depth == 0 {
                self.at = start + offset + c.len_utf8();
                return self.text.get(start..start + offset).map(str::to_owned);
            }
        }
        None
    }

    /// Everything up to a comma or bracket that belongs to what is around.
    fn until_separator(&mut self) -> String {
        let start = self.at;
        let mut depth = 0;
        let mut before = ' ';
        for (offset, c) in self.rest().char_indices() {
            let is_arrow = before == '-' && c == '>';
            before = c;
            match c {
                '(' | '[' | '<' | '{' => depth += 1,
                ')' | ']' | '}' | '>' if depth > 0 && !is_arrow => depth -= 1,
                ',' | ')' | ']' | '}' | '+' | ';' if depth == 0 => {
                    self.at = start + offset;
                    return self.text[start..self.at].trim().to_owned();
                }
                '>' if depth == 0 && !is_arrow => {
                    self.at = start + offset;
                    return self.text[start..self.at].trim().to_owned();
                }
                _ => {}
            }
        }
        self.at = self.text.len();
        self.text[start..].trim().to_owned()
    }
}

#[cfg(test)]
mod tests;
