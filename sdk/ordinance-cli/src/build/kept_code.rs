//! The code of rules in Rust from one build to the next of the same process, as long as nothing changed of which they
//! may be made. Then no program of Rust is started.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::cargo::Code;
use super::rule_fault::RuleBuildError;
use crate::source::{RuleCode, Source};

/// The endings of files of which no rule in Rust is made, unless cargo reads them: a rule's macros may include any
/// other.
const OTHER_ENDINGS: [&str; 7] = ["toml", "csv", "tsv", "xlsx", "ods", "json", "ndjson"];
/// Files of cargo and rustup with such an ending.
const FILES_OF_CARGO: [&str; 3] = ["Cargo.toml", "config.toml", "rust-toolchain.toml"];
/// What of a rule in Rust isn't compiled.
const BESIDE_CODE: [&str; 3] = ["rule.toml", "properties.toml", "cases"];

/// The code of the rules in Rust that were built, by the folder of the rule.
#[derive(Default)]
pub(crate) struct KeptCode {
    code: HashMap<PathBuf, Code>,
}

impl KeptCode {
    /// Forgets everything if one of these files may be part of a rule in Rust.
    pub(crate) fn forget_changed(&mut self, changed: &[PathBuf]) {
        if changed.iter().any(|path| self.may_be_compiled(path)) {
            self.code.clear();
        }
    }

    /// The code of a rule, if all rules in Rust of the sources are known.
    pub(super) fn of(&self, source: &Source) -> Option<&HashMap<PathBuf, Code>> {
        let mut rust = source.rules.iter().filter(|rule| rule.code == RuleCode::Rust);
        rust.all(|rule| self.code.contains_key(&rule.folder)).then_some(&self.code)
    }

    /// Keeps the code of the rules in Rust, if all were built from sources that didn't change meanwhile.
    pub(super) fn keep(&mut self, source: &Source, compiled: &[Result<Code, RuleBuildError>]) {
        let rust = source.rules.iter().zip(compiled).filter(|(rule, _)| rule.code == RuleCode::Rust);
        let found = rust.map(|(rule, code)| {
            let code = code.as_ref().ok().filter(|code| code.sources.is_some())?;
            Some((rule.folder.clone(), code.clone()))
        });
        self.code = found.collect::<Option<_>>().unwrap_or_default();
    }

    fn may_be_compiled(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if FILES_OF_CARGO.contains(&name) || !OTHER_ENDINGS.contains(&ending) {
            return true;
        }
        // The deepest folder of a rule that holds it.
        let holder = path.ancestors().skip(1).find(|folder| self.code.contains_key(*folder));
        let inside = holder.and_then(|folder| path.strip_prefix(folder).ok()).and_then(|inside| inside.iter().next());
        inside.is_some_and(|first| !BESIDE_CODE.iter().any(|beside| first == *beside))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_which_a_rule_in_rust_may_be_made_makes_its_code_forgotten() {
        let kept_after = |path: &str| {
            let mut kept = KeptCode { code: [(PathBuf::from("/book/N/rust"), Code::default())].into() };
            kept.forget_changed(&[path.into()]);
            !kept.code.is_empty()
        };
        for path in [
            "/book/N/table/rule.toml",
            "/book/N/table/band.xlsx",
            "/book/facts.toml",
            "/book/N/rust/rule.toml",
            "/book/N/rust/cases/a.toml",
        ] {
            assert!(kept_after(path), "{path}");
        }
        for path in [
            "/book/N/rust/src/lib.rs",
            "/book/N/rust/table.csv",
            "/book/Cargo.toml",
            "/book/N/rust/wit/rule.wit",
            "/book/N/table",
        ] {
            assert!(!kept_after(path), "{path}");
        }
    }
}
