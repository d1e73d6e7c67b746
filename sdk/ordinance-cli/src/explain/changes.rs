//! `ordinance diff`: what changes in words from the rules of one folder to those of another, or from one
//! version of a rule to another.

use std::path::{Path, PathBuf};

use ordinance_domain::contract::Contract;
use ordinance_domain::manifest::Manifest;
use ordinance_engine::definitions::{DefinitionFiles, Definitions, RULEBOOK_FILE, parse_definitions};
use ordinance_feel::source_text::TextId;
use ordinance_harness::{Explanation, explanation_html};

use super::difference::difference;
use super::explanation::{View, explain};
use super::language::check_language;
use super::prose::Teller;
use super::words::Words;
use crate::arguments::DiffArguments;
use crate::build::expressions::{RuleTexts, rule_texts};
use crate::exit::{CommandError, Exit};
use crate::project::is_wanted;
use crate::source::{Folder, MANIFEST_FILE, RuleCode, RuleSource, Source, kind_of, write_file};
use crate::source_trust::SourceTrust;
use crate::terminal::print_line;

/// Prints what changes in words.
pub(crate) fn run(arguments: &DiffArguments) -> Result<Exit, CommandError> {
    let (old, new) = (Side::read(&arguments.old)?, Side::read(&arguments.new)?);
    check_language(&arguments.language, old.source.rules.iter().chain(&new.source.rules))?;
    let pairs = pairs(&old, &new, arguments.rule.as_deref())?;
    let words = Words::of(&arguments.language);
    let mut told = Vec::new();
    for (before, now) in pairs {
        told.extend(changes(&old, before, &new, now, &arguments.language)?);
    }
    match (&arguments.html, told.as_slice()) {
        (Some(path), [(place, only)]) => {
            write_file(path, &explanation_html(only))?;
            print_line(&format!("{place} is in {}", path.display()));
        }
        (Some(_), _) => {
            return Err(CommandError::bad_use(
                format!("{} rules change, and a page is about one", told.len()),
                "name one with --rule CODE/SERVICE",
            ));
        }
        (None, []) => print_line(words.no_change),
        (None, _) => {
            for (index, (place, explanation)) in told.iter().enumerate() {
                let gap = if index > 0 { "\n" } else { "" };
                print_line(&format!("{gap}{place}: {}", explanation.to_text().trim_end()));
            }
        }
    }
    Ok(if told.is_empty() { Exit::Good } else { Exit::Findings })
}

/// A folder of sources that is compared, or one rule of it.
struct Side {
    source: Source,
    definitions: Definitions,
    /// The place of the only rule, if the folder is that of a rule.
    only: Option<String>,
}

impl Side {
    fn read(folder: &Path) -> Result<Self, CommandError> {
        let (root, only) = root_of(folder)?;
        if matches!(kind_of(&root)?, Folder::Built) {
            return Err(CommandError::bad_use(
                format!("`{}` is a built rulebook, which has no tables of files", folder.display()),
                "name the folder of its sources, with rulebook.toml",
            ));
        }
        let source = Source::read(&root, SourceTrust::Untrusted)?;
        let definitions = definitions(&source.definition_files)?;
        Ok(Self { source, definitions, only })
    }

    fn rules<'s>(&'s self, wanted: Option<&'s str>) -> impl Iterator<Item = &'s RuleSource> {
        self.source.rules.iter().filter(move |rule| match &self.only {
            Some(only) => rule.place == *only,
            None => is_wanted(&rule.place, wanted),
        })
    }
}

fn definitions(files: &DefinitionFiles) -> Result<Definitions, CommandError> {
    parse_definitions(files).map_err(CommandError::Diagnostics)
}

/// The folder of the rulebook that a folder is or is in, and the path of the rule in it, if the folder is that of one.
fn root_of(folder: &Path) -> Result<(PathBuf, Option<String>), CommandError> {
    let is_rule = folder.join(MANIFEST_FILE).is_file() && !folder.join(RULEBOOK_FILE).is_file();
    let Some(whole) = folder.canonicalize().ok().filter(|_| is_rule) else { return Ok((folder.to_owned(), None)) };
    let root = whole.ancestors().skip(1).find(|above| above.join(RULEBOOK_FILE).is_file());
    let Some(root) = root else {
        return Err(CommandError::bad_use(
            format!("no folder above `{}` has a {RULEBOOK_FILE}", folder.display()),
            "name a rule in the folder of its rulebook: its facts and titles are there",
        ));
    };
    let place = whole.strip_prefix(root).map(|place| place.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((root.to_owned(), Some(place)))
}

/// A rule before and after; one of them is missing for a rule that is new or removed.
type Pair<'s> = (Option<&'s RuleSource>, Option<&'s RuleSource>);

/// The rules that are compared: two that are named, or each with that of the same folder; a new version with the one
/// that was last in force before it.
fn pairs<'s>(old: &'s Side, new: &'s Side, wanted: Option<&'s str>) -> Result<Vec<Pair<'s>>, CommandError> {
    if old.only.is_some() && new.only.is_some() {
        return Ok(vec![(old.rules(None).next(), new.rules(None).next())]);
    }
    let mut found: Vec<Pair<'s>> = Vec::new();
    for rule in new.rules(wanted.or(old.only.as_deref())) {
        let same = old.rules(wanted).find(|known| known.place == rule.place);
        found.push((same.or_else(|| last_before(old, rule)), Some(rule)));
    }
    let is_gone = |rule: &&RuleSource| new.source.rules.iter().all(|known| known.place != rule.place);
    let gone = old.rules(wanted.or(new.only.as_deref())).filter(is_gone).filter(|_| new.only.is_none());
    found.extend(gone.map(|rule| (Some(rule), None)));
    if found.is_empty() {
        return Err(CommandError::bad_use(
            format!("neither folder has a rule `{}`", wanted.unwrap_or_default()),
            "name a rule: a place such as CN-37, a service, or both as CN-37/SERVICE",
        ));
    }
    Ok(found)
}

/// The version of a rule that was the last to come into force before another one.
fn last_before<'s>(old: &'s Side, rule: &RuleSource) -> Option<&'s RuleSource> {
    let manifest = rule.manifest.as_ref().ok()?;
    let versions = old.source.rules.iter().filter_map(|known| Some((known.manifest.as_ref().ok()?, known)));
    let earlier = versions.filter(|(known, _)| {
        (&known.jurisdiction, &known.scope, known.folder())
            == (&manifest.jurisdiction, &manifest.scope, manifest.folder())
            && known.in_force.from() < manifest.in_force.from()
    });
    earlier.max_by_key(|(known, _)| known.in_force.from()).map(|(_, rule)| rule)
}

/// What changes from one rule to another, with the place of the rule; `None` if nothing does.
fn changes(
    old: &Side,
    before: Option<&RuleSource>,
    new: &Side,
    now: Option<&RuleSource>,
    language: &str,
) -> Result<Option<(String, Explanation)>, CommandError> {
    let words = Words::of(language);
    let tell =
        |side: &Side, rule: &RuleSource| explain(&side.source, rule, &side.definitions, language, View::Compared);
    match (before, now) {
        (Some(before), Some(now)) => {
            let (was, is) = (tell(old, before)?, tell(new, now)?);
            let texts = (Expressed::of(old, before)?, Expressed::of(new, now)?);
            let told = match &texts {
                (Some(before), Some(now)) => {
                    let tellers = (before.teller(language), now.teller(language));
                    difference(&was, &is, words, &|heading, name| {
                        let (was, is_condition) = before.text_of(words, heading, name)?;
                        let (is, _) = now.text_of(words, heading, name)?;
                        tellers.1.difference(is, (&tellers.0, was), is_condition)
                    })
                }
                (_, _) => difference(&was, &is, words, &|_, _| None),
            };
            let is_same = told.head.is_empty() && told.sections.is_empty();
            Ok((!is_same).then(|| (now.place.clone(), told)))
        }
        (None, Some(now)) => {
            let mut told = tell(new, now)?;
            told.title = format!("{} ({})", told.title, words.new_rule);
            Ok(Some((now.place.clone(), told)))
        }
        (Some(before), None) => {
            let title = format!("{} ({})", tell(old, before)?.title, words.removed_rule);
            let told = Explanation { language: language.to_owned(), title, ..Explanation::default() };
            Ok(Some((before.place.clone(), told)))
        }
        (None, None) => Ok(None),
    }
}

/// A rule as expressions, with what it names.
struct Expressed<'s> {
    texts: RuleTexts,
    contract: &'s Contract,
    manifest: &'s Manifest,
}

impl<'s> Expressed<'s> {
    /// `None` for a rule in another language.
    fn of(side: &'s Side, rule: &'s RuleSource) -> Result<Option<Self>, CommandError> {
        let Ok(manifest) = &rule.manifest else { return Ok(None) };
        let contract = manifest.scope.service().and_then(|service| side.definitions.contracts.get(service));
        match (rule.code, contract) {
            (RuleCode::Expressions, Some(contract)) => {
                let texts = rule_texts(&side.source, rule, &side.definitions)?;
                Ok(Some(Self { texts, contract, manifest }))
            }
            (RuleCode::Expressions | RuleCode::Rust | RuleCode::Prebuilt | RuleCode::None, _) => Ok(None),
        }
    }

    fn teller(&self, language: &str) -> Teller<'_> {
        Teller::new(&self.texts, self.contract, self.manifest, language)
    }

    /// The expression of the part of a section, and whether it is a condition.
    fn text_of(&self, words: &Words, heading: &str, name: &str) -> Option<(TextId, bool)> {
        let text = &self.texts.text;
        let named =
            |all: &[(String, TextId)]| all.iter().find(|(known, _)| known == name).map(|(_, text)| (*text, false));
        if heading == words.criteria && name.is_empty() {
            return text.eligible.map(|text| (text, true));
        }
        if heading == words.criteria {
            return text.criteria.iter().find(|criterion| criterion.id == name).map(|found| (found.when, true));
        }
        if heading == words.grant {
            return named(&text.grant);
        }
        if heading == words.values { named(&text.defines) } else { None }
    }
}
