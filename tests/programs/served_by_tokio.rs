//! A tokio server under load, attached: clients of the same process ask, each answer takes a block of 61,000 bytes.

use std::hint::black_box;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

dropscope::attach!();

const CLIENTS: u64 = 40;
const REQUESTS: u64 = 50;

fn answer(number: u64) -> String {
    let _operation = dropscope::operation!("request");
    let mut block: Vec<u64> = Vec::with_capacity(61_000 / 8);
    block.extend((0..100).map(|step| number * step));
    format!("{}\n", black_box(&block).iter().sum::<u64>())
}

async fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line).await? > 0 {
        let answer = answer(line.trim().parse().unwrap_or(0));
        stream.get_mut().write_all(answer.as_bytes()).await?;
        line.clear();
    }
    Ok(())
}

async fn ask(address: std::net::SocketAddr, client: u64) -> std::io::Result<u64> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    let (mut sum, mut line) = (0, String::new());
    for request in 0..REQUESTS {
        stream.get_mut().write_all(format!("{}\n", client * REQUESTS + request).as_bytes()).await?;
        line.clear();
        stream.read_line(&mut line).await?;
        sum += line.trim().parse::<u64>().unwrap_or(0);
        tokio::task::yield_now().await;
    }
    Ok(sum)
}

async fn work() -> std::io::Result<u64> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let clients: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(ask(address, client))).collect();
    let mut sum = 0;
    for client in clients {
        sum += client.await??;
    }
    server.abort();
    Ok(sum)
}

fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build()?;
    println!("{} requests, {}", CLIENTS * REQUESTS, runtime.block_on(work())?);
    Ok(())
}
