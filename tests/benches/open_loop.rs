//! Requests at given times, whatever becomes of those before: one thread that never sleeps, so that what is measured is
//! the host and not how promptly the system wakes a client.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

/// What came back.
#[derive(Default)]
pub(crate) struct Answers {
    /// How long each answer with a decision took.
    pub(crate) times: Vec<Duration>,
    /// Requests that the host rejected.
    pub(crate) rejected: u32,
    /// Requests that were not sent, since every connection still waited for an answer.
    pub(crate) unsent: u32,
}

/// A connection with at most one request under way.
struct Client {
    stream: TcpStream,
    sent: Instant,
    answer: Vec<u8>,
}

/// Sends a request every so often for a time, each on a connection that is free; what comes back first, for a while,
/// doesn't count.
pub(crate) fn ask_every(
    between: Duration,
    [unseen, time]: [Duration; 2],
    address: &str,
    connections: usize,
    request: &[u8],
) -> Answers {
    let begun = Instant::now();
    let mut clients: Vec<Client> = (0..connections).map(|_| Client::open(address, begun)).collect();
    let poll = epoll::create(epoll::CreateFlags::empty()).unwrap();
    for (number, client) in clients.iter().enumerate() {
        let data = epoll::EventData::new_u64(u64::try_from(number).unwrap());
        epoll::add(&poll, &client.stream, data, epoll::EventFlags::IN).unwrap();
    }
    let (mut free, mut answers, mut turn) = ((0..connections).collect::<Vec<_>>(), Answers::default(), 0);
    let mut events = Vec::with_capacity(connections);
    let begun = Instant::now();
    let mut is_seen = false;
    while begun.elapsed() < unseen + time {
        if !is_seen && begun.elapsed() >= unseen {
            (is_seen, answers) = (true, Answers::default());
        }
        while between * turn <= begun.elapsed() {
            turn += 1;
            match free.pop() {
                Some(number) => clients[number].send(request),
                None => answers.unsent += 1,
            }
        }
        events.clear();
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        epoll::wait(&poll, spare_capacity(&mut events), Some(&at_once)).unwrap();
        for event in &events {
            let number = usize::try_from(event.data.u64()).unwrap();
            match clients[number].receive() {
                Some(200) => answers.times.push(clients[number].sent.elapsed()),
                Some(_) => answers.rejected += 1,
                None => continue,
            }
            free.push(number);
        }
    }
    answers
}

impl Client {
    fn open(address: &str, now: Instant) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { stream, sent: now, answer: Vec::new() }
    }

    fn send(&mut self, request: &[u8]) {
        self.answer.clear();
        self.sent = Instant::now();
        // A request is far smaller than what the system buffers.
        assert_eq!(self.stream.write(request).unwrap(), request.len());
    }

    /// Reads what is there: the status, once the answer is whole.
    fn receive(&mut self) -> Option<u16> {
        let mut part = [0; 16 << 10];
        match self.stream.read(&mut part) {
            Ok(0) => panic!("the host closed a connection"),
            Ok(length) => self.answer.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
            Err(error) => panic!("{error}"),
        }
        let head = self.answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let text = str::from_utf8(&self.answer[..head]).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let is_whole = self.answer.len() >= head + 4 + length.parse::<usize>().unwrap();
        is_whole.then(|| text[9..12].parse().unwrap())
    }
}
