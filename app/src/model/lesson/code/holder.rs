//! What a value that is made at a place of the source becomes part of: a variable, an argument, what a function gives
//! back, or nothing with a name.

use super::{Body, Code, Place, area_of};
use syn::punctuated::Punctuated;
use syn::{Expr, Member, Pat, Stmt, Token};

/// A variable of a function, or a part of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Path {
    /// The variable, by its place in [`super::Function::variables`].
    pub variable: usize,
    /// Which part of it: `.name`, `[..].name`; empty for all of it.
    pub rest: String,
}

/// At the end of a part: what is inside of it, not the thing itself, as `*boxed` is what is in the box.
pub(crate) const INSIDE: char = '*';
/// In front of a name in a part: what a closure has taken with it.
pub(crate) const CAPTURED: char = '|';

/// What has a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Holder {
    /// A variable of the same function.
    Variable(Path),
    /// A variable of the function around a closure, which the closure has or uses.
    Captured(String, String),
    /// An argument of a function of the same file: its name, which one, which part of it.
    Argument(String, usize, String),
    /// What the function gives back, or a part of that.
    Returned(String),
    /// Taken apart by a pattern: which part goes where.
    Parts(Vec<(String, Holder)>),
    /// Given to something that ends it, such as `drop`.
    Gone,
    /// A value that has no name.
    Temporary,
}

/// Functions after which a value is no longer anybody's.
const ENDS: [&str; 4] = ["drop", "forget", "leak", "into_raw"];
/// Methods that give back what they were called on, or what was in it.
const HANDS_ON: [&str; 13] = [
    "unwrap",
    "expect",
    "unwrap_or_default",
    "into",
    "into_iter",
    "into_boxed_str",
    "into_boxed_slice",
    "into_string",
    "into_bytes",
    "into_inner",
    "collect",
    "join",
    "await",
];
/// Functions whose second argument goes where their first one points; only a mark can tell when.
const EXCHANGES: [&str; 2] = ["replace", "swap"];

/// Where the search for a place has come to.
pub(super) enum Found {
    /// Inside the value of the expression; by a call on this variable that may make it grow.
    Value(String, Option<Holder>),
    /// At what holds it.
    Held(Holder),
}

impl Code {
    /// What a value that is made at `place` of `function` becomes part of.
    pub fn holder(&self, function: usize, place: Place) -> Holder {
        let search = Search { code: self, function, place };
        let found = match &self.bodies[function] {
            Body::Block(block) => search.block(&block.stmts),
            Body::Expr(expr) => search.expr(expr),
            Body::Cpp(parts) => {
                parts.iter().find(|(area, _)| area.contains(&place)).map(|(_, to)| Found::Held(to.clone()))
            }
        };
        match found {
            Some(Found::Value(rest, _)) => Holder::Returned(rest),
            Some(Found::Held(holder)) => holder,
            None => Holder::Temporary,
        }
    }

    /// The variable or the part of one that `expr` names, if it does.
    pub(super) fn path(&self, function: usize, expr: &Expr) -> Option<Holder> {
        let (root, rest) = root_of(expr)?;
        let place = area_of(expr).start;
        match self.functions[function].variable(&root, place) {
            Some(variable) => Some(Holder::Variable(Path { variable, rest })),
            None if self.functions[function].name.is_empty() => Some(Holder::Captured(root, rest)),
            None => None,
        }
    }
}

/// The name and the part that `expr` is: `a`, `a.b`, `*a`, `a[1].b`.
pub(super) fn root_of(expr: &Expr) -> Option<(String, String)> {
    match expr {
        Expr::Path(path) => Some((path.path.get_ident()?.to_string(), String::new())),
        Expr::Field(field) => {
            let (root, rest) = root_of(&field.base)?;
            Some((root, format!("{rest}.{}", member(&field.member))))
        }
        Expr::Index(index) => root_of(&index.expr).map(|(root, rest)| (root, format!("{rest}[..]"))),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => root_of(&unary.expr),
        Expr::Paren(inside) => root_of(&inside.expr),
        Expr::Reference(reference) => root_of(&reference.expr),
        // `desk.drawer.borrow_mut()` is a part of the desk, whatever stands between.
        Expr::MethodCall(call) => root_of(&call.receiver),
        _ => None,
    }
}

fn member(member: &Member) -> String {
    match member {
        Member::Named(name) => name.to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// The expressions between the parentheses of a macro such as `vec!`, where they are some.
pub(super) fn macro_arguments(call: &syn::Macro) -> Vec<Expr> {
    if !call.path.is_ident("vec") {
        return Vec::new();
    }
    let listed = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
    listed.map(|arguments| arguments.into_iter().collect()).unwrap_or_default()
}

struct Search<'a> {
    code: &'a Code,
    function: usize,
    place: Place,
}

impl Search<'_> {
    fn is_in(&self, expr: &Expr) -> bool {
        area_of(expr).contains(&self.place)
    }

    fn block(&self, statements: &[Stmt]) -> Option<Found> {
        for statement in statements {
            if !area_of(statement).contains(&self.place) {
                continue;
            }
            return match statement {
                Stmt::Local(local) => {
                    let init = local.init.as_ref()?;
                    let else_branch = init.diverge.as_ref().map(|(_, branch)| &**branch);
                    if let Some(branch) = else_branch.filter(|branch| self.is_in(branch)) {
                        return self.named(branch);
                    }
                    Some(match self.expr(&init.expr)? {
                        Found::Value(rest, _) => Found::Held(self.bound(&local.pat, &rest)),
                        held @ Found::Held(_) => held,
                    })
                }
                Stmt::Expr(expr, Some(_)) => self.named(expr),
                Stmt::Expr(expr, None) => self.expr(expr),
                Stmt::Item(_) | Stmt::Macro(_) => None,
            };
        }
        None
    }

    /// An expression whose value nobody takes: what it made is its own or made something grow.
    fn named(&self, expr: &Expr) -> Option<Found> {
        Some(match self.expr(expr)? {
            Found::Value(_, Some(grown)) => Found::Held(grown),
            Found::Value(_, None) => Found::Held(Holder::Temporary),
            held @ Found::Held(_) => held,
        })
    }

    fn temporary(&self, expr: &Expr) -> Option<Found> {
        Some(match self.expr(expr)? {
            Found::Value(..) => Found::Held(Holder::Temporary),
            held @ Found::Held(_) => held,
        })
    }

    /// What `pattern` makes of the part `rest` of a value.
    fn bound(&self, pattern: &Pat, rest: &str) -> Holder {
        match pattern {
            Pat::Ident(ident) => {
                let name = ident.ident.to_string();
                let variables = &self.code.functions[self.function].variables;
                let statement = area_of(pattern).start;
                let made = variables.iter().position(|one| one.name == name && one.statement.contains(&statement));
                made.map_or(Holder::Temporary, |variable| Holder::Variable(Path { variable, rest: rest.to_owned() }))
            }
            Pat::Type(typed) => self.bound(&typed.pat, rest),
            Pat::Reference(reference) => self.bound(&reference.pat, rest),
            Pat::Tuple(tuple) if rest.is_empty() => {
                let parts = tuple.elems.iter().enumerate();
                Holder::Parts(parts.map(|(index, pattern)| (format!(".{index}"), self.bound(pattern, ""))).collect())
            }
            Pat::Tuple(tuple) => {
                let element = rest.strip_prefix('.').and_then(|rest| {
                    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                    let index: usize = rest[..digits].parse().ok()?;
                    Some((tuple.elems.get(index)?, &rest[digits..]))
                });
                element.map_or(Holder::Temporary, |(pattern, rest)| self.bound(pattern, rest))
            }
            Pat::Struct(fields) => {
                let field = fields.fields.iter().find_map(|field| {
                    let name = format!(".{}", member(&field.member));
                    rest.strip_prefix(&name).map(|rest| (&*field.pat, rest))
                });
                field.map_or(Holder::Temporary, |(pattern, rest)| self.bound(pattern, rest))
            }
            Pat::TupleStruct(inside) => {
                inside.elems.first().map_or(Holder::Temporary, |pattern| self.bound(pattern, rest))
            }
            _ => Holder::Temporary,
        }
    }

    fn expr(&self, expr: &Expr) -> Option<Found> {
        if !self.is_in(expr) {
            return None;
        }
        let value = |rest: &str| Some(Found::Value(rest.to_owned(), None));
        match expr {
            Expr::Call(call) => self.call(call),
            Expr::MethodCall(call) => self.method(call),
            Expr::Macro(call) => {
                for (index, argument) in macro_arguments(&call.mac).iter().enumerate() {
                    if self.is_in(argument) {
                        return self.part(argument, &format!("[{index}]"));
                    }
                }
                value("")
            }
            Expr::Struct(literal) => {
                let field = literal.fields.iter().find(|field| self.is_in(&field.expr))?;
                self.part(&field.expr, &format!(".{}", member(&field.member)))
            }
            Expr::Tuple(tuple) => {
                let (index, element) = tuple.elems.iter().enumerate().find(|(_, element)| self.is_in(element))?;
                self.part(element, &format!(".{index}"))
            }
            Expr::Array(array) => {
                let (index, element) = array.elems.iter().enumerate().find(|(_, element)| self.is_in(element))?;
                self.part(element, &format!("[{index}]"))
            }
            Expr::Repeat(repeat) => self.part(&repeat.expr, "[..]"),
            Expr::Paren(inside) => self.expr(&inside.expr),
            Expr::Cast(cast) => self.expr(&cast.expr),
            Expr::Try(tried) => self.expr(&tried.expr).or_else(|| value("")),
            Expr::Await(awaited) => self.expr(&awaited.base).or_else(|| value("")),
            // What is made to be referred to has no name of its own.
            Expr::Reference(reference) => self.temporary(&reference.expr).or_else(|| value("")),
            Expr::Assign(assignment) => self.assignment(assignment),
            Expr::Return(_) | Expr::Break(_) => {
                let given = match expr {
                    Expr::Return(given) => given.expr.as_deref(),
                    Expr::Break(given) => given.expr.as_deref(),
                    _ => None,
                };
                Some(match self.expr(given?)? {
                    Found::Value(rest, _) => Found::Held(Holder::Returned(rest)),
                    held @ Found::Held(_) => held,
                })
            }
            Expr::Path(_) | Expr::Closure(_) => value(""),
            Expr::Field(field) if root_of(expr).is_none() => self.temporary(&field.base),
            Expr::Index(index) if root_of(expr).is_none() => self.temporary(&index.expr),
            Expr::Unary(unary) if root_of(expr).is_none() => self.expr(&unary.expr),
            Expr::Binary(binary) => {
                self.temporary(&binary.left).or_else(|| self.temporary(&binary.right)).or_else(|| value(""))
            }
            _ => self.control(expr).unwrap_or_else(|| value("")),
        }
    }

    /// Blocks, branches and loops; none where `expr` is no such thing.
    fn control(&self, expr: &Expr) -> Option<Option<Found>> {
        Some(match expr {
            Expr::Block(block) => self.block(&block.block.stmts),
            Expr::Unsafe(block) => self.block(&block.block.stmts),
            Expr::Async(block) => self.block(&block.block.stmts),
            Expr::If(branch) => self
                .temporary(&branch.cond)
                .or_else(|| self.block(&branch.then_branch.stmts))
                .or_else(|| branch.else_branch.as_ref().and_then(|(_, other)| self.expr(other))),
            Expr::Match(choice) => {
                self.temporary(&choice.expr).or_else(|| choice.arms.iter().find_map(|arm| self.expr(&arm.body)))
            }
            Expr::While(looped) => self.temporary(&looped.cond).or_else(|| self.block(&looped.body.stmts)),
            Expr::ForLoop(looped) => self.temporary(&looped.expr).or_else(|| self.block(&looped.body.stmts)),
            Expr::Loop(looped) => self.block(&looped.body.stmts),
            Expr::Let(condition) => self.temporary(&condition.expr),
            _ => return None,
        })
    }

    /// A part of a larger value.
    fn part(&self, expr: &Expr, part: &str) -> Option<Found> {
        Some(match self.expr(expr)? {
            Found::Value(rest, _) => Found::Value(format!("{part}{rest}"), None),
            held @ Found::Held(_) => held,
        })
    }

    fn assignment(&self, assignment: &syn::ExprAssign) -> Option<Found> {
        if let Expr::Infer(_) = &*assignment.left {
            return self.temporary(&assignment.right);
        }
        if self.is_in(&assignment.left) {
            return self.temporary(&assignment.left);
        }
        let target = self.code.path(self.function, &assignment.left);
        Some(match self.expr(&assignment.right)? {
            Found::Value(rest, _) => Found::Held(target.map_or(Holder::Temporary, |target| within(target, &rest))),
            held @ Found::Held(_) => held,
        })
    }

    fn call(&self, call: &syn::ExprCall) -> Option<Found> {
        let Some((index, argument)) = call.args.iter().enumerate().find(|(_, argument)| self.is_in(argument)) else {
            // `Rc::make_mut(&mut page)`: what it makes is for what it was lent.
            let lent = call.args.iter().find_map(|argument| match argument {
                Expr::Reference(lent) if lent.mutability.is_some() => self.code.path(self.function, &lent.expr),
                _ => None,
            });
            return Some(match lent {
                Some(lent) => Found::Held(lent),
                None => Found::Value(String::new(), None),
            });
        };
        let found = self.expr(argument)?;
        let Found::Value(rest, _) = found else { return Some(found) };
        let name = match &*call.func {
            Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
            _ => String::new(),
        };
        Some(if ENDS.contains(&name.as_str()) {
            Found::Held(Holder::Gone)
        } else if EXCHANGES.contains(&name.as_str()) {
            Found::Held(Holder::Temporary)
        } else if self.code.named(&name).is_some() {
            Found::Held(Holder::Argument(name, index, rest))
        } else {
            Found::Value(rest, None)
        })
    }

    fn method(&self, call: &syn::ExprMethodCall) -> Option<Found> {
        let name = call.method.to_string();
        let receiver = self.code.path(self.function, &call.receiver);
        if self.is_in(&call.receiver) && root_of(&call.receiver).is_none_or(|_| is_made(&call.receiver, self.place)) {
            let found = self.expr(&call.receiver)?;
            return Some(match found {
                Found::Value(rest, grown) if HANDS_ON.contains(&name.as_str()) => Found::Value(rest, grown),
                Found::Value(_, grown) => Found::Value(String::new(), grown),
                held @ Found::Held(_) => held,
            });
        }
        if let Some((index, argument)) = call.args.iter().enumerate().find(|(_, argument)| self.is_in(argument)) {
            let found = self.expr(argument)?;
            let Found::Value(rest, _) = found else { return Some(found) };
            return Some(Found::Held(match (self.code.named(&name), receiver) {
                (Some(_), _) => Holder::Argument(name, index + 1, rest),
                (None, Some(receiver)) => within(receiver, &format!("[..]{rest}")),
                (None, None) => Holder::Temporary,
            }));
        }
        // An arena keeps what it gets, and lends it.
        if let Some(arena) = receiver.clone().filter(|_| name == "alloc") {
            return Some(Found::Held(arena));
        }
        // By the method itself: a value of its own, or more room for what it was called on.
        Some(Found::Value(String::new(), receiver))
    }
}

/// Whether the place is at a call inside of a chain of calls, and not at the name that the chain begins with.
fn is_made(receiver: &Expr, place: Place) -> bool {
    match receiver {
        Expr::MethodCall(call) => !area_of(&call.receiver).contains(&place) || is_made(&call.receiver, place),
        _ => true,
    }
}

fn within(holder: Holder, rest: &str) -> Holder {
    match holder {
        Holder::Variable(path) => {
            Holder::Variable(Path { variable: path.variable, rest: format!("{}{rest}", path.rest) })
        }
        Holder::Captured(name, inner) => Holder::Captured(name, format!("{inner}{rest}")),
        other => other,
    }
}
