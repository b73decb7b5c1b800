//! Signals and stops: what reaches the launcher reaches the program, once.

use crate::support::{Place, process_state, send, signals_act_in, until};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Echoes each signal it gets, ends with 5 on TERM.
const ECHO: &str = "for s in HUP INT QUIT USR1 USR2 WINCH; do trap \"echo $s\" $s; done
    trap 'echo TERM; exit 5' TERM
    echo $$
    while :; do sleep 0.02; done";

#[test]
fn signals_from_other_processes_are_passed_on() {
    let place = Place::new();
    let mut started = place.start(&["record", "--", "sh", "-c", ECHO]);
    let _pid = started.line();
    for signal in ["HUP", "INT", "QUIT", "USR1", "USR2", "WINCH", "USR1"] {
        started.send(signal);
        assert_eq!(started.line(), signal);
    }
    started.send("TERM");
    let done = started.end().exits(5);
    assert_eq!(done.out(), "TERM\n");
}

#[test]
fn a_program_that_a_signal_ends_gives_128_and_its_number() {
    let place = Place::new();
    for (signal, status) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut started = place.start(&["record", "--", "sh", "-c", "echo ready; exec sleep 60"]);
        assert_eq!(started.line(), "ready");
        started.send(signal);
        started.end().exits(status);
    }
}

#[test]
fn what_the_program_sends_to_its_launcher_is_not_sent_back() {
    let place = Place::new();
    let script = "trap 'echo back; exit 1' USR1; kill -USR1 $PPID; sleep 0.2; exit 6";
    assert_eq!(place.run(&["record", "--", "sh", "-c", script]).exits(6).out(), "");
}

#[test]
fn stopping_and_continuing_take_both() {
    let place = Place::new();
    let mut started = place.start(&["record", "--", "sh", "-c", ECHO]);
    let program: u32 = started.line().parse().expect("the program's pid");
    for _ in 0..3 {
        started.send("TSTP");
        until("both are stopped", || process_state(program) == Some('T') && process_state(started.pid()) == Some('T'));
        started.send("CONT");
        until("both go on", || process_state(program) != Some('T') && process_state(started.pid()) != Some('T'));
        started.send("USR1");
        assert_eq!(started.line(), "USR1");
    }
    // Between the sender and the program alone: the launcher waits on.
    send(program, "STOP");
    until("the program is stopped", || process_state(program) == Some('T'));
    std::thread::sleep(Duration::from_millis(50));
    assert_ne!(process_state(started.pid()), Some('T'));
    send(program, "CONT");
    started.send("TERM");
    started.end().exits(5);
}

#[test]
fn the_program_starts_with_no_signal_held_back() {
    let place = Place::new();
    let masks = place.run(&["record", "--", "grep", "SigBlk", "/proc/self/status"]);
    masks.prints("0000000000000000");
}

/// In a terminal Ctrl-C goes to the whole group: the program gets it from there, and none from us.
#[test]
fn ctrl_c_comes_from_the_terminal_alone() {
    // One from us right behind the terminal's would melt into it. A program that has left the group shows it by itself.
    for (before, caught) in [("", 1), ("setsid ", 0)] {
        let Some((status, text)) = ctrl_c_on(&format!("{before}sh program")) else {
            eprintln!("skipped: there is no `script` to make a terminal with");
            return;
        };
        assert_eq!((status, text.matches("caught").count()), (Some(4), caught), "{before}{text}");
    }
}

/// The exit status and the screen of `dropscope record -- COMMAND` in a terminal, where Ctrl-C was pressed.
///
/// The program waits in its shell's own `read`: a child that waited for it would die of the same Ctrl-C, and shells
/// differ in what they make of that.
fn ctrl_c_on(command: &str) -> Option<(Option<i32>, String)> {
    let place = Place::new();
    place.write("program", b"trap 'echo caught' INT\necho ready\nuntil read line; do :; done\nexit 4\n");
    // Its shell gives way to dropscope: nobody else in the terminal takes the Ctrl-C.
    let inner = format!("exec '{}' record -- {command}", env!("CARGO_BIN_EXE_dropscope"));
    let mut terminal = Command::new("script");
    terminal.args(["-qefc", &inner, "/dev/null"]).current_dir(place.path("."));
    signals_act_in(&mut terminal);
    let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut keys = child.stdin.take().expect("the terminal's keys");
    let mut screen = std::io::BufReader::new(child.stdout.take().expect("the terminal's screen"));
    let mut text = String::new();
    while !text.contains("ready") {
        assert_ne!(std::io::BufRead::read_line(&mut screen, &mut text).expect("a line"), 0, "{text}");
    }
    std::io::Write::write_all(&mut keys, b"\x03").expect("Ctrl-C");
    // Time for one to be sent on, if somebody did.
    std::thread::sleep(Duration::from_millis(300));
    std::io::Write::write_all(&mut keys, b"\n").expect("Enter");
    std::io::Read::read_to_string(&mut screen, &mut text).expect("the rest of the screen");
    Some((child.wait().expect("the terminal ends").code(), text))
}
