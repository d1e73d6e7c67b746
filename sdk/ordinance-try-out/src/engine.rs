//! The engine: `ordinance-browser`, built, encoded as a component and made a module of JavaScript.

use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::ComponentEncoder;

use crate::bundle_error::BundleError;
use crate::law::hex;
use crate::module::Module;
use crate::packed::Packed;

const TARGET: &str = "wasm32-unknown-unknown";
/// The profile of the engine in the workspace of the sources.
const PROFILE: &str = "browser";

/// What was written.
pub(crate) struct WrittenEngine {
    /// By which its files are found: `engine/NAME.js`, the names of its core modules in `engine/NAME.json`, and these,
    /// counted from 0, as `engine/NAME.0.wasm`. It is a digest of the component and of the module.
    pub(crate) name: String,
    pub(crate) packed_bytes: usize,
}

/// Builds the engine from the sources beside this program's; the core module.
pub(crate) fn build() -> Result<Vec<u8>, BundleError> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&sources).args(["build", "--locked", "--package", "ordinance-browser", "--target", TARGET]);
    cargo.args(["--profile", PROFILE, "--message-format", "json-render-diagnostics"]);
    // Cargo tells a program that it runs of this crate, not of that one.
    cargo.env_remove("CARGO_MANIFEST_DIR").stderr(std::process::Stdio::inherit());
    let output = cargo.output().map_err(|error| BundleError::Engine(format!("cargo can't be started ({error})")))?;
    if !output.status.success() {
        return Err(BundleError::Engine("the compiler reports the errors above".to_owned()));
    }
    let path = artifact(&output.stdout).ok_or_else(|| BundleError::Engine("cargo names no file".to_owned()))?;
    std::fs::read(&path).map_err(|source| BundleError::io("read", &path, source))
}

/// The module that cargo says it built.
fn artifact(messages: &[u8]) -> Option<PathBuf> {
    let messages = messages.split(|byte| *byte == b'\n');
    let files =
        messages.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok()).flat_map(|message| {
            message.get("filenames").and_then(serde_json::Value::as_array).cloned().unwrap_or_default()
        });
    let mut files = files.filter_map(|file| file.as_str().map(PathBuf::from));
    files.find(|file| file.ends_with("ordinance_browser.wasm"))
}

/// Writes the module of the engine and its code.
pub(crate) fn write(core: &[u8], out: &Packed) -> Result<WrittenEngine, BundleError> {
    let fault = |reason: String| BundleError::Module { name: "the engine".to_owned(), reason };
    let component = ComponentEncoder::default()
        .validate(true)
        .module(core)
        .and_then(|encoder| encoder.encode())
        .map_err(|error| fault(format!("{error:#}")))?;
    let Module { script, core } = Module::of("engine", &component)?;
    let name = hex(&[component.as_slice(), &script].concat()).get(..16).unwrap_or_default().to_owned();
    let mut packed_bytes = out.write(&format!("engine/{name}.js"), &script)?;
    for (index, (_, bytes)) in core.iter().enumerate() {
        packed_bytes += out.write(&format!("engine/{name}.{index}.wasm"), bytes)?;
    }
    let names: Vec<&str> = core.iter().map(|(name, _)| name.as_str()).collect();
    let names = serde_json::to_vec(&names).map_err(|error| fault(error.to_string()))?;
    packed_bytes += out.write(&format!("engine/{name}.json"), &names)?;
    Ok(WrittenEngine { name, packed_bytes })
}
