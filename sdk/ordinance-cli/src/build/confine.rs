//! Confines the compiler of untrusted sources with Landlock: it writes to its target folder only, reads the sources,
//! the toolchain and the system's programs, and opens no TCP connection. Even so no code of the author runs in it; the
//! confinement is for what a compiler may be made to do, such as to read a file of the user into a rule.
//!
//! A process can confine only itself without unsafe code. This program is therefore started again, confines itself, and
//! becomes cargo.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::terminal::print_status;

/// The variable that makes this process confine itself and become the program of its arguments. Its value is a
/// [`Confinement`] as JSON.
const CONFINEMENT: &str = "ORDINANCE_CONFINEMENT";
/// The access to files that is restricted, with truncation: Linux 6.2.
const FILES: ABI = ABI::V3;
/// The processor time of one process of the compiler, in seconds.
const CPU_SECONDS_MAX: u64 = 1800;
/// The memory of one process of the compiler, in bytes.
const MEMORY_BYTES_MAX: u64 = 8 << 30;
/// Where systems keep programs, libraries and what loads them.
const SYSTEM: [&str; 9] =
    ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/ld.so.conf"];
/// The variables that the compiler gets. Others may hold secrets, which `env!` would put into a rule.
const VARIABLES: [&str; 9] =
    ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "LANG", "LC_ALL", "TERM", "RUSTC_BOOTSTRAP"];
/// The beginnings of further such variables: settings of the build that change a component.
const VARIABLE_PREFIXES: [&str; 3] = ["CARGO_PROFILE_", "CARGO_BUILD_", "CARGO_TARGET_"];

/// What a confined process may open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Confinement {
    /// Folders to write to.
    pub(super) written: Vec<PathBuf>,
    /// Folders and files to read and execute.
    pub(super) read: Vec<PathBuf>,
}

/// How far this system confines a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConfinementSupport {
    /// Files and TCP.
    Full,
    /// Files.
    FilesOnly,
    /// Nothing.
    None,
}

impl ConfinementSupport {
    /// What the running kernel offers.
    pub(super) fn current() -> Self {
        let has_files = || {
            Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(FILES))
        };
        let has_all =
            has_files().and_then(|set| set.handle_access(AccessNet::from_all(ABI::V4))).and_then(Ruleset::create);
        match (has_all, has_files().and_then(Ruleset::create)) {
            (Ok(_), _) => Self::Full,
            (Err(_), Ok(_)) => Self::FilesOnly,
            (Err(_), Err(_)) => Self::None,
        }
    }

    /// What the compiler can do in spite of the confinement, as a warning. `None` if it is confined.
    pub(super) fn warning(self) -> Option<&'static str> {
        match self {
            Self::Full => None,
            Self::FilesOnly => Some(
                "this kernel can't keep the compiler from the network (Linux 6.7 and later can); it runs no code of the sources, and its access to files is confined",
            ),
            Self::None => Some(
                "this system can't confine the compiler (Landlock, Linux 6.2 and later, can); it runs no code of the sources, but they can make it read any file of yours into a rule",
            ),
        }
    }
}

/// Makes a command of cargo one that this program runs confined, and only with chosen variables of the environment.
/// `program` replaces the command's own, which may be a proxy that installs toolchains.
///
/// # Errors
/// If the path of this program is unknown.
pub(super) fn confined(
    command: &Command,
    program: Option<&Path>,
    confinement: &Confinement,
) -> std::io::Result<Command> {
    let mut confinement = confinement.clone();
    let own = std::env::current_exe()?;
    confinement.read.push(own.clone());
    confinement.read.extend(SYSTEM.iter().map(PathBuf::from));
    // Relative parts of PATH depend on the folder, which is the author's.
    let path = std::env::var_os("PATH").unwrap_or_default();
    confinement.read.extend(std::env::split_paths(&path).filter(|part| part.is_absolute()));
    let mut wrapper = Command::new(own);
    wrapper.arg(program.map_or(command.get_program(), Path::as_os_str)).args(command.get_args()).env_clear();
    wrapper.envs(std::env::vars_os().filter(|(name, _)| is_passed_on(name)));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapper.env(name, value),
            None => wrapper.env_remove(name),
        };
    }
    wrapper.env(CONFINEMENT, serde_json::to_string(&confinement).unwrap_or_default());
    wrapper.current_dir(command.get_current_dir().unwrap_or(Path::new("/")));
    Ok(wrapper)
}

fn is_passed_on(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    VARIABLES.contains(&&*name) || VARIABLE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Confines this process and becomes the program of its arguments, if the environment says so. Returns only an error's
/// exit code; `None` if this process is not to be confined.
pub(crate) fn as_confined() -> Option<ExitCode> {
    let confinement = std::env::var(CONFINEMENT).ok()?;
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next()?;
    let confined = serde_json::from_str(&confinement).map_err(|error| error.to_string());
    if let Err(error) = confined.and_then(|confinement| restrict(&confinement).map_err(|error| error.to_string())) {
        print_status!("the compiler can't be confined, so it wasn't started: {error}");
        return Some(ExitCode::FAILURE);
    }
    let error = Command::new(&program).args(arguments).env_remove(CONFINEMENT).exec();
    print_status!("{} can't be started: {error}", program.display());
    Some(ExitCode::FAILURE)
}

/// Restricts this process and its children as far as the system can.
fn restrict(confinement: &Confinement) -> Result<(), RulesetError> {
    // A limit that can't be set is lower already.
    for (resource, most) in [(Resource::Cpu, CPU_SECONDS_MAX), (Resource::Data, MEMORY_BYTES_MAX), (Resource::Core, 0)]
    {
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    }
    let files = AccessFs::from_all(FILES);
    Ruleset::default()
        .handle_access(files)?
        .handle_access(AccessNet::from_all(ABI::V4))?
        .create()?
        .add_rules(path_beneath_rules(&confinement.read, AccessFs::from_read(FILES)))?
        .add_rules(path_beneath_rules(&confinement.written, files))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?
        .restrict_self()?;
    Ok(())
}
