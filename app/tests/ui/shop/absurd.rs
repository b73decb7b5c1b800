//! Functions as nobody would call them.

use super::note;

#[inline(never)]
pub(super) fn main() {
    note("plain");
    שלום_עולם();
    名前の長い関数();
    of::<Option<Result<[Option<Result<u64, (Vec<String>, Box<[Option<String>]>)>>; 3], Vec<Vec<Vec<Vec<String>>>>>>>();
    of::<std::collections::BTreeMap<String, std::collections::HashMap<Vec<Option<String>>, Box<dyn Fn(&str) -> bool>>>>(
    );
}

#[inline(never)]
fn שלום_עולם() {
    note("hebrew");
}

#[inline(never)]
fn 名前の長い関数() {
    note("japanese");
}

#[inline(never)]
fn of<T>() {
    note(std::any::type_name::<T>());
    a_function_whose_name_takes_more_room_than_any_column_has_because_nobody_told_its_author_when_to_stop::<T>();
}

#[inline(never)]
fn a_function_whose_name_takes_more_room_than_any_column_has_because_nobody_told_its_author_when_to_stop<T>() {
    note(if std::any::type_name::<T>().starts_with("core::option") { "long" } else { "longer" });
}
