//! Moves, borrows and shared owners that the source shows: a name used as a value gives the value away.

use super::holder::{CAPTURED, Holder, INSIDE, macro_arguments, root_of};
use super::{Action, ActionKind, Area, Code, Path, area_of, variables};
use syn::visit::{self, Visit};
use syn::{Expr, Stmt};

/// Methods that take what they are called on.
const TAKES: [&str; 9] = [
    "into_iter",
    "into_boxed_str",
    "into_boxed_slice",
    "into_string",
    "into_bytes",
    "into_inner",
    "unwrap",
    "expect",
    "join",
];

/// Functions that take out of a place what is in it.
const EMPTIES: [&str; 4] = ["mem::take", "mem::replace", "mem::swap", "ptr::read"];

/// All actions of `function`, in order of the source.
pub(super) fn actions(code: &Code, function: usize) -> Vec<Action> {
    let nowhere = code.functions[function].area.clone();
    let mut finder = Finder { code, function, found: Vec::new(), branches: Vec::new(), statements: vec![nowhere] };
    variables::visit_body(&mut finder, &code.bodies[function]);
    if let super::Body::Expr(value) = &code.bodies[function] {
        finder.value(value);
    }
    finder.found.sort_by_key(|action| action.at);
    finder.found.dedup();
    finder.found
}

struct Finder<'a> {
    code: &'a Code,
    function: usize,
    found: Vec<Action>,
    branches: Vec<Area>,
    statements: Vec<Area>,
}

impl Finder<'_> {
    /// `expr` is used as a value: if it is a name, the value goes from there.
    fn value(&mut self, expr: &Expr) {
        match expr {
            Expr::Path(_) | Expr::Field(_) => self.add(ActionKind::Move, expr, expr),
            Expr::Paren(inside) => self.value(&inside.expr),
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => {
                self.add(ActionKind::Move, &unary.expr, expr);
            }
            Expr::Reference(reference) => self.add(ActionKind::Borrow, &reference.expr, expr),
            Expr::Closure(closure) if closure.capture.is_some() => self.captured(expr),
            _ => {}
        }
    }

    fn add(&mut self, kind: ActionKind, from: &Expr, at: &Expr) {
        let Some(Holder::Variable(mut from)) = self.code.path(self.function, from) else { return };
        if matches!(at, Expr::Unary(_)) {
            from.rest.push(INSIDE);
        }
        self.push(kind, from, at);
    }

    fn push(&mut self, kind: ActionKind, from: Path, at: &Expr) {
        let at = area_of(at).start;
        let to = self.code.holder(self.function, at);
        // Nobody keeps it: looked at in passing.
        if kind == ActionKind::Borrow && matches!(to, Holder::Temporary | Holder::Gone | Holder::Returned(_)) {
            return;
        }
        let statement = self.statements.last().cloned().unwrap_or_default();
        let branch = self.branches.last().cloned();
        self.found.push(Action { at, statement, branch, kind, from, to });
    }

    /// A `move` closure takes what it mentions.
    fn captured(&mut self, expr: &Expr) {
        let place = area_of(expr).start;
        let Expr::Closure(closure) = expr else { return };
        let body = super::Body::Expr((*closure.body).clone());
        for name in variables::mentioned(&body) {
            if let Some(variable) = self.code.functions[self.function].variable(&name, place) {
                let to = match self.code.holder(self.function, place) {
                    Holder::Variable(path) => Holder::Variable(Path {
                        variable: path.variable,
                        rest: format!("{}{CAPTURED}{name}", path.rest),
                    }),
                    other => other,
                };
                let statement = self.statements.last().cloned().unwrap_or_default();
                let branch = self.branches.last().cloned();
                let from = Path { variable, rest: String::new() };
                self.found.push(Action { at: place, statement, branch, kind: ActionKind::Move, from, to });
            }
        }
    }

    fn branch(&mut self, area: Area, visit: impl FnOnce(&mut Self)) {
        self.branches.push(area);
        visit(self);
        self.branches.pop();
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        self.statements.push(area_of(statement));
        match statement {
            // `let _ = place` looks at nothing and takes nothing.
            Stmt::Local(local) if matches!(local.pat, syn::Pat::Wild(_)) => {}
            Stmt::Local(local) => {
                if let Some(init) = &local.init {
                    self.value(&init.expr);
                }
            }
            // The last expression of a block is its value.
            Stmt::Expr(expr, None) => self.value(expr),
            _ => {}
        }
        visit::visit_stmt(self, statement);
        self.statements.pop();
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let name = match &*call.func {
            Expr::Path(path) => {
                let names: Vec<String> = path.path.segments.iter().map(|one| one.ident.to_string()).collect();
                names.join("::")
            }
            _ => String::new(),
        };
        let shared = match name.rsplit_once("::") {
            Some(("Rc" | "Arc", "clone")) => Some(ActionKind::Share),
            Some(("Rc" | "Arc", "downgrade")) => Some(ActionKind::Observe),
            _ => None,
        };
        // `take(&mut place)` takes what is there, and keeps no reference.
        let takes_from = EMPTIES.iter().any(|end| name.ends_with(end));
        let kept = |argument: &&Expr| !takes_from || !matches!(argument, Expr::Reference(_));
        for argument in call.args.iter().filter(kept) {
            match (shared, argument) {
                (Some(kind), Expr::Reference(reference)) => {
                    if let Some(Holder::Variable(from)) = self.code.path(self.function, &reference.expr) {
                        // Where the call stands: its value is what shares.
                        let whole = Expr::Call(call.clone());
                        self.push(kind, from, &whole);
                    }
                }
                _ => self.value(argument),
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if TAKES.contains(&call.method.to_string().as_str()) {
            self.value(&call.receiver);
        }
        // What is in the other one goes over, not the other one.
        let is_content = call.method == "append";
        for argument in call.args.iter().filter(|_| !is_content) {
            self.value(argument);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        self.value(&field.expr);
        visit::visit_field_value(self, field);
    }

    fn visit_expr_tuple(&mut self, tuple: &'ast syn::ExprTuple) {
        tuple.elems.iter().for_each(|element| self.value(element));
        visit::visit_expr_tuple(self, tuple);
    }

    fn visit_expr_array(&mut self, array: &'ast syn::ExprArray) {
        array.elems.iter().for_each(|element| self.value(element));
        visit::visit_expr_array(self, array);
    }

    fn visit_expr_assign(&mut self, assignment: &'ast syn::ExprAssign) {
        if !matches!(&*assignment.left, Expr::Infer(_)) {
            self.value(&assignment.right);
        }
        visit::visit_expr_assign(self, assignment);
    }

    fn visit_expr_return(&mut self, given: &'ast syn::ExprReturn) {
        if let Some(expr) = &given.expr {
            self.value(expr);
        }
        visit::visit_expr_return(self, given);
    }

    fn visit_expr_macro(&mut self, call: &'ast syn::ExprMacro) {
        for argument in macro_arguments(&call.mac) {
            self.value(&argument);
            self.visit_expr(&argument);
        }
    }

    fn visit_expr_if(&mut self, choice: &'ast syn::ExprIf) {
        self.visit_expr(&choice.cond);
        self.branch(area_of(&choice.then_branch), |finder| finder.visit_block(&choice.then_branch));
        if let Some((_, other)) = &choice.else_branch {
            self.branch(area_of(other), |finder| finder.visit_expr(other));
        }
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        self.branch(area_of(&arm.body), |finder| {
            finder.value(&arm.body);
            finder.visit_expr(&arm.body);
        });
    }

    fn visit_expr_for_loop(&mut self, looped: &'ast syn::ExprForLoop) {
        if root_of(&looped.expr).is_some() && !matches!(&*looped.expr, Expr::Reference(_) | Expr::MethodCall(_)) {
            self.value(&looped.expr);
        }
        visit::visit_expr_for_loop(self, looped);
    }

    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}

    fn visit_item(&mut self, _: &'ast syn::Item) {}
}
