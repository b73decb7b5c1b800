//! Files that are no recordings, or not whole ones.

use crate::support::Place;

const MAGIC: &[u8] = b"DSCOPE\r\n";

fn header(version: u32) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&32u32.to_le_bytes());
    bytes.resize(32, 0);
    bytes
}

#[test]
fn each_file_that_cannot_be_read_gets_its_sentence() {
    let place = Place::new();
    place.write("empty.dscope", b"");
    place.write("foreign.dscope", b"#!/bin/sh\necho not a recording, whatever its name says\n");
    place.write("newer.dscope", &header(dropscope_format::VERSION + 1));
    place.write("cut.dscope", &header(dropscope_format::VERSION)[..20]);
    let cases = [
        ("missing.dscope", "missing.dscope cannot be read: No such file"),
        ("empty.dscope", "empty.dscope is empty"),
        ("foreign.dscope", "foreign.dscope is not a Dropscope recording: make one with `dropscope record"),
        ("newer.dscope", "use a newer Dropscope"),
        ("cut.dscope", "cut.dscope is cut off inside its header"),
        (".", "cannot be read"),
    ];
    for (file, sentence) in cases {
        let commands: [&[&str]; 6] = [
            &["report", file],
            &["report", file, "--json"],
            &["dump", file],
            &["compare", file, file],
            &["open", file],
            &["shot", file, "-o", "picture.png"],
        ];
        for words in commands {
            let done = place.run(words).exits(1).prints_nothing().says(sentence);
            assert!(done.err().matches("No such file").count() < 2, "told twice: {done}");
        }
    }
    assert!(!place.path("picture.png").exists());
}
