//! A wrapper of the compiler, for reproducible builds. Cargo derives a crate's identity from its path, and the identity
//! determines the order of functions in a component: in another folder, the same sources would give other bytes. Cargo
//! therefore calls this program, which calls the compiler with an identity from the crate's name and version. The
//! wrapper also lists the files that the compiler read.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use ordinance_engine::digest::sha256;

use crate::terminal::print_status;

/// The environment variable that makes this process a wrapper of the compiler.
pub(super) const AS_RUSTC: &str = "ORDINANCE_AS_RUSTC";

/// The variable that names the folder for lists of the files that the compiler read.
pub(super) const FILES_READ: &str = "ORDINANCE_FILES_READ";

/// Calls the compiler if this process is its wrapper, and returns the exit code. `None` if this process is no wrapper.
pub(crate) fn as_rustc() -> Option<ExitCode> {
    std::env::var_os(AS_RUSTC)?;
    let mut arguments = std::env::args_os().skip(1);
    let rustc = arguments.next()?;
    let package = ["CARGO_PKG_NAME", "CARGO_PKG_VERSION"].map(|name| std::env::var(name).unwrap_or_default());
    let identity = sha256(package.join(" ").as_bytes()).hex();
    let with_identity = |argument: OsString| match argument.to_str() {
        Some(text) if text.starts_with("metadata=") => {
            format!("metadata={}", identity.get(..16).unwrap_or_default()).into()
        }
        _ => argument,
    };
    let arguments: Vec<OsString> = arguments.map(with_identity).collect();
    let status = Command::new(&rustc).args(&arguments).status();
    let code = match status {
        Ok(status) if status.success() => match write_files_read(&arguments) {
            Ok(()) => 0,
            Err(error) => {
                print_status!("the list of the files that the compiler read can't be written: {error}");
                1
            }
        },
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
        Err(error) => {
            print_status!("{} can't be started: {error}", rustc.display());
            1
        }
    };
    Some(ExitCode::from(code))
}

/// Writes a list of the files that the compiler read for a crate, if it compiled one.
fn write_files_read(arguments: &[OsString]) -> io::Result<()> {
    let value_of = |flag: &str| arguments.iter().skip_while(|argument| *argument != flag).nth(1);
    let (Some(folder), Some(package)) = (std::env::var_os(FILES_READ), std::env::var_os("CARGO_MANIFEST_DIR")) else {
        return Ok(());
    };
    let (Some(name), Some(out)) = (value_of("--crate-name"), value_of("--out-dir")) else { return Ok(()) };
    let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
    let suffix = texts.find_map(|text| text.strip_prefix("extra-filename=")).unwrap_or_default();
    let name = name.to_string_lossy();
    let dep_info = fs::read_to_string(Path::new(out).join(format!("{name}{suffix}.d")))?;
    // The compiler names files of the workspace relative to its working directory.
    let working_directory = std::env::current_dir()?;
    let files: BTreeSet<String> =
        files_of_dep_info(&dep_info).map(|file| working_directory.join(file).to_string_lossy().into_owned()).collect();
    let folder = Path::new(&folder).join(folder_of_package(&package));
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join(format!("{name}{VARIABLES}")),
        variables_of_dep_info(&dep_info).collect::<Vec<_>>().join("\n"),
    )?;
    fs::write(folder.join(&*name), files.into_iter().collect::<Vec<_>>().join("\n"))
}

/// The ending of a list of variables. The name of a crate has no point.
const VARIABLES: &str = ".variables";

/// The files that the compiler read for the crates of a package: its library, and its build script if it has one.
pub(super) fn files_read(folder: &Path, package: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(lines_read(folder, package, false)?.into_iter().map(PathBuf::from).collect())
}

/// The variables of the environment that the code of a package read when it was compiled, as `NAME=value`, or `NAME` if
/// there was none. Those that cargo makes of the package's manifest aren't among them.
pub(super) fn variables_read(folder: &Path, package: &Path) -> io::Result<Vec<String>> {
    lines_read(folder, package, true)
}

fn lines_read(folder: &Path, package: &Path, of_variables: bool) -> io::Result<Vec<String>> {
    let folder = folder.join(folder_of_package(package.as_os_str()));
    let mut lines = Vec::new();
    // If the path of this program is unknown, cargo calls the compiler without the wrapper, and there is no list.
    if !folder.is_dir() {
        return Ok(lines);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(VARIABLES) == of_variables {
            lines.extend(fs::read_to_string(path)?.lines().map(str::to_owned));
        }
    }
    Ok(lines)
}

fn folder_of_package(package: &OsStr) -> String {
    sha256(package.as_encoded_bytes()).hex()
}

/// The files in a dep-info file of the compiler. Its lines are `output: file file`; a backslash precedes each space of
/// a name, and no other blank.
fn files_of_dep_info(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let files = lines.filter_map(|line| line.split_once(": ")).map(|(_, files)| files.replace("\\ ", "\0"));
    let split = |files: String| -> Vec<String> {
        let files = files.split(' ').filter(|file| !file.is_empty());
        files.map(|file| file.replace('\0', " ")).collect()
    };
    files.flat_map(split)
}

/// The variables in a dep-info file that cargo doesn't make of the package's manifest. The folder of the package isn't
/// among them: every rule reads it, since the SDK includes the rule's bindings by it.
fn variables_of_dep_info(text: &str) -> impl Iterator<Item = &str> {
    const OF_PACKAGE: [&str; 3] = ["CARGO_PKG_", "CARGO_CRATE_NAME", "CARGO_MANIFEST_DIR"];
    let variables = text.lines().filter_map(|line| line.strip_prefix("# env-dep:"));
    variables.filter(|variable| !OF_PACKAGE.iter().any(|known| variable.starts_with(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dep_info_file_names_files_with_blanks() {
        let text = "/t/rule.d: src/lib.rs /a\\ b/rule.wit\n\nsrc/lib.rs:\n\n# env-dep:A=b: c\n";
        assert_eq!(files_of_dep_info(text).collect::<Vec<_>>(), ["src/lib.rs", "/a b/rule.wit"]);
        let wide = "/t/rule.d: src/lib.rs /data\u{3000}x.txt\n";
        assert_eq!(files_of_dep_info(wide).collect::<Vec<_>>(), ["src/lib.rs", "/data\u{3000}x.txt"]);
    }

    #[test]
    fn a_dep_info_file_names_the_variables_that_do_not_follow_from_the_manifest() {
        let text = "/t/rule.d: src/lib.rs\n\n# env-dep:CARGO_PKG_VERSION=1.0.0\n# env-dep:LC_ALL\n# env-dep:A=b: c\n";
        assert_eq!(variables_of_dep_info(text).collect::<Vec<_>>(), ["LC_ALL", "A=b: c"]);
    }
}
