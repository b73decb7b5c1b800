//! The server with the tracker and without it, in turns: `in-turns tracker|layer ROUNDS`, see [`dropscope_peers::turns`].

#[global_allocator]
static ALLOCATOR: dropscope_peers::turns::InTurns = dropscope_peers::turns::InTurns::new();

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let rounds = arguments.get(2).and_then(|number| number.parse().ok()).unwrap_or(100);
    dropscope_peers::turns::take(arguments.get(1).map_or("tracker", String::as_str), rounds)
}
