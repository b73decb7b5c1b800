//! Two `Rc` that own each other are never released; a `Weak` in one direction cures it.

use crate::beat;
use dropscope::{mark, scope};
use std::cell::RefCell;
use std::rc::{Rc, Weak};

struct Parent {
    name: String,
    child: RefCell<Option<Rc<Child>>>,
}

struct Child {
    name: String,
    parent: RefCell<Option<Rc<Parent>>>,
    weak_parent: RefCell<Weak<Parent>>,
}

/// The same family twice: bound by owners both ways, then by an owner one way and an observer back.
pub fn run() {
    {
        let _scope = scope!("owners both ways");
        let (parent, child) = family(String::with_capacity(190), String::with_capacity(191));
        *child.parent.borrow_mut() = Some(Rc::clone(&parent));
        mark!("parent strong 2, child strong 2");
        beat();
    }
    mark!("parent strong 1, child strong 1, and nobody can reach them");
    beat();
    {
        let _scope = scope!("an observer back");
        let (parent, child) = family(String::with_capacity(192), String::with_capacity(193));
        *child.weak_parent.borrow_mut() = Rc::downgrade(&parent);
        mark!("parent strong 1 weak 1, child strong 2");
        beat();
    }
    beat();
}

/// A parent that owns its child; the way back is the caller's choice.
fn family(parent_name: String, child_name: String) -> (Rc<Parent>, Rc<Child>) {
    let child = Rc::new(Child { name: child_name, parent: RefCell::default(), weak_parent: RefCell::default() });
    let parent = Rc::new(Parent { name: parent_name, child: RefCell::new(Some(Rc::clone(&child))) });
    (parent, child)
}
