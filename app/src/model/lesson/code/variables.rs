//! The variables of a function and the parts of its source in which they can be used.

use super::{Area, Body, Variable, area_of, place_of};
use proc_macro2::Span;
use syn::visit::{self, Visit};

/// A parameter.
pub(super) fn parameter(name: &str, span: Span, scope: &Area, is_reference: bool) -> Variable {
    let statement = place_of(span.start())..place_of(span.end());
    Variable { name: name.to_owned(), statement, scope: scope.clone(), is_reference, is_guard: false }
}

/// The parameters that a pattern names. Several names in one are several variables.
pub(super) fn parameters(pattern: &syn::Pat, kind: Option<&syn::Type>, scope: &Area) -> Vec<Variable> {
    let is_reference = matches!(kind, Some(syn::Type::Reference(_)));
    let mut found = names(pattern, &area_of(pattern), scope);
    if found.is_empty() {
        // `_: String` owns what it is given, until the end.
        found.push(parameter("_", syn::spanned::Spanned::span(pattern), scope, false));
    }
    for variable in &mut found {
        variable.is_reference = is_reference;
    }
    found
}

/// The names in a pattern.
fn names(pattern: &syn::Pat, statement: &Area, scope: &Area) -> Vec<Variable> {
    struct Names<'a>(Vec<Variable>, &'a Area, &'a Area);
    impl<'ast> Visit<'ast> for Names<'_> {
        fn visit_pat_ident(&mut self, ident: &'ast syn::PatIdent) {
            // A name that begins with a capital is a variant, such as `None`.
            let name = ident.ident.to_string();
            if !name.starts_with(char::is_uppercase) {
                self.0.push(Variable {
                    name,
                    statement: self.1.clone(),
                    scope: self.2.clone(),
                    is_reference: ident.by_ref.is_some(),
                    is_guard: false,
                });
            }
            visit::visit_pat_ident(self, ident);
        }
    }
    let mut finder = Names(Vec::new(), statement, scope);
    finder.visit_pat(pattern);
    finder.0
}

/// All variables that `body` makes, in order of the source. Closures in it are bodies of their own.
pub(super) fn variables(body: &Body) -> Vec<Variable> {
    struct Finder {
        found: Vec<Variable>,
        block: Vec<Area>,
    }
    impl<'ast> Visit<'ast> for Finder {
        fn visit_block(&mut self, block: &'ast syn::Block) {
            self.block.push(area_of(block));
            visit::visit_block(self, block);
            self.block.pop();
        }
        fn visit_local(&mut self, local: &'ast syn::Local) {
            let statement = area_of(local);
            let end = self.block.last().map_or(statement.end, |block| block.end);
            let value = local.init.as_ref().map(|init| &*init.expr);
            for mut variable in names(&local.pat, &statement, &(statement.end..end)) {
                variable.is_guard = value.is_some_and(is_guard);
                variable.is_reference |= value.is_some_and(|value| matches!(value, syn::Expr::Reference(_)));
                self.found.push(variable);
            }
            visit::visit_local(self, local);
        }
        fn visit_arm(&mut self, arm: &'ast syn::Arm) {
            let body = area_of(&arm.body);
            self.found.extend(names(&arm.pat, &area_of(&arm.pat), &body));
            visit::visit_arm(self, arm);
        }
        fn visit_expr_if(&mut self, branch: &'ast syn::ExprIf) {
            if let syn::Expr::Let(condition) = &*branch.cond {
                self.found.extend(names(&condition.pat, &area_of(condition), &area_of(&branch.then_branch)));
            }
            visit::visit_expr_if(self, branch);
        }
        fn visit_expr_while(&mut self, looped: &'ast syn::ExprWhile) {
            if let syn::Expr::Let(condition) = &*looped.cond {
                self.found.extend(names(&condition.pat, &area_of(condition), &area_of(&looped.body)));
            }
            visit::visit_expr_while(self, looped);
        }
        fn visit_expr_for_loop(&mut self, looped: &'ast syn::ExprForLoop) {
            self.found.extend(names(&looped.pat, &area_of(&looped.pat), &area_of(&looped.body)));
            visit::visit_expr_for_loop(self, looped);
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_item(&mut self, _: &'ast syn::Item) {}
    }
    let mut finder = Finder { found: Vec::new(), block: Vec::new() };
    visit_body(&mut finder, body);
    finder.found
}

/// A guard of the tracker's own: it has no memory and only bounds a band.
fn is_guard(value: &syn::Expr) -> bool {
    let syn::Expr::Macro(call) = value else { return false };
    call.mac.path.segments.last().is_some_and(|last| last.ident == "scope" || last.ident == "operation")
}

/// The loops of `body`.
pub(super) fn loops(body: &Body) -> Vec<Area> {
    struct Finder(Vec<Area>);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr(&mut self, expr: &'ast syn::Expr) {
            if matches!(expr, syn::Expr::While(_) | syn::Expr::ForLoop(_) | syn::Expr::Loop(_)) {
                self.0.push(area_of(expr));
            }
            if !matches!(expr, syn::Expr::Closure(_)) {
                visit::visit_expr(self, expr);
            }
        }
    }
    let mut finder = Finder(Vec::new());
    visit_body(&mut finder, body);
    finder.0
}

/// The plain names that `body` mentions, each once.
pub(super) fn mentioned(body: &Body) -> Vec<String> {
    struct Finder(Vec<String>);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            if let Some(ident) = path.path.get_ident() {
                let name = ident.to_string();
                if !self.0.contains(&name) {
                    self.0.push(name);
                }
            }
        }
    }
    let mut finder = Finder(Vec::new());
    visit_body(&mut finder, body);
    finder.0
}

pub(super) fn visit_body<'ast>(visitor: &mut impl Visit<'ast>, body: &'ast Body) {
    match body {
        Body::Block(block) => visitor.visit_block(block),
        Body::Expr(expr) => visitor.visit_expr(expr),
        // What a C++ function does is found while it is read.
        Body::Cpp(_) => {}
    }
}
