//! A batch over HTTP: many copies of one line, sent while the answers are read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// Sends a batch of this many lines, a multiple of 100, each of which must be decided; how long it took until the last
/// answer.
pub(crate) fn send_batch(address: &str, line: &str, lines: usize) -> Duration {
    let stream = TcpStream::connect(address).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let head = format!(
        "POST /v1/decisions/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        (line.len() + 1) * lines
    );
    let begun = Instant::now();
    let hundred = format!("{line}\n").repeat(100);
    let sender = thread::spawn(move || {
        writer.write_all(head.as_bytes()).unwrap();
        (0..lines / 100).for_each(|_| writer.write_all(hundred.as_bytes()).unwrap());
    });
    let answered = count_answers(stream);
    sender.join().unwrap();
    assert_eq!(answered, lines);
    begun.elapsed()
}

/// How many decisions come until the end. Each byte is looked at about once, so that the client takes little of the
/// cores that it shares with the host.
fn count_answers(mut stream: TcpStream) -> usize {
    const BEGIN: &[u8] = b"{\"id\":";
    let (mut buffer, mut kept, mut answered) = (vec![0; 1 << 20], 0, 0);
    loop {
        let read = stream.read(&mut buffer[kept..]).unwrap();
        if read == 0 {
            return answered;
        }
        let end = kept + read;
        let mut at = 0;
        while let Some(found) = buffer[at..end].iter().position(|byte| *byte == b'{') {
            at += found;
            if end - at < BEGIN.len() {
                break;
            }
            answered += usize::from(buffer[at..].starts_with(BEGIN));
            at += 1;
        }
        // What may be the beginning of an answer stays for the next read.
        let rest = if buffer[at..end].starts_with(b"{") { at..end } else { end..end };
        kept = rest.len();
        buffer.copy_within(rest, 0);
    }
}
