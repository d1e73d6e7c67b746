//! The trees of places: `rulebook.toml` and the tables that it names.

use std::collections::{BTreeMap, HashMap, HashSet};

use ordinance_domain::calendar::{Date, DateRange, EmptyRangeError, PublicationPeriod, TimeZone};
use ordinance_domain::jurisdiction::{CodeError, Jurisdiction, JurisdictionCode};
use ordinance_domain::place_history::{PlaceHistory, PlaceHistoryError, PublishedPeriod};
use ordinance_domain::plain_text::find_hidden;
use ordinance_domain::titles::Titles;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::files::{DefinitionFiles, RULEBOOK_FILE, text_of};
use super::time_zone::{UnknownTimeZoneError, read_time_zone, time_zone};
use super::upkeep::Upkeep;
use crate::diagnostic::Diagnostic;
use crate::literals::read_date;
use crate::manifest::{jurisdiction, publication};
use crate::table_text::{SeparatorError, TableStart, table_start};
use crate::toml_text::TextFile;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RulebookToml {
    titles: Spanned<BTreeMap<String, String>>,
    #[serde(default)]
    jurisdictions: Vec<JurisdictionToml>,
    #[serde(default)]
    pub(super) jurisdiction_tables: Vec<TableToml>,
    #[serde(default)]
    privacy: PrivacyToml,
    /// How long a value counts as confirmed, such as `3 years`.
    values_confirmed_within: Option<Spanned<String>>,
    /// The first day that the rulebook doesn't cover.
    covers_until: Option<Spanned<Datetime>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PrivacyToml {
    /// Places in and below which, while no level has privacy law in force, rules may use facts without a ruling.
    #[serde(default)]
    ungoverned: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct JurisdictionToml {
    code: Spanned<String>,
    parent: Option<Spanned<String>>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
    published: Option<Spanned<Datetime>>,
    withdrawn: Option<Spanned<Datetime>>,
    #[serde(default)]
    successors: Vec<Spanned<String>>,
    names: Spanned<BTreeMap<String, String>>,
    time_zone: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct TableToml {
    pub(super) file: Spanned<String>,
    /// That of the places whose parent isn't in the table, unless they name their own.
    time_zone: Option<Spanned<String>>,
}

/// The places, and where each is written.
#[derive(Default)]
struct PlaceList {
    places: Vec<PublishedPeriod>,
    lines: HashMap<JurisdictionCode, Diagnostic>,
}

/// The content of `rulebook.toml` and its tables.
pub(super) struct PlaceTables {
    pub(super) titles: Titles,
    pub(super) places: PlaceHistory,
    pub(super) ungoverned: Vec<JurisdictionCode>,
    pub(super) upkeep: Upkeep,
}

pub(super) fn parse_places(files: &DefinitionFiles) -> Result<PlaceTables, Diagnostic> {
    let file = TextFile::new(RULEBOOK_FILE, text_of(files, RULEBOOK_FILE)?);
    let written: RulebookToml = file.parse()?;
    let mut listed = PlaceList::default();
    for place in &written.jurisdictions {
        listed.places.push(parse_place(&file, place)?);
        listed.lines.insert(jurisdiction(&file, &place.code)?, file.diagnostic(place.code.span(), ""));
    }
    for table in &written.jurisdiction_tables {
        let name = table.file.get_ref();
        let text = text_of(files, name)?;
        let time_zone = table.time_zone.as_ref().map(|name| time_zone(&file, name)).transpose()?;
        let before = listed.places.len();
        parse_table(&TextFile::new(name, text), text, &mut listed)?;
        give_tops_a_time_zone(listed.places.split_at_mut(before).1, time_zone.as_ref());
    }
    let PlaceList { places, mut lines } = listed;
    let trees = PlaceHistory::new(&places).map_err(|error| {
        let place = match &error {
            PlaceHistoryError::Trees { error, .. } => lines.remove(error.code()),
            PlaceHistoryError::TooManyPublications(_) => None,
        };
        match place {
            Some(place) => Diagnostic { message: error.to_string(), ..place },
            None => file.diagnostic(0..0, error.to_string()),
        }
    })?;
    let mut ungoverned = Vec::new();
    for code in &written.privacy.ungoverned {
        let known = jurisdiction(&file, code)?;
        if !trees.trees().any(|trees| trees.knows(&known)) {
            return Err(file.diagnostic(code.span(), format!("the jurisdiction `{known}` is not in the rulebook")));
        }
        ungoverned.push(known);
    }
    let covers_until = written.covers_until.as_ref().map(|day| file.date(day)).transpose()?;
    let upkeep = Upkeep::read(&file, written.values_confirmed_within.as_ref(), covers_until)?;
    Ok(PlaceTables { titles: file.titles(&written.titles)?, places: trees, ungoverned, upkeep })
}

/// Gives the time zone of a table to the places at its tops that name none. Those below have it from them.
fn give_tops_a_time_zone(places: &mut [PublishedPeriod], time_zone: Option<&TimeZone>) {
    let listed: HashSet<JurisdictionCode> = places.iter().map(|period| period.place.code.clone()).collect();
    for place in places.iter_mut().map(|period| &mut period.place).filter(|place| place.time_zone.is_none()) {
        if !place.parent.as_ref().is_some_and(|parent| listed.contains(parent)) {
            place.time_zone = time_zone.cloned();
        }
    }
}

fn parse_place(file: &TextFile, place: &JurisdictionToml) -> Result<PublishedPeriod, Diagnostic> {
    let day = |day: &Option<Spanned<Datetime>>| day.as_ref().map(|day| file.date(day)).transpose();
    let from = day(&place.from)?;
    let until = day(&place.until)?;
    let period = DateRange::new(from.unwrap_or(Date::MIN), until)
        .map_err(|error| file.diagnostic(place.code.span(), error.to_string()))?;
    let publication = publication(file, place.published.as_ref(), place.withdrawn.as_ref())?;
    let place = Jurisdiction {
        code: jurisdiction(file, &place.code)?,
        parent: place.parent.as_ref().map(|parent| jurisdiction(file, parent)).transpose()?,
        period,
        successors: place.successors.iter().map(|code| jurisdiction(file, code)).collect::<Result<_, _>>()?,
        names: file.titles(&place.names)?,
        time_zone: place.time_zone.as_ref().map(|name| time_zone(file, name)).transpose()?,
    };
    Ok(PublishedPeriod { publication, place })
}

/// The columns of a table, except those for names.
const COLUMNS: [&str; 8] = ["code", "parent", "from", "until", "successor", "published", "withdrawn", "time-zone"];

const TABLE_HELP: &str = "give the table the columns code and parent, optionally from, until, successor, published, withdrawn and time-zone, and name:en, name:zh and so on";

/// Parses a table of places, whose cells a comma, a semicolon or a tab separates. `parent` is empty at the top of a
/// tree. `from` and `until`, as YYYY-MM-DD, are empty if the place has no first or last day. `successor` may name
/// several places, separated by spaces. `time-zone` is empty where it is that of the place above. `published` and
/// `withdrawn` are the days on which the line became known and on which it stopped counting.
fn parse_table(file: &TextFile, text: &str, listed: &mut PlaceList) -> Result<(), Diagnostic> {
    file.check_characters()?;
    let fault = |error: SeparatorError| file.diagnostic_with_help(0..0, error.to_string(), TABLE_HELP);
    let TableStart { separator, header_byte, .. } = table_start(text).map_err(fault)?;
    let table = text.get(header_byte..).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.trim(csv::Trim::All).delimiter(separator).from_reader(table.as_bytes());
    let fault_at = |position: Option<&csv::Position>, message: String| {
        let start = header_byte + position.map_or(0, |position| usize::try_from(position.byte()).unwrap_or(0));
        // The reader begins a line with the end of the line before it.
        let start =
            start + text.get(start..).map_or(0, |rest| rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        let length = text.get(start..).and_then(|rest| rest.find('\n')).unwrap_or(0);
        file.diagnostic_with_help(start..start + length, message, TABLE_HELP)
    };
    let headers = reader.headers().map_err(|error| fault_at(error.position(), error.to_string()))?.clone();
    let known = |name: &str| COLUMNS.contains(&name) || name.strip_prefix("name:").is_some_and(|tag| !tag.is_empty());
    if let Some(unknown) = headers.iter().find(|name| !known(name)) {
        return Err(fault_at(None, format!("unknown column `{unknown}`")));
    }
    for column in ["code", "parent"] {
        if !headers.iter().any(|name| name == column) {
            return Err(fault_at(None, format!("the column `{column}` is missing")));
        }
    }
    for record in reader.records() {
        let record = record.map_err(|error| fault_at(error.position(), error.to_string()))?;
        let place = read_line(&headers, &record).map_err(|error| fault_at(record.position(), error.to_string()))?;
        listed.lines.insert(place.place.code.clone(), fault_at(record.position(), String::new()));
        listed.places.push(place);
    }
    Ok(())
}

/// The error of a line of a table of places.
#[derive(Debug, thiserror::Error)]
enum LineError {
    #[error(transparent)]
    Code(#[from] CodeError),
    #[error("`{0}` is not a date; write it as 2026-01-01")]
    Date(String),
    #[error(
        "jurisdiction `{0}` is withdrawn before it is published; `withdrawn` is the first day on which the line no longer counts"
    )]
    NeverKnown(JurisdictionCode),
    #[error("jurisdiction `{0}` has no name")]
    Unnamed(JurisdictionCode),
    #[error("the name of jurisdiction `{0}` holds the hidden character U+{1:04X}; remove it")]
    HiddenCharacter(JurisdictionCode, u32),
    #[error(transparent)]
    Days(#[from] EmptyRangeError),
    #[error(transparent)]
    TimeZone(#[from] UnknownTimeZoneError),
}

fn read_line(headers: &csv::StringRecord, record: &csv::StringRecord) -> Result<PublishedPeriod, LineError> {
    let field = |column: &str| {
        let index = headers.iter().position(|name| name == column);
        index.and_then(|index| record.get(index)).filter(|text| !text.is_empty())
    };
    let day_of = |column: &str| {
        let read = |text: &str| read_date(text).ok_or_else(|| LineError::Date(column.to_owned()));
        field(column).map(read).transpose()
    };
    let code = JurisdictionCode::new(field("code").unwrap_or_default())?;
    let named = headers.iter().zip(record.iter()).filter(|(_, name)| !name.is_empty());
    let names: BTreeMap<String, String> =
        named.filter_map(|(header, name)| Some((header.strip_prefix("name:")?.to_owned(), name.to_owned()))).collect();
    if names.is_empty() {
        return Err(LineError::Unnamed(code));
    }
    if let Some((_, character)) = names.values().chain(names.keys()).find_map(|name| find_hidden(name)) {
        return Err(LineError::HiddenCharacter(code, character.into()));
    }
    let period = DateRange::new(day_of("from")?.unwrap_or(Date::MIN), day_of("until")?)?;
    let publication = PublicationPeriod { published: day_of("published")?, withdrawn: day_of("withdrawn")? };
    if publication.is_empty() {
        return Err(LineError::NeverKnown(code));
    }
    let place = Jurisdiction {
        parent: field("parent").map(JurisdictionCode::new).transpose()?,
        period,
        successors: field("successor")
            .unwrap_or_default()
            .split_whitespace()
            .map(JurisdictionCode::new)
            .collect::<Result<_, _>>()?,
        names: Titles::new(names),
        time_zone: field("time-zone").map(read_time_zone).transpose()?,
        code,
    };
    Ok(PublishedPeriod { publication, place })
}
