//! The handle of a compile worker. A component can keep the compiler busy for very long, make it take all memory, or meet a
//! defect of it; the host then loses the worker process and nothing else. The compiled code comes back through the code cache.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::compile_protocol::{COMPILED, INVALID, Reply, TEXT_BYTES_MAX};
use crate::component_error::ComponentError;

/// The program of the compile worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerConfig {
    /// A program that calls [`compile_requests`](crate::compile_requests) with a sandbox of the same settings and code cache.
    pub program: PathBuf,
    /// Its arguments; the code cache's folder is added as the last.
    pub arguments: Vec<String>,
    /// The longest time for one component, in milliseconds. Then the process is killed.
    pub time_ms: u64,
}

/// A worker process, until it fails.
pub(crate) struct Compiler {
    child: Child,
    /// To a thread that writes them, so that a worker that doesn't read blocks no caller.
    requests: Sender<Vec<u8>>,
    replies: Receiver<io::Result<Reply>>,
}

impl Compiler {
    pub(crate) fn start(config: &CompilerConfig, cache: &std::path::Path) -> io::Result<Self> {
        let mut command = Command::new(&config.program);
        command.args(&config.arguments).arg(cache).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the compiler has no pipes"));
        };
        let (sender, replies) = channel();
        // It ends with the process, whose end closes the pipe.
        thread::Builder::new().name("compiler".to_owned()).spawn(move || {
            loop {
                let reply = read_reply(&mut output);
                let is_last = reply.is_err();
                if sender.send(reply).is_err() || is_last {
                    return;
                }
            }
        })?;
        let (requests, waiting) = channel::<Vec<u8>>();
        thread::Builder::new().name("compiler-input".to_owned()).spawn(move || {
            while let Ok(request) = waiting.recv() {
                if input.write_all(&request).and_then(|()| input.flush()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { child, requests, replies })
    }

    /// Has a component compiled into the code cache. After any error but [`CompileError::Rejected`] the worker must be replaced.
    pub(crate) fn compile(&mut self, code: &[u8], time_ms: u64) -> Result<(), CompileError> {
        let length = u64::try_from(code.len()).unwrap_or(u64::MAX).to_le_bytes();
        self.requests.send([&length[..], code].concat()).map_err(|_| CompileError::Died)?;
        match self.replies.recv_timeout(Duration::from_millis(time_ms)) {
            Ok(Ok((COMPILED, _))) => Ok(()),
            Ok(Ok((INVALID, reason))) => Err(CompileError::Rejected(ComponentError::Invalid { reason })),
            Ok(Ok((_, reason))) => Err(CompileError::Rejected(ComponentError::Instantiation { reason })),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(CompileError::Died),
            Err(RecvTimeoutError::Timeout) => Err(CompileError::TooSlow),
        }
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why a component wasn't compiled.
pub(crate) enum CompileError {
    /// It is no rule.
    Rejected(ComponentError),
    /// It took too long.
    TooSlow,
    /// The process ended.
    Died,
}

fn read_reply(output: &mut impl Read) -> io::Result<Reply> {
    let (mut kind, mut length) = ([0], [0; 8]);
    output.read_exact(&mut kind)?;
    output.read_exact(&mut length)?;
    let mut text = String::new();
    output.take(u64::from_le_bytes(length).min(TEXT_BYTES_MAX)).read_to_string(&mut text)?;
    Ok((kind[0], text))
}
