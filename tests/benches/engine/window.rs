//! The window without a display: opens a recording, goes through a minute of looking at it, and prints what that took.

use crate::process::{cpu_seconds, memory, thread_cpu_seconds};
use crate::read::ms;
use dropscope_app::axis::TimeView;
use dropscope_app::model::command::{Command, Move};
use dropscope_app::model::desk::{Desk, Habits};
use dropscope_app::model::document::DocumentId;
use dropscope_app::model::library::Library;
use dropscope_app::model::state::Screen;
use dropscope_app::views::{Memory, app_ui};
use dropscope_app::{fonts, heap, shot, theme::Theme};
use egui::{Context, RawInput, Rect, pos2, vec2};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A minute of 60 frames a second.
const FRAMES: u32 = 3600;

struct Window {
    desk: Desk,
    ctx: Context,
    memory: Memory,
    id: DocumentId,
    /// Whether there is something new to draw.
    is_woken: Arc<AtomicBool>,
}

impl Window {
    fn open(path: &Path) -> Window {
        heap::keep(heap::Heaps::Two);
        let is_woken = Arc::new(AtomicBool::new(true));
        let waker = Arc::clone(&is_woken);
        let mut desk = Desk::new(Library::default(), Habits::default(), move || waker.store(true, Relaxed));
        desk.apply(Command::Open(vec![path.to_owned()]));
        let id = desk.state.documents.first().expect("the recording can be opened").id;
        desk.apply(Command::Show(Screen::Document(id)));
        let ctx = Context::default();
        fonts::install(&ctx);
        Theme::dark().install(&ctx);
        Window { desk, ctx, memory: Memory::default(), id, is_woken }
    }

    /// One frame: the model's part, the views, the triangles.
    fn frame(&mut self) {
        self.desk.tick(1.0 / 60.0);
        let mut input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1920.0, 1080.0))),
            ..RawInput::default()
        };
        input.events.push(egui::Event::PointerMoved(pos2(800.0, 300.0)));
        let mut commands = Vec::new();
        let (state, memory) = (&self.desk.state, &mut self.memory);
        let mut output = self.ctx.run_ui(input, |ui| commands = app_ui(ui, state, memory));
        let shapes = std::mem::take(&mut output.shapes);
        std::hint::black_box(self.ctx.tessellate(shapes, output.pixels_per_point));
        output.drop_without_applying_deltas();
        for command in commands {
            self.desk.apply(command);
        }
    }

    fn has_picture(&self) -> bool {
        self.desk.state.documents.first().is_some_and(|document| document.scene.get().is_some())
    }
}

pub(crate) fn window(path: &Path) {
    let began = Instant::now();
    let mut window = Window::open(path);
    while !window.has_picture() {
        window.frame();
        std::thread::sleep(Duration::from_millis(1));
    }
    window.frame();
    println!("first_picture_ms {}", ms(began.elapsed()));
    shot::wait(&mut window.desk);
    let duration_ns = window.desk.state.documents[0].facts.duration_ns.max(1);
    let (mut cpu_ms, mut wall_ms) = (Vec::new(), Vec::new());
    for frame in 0..FRAMES {
        let (began, cpu_before) = (Instant::now(), thread_cpu_seconds());
        look(&mut window, frame, duration_ns);
        window.frame();
        cpu_ms.push((thread_cpu_seconds() - cpu_before) * 1e3);
        wall_ms.push(ms(began.elapsed()));
        // What is computed beside the frames has the time that a display gives it, or some of it.
        std::thread::sleep(Duration::from_millis(2));
    }
    for times in [&mut cpu_ms, &mut wall_ms] {
        times.sort_unstable_by(f64::total_cmp);
    }
    println!("frames {FRAMES}");
    println!("frame_p99_ms {}", cpu_ms[cpu_ms.len() * 99 / 100]);
    println!("frame_max_ms {}", cpu_ms[cpu_ms.len() - 1]);
    println!("frame_wall_p99_ms {}", wall_ms[wall_ms.len() * 99 / 100]);
    println!("resident_bytes {}", memory("self", "VmRSS:").expect("own memory"));
}

/// Zooms from the whole run to some µs and back, pans, brushes, steps.
fn look(window: &mut Window, frame: u32, duration_ns: u64) {
    let id = window.id;
    let phase = f64::from(frame % 1200) / 1200.0;
    let depth = 1.0 - (phase * 2.0 - 1.0).abs();
    let width_ns = (duration_ns as f64 * (2000.0 / duration_ns as f64).max(1e-9).powf(depth)) as i64;
    let middle_ns = (duration_ns as f64 * (0.3 + 0.4 * phase)) as i64;
    let view = TimeView::new(middle_ns - width_ns / 2 - 1, middle_ns + width_ns / 2 + 1);
    window.desk.apply(Command::SetView(id, view));
    if frame % 120 == 60 {
        let range = view_range(middle_ns, width_ns, duration_ns);
        window.desk.apply(Command::SetBrush(id, Some(range)));
    }
    if frame.is_multiple_of(10) {
        window.desk.apply(Command::Step(id, Move::Forward));
    }
}

fn view_range(middle_ns: i64, width_ns: i64, duration_ns: u64) -> std::ops::Range<u64> {
    let at = |ns: i64| u64::try_from(ns).unwrap_or(0).min(duration_ns);
    at(middle_ns - width_ns / 4)..at(middle_ns + width_ns / 4).max(1)
}

/// Follows a running program, with a frame each 16 ms if there is something new, as the window does.
pub(crate) fn live(path: &Path, seconds: u64) {
    let mut window = Window::open(path);
    let (began, cpu_before) = (Instant::now(), cpu_seconds("self").expect("own time"));
    let mut behind = Duration::ZERO;
    let mut first = None;
    let mut last = (0, 0);
    while began.elapsed() < Duration::from_secs(seconds) {
        let frame = Instant::now();
        if window.is_woken.swap(false, Relaxed) {
            window.frame();
        }
        let facts = &window.desk.state.documents[0].facts;
        let read_ns = facts.duration_ns;
        // The first second is the program's and the window's own beginning.
        if began.elapsed() > Duration::from_secs(1) {
            let (first_at, first_ns, _) = *first.get_or_insert((Instant::now(), read_ns, facts.events));
            let behind_now =
                (first_at.elapsed() + Duration::from_nanos(first_ns)).saturating_sub(Duration::from_nanos(read_ns));
            behind = behind.max(behind_now);
        }
        last = (read_ns, facts.events);
        std::thread::sleep(Duration::from_millis(16).saturating_sub(frame.elapsed()));
    }
    let (_, first_ns, first_events) = first.expect("longer than a second");
    println!("behind_ms {}", ms(behind));
    println!("events_per_second {}", (last.1 - first_events) as f64 / ((last.0 - first_ns).max(1) as f64 / 1e9));
    let cpu = cpu_seconds("self").expect("own time") - cpu_before;
    println!("cores {}", cpu / began.elapsed().as_secs_f64());
}
