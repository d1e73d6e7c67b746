//! Makes of a built rulebook the files with which a browser tries its rules out.
//!
//! It writes, each packed by gzip: the engine as a module of JavaScript with its code (`engine/`), the component of
//! each rule and the module that calls it (`rules/`), and the law (`law/DIGEST.json`, by the digest of the rulebook):
//! the index, the definitions, the types of the rules, and which engine and modules belong to it. Every other name has
//! a digest of the content, so that the files of several rulebooks and versions lie side by side, and a browser keeps
//! all but the law for good.
#![forbid(unsafe_code)]

mod bundle_error;
mod engine;
mod law;
mod module;
mod packed;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use self::bundle_error::BundleError;
use self::packed::Packed;

/// Make of a built rulebook the files with which a browser tries its rules out
#[derive(Debug, Parser)]
#[command(
    after_help = "Example:\n  ordinance build plugins\n  cargo run --manifest-path sdk/ordinance-try-out/Cargo.toml -- plugins/target/rulebook --to try-out\n\nExit codes: 0 written, 2 not possible (it says why)."
)]
struct Arguments {
    /// The built rulebook
    rulebook: PathBuf,
    /// The folder to write to, which a host names in `portal.try-out`
    #[arg(long)]
    to: PathBuf,
    /// The engine as a core module; without it, it is built from these sources
    #[arg(long)]
    engine: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), BundleError> {
    let law = law::Law::read(&arguments.rulebook)?;
    let core = match &arguments.engine {
        Some(path) => std::fs::read(path).map_err(|source| BundleError::io("read", path, source))?,
        None => engine::build()?,
    };
    let out = Packed::at(&arguments.to);
    let engine = engine::write(&core, &out)?;
    let written = law.rules.iter().map(|rule| module::write_rule(rule, &out)).collect::<Result<Vec<_>, _>>()?;
    let largest = written.iter().map(|rule| rule.packed_bytes).max().unwrap_or_default();
    let scripts: Vec<String> = written.into_iter().map(|rule| rule.script).collect();
    let digest = law.write(&engine.name, &scripts, &out)?;
    println!(
        "{} rules of the rulebook {digest} in `{}`; packed, the engine has {} kB and the largest rule {} kB",
        law.rules.len(),
        arguments.to.display(),
        engine.packed_bytes.div_ceil(1000),
        largest.div_ceil(1000),
    );
    Ok(())
}
