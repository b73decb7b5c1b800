//! Programs that run already: recorded on demand, again and again, or followed.

use dropscope_tests::{DEBUG, dropscope, fixture, report, run, told};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running program that is killed at the end of its test.
struct Running(Child);

impl Running {
    fn start(variables: &[(&str, &Path)]) -> Running {
        let mut command = Command::new(fixture("server", DEBUG));
        command.arg("100000").envs(variables.iter().copied()).stdin(Stdio::null());
        Running(command.spawn().unwrap())
    }

    fn pid(&self) -> String {
        self.0.id().to_string()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn attach(words: &[&str]) -> (i32, String) {
    let mut command = Command::new(dropscope());
    command.arg("attach").args(words).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = run(&mut command);
    (
        output.status.code().unwrap_or_else(|| panic!("{}", told(&command, &output))),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

/// Waits until `is_so`, for as long as a slow machine may take.
fn until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "waited in vain");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_program_that_stands_by_is_recorded_on_demand_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let program = Running::start(&[("DROPSCOPE", Path::new("standby"))]);
    let first = folder.path().join("first.dscope");
    let words = [&program.pid(), "--no-window", "--for", "400ms", "-o", first.to_str().unwrap()];
    // It listens from its first allocation on.
    until(|| {
        let (status, said) = attach(&words);
        assert!(status == 0 || said.contains("does not stand by"), "{said}");
        status == 0
    });
    let of_first = report(&first);
    assert_eq!((&of_first["complete"], &of_first["stopped"]), (&true.into(), &true.into()), "{of_first:#}");
    assert_eq!(of_first["operations"][0]["name"], "request", "{of_first:#}");
    assert!(of_first["unmatched_frees"].as_u64() > Some(0), "what was cached before is released in it: {of_first:#}");
    assert!(!folder.path().join("first.dscope.ring").exists());
    // Where there is no display, it is as good as without a window.
    let (status, said) = attach(&[&program.pid(), "--for", "300ms", "-o", first.to_str().unwrap()]);
    assert!(status == 0 && said.contains("without a window, for 300 ms, or until Ctrl-C."), "{said}");
    assert!(said.contains("alive when it was stopped") && !said.contains("leak"), "{said}");
    // Begun by one, seen by another, stopped by a third; the file of that name is another recording.
    let second = folder.path().join("second.dscope");
    let mut begin = Command::new(dropscope());
    begin.args(["attach", &program.pid(), "--no-window", "-o"]).arg(&second).stderr(Stdio::piped());
    let begun = Running(begin.spawn().unwrap());
    until(|| second.exists());
    assert!(attach(&[&program.pid(), "--no-window"]).1.contains("second.dscope"));
    let (status, said) = attach(&[&program.pid(), "--stop"]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("recorded to ") && said.contains("second.dscope"), "{said}");
    drop(begun);
    assert_eq!(report(&second)["complete"], true);
    let (status, said) = attach(&[&program.pid(), "--stop"]);
    assert!(status == 1 && said.contains("is not being recorded"), "{said}");
}

#[test]
fn a_program_that_is_recorded_is_found_by_its_number_and_others_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.dscope");
    let program = Running::start(&[("DROPSCOPE_OUT", &file)]);
    until(|| attach(&[&program.pid(), "--no-window"]).1.contains("is being recorded to "));
    let (status, said) = attach(&[&program.pid(), "--stop"]);
    assert!(status == 1 && said.contains("only one that was started with DROPSCOPE=standby"), "{said}");
    let plain = Running::start(&[]);
    let (status, said) = attach(&[&plain.pid()]);
    assert!(status == 1 && said.contains("Start it with DROPSCOPE=standby"), "{said}");
    let (status, said) = attach(&["4194305"]);
    assert!(status == 1 && said.contains("there is no process 4194305"), "{said}");
    assert_eq!(attach(&["server"]).0, 2);
}
