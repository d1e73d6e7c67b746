//! The compile worker: a process that compiles components, into the code cache too.

use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::compile_protocol::{CompileReply, read_request, write_reply};
use crate::component_error::ComponentError;
use crate::sandbox::Sandbox;

/// The processor time of the whole process. A rulebook of hundreds of rules takes seconds.
const CPU_SECONDS_MAX: u64 = 600;
/// The most files that the process may have open.
const FILES_MAX: u64 = 256;

/// Compiles each requested component, until the input ends. It answers with the code and writes it into the code cache
/// of the sandbox, if that can be written. `memory_bytes` bounds the memory of the whole process.
///
/// # Errors
/// If a pipe breaks or the system refuses a limit.
pub fn compile_requests(
    sandbox: &Sandbox,
    memory_bytes: u64,
    input: &mut impl Read,
    output: &mut impl Write,
) -> io::Result<()> {
    limit(Resource::Data, memory_bytes)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Nofile, FILES_MAX)?;
    // The loader kills a worker that takes too long; this limit holds where the loader itself is gone.
    limit(Resource::Cpu, CPU_SECONDS_MAX)?;
    while let Some(code) = read_request(input)? {
        let reply = match sandbox.compile_here(&code) {
            Ok(component) => match component.serialize() {
                Ok(code) => CompileReply::Compiled(code),
                Err(error) => CompileReply::NotInstantiable(format!("{error:#}")),
            },
            Err(ComponentError::Invalid { reason }) => CompileReply::Invalid(reason),
            Err(ComponentError::Instantiation { reason }) => CompileReply::NotInstantiable(reason),
            Err(other) => CompileReply::NotInstantiable(other.to_string()),
        };
        write_reply(output, &reply)?;
    }
    Ok(())
}

/// Sets a limit that the process can't raise again; a lower one stays.
fn limit(resource: Resource, most: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.map_or(most, |maximum| most.min(maximum));
    setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    Ok(())
}
