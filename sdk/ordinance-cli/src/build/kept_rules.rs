//! What one build of a process leaves to the next: the code, component and page of each rule of which no file changed.
//! Then no program of Rust is started, and only the rules that changed are compiled.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ordinance_engine::index::HexDigest;

use super::cargo::Code;
use super::rule_fault::RuleBuildError;
use crate::entries::is_table;
use crate::source::{RuleCode, RuleSource, Source};

/// The endings of files, beside those of tables, of which no rule in Rust is made, unless cargo reads them: a rule's
/// macros may include any other.
const OTHER_ENDINGS: [&str; 3] = ["toml", "json", "ndjson"];
/// Files of cargo and rustup with such an ending.
const FILES_OF_CARGO: [&str; 3] = ["Cargo.toml", "config.toml", "rust-toolchain.toml"];
/// What of a rule in Rust isn't compiled.
const BESIDE_CODE: [&str; 3] = ["rule.toml", "properties.toml", "cases"];

/// What is written into the rulebook of a rule.
#[derive(Clone)]
pub(super) struct BuiltRule {
    pub(super) component: Vec<u8>,
    pub(super) page: Vec<u8>,
}

/// The rules that earlier builds made.
#[derive(Default)]
pub(crate) struct KeptRules {
    /// The folder of each rule of the sources, and that of the rule that it extends.
    folders: HashMap<PathBuf, Option<PathBuf>>,
    /// The code of the rules in Rust, by the folder of the rule. It is that of all of them or of none: one run of cargo
    /// compiles them together.
    rust: HashMap<PathBuf, Code>,
    /// What was made of each rule, by its folder.
    rules: HashMap<PathBuf, KeptRule>,
}

struct KeptRule {
    manifest_text: String,
    /// The digest of what the code was compiled from, its own or that of the rule that it extends.
    sources: HexDigest,
    /// The code of a rule as expressions.
    code: Option<Code>,
    built: BuiltRule,
}

impl KeptRules {
    /// Forgets the rules of which one of these files or folders may be part.
    pub(crate) fn forget_changed(&mut self, changed: &[PathBuf]) {
        if changed.iter().any(|path| self.may_be_compiled(path)) {
            self.rust.clear();
            self.rules.clear();
        }
        for path in changed {
            match path.ancestors().find(|folder| self.folders.contains_key(*folder)) {
                Some(changed) => {
                    let folders = &self.folders;
                    let extends_it = |folder: &PathBuf| folders.get(folder).and_then(Option::as_deref) == Some(changed);
                    self.rules.retain(|folder, _| folder != changed && !extends_it(folder));
                }
                // A file of the whole rulebook, or of a rule that is new.
                None => self.rules.clear(),
            }
        }
    }

    /// The code of all rules in Rust of the sources, by the folder of the rule, if it is known of each.
    pub(super) fn rust_code(&self, source: &Source) -> Option<&HashMap<PathBuf, Code>> {
        let mut rust = source.rules.iter().filter(|rule| rule.code == RuleCode::Rust);
        rust.all(|rule| self.rust.contains_key(&rule.folder)).then_some(&self.rust)
    }

    /// The code of a rule as expressions.
    pub(super) fn code_of(&self, rule: &RuleSource) -> Option<&Code> {
        self.of(rule)?.code.as_ref()
    }

    /// What the rulebook holds of a rule whose code was compiled from these sources.
    pub(super) fn built(&self, rule: &RuleSource, sources: Option<HexDigest>) -> Option<&BuiltRule> {
        self.of(rule).filter(|kept| Some(kept.sources) == sources).map(|kept| &kept.built)
    }

    fn of(&self, rule: &RuleSource) -> Option<&KeptRule> {
        self.rules.get(&rule.folder).filter(|kept| kept.manifest_text == rule.manifest_text)
    }

    /// Keeps what a build made, with the code of rules in Rust only if all were built from sources that didn't change
    /// meanwhile. `compiled` and `built`, each with the digest of its sources, are in the order of the sources.
    pub(super) fn keep(
        &mut self,
        source: &Source,
        compiled: Vec<Result<Code, RuleBuildError>>,
        built: Vec<Option<(Option<HexDigest>, BuiltRule)>>,
    ) {
        let base_of = |rule: &RuleSource| {
            let base = rule.extends.or(rule.expressions_of).and_then(|base| source.rules.get(base));
            base.map(|base| base.folder.clone())
        };
        self.folders = source.rules.iter().map(|rule| (rule.folder.clone(), base_of(rule))).collect();
        self.rust.clear();
        self.rules.clear();
        let mut is_rust_known = true;
        for ((rule, code), built) in source.rules.iter().zip(compiled).zip(built) {
            let code = code.ok().filter(|code| code.sources.is_some());
            match (rule.code, &code) {
                (RuleCode::Rust, None) => is_rust_known = false,
                (RuleCode::Rust, Some(code)) => {
                    self.rust.insert(rule.folder.clone(), code.clone());
                }
                (RuleCode::Expressions | RuleCode::Prebuilt | RuleCode::None, _) => {}
            }
            let code = code.filter(|_| rule.code == RuleCode::Expressions);
            if let Some((Some(sources), built)) = built {
                let kept = KeptRule { manifest_text: rule.manifest_text.clone(), sources, code, built };
                self.rules.insert(rule.folder.clone(), kept);
            }
        }
        if !is_rust_known {
            self.rust.clear();
        }
    }

    fn may_be_compiled(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        let is_other = OTHER_ENDINGS.contains(&ending.as_str()) || is_table(&ending);
        if FILES_OF_CARGO.contains(&name) || !is_other {
            return true;
        }
        // The deepest folder of a rule that holds it.
        let holder = path.ancestors().skip(1).find(|folder| self.rust.contains_key(*folder));
        let inside = holder.and_then(|folder| path.strip_prefix(folder).ok()).and_then(|inside| inside.iter().next());
        inside.is_some_and(|first| !BESIDE_CODE.iter().any(|beside| first == *beside))
    }
}

#[cfg(test)]
mod tests {
    use ordinance_domain::digest::Digest;

    use super::*;

    /// Four rules: one in Rust, and three as expressions, of which `child` extends `base`.
    fn kept() -> KeptRules {
        let folder = |name: &str| PathBuf::from(format!("/book/N/{name}"));
        let base = |name: &str| (name == "child").then(|| folder("base"));
        let kept = || KeptRule {
            manifest_text: String::new(),
            sources: HexDigest(Digest::new([0; 32])),
            code: None,
            built: BuiltRule { component: Vec::new(), page: Vec::new() },
        };
        let names = ["rust", "table", "base", "child"];
        KeptRules {
            folders: names.map(|name| (folder(name), base(name))).into(),
            rust: [(folder("rust"), Code::default())].into(),
            rules: names.map(|name| (folder(name), kept())).into(),
        }
    }

    #[test]
    fn a_file_of_which_a_rule_in_rust_may_be_made_makes_its_code_forgotten() {
        let kept_after = |path: &str| {
            let mut kept = kept();
            kept.forget_changed(&[path.into()]);
            !kept.rust.is_empty()
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

    #[test]
    fn a_file_of_a_rule_makes_that_rule_and_those_that_extend_it_forgotten() {
        let kept_after = |path: &str| {
            let mut kept = kept();
            kept.forget_changed(&[path.into()]);
            let mut names: Vec<String> =
                kept.rules.keys().map(|folder| folder.file_name().unwrap().display().to_string()).collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(kept_after("/book/N/table/band.xlsx"), "base child rust");
        assert_eq!(kept_after("/book/N/rust/rule.toml"), "base child table");
        assert_eq!(kept_after("/book/N/base/cases/a.toml"), "rust table");
        assert_eq!(kept_after("/book/N/child/rule.toml"), "base rust table");
        for path in ["/book/N/rust/src/lib.rs", "/book/facts.toml", "/book/N/new/rule.toml", "/book/N"] {
            assert_eq!(kept_after(path), "", "{path}");
        }
    }
}
