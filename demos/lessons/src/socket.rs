//! A connection ends where its owner ends, and the other side is told.

use crate::beat;
use dropscope::{mark, scope};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

/// One end of a connection with a buffer of its own.
struct Caller {
    line: UnixStream,
    notes: String,
}

/// Two connected sockets in one program; the caller says a word and goes out of scope.
pub fn run() {
    let Ok((near, mut far)) = UnixStream::pair() else {
        mark!("no sockets could be had");
        return;
    };
    let answer = far.set_nonblocking(true); // tell us if there is nothing to read; do not wait
    let mut inbox = vec![0; 1081];
    {
        let _scope = scope!("the caller is there");
        let mut caller = Caller { line: near, notes: String::with_capacity(1082) };
        listen(&mut far, &mut inbox);
        beat();
        let written = caller.line.write(b"hello");
        listen(&mut far, &mut inbox);
        beat();
    }
    listen(&mut far, &mut inbox);
    beat();
}

/// Marks what the far end hears.
fn listen(far: &mut UnixStream, inbox: &mut [u8]) {
    mark!(match far.read(inbox) {
        Ok(0) => "the far end hears: the connection is closed",
        Ok(_) => "the far end hears a word",
        Err(error) if error.kind() == ErrorKind::WouldBlock => "the far end hears nothing, the connection is open",
        Err(_) => "the far end hears an error",
    });
}
