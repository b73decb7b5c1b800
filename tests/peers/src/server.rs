//! A server and its clients over TCP in one process: requests are lines of JSON, and so are the answers. Each request is
//! a `tracing` span, for whoever subscribes to them.

use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tracing::{Instrument, info_span};

const CLIENTS: u32 = 8;
const REQUESTS: u32 = 4000;

/// Eight clients, each with its connection, ask one after the other.
pub(crate) fn requests(divisor: u32) {
    if let Err(error) = Server::start().and_then(|server| server.ask(REQUESTS / divisor)) {
        eprintln!("the server does not work: {error}");
        std::process::exit(1);
    }
}

/// A server that runs until this is dropped.
pub(crate) struct Server {
    runtime: Runtime,
    address: SocketAddr,
}

impl Server {
    /// On two threads.
    pub(crate) fn start() -> std::io::Result<Server> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream));
            }
        });
        Ok(Server { runtime, address })
    }

    /// Eight clients come, and each asks so often.
    pub(crate) fn ask(&self, requests: u32) -> std::io::Result<()> {
        self.runtime.block_on(async {
            let clients: Vec<_> =
                (0..CLIENTS).map(|number| tokio::spawn(ask(self.address, number, requests))).collect();
            for client in clients {
                client.await.map_err(std::io::Error::other)??;
            }
            Ok(())
        })
    }
}

async fn answer(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        respond(&line, &mut write).instrument(info_span!("request")).await?;
    }
    Ok(())
}

async fn respond(line: &str, write: &mut (impl AsyncWriteExt + Unpin)) -> std::io::Result<()> {
    let request: Value = serde_json::from_str(line)?;
    let items: Vec<Value> =
        (0..request["count"].as_u64().unwrap_or(0)).map(|n| json!({"n": n, "text": format!("item {n}")})).collect();
    let mut reply = json!({"user": request["user"], "items": items}).to_string();
    reply.push('\n');
    write.write_all(reply.as_bytes()).await
}

async fn ask(address: SocketAddr, number: u32, requests: u32) -> std::io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    for request in 0..requests {
        let line = format!("{{\"user\":\"client {number}\",\"count\":{}}}\n", request % 16);
        write.write_all(line.as_bytes()).await?;
        let reply = lines.next_line().await?.unwrap_or_default();
        let reply: Value = serde_json::from_str(&reply)?;
        assert_eq!(reply["items"].as_array().map_or(0, Vec::len) as u32, request % 16);
    }
    Ok(())
}
