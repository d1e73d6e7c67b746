//! Compiling in a process of its own. A component can keep the compiler busy for very long, have it take all memory, or meet a
//! defect of it; the host then loses that process and nothing else. What is compiled comes back through the code cache.
//!
//! A request is the length of the component (8 bytes, little-endian) and its bytes; a reply is one byte that says what came of
//! it, the length of a text and the text.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::refusal::ComponentError;
use crate::sandbox::Sandbox;

/// How components are compiled in a process of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompilerConfig {
    /// The program that calls [`compile_requests`] with a sandbox of the same settings and code cache.
    pub program: PathBuf,
    /// Its arguments; the code cache's folder is added as the last.
    pub arguments: Vec<String>,
    /// The longest time for one component, in milliseconds. Then the process is killed.
    pub time_ms: u64,
}

/// The longest text of a reply.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// The processor time of a whole process. A rulebook of hundreds of rules takes seconds.
const CPU_SECONDS_MAX: u64 = 600;

const COMPILED: u8 = 0;
const INVALID: u8 = 1;
const NOT_INSTANTIABLE: u8 = 2;

/// A reply: what came of it, and what is wrong.
type Reply = (u8, String);

/// A process that compiles, until it fails.
pub(crate) struct Compiler {
    child: Child,
    /// To a thread that writes them: a process that doesn't read must hold up nobody.
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

    /// Has a component compiled into the code cache. After an error that isn't about the component the process is of no more use.
    pub(crate) fn compile(&mut self, code: &[u8], time_ms: u64) -> Result<(), CompileFailure> {
        let length = u64::try_from(code.len()).unwrap_or(u64::MAX).to_le_bytes();
        self.requests.send([&length[..], code].concat()).map_err(|_| CompileFailure::Died)?;
        match self.replies.recv_timeout(Duration::from_millis(time_ms)) {
            Ok(Ok((COMPILED, _))) => Ok(()),
            Ok(Ok((INVALID, reason))) => Err(CompileFailure::Refused(ComponentError::Invalid { reason })),
            Ok(Ok((_, reason))) => Err(CompileFailure::Refused(ComponentError::Instantiation { reason })),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(CompileFailure::Died),
            Err(RecvTimeoutError::Timeout) => Err(CompileFailure::TooSlow),
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
pub(crate) enum CompileFailure {
    /// It is no rule.
    Refused(ComponentError),
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

/// What a process of its own does: compiles what it is asked for into the code cache of the sandbox, until nothing more comes.
/// `memory_bytes` bounds what it may take of memory in all.
///
/// # Errors
/// If it can't be asked or answer any more.
pub fn compile_requests(
    sandbox: &Sandbox,
    memory_bytes: u64,
    input: &mut impl Read,
    output: &mut impl Write,
) -> io::Result<()> {
    let most = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    setrlimit(Resource::Data, most(memory_bytes))?;
    setrlimit(Resource::Core, most(0))?;
    // Whoever asked kills what takes too long; this is for when that is gone itself.
    setrlimit(Resource::Cpu, most(CPU_SECONDS_MAX))?;
    loop {
        let mut length = [0; 8];
        match input.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            read => read?,
        }
        let mut code = Vec::new();
        input.by_ref().take(u64::from_le_bytes(length)).read_to_end(&mut code)?;
        let (kind, text) = match sandbox.compile_here(&code) {
            Ok(_) => (COMPILED, String::new()),
            Err(ComponentError::Invalid { reason }) => (INVALID, reason),
            Err(ComponentError::Instantiation { reason }) => (NOT_INSTANTIABLE, reason),
            Err(other) => (NOT_INSTANTIABLE, other.to_string()),
        };
        let text: String = text.chars().take(4096).collect();
        output.write_all(&[kind])?;
        output.write_all(&u64::try_from(text.len()).unwrap_or_default().to_le_bytes())?;
        output.write_all(text.as_bytes())?;
        output.flush()?;
    }
}
