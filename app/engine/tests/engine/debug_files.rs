//! Debug information that is not in the program: real files, made by the tools that distributions make them with.

use crate::support::Script;
use dropscope_engine::{BlockId, Frame, Model, Names};
use dropscope_format::Module;
use object::{Object, ObjectSymbol};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

const SOURCE: &str = "\
void *sink;
__attribute__((noinline)) int parse(int n) {
    sink = &n;
    return n + 1;
}
int main(int argc, char **argv) {
    int n = parse(argc);
    return n - n;
}
";
const BIAS: u64 = 0x7000_0000_0000;

/// A program of C in a folder of its own.
struct Program {
    folder: TempDir,
    build_id: Vec<u8>,
    /// In `parse`, a few bytes behind its beginning.
    probe: u64,
}

impl Program {
    /// None where the machine has no compiler or no `objcopy`, which is said.
    fn build() -> Option<Program> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("program.c"), SOURCE).unwrap();
        let is_there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
        if !["cc", "objcopy", "strip"].into_iter().all(is_there) {
            eprintln!("left out: no cc, objcopy or strip");
            return None;
        }
        let mut program = Program { folder, build_id: Vec::new(), probe: 0 };
        program.run("cc", &["-g", "-O0", "-Wl,--build-id", "-o", "program", "program.c"]);
        let bytes = std::fs::read(program.path("program")).unwrap();
        let file = object::File::parse(&*bytes).unwrap();
        program.build_id = file.build_id().unwrap().expect("the linker was asked for one").to_vec();
        let parse = file.symbols().find(|symbol| symbol.name() == Ok("parse")).unwrap();
        program.probe = parse.address() + parse.size() / 2;
        Some(program)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, tool: &str, arguments: &[&str]) {
        let status = Command::new(tool).args(arguments).current_dir(self.folder.path()).status().unwrap();
        assert!(status.success(), "{tool} {arguments:?}");
    }

    /// Takes all names and lines out of the program, to a file of this name.
    fn strip_to(&self, debug: &str) {
        std::fs::create_dir_all(self.path(debug).parent().unwrap()).unwrap();
        self.run("objcopy", &["--only-keep-debug", "program", debug]);
        self.run("strip", &["--strip-all", "program"]);
    }

    fn by_build_id(&self) -> String {
        let hex: Vec<String> = self.build_id.iter().map(|byte| format!("{byte:02x}")).collect();
        format!(".build-id/{}/{}.debug", hex[0], hex[1..].concat())
    }

    fn recording(&self, build_id: &[u8]) -> Model {
        let path = self.path("program").to_str().unwrap().to_owned();
        let module = Module { start: BIAS, end: BIAS + 0x10_0000, bias: BIAS, path, build_id: build_id.to_vec() };
        let mut script = Script::new();
        script.modules(&[module]).at(&[BIAS + self.probe + 1]).alloc(0, 1, 0x10, 100);
        script.load()
    }

    /// What the block's innermost frame says now, and the sentences about it.
    fn named(&self, build_id: &[u8]) -> (Arc<Frame>, Vec<String>) {
        let model = self.recording(build_id);
        let names = Names::new(Arc::clone(model.backtraces()));
        let frames = names.frames(model.blocks().birth_stack(BlockId(1)));
        (Arc::clone(&frames[0]), names.notes())
    }

    fn assert_named(&self, build_id: &[u8]) {
        let (frame, notes) = self.named(build_id);
        assert_eq!((&*frame.function, frame.line), ("parse", 3));
        assert_eq!(frame.path.as_deref().and_then(Path::file_name), Some("program.c".as_ref()));
        assert_eq!(notes, Vec::<String>::new());
    }

    fn assert_unnamed(&self, build_id: &[u8], because: &str) {
        let (frame, notes) = self.named(build_id);
        assert_eq!(&*frame.function, format!("program+{:#x}", self.probe + 1));
        assert!(notes[0].contains(because), "{notes:?}");
    }
}

#[test]
fn a_stripped_program_is_named_by_the_debug_file_that_it_links_to() {
    let Some(program) = Program::build() else { return };
    program.assert_named(&program.build_id);
    program.strip_to("program.debug");
    program.assert_unnamed(&program.build_id, "is stripped");
    program.run("objcopy", &["--add-gnu-debuglink=program.debug", "program"]);
    program.assert_named(&program.build_id);
}

#[test]
fn a_link_leads_into_a_folder_of_debug_files_and_without_a_build_id_its_checksum_decides() {
    let Some(program) = Program::build() else { return };
    program.run("cc", &["-g", "-O0", "-Wl,--build-id=none", "-o", "program", "program.c"]);
    program.strip_to(".debug/program.debug");
    program.run("objcopy", &["--add-gnu-debuglink=.debug/program.debug", "program"]);
    program.assert_named(&[]);
    let debug = program.path(".debug/program.debug");
    let mut bytes = std::fs::read(&debug).unwrap();
    bytes.push(0);
    std::fs::write(&debug, bytes).unwrap();
    program.assert_unnamed(&[], "is stripped");
}

#[test]
fn a_stripped_program_is_named_by_its_build_id() {
    let Some(program) = Program::build() else { return };
    program.strip_to(&program.by_build_id());
    program.assert_named(&program.build_id);
}

#[test]
fn a_program_that_is_gone_or_built_anew_is_named_by_the_debug_file_of_the_one_that_was_recorded() {
    let Some(program) = Program::build() else { return };
    program.strip_to("program.debug");
    std::fs::remove_file(program.path("program")).unwrap();
    program.assert_named(&program.build_id);
    // Another program is there now.
    program.run("cc", &["-g", "-O1", "-DOTHER", "-Wl,--build-id", "-o", "program", "program.c"]);
    program.assert_named(&program.build_id);

    std::fs::create_dir_all(program.path(&program.by_build_id()).parent().unwrap()).unwrap();
    std::fs::rename(program.path("program.debug"), program.path(&program.by_build_id())).unwrap();
    program.assert_named(&program.build_id);
    std::fs::remove_file(program.path(&program.by_build_id())).unwrap();
    program.assert_unnamed(&program.build_id, "built anew");
    std::fs::remove_file(program.path("program")).unwrap();
    program.assert_unnamed(&program.build_id, "program.debug");
}

#[test]
fn a_debug_file_of_another_program_is_not_believed() {
    let Some(program) = Program::build() else { return };
    program.strip_to("program.debug");
    std::fs::remove_file(program.path("program")).unwrap();
    let mut other = program.build_id.clone();
    other[0] ^= 1;
    program.assert_unnamed(&other, "cannot be read");
}
