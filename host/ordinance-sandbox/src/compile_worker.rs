//! The compile worker: a process that compiles components into the code cache.

use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::compile_protocol::{COMPILED, INVALID, NOT_INSTANTIABLE};
use crate::component_error::ComponentError;
use crate::sandbox::Sandbox;

/// The processor time of a whole process. A rulebook of hundreds of rules takes seconds.
const CPU_SECONDS_MAX: u64 = 600;

/// Compiles each requested component into the code cache of the sandbox, until the input ends. `memory_bytes` bounds the memory of
/// the whole process.
///
/// # Errors
/// If the pipes break or the limits can't be set.
pub fn compile_requests(
    sandbox: &Sandbox,
    memory_bytes: u64,
    input: &mut impl Read,
    output: &mut impl Write,
) -> io::Result<()> {
    let most = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    setrlimit(Resource::Data, most(memory_bytes))?;
    setrlimit(Resource::Core, most(0))?;
    // The loader kills a worker that takes too long; this limit holds where the loader itself is gone.
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
