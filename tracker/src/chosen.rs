//! Whether this is the program that the preloaded library has been loaded for.
//!
//! A library that is preloaded goes into everything that the program starts, and into what starts it (`env` in a
//! script's first line). The launcher says which executable is meant.

use crate::environment;
use crate::guard::Guard;
use crate::state::{self, Phase};

/// The executable's path, with all links resolved.
const EXECUTABLE: &str = "DROPSCOPE_PRELOAD_FOR";

/// Where the launcher has named another executable than this process's, nothing will be recorded. To be called before
/// the first event.
pub(crate) fn stay_idle_in_others() {
    let _own = Guard::own_work();
    let Some(chosen) = environment::variable(EXECUTABLE) else { return };
    if std::fs::read_link("/proc/self/exe").is_ok_and(|here| here.as_os_str() != chosen) {
        state::change(Phase::Unknown, Phase::Idle, 0);
    }
}
