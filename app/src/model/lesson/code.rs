//! What a lesson's source says without being run: its functions, their variables, and what a value that is made at a
//! place becomes part of. No allocator sees names; the picture of stack and heap takes them from here.

mod actions;
mod cpp;
mod holder;
mod variables;

pub(super) use holder::{CAPTURED, INSIDE};
pub use holder::{Holder, Path};

use proc_macro2::LineColumn;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// A place in the source: line and column from 1, as debug information counts them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A stretch of the source, its end not included.
pub(crate) type Area = Range<Place>;

/// A variable of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The statement that makes it.
    pub statement: Area,
    /// Where it can be used: from behind that statement to the end of its block.
    pub scope: Area,
    /// Whether it is a reference by its type or by what it is made of.
    pub is_reference: bool,
    /// Whether it only marks a scope for the recording.
    pub is_guard: bool,
}

/// Something that the source does to values which no allocator sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Action {
    /// Where.
    pub at: Place,
    /// The statement that it is part of.
    pub statement: Area,
    /// The branch that must have been taken for it to happen.
    pub branch: Option<Area>,
    /// What.
    pub kind: ActionKind,
    /// Whose value.
    pub from: Path,
    /// Where to.
    pub to: Holder,
}

/// What an [`Action`] does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ActionKind {
    /// The value goes on.
    Move,
    /// Owns nothing any more, and can be used: `a.reset()` in C++.
    LetGo,
    /// One more owner: `Rc::clone(&a)`.
    Share,
    /// An observer: `Rc::downgrade(&a)`.
    Observe,
    /// A reference: `&a`.
    Borrow,
}

/// A function or a closure.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name; empty for a closure.
    pub name: String,
    /// From its first to its last character.
    pub area: Area,
    /// Its parameters come first, in order.
    pub variables: Vec<Variable>,
    /// How many of the variables are parameters.
    pub parameters: usize,
    /// What happens in it, in order of the source.
    pub actions: Vec<Action>,
    /// What a closure takes with it: names of the function around it.
    pub captures: Vec<String>,
    /// Loops in it.
    pub loops: Vec<Area>,
    /// The static that it makes the value of.
    pub makes_static: Option<String>,
}

impl Function {
    /// The variable that `name` means at `place`: the last one so called that can be used there, or that is being made.
    pub fn variable(&self, name: &str, place: Place) -> Option<usize> {
        let usable = |variable: &Variable| variable.scope.contains(&place) && variable.name == name;
        let made = |variable: &Variable| variable.statement.contains(&place) && variable.name == name;
        self.variables.iter().rposition(usable).or_else(|| self.variables.iter().rposition(made))
    }
}

/// A source file, read. Stays on its thread; [`Code::functions`] does not.
pub struct Code {
    functions: Vec<Function>,
    bodies: Vec<Body>,
}

/// What a function does, as the parser gives it.
enum Body {
    Block(syn::Block),
    Expr(syn::Expr),
    /// In C++: what a value that is made in a stretch of the source becomes part of.
    Cpp(Vec<(Area, Holder)>),
}

impl Code {
    /// Reads `source`. What is no Rust is taken for C++. What can be neither has no functions: the picture then does
    /// without names.
    pub fn read(source: &str) -> Code {
        let Ok(file) = syn::parse_file(source) else { return cpp::read(source) };
        let mut finder = FunctionFinder::default();
        finder.visit_file(&file);
        let mut code = Code { functions: finder.functions, bodies: finder.bodies };
        for index in 0..code.functions.len() {
            code.functions[index].variables.extend(variables::variables(&code.bodies[index]));
            code.functions[index].loops = variables::loops(&code.bodies[index]);
        }
        let actions: Vec<Vec<Action>> = (0..code.functions.len()).map(|index| actions::actions(&code, index)).collect();
        for (function, actions) in code.functions.iter_mut().zip(actions) {
            function.actions = actions;
        }
        code.name_captures();
        code
    }

    /// All functions and closures.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The innermost function or closure around `place`.
    pub fn function_at(&self, place: Place) -> Option<usize> {
        let inside = self.functions.iter().enumerate().filter(|(_, function)| function.area.contains(&place));
        inside.max_by_key(|(_, function)| function.area.start).map(|(index, _)| index)
    }

    fn named(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|function| !function.name.is_empty() && function.name == name)
    }

    /// What a closure mentions and does not make itself.
    fn name_captures(&mut self) {
        for index in 0..self.functions.len() {
            if !self.functions[index].name.is_empty() {
                continue;
            }
            let area = self.functions[index].area.clone();
            let around = self.functions.iter().enumerate().filter(|(other, function)| {
                *other != index && function.area.start <= area.start && area.end <= function.area.end
            });
            let Some((_, outer)) = around.max_by_key(|(_, function)| function.area.start) else { continue };
            let own = &self.functions[index].variables;
            let mut captures = variables::mentioned(&self.bodies[index]);
            captures.retain(|name| {
                outer.variable(name, area.start).is_some() && own.iter().all(|variable| variable.name != *name)
            });
            self.functions[index].captures = captures;
        }
    }
}

/// Collects functions and closures.
#[derive(Default)]
struct FunctionFinder {
    functions: Vec<Function>,
    bodies: Vec<Body>,
    inside_static: Option<String>,
}

impl FunctionFinder {
    fn add(&mut self, name: String, area: Area, parameters: Vec<Variable>, body: Body) {
        self.functions.push(Function {
            name,
            area,
            parameters: parameters.len(),
            variables: parameters,
            actions: Vec::new(),
            captures: Vec::new(),
            loops: Vec::new(),
            makes_static: self.inside_static.clone(),
        });
        self.bodies.push(body);
    }

    fn add_function(&mut self, area: Area, signature: &syn::Signature, block: &syn::Block) {
        let scope = area_of(block);
        let parameters = signature.inputs.iter().flat_map(|input| match input {
            syn::FnArg::Receiver(receiver) => {
                let is_reference = receiver.reference.is_some();
                vec![variables::parameter("self", receiver.span(), &scope, is_reference)]
            }
            syn::FnArg::Typed(typed) => variables::parameters(&typed.pat, Some(&typed.ty), &scope),
        });
        self.add(signature.ident.to_string(), area, parameters.collect(), Body::Block(block.clone()));
    }
}

impl<'ast> Visit<'ast> for FunctionFinder {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.add_function(area_of(function), &function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.add_function(area_of(function), &function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.inside_static = Some(item.ident.to_string());
        self.add(String::new(), area_of(&item.expr), Vec::new(), Body::Expr((*item.expr).clone()));
        syn::visit::visit_item_static(self, item);
        self.inside_static = None;
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if item.mac.path.is_ident("thread_local")
            && let Ok(inside) = item.mac.parse_body::<syn::File>()
        {
            for item in &inside.items {
                if let syn::Item::Static(item) = item {
                    self.visit_item_static(item);
                }
            }
        }
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let scope = area_of(&closure.body);
        let parameters = closure.inputs.iter().flat_map(|pattern| variables::parameters(pattern, None, &scope));
        self.add(String::new(), area_of(closure), parameters.collect(), Body::Expr((*closure.body).clone()));
        syn::visit::visit_expr_closure(self, closure);
    }
}

/// Where `node` stands.
fn area_of(node: &impl Spanned) -> Area {
    let span = node.span();
    place_of(span.start())..place_of(span.end())
}

fn place_of(at: LineColumn) -> Place {
    Place { line: at.line as u32, column: at.column as u32 + 1 }
}

#[cfg(test)]
mod tests;
