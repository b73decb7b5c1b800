//! Looks before a window is opened: is there a display, and are the libraries there that a window needs?
//!
//! The window library answers some of these with a panic that cannot be caught as an error, so we ask first.

mod dlopen;
mod server;

use std::{ffi::CStr, fmt};

/// Why no window can be opened here. Displays as one sentence that says how to get what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No variable names a display.
    Display,
    /// A display is named but does not answer.
    Server {
        /// The environment variable that names it.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What the system said.
        reason: String,
    },
    /// Libraries that cannot be loaded.
    Libraries(Vec<Library>),
}

/// A library that a window loads when it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Library {
    /// The names it goes by; one is enough.
    names: &'static [&'static CStr],
    /// The Debian and Ubuntu package that has it.
    package: &'static str,
}

/// What a window on X11 loads, in the order it asks for it.
const X11: &[Library] = &[
    Library { names: &[c"libX11.so.6"], package: "libx11-6" },
    Library { names: &[c"libXcursor.so.1"], package: "libxcursor1" },
    Library { names: &[c"libXi.so.6"], package: "libxi6" },
    Library { names: &[c"libX11-xcb.so.1"], package: "libx11-xcb1" },
    Library { names: &[c"libxkbcommon.so.0"], package: "libxkbcommon0" },
    Library { names: &[c"libxkbcommon-x11.so.0"], package: "libxkbcommon-x11-0" },
    Library { names: &[c"libGL.so.1", c"libEGL.so.1"], package: "libgl1" },
];
/// What a window on Wayland loads.
const WAYLAND: &[Library] = &[
    Library { names: &[c"libwayland-client.so.0"], package: "libwayland-client0" },
    Library { names: &[c"libwayland-cursor.so.0"], package: "libwayland-cursor0" },
    Library { names: &[c"libwayland-egl.so.1"], package: "libwayland-egl1" },
    Library { names: &[c"libxkbcommon.so.0"], package: "libxkbcommon0" },
    Library { names: &[c"libEGL.so.1"], package: "libegl1" },
];

/// Whether a window can be opened, asking the system.
///
/// # Errors
/// What is missing, as far as it can be told without opening a window.
pub fn probe() -> Result<(), Missing> {
    let variable = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    probe_with(variable, server::connect, dlopen::can_load)
}

fn probe_with(
    variable: impl Fn(&str) -> Option<String>,
    connect: impl Fn(&server::Address) -> std::io::Result<()>,
    can_load: impl Fn(&CStr) -> bool,
) -> Result<(), Missing> {
    let set = |name: &'static str| variable(name).filter(|value| !value.is_empty()).map(|value| (name, value));
    let folder = variable("XDG_RUNTIME_DIR");
    // The order in which the window library chooses; it does not fall back from Wayland to X11.
    let (named, address, libraries) = if let Some((name, value)) = set("WAYLAND_DISPLAY") {
        let address = server::wayland(&value, folder.as_deref());
        ((name, value), address, WAYLAND)
    } else if set("WAYLAND_SOCKET").is_some() {
        // An open connection handed over by a parent process: it can be used once, so it is not tried.
        return load(WAYLAND, can_load);
    } else if let Some((name, value)) = set("DISPLAY") {
        let address = server::x11(&value);
        ((name, value), address, X11)
    } else {
        return Err(Missing::Display);
    };
    let (variable, value) = named;
    match address.and_then(|address| connect(&address).map_err(|error| error.to_string())) {
        Ok(()) => load(libraries, can_load),
        Err(reason) => Err(Missing::Server { variable, value, reason }),
    }
}

fn load(libraries: &[Library], can_load: impl Fn(&CStr) -> bool) -> Result<(), Missing> {
    let absent = |library: &&Library| !library.names.iter().any(|name| can_load(name));
    let missing: Vec<Library> = libraries.iter().filter(absent).copied().collect();
    if missing.is_empty() { Ok(()) } else { Err(Missing::Libraries(missing)) }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Display => f.write_str(
                "there is no display to open a window on: neither WAYLAND_DISPLAY nor DISPLAY is set \
                 (over ssh, connect with `ssh -X`)",
            ),
            Self::Server { variable, value, reason } => write!(
                f,
                "the display that {variable}={value} names does not answer ({reason}); \
                 set {variable} to a running one, or unset it",
            ),
            Self::Libraries(libraries) => {
                let names: Vec<_> = libraries
                    .iter()
                    .filter_map(|library| library.names.first())
                    .map(|name| name.to_string_lossy())
                    .collect();
                let packages: Vec<_> = libraries.iter().map(|library| library.package).collect();
                let (noun, verb) = if names.len() == 1 { ("a library", "is") } else { ("libraries", "are") };
                write!(
                    f,
                    "{noun} that a window needs {verb} missing: {}; on Debian or Ubuntu, `apt-get install {}` gets {}",
                    names.join(", "),
                    packages.join(" "),
                    if names.len() == 1 { "it" } else { "them" },
                )
            }
        }
    }
}

impl std::error::Error for Missing {}

#[cfg(test)]
mod tests {
    use super::{server::Address, *};
    use std::io;

    fn environment<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    fn answers(_: &Address) -> io::Result<()> {
        Ok(())
    }

    #[test]
    fn a_machine_without_a_display_is_told_so() {
        let none = probe_with(environment(&[("DISPLAY", "")]), answers, |_| true).expect_err("no display");
        assert_eq!(none, Missing::Display);
        assert!(none.to_string().contains("neither WAYLAND_DISPLAY nor DISPLAY is set"));
    }

    #[test]
    fn a_display_that_does_not_answer_is_named_with_the_reason() {
        let refuse = |_: &Address| Err(io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused"));
        let error = probe_with(environment(&[("DISPLAY", ":77")]), refuse, |_| true).expect_err("refused");
        let text = error.to_string();
        assert!(text.contains("DISPLAY=:77") && text.contains("connection refused"), "{text}");
    }

    #[test]
    fn wayland_comes_first_and_needs_its_own_libraries() {
        let both = [("WAYLAND_DISPLAY", "wayland-0"), ("DISPLAY", ":0"), ("XDG_RUNTIME_DIR", "/run/user/1")];
        let only_x11 = |name: &CStr| !name.to_string_lossy().contains("wayland");
        let error = probe_with(environment(&both), answers, only_x11).expect_err("no Wayland libraries");
        let text = error.to_string();
        assert!(text.contains("apt-get install libwayland-client0 libwayland-cursor0 libwayland-egl1`"), "{text}");
        assert_eq!(probe_with(environment(&both[1..]), answers, only_x11), Ok(()));
    }

    #[test]
    fn each_missing_library_is_named_with_its_package() {
        for library in X11 {
            let lacks = |name: &CStr| !library.names.contains(&name);
            let error = probe_with(environment(&[("DISPLAY", ":0")]), answers, lacks).expect_err("one is missing");
            let text = error.to_string();
            assert!(text.contains(&*library.names[0].to_string_lossy()) && text.contains(library.package), "{text}");
            assert!(text.starts_with("a library that a window needs is missing"), "{text}");
        }
        let either = |name: &CStr| name != c"libGL.so.1";
        assert_eq!(probe_with(environment(&[("DISPLAY", ":0")]), answers, either), Ok(()), "libEGL does as well");
    }

    #[test]
    fn the_dynamic_linker_is_really_asked() {
        assert!(dlopen::can_load(c"libc.so.6"));
        assert!(!dlopen::can_load(c"libnosuchlibrary.so.42"));
    }
}
