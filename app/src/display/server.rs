//! Where a display's server listens, and whether it answers there.

use std::{
    io,
    net::{TcpStream, ToSocketAddrs as _},
    os::linux::net::SocketAddrExt as _,
    os::unix::net::{SocketAddr, UnixStream},
    path::{Path, PathBuf},
    time::Duration,
};

/// How long a server on another machine may take.
const PATIENCE: Duration = Duration::from_secs(2);
const X11_SOCKETS: &str = "/tmp/.X11-unix";
const X11_FIRST_PORT: u16 = 6000;

/// Where a display's server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// A socket file.
    File(PathBuf),
    /// An X11 socket file, or else the abstract socket of the same name.
    X11(PathBuf),
    /// Another machine, or this one over the network, as with `ssh -X`.
    Network(String, u16),
}

/// The server that `WAYLAND_DISPLAY` names: a path, or a name in `XDG_RUNTIME_DIR`.
pub(super) fn wayland(value: &str, runtime_folder: Option<&str>) -> Result<Address, String> {
    let path = Path::new(value);
    if path.is_absolute() {
        return Ok(Address::File(path.to_owned()));
    }
    let folder = runtime_folder.filter(|folder| !folder.is_empty());
    folder.map(|folder| Address::File(Path::new(folder).join(path))).ok_or("XDG_RUNTIME_DIR is not set".to_owned())
}

/// The server that `DISPLAY` names: `:0`, `:0.0`, `unix:0`, `host:10.0`, `[::1]:10`.
pub(super) fn x11(value: &str) -> Result<Address, String> {
    let (host, display) = value.rsplit_once(':').ok_or("it has no colon")?;
    let number = display.split('.').next().unwrap_or(display);
    let number: u16 = number.parse().map_err(|_| format!("{number:?} is not a display number"))?;
    if host.is_empty() || host == "unix" {
        return Ok(Address::X11(Path::new(X11_SOCKETS).join(format!("X{number}"))));
    }
    let host = host.trim_start_matches("tcp/").trim_start_matches('[').trim_end_matches(']');
    let port = X11_FIRST_PORT.checked_add(number).ok_or_else(|| format!("{number} is not a display number"))?;
    Ok(Address::Network(host.to_owned(), port))
}

/// Connects and hangs up again.
pub(super) fn connect(address: &Address) -> io::Result<()> {
    match address {
        Address::File(path) => UnixStream::connect(path).map(drop),
        Address::X11(path) => UnixStream::connect(path).map(drop).or_else(|error| {
            let name = SocketAddr::from_abstract_name(path.as_os_str().as_encoded_bytes());
            // The file's error is the one that means something to a person.
            name.and_then(|name| UnixStream::connect_addr(&name)).map(drop).map_err(|_| error)
        }),
        Address::Network(host, port) => {
            let mut last = io::Error::new(io::ErrorKind::NotFound, "no such host");
            for address in (host.as_str(), *port).to_socket_addrs()? {
                match TcpStream::connect_timeout(&address, PATIENCE) {
                    Ok(_) => return Ok(()),
                    Err(error) => last = error,
                }
            }
            Err(last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn every_way_to_name_an_x11_display_is_understood() {
        let socket = |name: &str| Ok(Address::X11(Path::new(X11_SOCKETS).join(name)));
        assert_eq!(x11(":0"), socket("X0"));
        assert_eq!(x11(":99.0"), socket("X99"));
        assert_eq!(x11("unix:1"), socket("X1"));
        assert_eq!(x11("localhost:10.0"), Ok(Address::Network("localhost".to_owned(), 6010)));
        assert_eq!(x11("[::1]:10"), Ok(Address::Network("::1".to_owned(), 6010)));
        for wrong in ["", "0", ":", ":x", ":99999999", "host:65000"] {
            assert!(x11(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_wayland_display_is_a_path_or_a_name_in_the_runtime_folder() {
        let file = |path: &str| Ok(Address::File(PathBuf::from(path)));
        assert_eq!(wayland("/run/w", None), file("/run/w"));
        assert_eq!(wayland("wayland-0", Some("/run/user/1")), file("/run/user/1/wayland-0"));
        assert!(wayland("wayland-0", None).is_err());
    }

    #[test]
    fn a_server_answers_only_while_it_listens() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("display");
        let address = Address::File(path.clone());
        assert!(connect(&address).is_err());
        let server = UnixListener::bind(&path).expect("bound");
        assert!(connect(&address).is_ok());
        drop(server);
        assert!(connect(&address).is_err(), "the socket file alone is no server");
    }
}
