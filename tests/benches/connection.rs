//! One connection to a host, as lean as a client can be: what is measured is the host.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    line: String,
    /// The body of the last answer.
    pub(crate) answer: Vec<u8>,
}

/// A whole request with a body in JSON.
pub(crate) fn post(path: &str, body: &str) -> Vec<u8> {
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ");
    format!("{head}{}\r\n\r\n{body}", body.len()).into_bytes()
}

impl Connection {
    pub(crate) fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        let reader = BufReader::new(stream.try_clone().unwrap());
        Self { stream, reader, line: String::new(), answer: Vec::new() }
    }

    /// Sends a request and reads the answer; its status.
    pub(crate) fn ask(&mut self, request: &[u8]) -> u16 {
        self.send(request);
        self.receive()
    }

    /// Sends a request, or a part of one.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// Reads an answer; its status.
    pub(crate) fn receive(&mut self) -> u16 {
        let (mut status, mut length) = (0, 0);
        loop {
            self.line.clear();
            assert!(self.reader.read_line(&mut self.line).unwrap() > 0, "the connection is closed");
            if let Some(rest) = self.line.strip_prefix("HTTP/1.1 ") {
                status = rest.get(..3).unwrap().parse().unwrap();
            }
            if let Some(value) = self.line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            if self.line == "\r\n" {
                break;
            }
        }
        self.answer.resize(length, 0);
        self.reader.read_exact(&mut self.answer).unwrap();
        status
    }
}
