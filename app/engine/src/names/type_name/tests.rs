//! Names that rustc wrote, and what people call them.

use super::*;

/// Names that rustc 1.95 wrote, in its three ways, and what people call them.
const NAMES: &[(&str, &str)] = &[
    ("a::Order", "Order"),
    ("alloc::vec::Vec<u8>", "Vec<u8>"),
    ("alloc::vec::Vec<u8, alloc::alloc::Global>", "Vec<u8>"),
    ("alloc::vec::Vec<demo::Item, alloc::alloc::Global>", "Vec<Item>"),
    ("[alloc::string::String; 3]", "[String; 3]"),
    ("[[alloc::string::String; 3]]", "[[String; 3]]"),
    ("(u8,alloc::string::String)", "(u8, String)"),
    ("(alloc::string::String,())", "(String, ())"),
    ("(alloc::string::String,)", "(String,)"),
    ("()", "()"),
    ("!", "!"),
    ("&mut [u8]", "&mut [u8]"),
    ("*const core::ffi::c_void", "*const c_void"),
    ("alloc::rc::Weak<core::cell::RefCell<a::Item>,&alloc::alloc::Global>", "Weak<RefCell<Item>>"),
    (
        "alloc::boxed::Box<dyn core::ops::function::Fn<()>+Output = u32+core::marker::Send>",
        "Box<dyn Fn<(), Output = u32> + Send>",
    ),
    (
        "alloc::boxed::Box<dyn for<'a, 'b> core::ops::function::Fn<(&'a std::panic::PanicHookInfo<'b>,), Output = ()> + core::marker::Sync + core::marker::Send>",
        "Box<dyn Fn<(&PanicHookInfo,), Output = ()> + Sync + Send>",
    ),
    ("std::collections::hash::map::HashMap<K, V, std::hash::random::RandomState>", "HashMap<K, V>"),
    ("a::main::{{closure}}", "{closure}"),
    ("demo::run::{closure_env#0}<alloc::string::String>", "{closure}"),
    ("demo::fetch::{async_fn_env#0}", "{async fn fetch}"),
    ("demo::run::{async_block_env#2}", "{async block}"),
    (
        "<alloc::collections::btree::map::IntoIter<K,V,A> as core::ops::drop::Drop>::drop::DropGuard<u32,alloc::string::String,alloc::alloc::Global>",
        "DropGuard<u32, String>",
    ),
    ("core::option::Option<fn(u32) -> alloc::string::String>", "Option<fn(u32) -> alloc::string::String>"),
    ("demo::Grid<3, 4>", "Grid<3, 4>"),
    ("alloc::boxed::Box<(dyn core::any::Any + core::marker::Send), alloc::alloc::Global>", "Box<dyn Any + Send>"),
    ("alloc::sync::Arc<std::thread::thread::Inner, std::alloc::System>", "Arc<Inner>"),
    ("alloc::borrow::Cow<'_, str>", "Cow<str>"),
    ("alloc::rc::Rc<[u64; 40], alloc::alloc::Global>", "Rc<[u64; 40]>"),
    ("demo::Node<'a, dyn demo::Shape + 'a>", "Node<dyn Shape>"),
    ("std::sync::poison::mutex::MutexGuard<alloc::vec::Vec<u8>>", "MutexGuard<Vec<u8>>"),
];

#[test]
fn names_become_what_people_write() {
    for (written, short) in NAMES {
        assert_eq!(TypeName::parse(written).short(), *short, "{written}");
    }
}

#[test]
fn what_makes_no_sense_stands_as_it_is() {
    for text in ["", "Vec<", "Vec<u8>>", "a::", "[u8", "(a", "dyn ", "<", "{", "é::ü<", "for<'a"] {
        assert_eq!(TypeName::parse(text).short(), text.trim(), "{text}");
    }
    let deep = "Vec<".repeat(5000) + &">".repeat(5000);
    assert_eq!(TypeName::parse(&deep).short(), deep);
}
