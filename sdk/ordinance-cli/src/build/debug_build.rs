//! The rules with the lines of their sources, for commands that show where in the code something happens.

use std::fs;
use std::path::PathBuf;

use ordinance_harness::LineTable;

use super::rule_fault::RuleBuildError;
use super::shared_code::code_of;
use super::{cargo, encode};
use crate::exit::CommandError;
use crate::source::{RuleSource, Source};

/// A rule's code with the lines of its source.
pub(crate) struct DebugBuild {
    /// The rule's own folder, or that of the rule whose code it shares.
    pub(crate) folder: PathBuf,
    /// `CODE/SERVICE` of that.
    place: String,
    /// The core module, with debug information if there is any.
    pub(crate) module: Vec<u8>,
    /// The component, as it would be published.
    pub(crate) component: Vec<u8>,
}

impl DebugBuild {
    /// Whether a file that the compiler names is one of the author's.
    pub(crate) fn is_own(&self, file: &str) -> bool {
        file.contains(&format!("{}/src/", self.place))
    }

    /// The file within the rule's folder.
    pub(crate) fn short(&self, file: &str) -> String {
        let inside = file.split_once(&format!("{}/", self.place)).map_or(file, |(_, inside)| inside);
        inside.to_owned()
    }

    /// Where a place of the code stands, from the function of the module and the byte in its body: `src/lib.rs:12`, or as it is
    /// given where there is no debug information; none for code that isn't the author's.
    pub(crate) fn place_of(&self, lines: Option<&LineTable<'_>>, function: usize, offset: usize) -> Option<String> {
        let Some(lines) = lines else { return Some(format!("function {function}, byte {offset}")) };
        let line = lines.at(function, offset, |file| self.is_own(file))?;
        let file = self.short(&line.file);
        let text = fs::read_to_string(self.folder.join(&file)).unwrap_or_default();
        let number = usize::try_from(line.line).ok()?.checked_sub(1)?;
        let is_binding = text.lines().nth(number).is_some_and(|text| text.contains(BINDINGS));
        (!is_binding).then(|| format!("{file}:{}", line.line))
    }
}

/// The line by which the bindings are made: what is there is no code of the author's.
const BINDINGS: &str = "ordinance_sdk::rule!";

/// Builds the rules of a folder with the lines of their sources; none of a rule that can't be built.
pub(crate) fn with_lines(source: &Source) -> Result<Vec<Option<DebugBuild>>, CommandError> {
    let compiled = cargo::compile(source, cargo::Profile::WithLines)?;
    let debuggable = |(rule, own): (&RuleSource, &Result<Vec<u8>, RuleBuildError>)| {
        let module = code_of(source, rule, own, &compiled).ok()?;
        let coded = source.with_code(rule);
        Some(DebugBuild {
            folder: coded.folder.clone(),
            place: coded.place.clone(),
            component: encode::encode(module, &rule.manifest_text).ok()?,
            module: encode::core_module(module).to_vec(),
        })
    };
    Ok(source.rules.iter().zip(&compiled).map(debuggable).collect())
}
