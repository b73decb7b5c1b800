//! What is kept from one start to the next: the user's cache folder.

use anyhow::Context;
use std::ffi::OsString;
use std::path::PathBuf;

/// `dropscope/INNER` in the user's cache folder; it may not be there yet.
pub(super) fn cache_folder(inner: &str) -> anyhow::Result<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let cache = std::env::var_os("XDG_CACHE_HOME").and_then(absolute);
    let cache = cache.or_else(|| Some(std::env::var_os("HOME").and_then(absolute)?.join(".cache")));
    let cache = cache.context("neither XDG_CACHE_HOME nor HOME says where the user's cache is")?;
    Ok(cache.join("dropscope").join(inner))
}
