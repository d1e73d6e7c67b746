//! One thread that sends requests and never sleeps, so that what is measured is the host and not how promptly the
//! system wakes a client: at given times, whatever becomes of those before (open loop), or each as soon as the one
//! before it on the same connection is answered (closed loop).

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
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

/// Connections to a host, each with at most one request under way.
pub(crate) struct LoadGenerator {
    clients: Vec<Client>,
    poll: OwnedFd,
    request: Vec<u8>,
    events: Vec<epoll::Event>,
}

impl LoadGenerator {
    pub(crate) fn connect(address: &str, connections: usize, request: &[u8]) -> Self {
        let begun = Instant::now();
        let clients: Vec<Client> = (0..connections).map(|_| Client::open(address, begun)).collect();
        let poll = epoll::create(epoll::CreateFlags::empty()).unwrap();
        for (number, client) in clients.iter().enumerate() {
            let data = epoll::EventData::new_u64(u64::try_from(number).unwrap());
            epoll::add(&poll, &client.stream, data, epoll::EventFlags::IN).unwrap();
        }
        Self { clients, poll, request: request.to_owned(), events: Vec::with_capacity(connections) }
    }

    /// Sends a request every so often for a time, each on the connection that has been free longest; the answers of a
    /// time before it don't count.
    pub(crate) fn open_loop(&mut self, between: Duration, [warm_up, time]: [Duration; 2]) -> Answers {
        let (mut free, mut answers, mut turn) =
            ((0..self.clients.len()).collect::<VecDeque<_>>(), Answers::default(), 0);
        let begun = Instant::now();
        let mut is_seen = false;
        while begun.elapsed() < warm_up + time {
            if !is_seen && begun.elapsed() >= warm_up {
                (is_seen, answers) = (true, Answers::default());
            }
            while between * turn <= begun.elapsed() {
                turn += 1;
                match free.pop_front() {
                    Some(number) => self.clients[number].send(&self.request),
                    None => answers.unsent += 1,
                }
            }
            self.receive(&mut answers, |_, number| free.push_back(number));
        }
        // What is still under way counts no more, so that the connections can be used again.
        let mut rest = Answers::default();
        while free.len() < self.clients.len() {
            self.receive(&mut rest, |_, number| free.push_back(number));
        }
        answers
    }

    /// Keeps a request under way on each connection for a time.
    pub(crate) fn closed_loop(mut self, time: Duration) -> Answers {
        let mut answers = Answers::default();
        let begun = Instant::now();
        for client in &mut self.clients {
            client.send(&self.request);
        }
        while begun.elapsed() < time {
            self.receive(&mut answers, |generator, number| generator.clients[number].send(&generator.request));
        }
        answers
    }

    /// Takes the answers that are there, and calls `set_free` with the number of each connection that becomes free.
    fn receive(&mut self, answers: &mut Answers, mut set_free: impl FnMut(&mut Self, usize)) {
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        epoll::wait(&self.poll, spare_capacity(&mut events), Some(&at_once)).unwrap();
        for event in &events {
            let number = usize::try_from(event.data.u64()).unwrap();
            let client = &mut self.clients[number];
            match client.receive() {
                Some(200) => answers.times.push(client.sent.elapsed()),
                Some(_) => answers.rejected += 1,
                None => continue,
            }
            set_free(self, number);
        }
        self.events = events;
    }
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
        let headers = text.lines().filter_map(|line| line.split_once(": "));
        let length = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length")).unwrap().1;
        let is_whole = self.answer.len() >= head + 4 + length.parse::<usize>().unwrap();
        is_whole.then(|| text[9..12].parse().unwrap())
    }
}
