//! The words of `ordinance decide`: which case they name, and the facts among them.

use std::path::PathBuf;

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;

use crate::arguments::DecideArguments;
use crate::exit::CommandError;

/// What the arguments name, before a rulebook is read.
#[derive(Debug)]
pub(crate) struct NamedCase<'a> {
    /// The folder of the rulebook.
    pub(crate) folder: PathBuf,
    pub(crate) jurisdiction: JurisdictionCode,
    pub(crate) service: Id,
    /// The facts as they were written: the name and the text of each, each name once.
    pub(crate) facts: Vec<(&'a str, &'a str)>,
}

impl<'a> NamedCase<'a> {
    /// Reads the words: `CODE/SERVICE` or, if flags name place and service, the folder of the rulebook; and facts.
    ///
    /// # Errors
    /// A word that is none of them, a fact that stands twice, no case at all.
    pub(crate) fn read(arguments: &'a DecideArguments) -> Result<Self, CommandError> {
        let (facts, others): (Vec<&str>, Vec<&str>) =
            arguments.words.iter().map(String::as_str).partition(|word| word.contains('='));
        let facts = facts_of(&facts)?;
        let (first, rest) = others.split_first().map_or((None, &[][..]), |(first, rest)| (Some(*first), rest));
        if let Some(word) = rest.first() {
            return Err(bad(
                format!("`{word}` is no fact"),
                "write each fact as NAME=VALUE, without spaces around `=`",
            ));
        }
        let dir = arguments.dir.clone();
        let (place, service, folder) = match (&arguments.jurisdiction, &arguments.service, first) {
            (Some(place), Some(service), word) => (place.as_str(), service.as_str(), folder(word, dir)?),
            (_, _, Some(word)) => {
                let (place, service) = word.split_once('/').ok_or_else(|| no_rule(word))?;
                (place, service, dir.unwrap_or_else(here))
            }
            (_, _, None) => {
                let message = "no place and no service are named".to_owned();
                return Err(bad(message, "write CODE/SERVICE before the facts, such as CN-37/disability-care-subsidy"));
            }
        };
        let rule = first.filter(|_| arguments.jurisdiction.is_none());
        let jurisdiction = JurisdictionCode::new(place).map_err(|error| named_wrongly(rule, &error.to_string()))?;
        let service = Id::new(service).map_err(|error| named_wrongly(rule, &error.to_string()))?;
        Ok(Self { folder, jurisdiction, service, facts })
    }
}

fn here() -> PathBuf {
    ".".into()
}

/// The folder, which the first word may name if flags name the rest.
fn folder(word: Option<&str>, dir: Option<PathBuf>) -> Result<PathBuf, CommandError> {
    match (word, dir) {
        (Some(word), Some(dir)) => Err(bad(
            format!("two folders are named: `{word}` and, with --dir, `{}`", dir.display()),
            "leave one of them out",
        )),
        (Some(word), None) => Ok(word.into()),
        (None, dir) => Ok(dir.unwrap_or_else(here)),
    }
}

fn facts_of<'a>(words: &[&'a str]) -> Result<Vec<(&'a str, &'a str)>, CommandError> {
    let mut facts: Vec<(&str, &str)> = Vec::new();
    for word in words {
        let Some((name, text)) = word.split_once('=') else { continue };
        if name.is_empty() {
            return Err(bad(format!("`{word}` names no fact"), "write each fact as NAME=VALUE"));
        }
        if facts.iter().any(|(known, _)| *known == name) {
            return Err(bad(format!("the fact `{name}` stands twice"), "leave one of them out"));
        }
        facts.push((name, text));
    }
    Ok(facts)
}

fn no_rule(word: &str) -> CommandError {
    bad(
        format!("`{word}` names no place and service"),
        "write CODE/SERVICE, such as CN-37/disability-care-subsidy; the folder of the rulebook is --dir DIR",
    )
}

/// A place or a service that isn't written as one. A path that is taken for one is likely the folder of the rulebook.
fn named_wrongly(rule: Option<&str>, error: &str) -> CommandError {
    match rule {
        Some(word) if word.starts_with(['/', '.']) || word.matches('/').count() > 1 => no_rule(word),
        Some(word) if in_capitals(word).is_some_and(|meant| meant != word) => {
            bad(error.to_owned(), &format!("did you mean `{}`?", in_capitals(word).unwrap_or_default()))
        }
        Some(_) | None => bad(error.to_owned(), "write CODE/SERVICE, such as CN-37/disability-care-subsidy"),
    }
}

/// `CODE/SERVICE` with the code in capitals and the service in small letters, if they are such then.
fn in_capitals(word: &str) -> Option<String> {
    let (code, service) = word.split_once('/')?;
    let code = JurisdictionCode::new(&code.to_ascii_uppercase()).ok()?;
    let service = Id::new(&service.to_ascii_lowercase()).ok()?;
    Some(format!("{code}/{service}"))
}

fn bad(message: String, help: &str) -> CommandError {
    CommandError::bad_use(message, help)
}
