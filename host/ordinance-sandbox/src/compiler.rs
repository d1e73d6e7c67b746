//! The handle of a compile worker. A component can keep the compiler busy for very long, make it take all memory, or
//! meet a defect of it; the host then loses the worker process and nothing else. The compiled code comes back, and lies
//! in the code cache if that can be written.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::compile_protocol::{CompileReply, encode_request, read_reply};
use crate::component_error::ComponentError;

/// The program of the compile worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerConfig {
    /// A program that calls [`compile_requests`](crate::compile_requests) with a sandbox of the same settings and
    /// code cache.
    pub program: PathBuf,
    /// Its arguments; the sandbox adds the folder of the code cache as the last one.
    pub arguments: Vec<String>,
    /// The longest time for one component, in milliseconds. The loader then kills the worker.
    pub time_ms: u64,
}

/// A worker process. It serves until it fails.
pub(crate) struct Compiler {
    child: Child,
    /// To a thread that writes them, so that a worker that doesn't read blocks no caller.
    requests: Sender<Vec<u8>>,
    replies: Receiver<io::Result<CompileReply>>,
}

/// Why the worker didn't compile a component.
pub(crate) enum CompileError {
    /// The component is no rule.
    Rejected(ComponentError),
    /// The worker didn't reply in time.
    TimedOut,
    /// The worker process ended.
    WorkerDied,
}

impl Compiler {
    /// Starts a worker that writes to the folder of the code cache.
    pub(crate) fn start(config: &CompilerConfig, cache: &Path) -> io::Result<Self> {
        let mut command = Command::new(&config.program);
        command.args(&config.arguments).arg(cache).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the compiler has no pipes"));
        };
        let (reply_sender, replies) = channel();
        // The thread ends with the process, whose end closes the pipe.
        thread::Builder::new().name("compiler".to_owned()).spawn(move || {
            loop {
                let reply = read_reply(&mut output);
                let is_last = reply.is_err();
                if reply_sender.send(reply).is_err() || is_last {
                    return;
                }
            }
        })?;
        let (requests, request_receiver) = channel::<Vec<u8>>();
        thread::Builder::new().name("compiler-input".to_owned()).spawn(move || {
            while let Ok(request) = request_receiver.recv() {
                if input.write_all(&request).and_then(|()| input.flush()).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { child, requests, replies })
    }

    /// Lets the worker compile a component, and returns its code. After any error but [`CompileError::Rejected`] the
    /// caller must replace the worker.
    pub(crate) fn compile(&mut self, code: &[u8], time_ms: u64) -> Result<Vec<u8>, CompileError> {
        self.requests.send(encode_request(code)).map_err(|_| CompileError::WorkerDied)?;
        match self.replies.recv_timeout(Duration::from_millis(time_ms)) {
            Ok(Ok(CompileReply::Compiled(compiled))) => Ok(compiled),
            Ok(Ok(CompileReply::Invalid(reason))) => Err(CompileError::Rejected(ComponentError::Invalid { reason })),
            Ok(Ok(CompileReply::NotInstantiable(reason))) => {
                Err(CompileError::Rejected(ComponentError::Instantiation { reason }))
            }
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(CompileError::WorkerDied),
            Err(RecvTimeoutError::Timeout) => Err(CompileError::TimedOut),
        }
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        // The process may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
