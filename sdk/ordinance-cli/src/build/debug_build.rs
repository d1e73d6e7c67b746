//! Builds rules with debug information, for commands that show a line of source.

use std::path::PathBuf;

use ordinance_engine::RulebookFolder;
use ordinance_engine::definitions::{Definitions, parse_definitions};
use ordinance_harness::{AuthoredCode, AuthoredLine, LineTable};

use super::cargo_command::Profile;
use super::expressions::AuthoredTexts;
use super::shared_code::code_of;
use super::{cargo, encode, expressions};
use crate::exit::CommandError;
use crate::source::{RuleSource, Source};

/// A rule built with debug information.
pub(crate) struct DebugBuild {
    /// The folder of the sources: the rule's own, or that of the rule that it extends.
    folder: PathBuf,
    /// `CODE/SERVICE` of that folder.
    place: String,
    /// The core module, with debug information if the compiler gave any.
    pub(crate) module: Vec<u8>,
    /// The component, as it would be published.
    pub(crate) component: Vec<u8>,
    /// The lines of its expressions, if it is written as such.
    expressions: Option<AuthoredTexts>,
}

impl DebugBuild {
    /// Whether a path that the compiler gave is in the rule's folder, or is one of its expressions and tables.
    pub(crate) fn is_own(&self, file: &str) -> bool {
        if let Some(expressions) = &self.expressions {
            return expressions.has_file(file);
        }
        file.contains(&format!("{}/src/", self.place))
    }

    /// The path of a file within the rule's folder.
    pub(crate) fn path_in_folder(&self, file: &str) -> String {
        let inside = file.split_once(&format!("{}/", self.place)).map_or(file, |(_, inside)| inside);
        inside.to_owned()
    }

    /// The line of source of an offset in a function's body, as `src/lib.rs:12`, or the offset itself without debug
    /// information. `None` for code that isn't the author's.
    pub(crate) fn locate(&self, line_table: Option<&LineTable<'_>>, function: usize, offset: usize) -> Option<String> {
        let Some(line_table) = line_table else { return Some(format!("function {function}, byte {offset}")) };
        let line = line_table.line_at(function, offset, |file| self.is_own(file))?;
        if let Some(expressions) = &self.expressions {
            return expressions.line(&line.file, line.line).map(|line| line.place.clone());
        }
        let file = self.path_in_folder(&line.file);
        // The path comes from the debug information, which may name anything.
        let text = RulebookFolder::open(&self.folder).and_then(|folder| folder.read_text(&file)).unwrap_or_default();
        let index = usize::try_from(line.line).ok()?.checked_sub(1)?;
        let is_binding = text.lines().nth(index).is_some_and(|text| text.contains(BINDINGS));
        (!is_binding).then(|| format!("{file}:{}", line.line))
    }
}

/// The number of lines of source over which a statement is followed.
const STATEMENT_LINES_MAX: usize = 4;

impl DebugBuild {
    /// The line of source that the author wrote for an offset in a function's body. `None` for what the compiler put
    /// there from elsewhere: code of the SDK or of the bindings that is inlined on a line of the author isn't the
    /// author's.
    pub(crate) fn authored_line(
        &self,
        line_table: &LineTable<'_>,
        function: usize,
        offset: usize,
    ) -> Option<AuthoredLine> {
        let line = line_table.innermost_line(function, offset).filter(|line| self.is_own(&line.file))?;
        if let Some(expressions) = &self.expressions {
            return expressions.line(&line.file, line.line).cloned();
        }
        let file = self.path_in_folder(&line.file);
        let source = RulebookFolder::open(&self.folder).and_then(|folder| folder.read_text(&file)).ok()?;
        let first = usize::try_from(line.line).ok()?.checked_sub(1)?;
        let mut text = String::new();
        for line in source.lines().skip(first).take(STATEMENT_LINES_MAX) {
            text.push_str(line.trim());
            text.push('\n');
            if line.trim_end().ends_with([';', ',', '{', '}']) {
                break;
            }
        }
        let is_binding = text.contains(BINDINGS);
        (!is_binding).then(|| AuthoredLine { place: format!("{file}:{}", line.line), text, code: AuthoredCode::Rust })
    }
}

/// The macro that includes the bindings. Code at its line isn't the author's.
const BINDINGS: &str = "ordinance_sdk::rule!";

/// Builds the rules of a folder with debug information. The result has one element per rule: `None` if it can't be
/// built.
pub(crate) fn build_with_debug_info(source: &Source) -> Result<Vec<Option<DebugBuild>>, CommandError> {
    build_as(source, Profile::WithLines)
}

/// The same with nothing optimised: what the compiler would merge still stands at the line of its author.
pub(crate) fn build_unoptimised(source: &Source) -> Result<Vec<Option<DebugBuild>>, CommandError> {
    build_as(source, Profile::Unoptimised)
}

fn build_as(source: &Source, profile: Profile) -> Result<Vec<Option<DebugBuild>>, CommandError> {
    let definitions = parse_definitions(&source.definition_files).map_err(CommandError::Diagnostics)?;
    let compiled =
        cargo::compile(source, profile, &|rule| expressions::compile(source, rule, &definitions, profile), None)?;
    let mut builds = Vec::with_capacity(source.rules.len());
    for (rule, own) in source.rules.iter().zip(&compiled) {
        let code = code_of(source, rule, own, &compiled);
        builds.push(code.ok().and_then(|code| debug_build(source, rule, &code.module, &definitions)));
    }
    Ok(builds)
}

fn debug_build(source: &Source, rule: &RuleSource, module: &[u8], definitions: &Definitions) -> Option<DebugBuild> {
    let code_source = source.with_code(rule);
    Some(DebugBuild {
        folder: code_source.folder.clone(),
        place: code_source.place.clone(),
        component: encode::encode_rule(rule, module).ok()?,
        module: encode::core_module(module).to_vec(),
        expressions: expressions::authored_texts(source, rule, definitions),
    })
}
