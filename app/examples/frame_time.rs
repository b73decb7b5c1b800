//! Measures what one frame of the window costs on the CPU, without the graphics card's part.
//!
//! `cargo run --release -p dropscope-app --example frame_time -- FILE...` prints for each zoom the time for drawing and for
//! turning shapes into triangles, scenes being ready. With `--live FILE` it follows a program that is being recorded to
//! FILE, 60 frames a second for as long as it runs, and prints how many of them were in time. With `--minute FILE` it
//! goes through a minute of zooming, panning, brushing and stepping (`--minute FILE 480 720`: only these of its 3600
//! frames) and prints what the frames took.

use dropscope_app::axis::TimeView;
use dropscope_app::model::command::{Command, Move};
use dropscope_app::model::desk::{Desk, Habits};
use dropscope_app::model::document::DocumentId;
use dropscope_app::model::library::Library;
use dropscope_app::model::state::Screen;
use dropscope_app::views::{Memory, app_ui};
use dropscope_app::{fonts, shot, theme::Theme};
use egui::{Context, RawInput, Rect, pos2, vec2};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Frames per measurement; the middle one counts.
const FRAMES: usize = 31;

/// A minute of 60 frames a second.
const MINUTE: u32 = 3600;

/// Of 60 frames a second.
const FRAME: Duration = Duration::from_nanos(16_666_667);

fn main() -> std::process::ExitCode {
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if files.first().is_some_and(|first| first.as_os_str() == "--live") {
        files.remove(0);
        return follow(files);
    }
    if files.first().is_some_and(|first| first.as_os_str() == "--minute") {
        return minute(&files[1..]);
    }
    let mut desk = Desk::new(Library::default(), Habits::default(), || {});
    desk.apply(Command::Open(files));
    shot::wait(&mut desk);
    let Some(first) = desk.state.documents.first() else {
        eprintln!("give recordings to measure with");
        return std::process::ExitCode::from(2);
    };
    let (id, duration_ns) = (first.id, first.facts.duration_ns);
    println!("{} events", first.facts.events);
    let ctx = Context::default();
    fonts::install(&ctx);
    Theme::dark().install(&ctx);
    let mut memory = Memory::default();
    if desk.state.screen == Screen::Comparison {
        report("comparison", &ctx, &mut desk, &mut memory);
    }
    desk.apply(Command::Show(Screen::Document(id)));
    for zoom in [1_u64, 10, 100, 1_000, 10_000, 100_000] {
        let middle = (duration_ns / 2) as i64;
        let half = (duration_ns / zoom / 2).max(1) as i64;
        desk.apply(Command::SetView(id, TimeView::new(middle - half, middle + half)));
        report(&format!("1/{zoom} of the recording"), &ctx, &mut desk, &mut memory);
    }
    std::process::ExitCode::SUCCESS
}

fn follow(files: Vec<PathBuf>) -> std::process::ExitCode {
    let mut desk = Desk::new(Library::default(), Habits::default(), || {});
    desk.apply(Command::Open(files));
    let ctx = Context::default();
    fonts::install(&ctx);
    Theme::dark().install(&ctx);
    let mut memory = Memory::default();
    let (started, mut times, mut late) = (Instant::now(), Vec::new(), 0);
    let mut scenes = (0, 0);
    while desk.state.documents.first().is_some_and(|document| !document.is_final()) {
        let began = Instant::now();
        frame(&ctx, &mut desk, &mut memory);
        times.push(began.elapsed());
        let shown = desk.state.documents.first().and_then(|document| document.scene.get());
        let generation = shown.map_or(0, |scene| scene.request.model_generation);
        scenes = (generation, scenes.1 + usize::from(generation != scenes.0));
        match FRAME.checked_sub(began.elapsed()) {
            Some(rest) => std::thread::sleep(rest),
            None => late += 1,
        }
    }
    let (Some(document), seconds) = (desk.state.documents.first(), started.elapsed().as_secs_f64()) else {
        eprintln!("{}", desk.state.problem.as_deref().unwrap_or("give the recording of a running program"));
        return std::process::ExitCode::from(2);
    };
    let events = document.facts.events;
    times.sort();
    let at = |part: usize| times.get(times.len().saturating_sub(1) * part / 100).map_or(0.0, |t| 1e3 * t.as_secs_f64());
    println!("{events} events in {seconds:.1} s: {:.0} a second", events as f64 / seconds);
    println!(
        "{:.1} frames a second, {late} of {} not in time; new pictures {:.1} a second",
        times.len() as f64 / seconds,
        times.len(),
        scenes.1 as f64 / seconds
    );
    println!("a frame: median {:.2} ms, 99 % under {:.2} ms, worst {:.2} ms", at(50), at(99), at(100));
    std::process::ExitCode::SUCCESS
}

fn minute(arguments: &[PathBuf]) -> std::process::ExitCode {
    let number = |index: usize| arguments.get(index).and_then(|word| word.to_str()?.parse().ok());
    let frames = number(1).unwrap_or(0)..number(2).unwrap_or(MINUTE);
    let mut desk = Desk::new(Library::default(), Habits::default(), || {});
    desk.apply(Command::Open(arguments.iter().take(1).cloned().collect()));
    shot::wait(&mut desk);
    let Some(document) = desk.state.documents.first() else {
        eprintln!("give a recording to go through");
        return std::process::ExitCode::from(2);
    };
    let (id, duration_ns) = (document.id, document.facts.duration_ns.max(1));
    let ctx = Context::default();
    fonts::install(&ctx);
    Theme::dark().install(&ctx);
    let mut memory = Memory::default();
    for _ in 0..6 {
        frame(&ctx, &mut desk, &mut memory);
        shot::wait(&mut desk);
    }
    let (mut all, mut draws, mut tessellates, mut triangles) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in frames {
        let began = Instant::now();
        look(&mut desk, id, number, duration_ns);
        let (draw, tessellate, count) = frame(&ctx, &mut desk, &mut memory);
        all.push((began.elapsed(), number));
        draws.push(draw);
        tessellates.push(tessellate);
        triangles.push(count);
        // What is computed beside the frames has the time that a display gives it, or some of it.
        std::thread::sleep(Duration::from_millis(2));
    }
    all.sort_unstable();
    draws.sort_unstable();
    tessellates.sort_unstable();
    triangles.sort_unstable();
    for part in [50, 90, 99, 100] {
        let at = all.len().saturating_sub(1) * part / 100;
        let Some((time, number)) = all.get(at) else { continue };
        let milliseconds = |time: Duration| 1e3 * time.as_secs_f64();
        println!(
            "{part:3} % of frames under {:6.2} ms (frame {number}); draw {:6.2}, tessellate {:6.2}, {:6} triangles",
            milliseconds(*time),
            milliseconds(draws[at]),
            milliseconds(tessellates[at]),
            triangles[at],
        );
    }
    std::process::ExitCode::SUCCESS
}

/// Zooms from the whole run to some µs and back, pans, brushes, steps.
fn look(desk: &mut Desk, id: DocumentId, frame: u32, duration_ns: u64) {
    let phase = f64::from(frame % 1200) / 1200.0;
    let depth = 1.0 - (phase * 2.0 - 1.0).abs();
    let width_ns = (duration_ns as f64 * (2000.0 / duration_ns as f64).max(1e-9).powf(depth)) as i64;
    let middle_ns = (duration_ns as f64 * (0.3 + 0.4 * phase)) as i64;
    desk.apply(Command::SetView(id, TimeView::new(middle_ns - width_ns / 2 - 1, middle_ns + width_ns / 2 + 1)));
    if frame % 120 == 60 {
        let at = |ns: i64| u64::try_from(ns).unwrap_or(0).min(duration_ns);
        let range = at(middle_ns - width_ns / 4)..at(middle_ns + width_ns / 4).max(1);
        desk.apply(Command::SetBrush(id, Some(range)));
    }
    if frame.is_multiple_of(10) {
        desk.apply(Command::Step(id, Move::Forward));
    }
}

fn report(name: &str, ctx: &Context, desk: &mut Desk, memory: &mut Memory) {
    // Until every scene is there: what counts is a frame in which nothing is new.
    let started = Instant::now();
    for _ in 0..6 {
        frame(ctx, desk, memory);
        shot::wait(desk);
    }
    let ready = started.elapsed();
    let mut times: Vec<(Duration, Duration, usize)> = (0..FRAMES).map(|_| frame(ctx, desk, memory)).collect();
    times.sort_by_key(|(draw, tessellate, _)| *draw + *tessellate);
    let (draw, tessellate, triangles) = times[FRAMES / 2];
    let worst = times[FRAMES - 1].0 + times[FRAMES - 1].1;
    println!(
        "{name:28} draw {:6.2} ms, tessellate {:6.2} ms, worst {:6.2} ms, {triangles:6} triangles, ready after {ready:.0?}",
        1e3 * draw.as_secs_f64(),
        1e3 * tessellate.as_secs_f64(),
        1e3 * worst.as_secs_f64(),
    );
}

fn frame(ctx: &Context, desk: &mut Desk, memory: &mut Memory) -> (Duration, Duration, usize) {
    desk.tick(0.016);
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1920.0, 1080.0))),
        ..RawInput::default()
    };
    // The pointer over the timeline costs, too.
    input.events.push(egui::Event::PointerMoved(pos2(800.0, 300.0)));
    let started = Instant::now();
    let mut commands = Vec::new();
    let mut output = ctx.run_ui(input, |ui| commands = app_ui(ui, &desk.state, memory));
    let draw = started.elapsed();
    let started = Instant::now();
    let primitives = ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
    let tessellate = started.elapsed();
    let triangles = primitives.iter().map(triangle_count).sum();
    output.drop_without_applying_deltas();
    for command in commands {
        desk.apply(command);
    }
    (draw, tessellate, triangles)
}

fn triangle_count(primitive: &egui::ClippedPrimitive) -> usize {
    match &primitive.primitive {
        egui::epaint::Primitive::Mesh(mesh) => mesh.indices.len() / 3,
        egui::epaint::Primitive::Callback(_) => 0,
    }
}
