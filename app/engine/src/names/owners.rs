//! The owner chain of a release: the types whose drop glue stands on its stack, without the plumbing.

use super::type_name::TypeName;

/// How the compiler calls the code that drops a value of a type; the last two are what nightly compilers write.
const GLUE: [&str; 5] = ["drop_in_place<", "drop_in_place::<", "drop_glue<", "drop_glue::<", "real_drop_in_place<"];

/// The type that the function drops, if it is drop glue: `a::Item` for `core::ptr::drop_in_place<a::Item>`.
pub(crate) fn dropped_type(function: &str) -> Option<&str> {
    let name = function.strip_prefix("core::ptr::").unwrap_or(function);
    let inner = GLUE.iter().find_map(|glue| name.strip_prefix(glue))?;
    inner.strip_suffix('>')
}

/// The owner chain for the functions of a stack, innermost first; the chain is outermost first.
pub(crate) fn chain<'a>(functions: impl DoubleEndedIterator<Item = &'a str>) -> Vec<String> {
    let all: Vec<TypeName> = functions.rev().filter_map(dropped_type).map(TypeName::parse).collect();
    let mut shown: Vec<&TypeName> = Vec::new();
    for owner in &all {
        if !is_plumbing(owner, shown.last().copied()) {
            shown.push(owner);
        }
    }
    // Optimised code may have kept nothing but the plumbing; that still names the element.
    if shown.is_empty()
        && let Some(buffer) = all.iter().find(|owner| is_raw_vec(owner))
        && let Some(element) = buffer.arguments().first()
    {
        return vec![format!("Vec<{}>", element.short())];
    }
    shown.into_iter().map(TypeName::short).collect()
}

fn is_raw_vec(owner: &TypeName) -> bool {
    owner.is("alloc::raw_vec::RawVec") || owner.is("alloc::raw_vec::RawVecInner")
}

/// Whether `owner`, dropped by `outer`, is how std is built rather than what the program owns.
fn is_plumbing(owner: &TypeName, outer: Option<&TypeName>) -> bool {
    match owner {
        TypeName::Slice(_) | TypeName::Dyn(_) => return true,
        TypeName::Path { .. } => {}
        _ => return false,
    }
    is_inner_type(owner) || outer.is_some_and(|outer| is_made_of(outer, owner))
}

/// Types that no program names.
fn is_inner_type(owner: &TypeName) -> bool {
    const NAMES: [&str; 8] =
        ["DropGuard", "Dropper", "RcInner", "RcBox", "ArcInner", "RawVec", "RawVecInner", "UnsafeCell"];
    const SCOPES: [&str; 8] = [
        "alloc::raw_vec",
        "alloc::collections::btree::node",
        "alloc::collections::btree::navigate",
        "alloc::collections::btree::mem",
        "core::mem",
        "std::sys",
        "hashbrown::raw",
        "hashbrown::scopeguard",
    ];
    let Some((scope, name)) = owner.path() else { return false };
    let is_in = |outer: &str| scope.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    // A program may have types of these names: only std's own count.
    let is_std = scope.is_empty() || scope.contains("alloc::") || ["core", "alloc", "std"].into_iter().any(is_in);
    (is_std && NAMES.contains(&name))
        || SCOPES.into_iter().any(is_in)
        // The control block of an Rc or Arc, a list's node: dropped through a borrowed allocator.
        || owner.arguments().iter().any(|argument| {
            matches!(argument, TypeName::Prefixed("&", inner) if inner.is("alloc::alloc::Global"))
        })
        || (name == "Node" && is_in("alloc::collections::linked_list"))
}

/// What std's types are made of: the type, the type within, and what its first argument must be, if that matters.
const MADE_OF: [(&str, &str, Option<&str>); 16] = [
    ("alloc::string::String", "alloc::vec::Vec", Some("u8")),
    ("alloc::ffi::c_str::CString", "alloc::boxed::Box", Some("[u8]")),
    ("std::ffi::os_str::OsString", "std::sys::os_str::bytes::Buf", None),
    ("std::ffi::os_str::OsString", "alloc::vec::Vec", Some("u8")),
    ("std::path::PathBuf", "std::ffi::os_str::OsString", None),
    ("std::path::PathBuf", "std::sys::os_str::bytes::Buf", None),
    ("std::path::PathBuf", "alloc::vec::Vec", Some("u8")),
    ("std::collections::hash::map::HashMap", "hashbrown::map::HashMap", None),
    ("std::collections::hash::set::HashSet", "std::collections::hash::map::HashMap", None),
    ("std::collections::hash::set::HashSet", "hashbrown::set::HashSet", None),
    ("std::collections::hash::set::HashSet", "hashbrown::map::HashMap", None),
    ("hashbrown::set::HashSet", "hashbrown::map::HashMap", None),
    ("alloc::collections::btree::map::BTreeMap", "alloc::collections::btree::map::IntoIter", None),
    ("alloc::collections::btree::set::BTreeSet", "alloc::collections::btree::map::BTreeMap", None),
    ("alloc::collections::btree::set::BTreeSet", "alloc::collections::btree::map::IntoIter", None),
    ("alloc::collections::binary_heap::BinaryHeap", "alloc::vec::Vec", None),
];

/// Whether a value of type `outer` holds its content in one of type `inner`.
fn is_made_of(outer: &TypeName, inner: &TypeName) -> bool {
    MADE_OF.iter().any(|(whole, part, argument)| {
        outer.is(whole)
            && inner.is(part)
            && argument.is_none_or(|wanted| inner.arguments().first().is_some_and(|first| first.short() == wanted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The glue on a stack, innermost first as stacks are, and the chain.
    fn chain_of(types: &[&str], form: &str) -> String {
        let functions: Vec<String> = types.iter().map(|one| form.replace('T', one)).collect();
        chain(functions.iter().map(String::as_str)).join(" > ")
    }

    const FORMS: [&str; 5] = [
        "core::ptr::drop_in_place<T>",
        "core::ptr::drop_in_place::<T>",
        "core::ptr::drop_glue::<T>",
        "core::ptr::drop_glue<T>",
        "drop_in_place<T>",
    ];

    #[test]
    fn every_way_of_writing_glue_is_known() {
        for form in FORMS {
            assert_eq!(chain_of(&["demo::Item"], form), "Item", "{form}");
        }
        for other in ["core::mem::drop<demo::Item>", "demo::drop_in_place_of", "drop_in_place<x", "drop_glue"] {
            assert_eq!(dropped_type(other), None, "{other}");
        }
    }

    #[test]
    fn real_chains_become_what_the_program_owns() {
        const CHAINS: &[(&[&str], &str)] = &[
            (
                &[
                    "alloc::raw_vec::RawVec<u8>",
                    "alloc::vec::Vec<u8>",
                    "alloc::string::String",
                    "demos::d30_chain::Item",
                    "[demos::d30_chain::Item]",
                    "alloc::vec::Vec<demos::d30_chain::Item>",
                    "demos::d30_chain::Order",
                ],
                "Order > Vec<Item> > Item > String",
            ),
            (
                &[
                    "alloc::vec::Vec<u8, alloc::alloc::Global>",
                    "alloc::string::String",
                    "demo::Item",
                    "[demo::Item]",
                    "alloc::vec::Vec<demo::Item, alloc::alloc::Global>",
                    "demo::Order",
                ],
                "Order > Vec<Item> > Item > String",
            ),
            (
                &["alloc::boxed::Box<str>", "core::option::Option<alloc::boxed::Box<str>>", "demo::Order"],
                "Order > Option<Box<str>> > Box<str>",
            ),
            (
                &[
                    "alloc::raw_vec::RawVec<u8>",
                    "alloc::vec::Vec<u8>",
                    "std::sys::os_str::bytes::Buf",
                    "std::ffi::os_str::OsString",
                    "std::path::PathBuf",
                    "demo::TempFile",
                ],
                "TempFile > PathBuf",
            ),
            (
                &[
                    "alloc::rc::Weak<core::cell::RefCell<a::Item>,&alloc::alloc::Global>",
                    "alloc::rc::Rc<core::cell::RefCell<a::Item>>",
                ],
                "Rc<RefCell<Item>>",
            ),
            (
                &[
                    "alloc::vec::Vec<u8>",
                    "alloc::string::String",
                    "a::Item",
                    "core::cell::UnsafeCell<a::Item>",
                    "core::cell::RefCell<a::Item>",
                    "alloc::rc::RcInner<core::cell::RefCell<a::Item>>",
                    "alloc::rc::Rc<core::cell::RefCell<a::Item>>",
                ],
                "Rc<RefCell<Item>> > RefCell<Item> > Item > String",
            ),
            (
                &[
                    "alloc::string::String",
                    "(alloc::string::String,a::Item)",
                    "hashbrown::raw::RawTable<(alloc::string::String,a::Item)>",
                    "hashbrown::map::HashMap<alloc::string::String,a::Item,std::hash::random::RandomState>",
                    "std::collections::hash::map::HashMap<alloc::string::String,a::Item>",
                ],
                "HashMap<String, Item> > (String, Item) > String",
            ),
            (
                &[
                    "alloc::boxed::Box<alloc::collections::linked_list::Node<alloc::string::String>,&alloc::alloc::Global>",
                    "<alloc::collections::linked_list::LinkedList<T,A> as core::ops::drop::Drop>::drop::DropGuard<alloc::string::String,alloc::alloc::Global>",
                    "alloc::collections::linked_list::LinkedList<alloc::string::String>",
                ],
                "LinkedList<String>",
            ),
            (
                &[
                    "alloc::collections::btree::map::IntoIter<u32,alloc::string::String>",
                    "alloc::collections::btree::map::BTreeMap<u32,alloc::string::String>",
                ],
                "BTreeMap<u32, String>",
            ),
            (
                &["demo::Poly", "alloc::boxed::Box<dyn demo::Shape>", "[alloc::boxed::Box<dyn demo::Shape>]"],
                "Box<dyn Shape> > Poly",
            ),
            (&["alloc::string::String", "a::main::{{closure}}"], "{closure} > String"),
            (&["alloc::raw_vec::RawVec<demo::Item>"], "Vec<Item>"),
            (&["alloc::vec::Vec<u8>"], "Vec<u8>"),
            (&["mine::DropGuard", "mine::Buf"], "Buf > DropGuard"),
            (&[], ""),
        ];
        for (types, expected) in CHAINS {
            assert_eq!(chain_of(types, FORMS[0]), *expected);
            assert_eq!(chain_of(types, FORMS[2]), *expected);
        }
    }
}
