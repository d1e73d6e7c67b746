//! `ordinance diff`: what a new rulebook would change for people, case by case and in all.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use ordinance_domain::name::FieldName;
use ordinance_engine::Rulebook;
use ordinance_engine::case::read_date;
use ordinance_harness::{
    CaseDefaults, CaseDiff, Columns, ImpactGroup, OutcomeChange, PopulationImpact, Test, compare, criterion_article,
    groups_by_size, impact_html, in_order, parse_person_line,
};

use crate::arguments::DiffArguments;
use crate::count::counted;
use crate::entries::{Entries, Entry, objects, rows};
use crate::exit::{CommandError, Exit};
use crate::invocation::{command_line, today};
use crate::rulebook;
use crate::source::{io_error, write_file};
use crate::terminal::{self, say};

/// How many cases that can't be compared are told one by one.
const TOLD_MAX: u64 = 10;

pub(crate) fn run(arguments: &DiffArguments) -> Result<Exit, CommandError> {
    let by = arguments.by.iter().map(|name| FieldName::new(name).map_err(|_| no_fact(name)));
    let by: Vec<FieldName> = by.collect::<Result<_, _>>()?;
    let (old, new) = (rulebook::load(&arguments.old)?.rulebook, rulebook::load(&arguments.new)?.rulebook);
    warn_broken(&old);
    check_broken(&new)?;
    check_flags(arguments, &old)?;
    if let Some(name) = by.iter().find(|name| old.fact(name.as_str()).is_none() && new.fact(name.as_str()).is_none()) {
        return Err(no_fact(name.as_str()));
    }
    let mut changed = arguments.changed.as_deref().map(create).transpose()?;
    let defaults = CaseDefaults {
        jurisdiction: arguments.jurisdiction.clone(),
        service: arguments.service.clone(),
        as_of: arguments.as_of.clone(),
    };
    let impact = compare_people(&old, &new, &arguments.population, &defaults, &by, |compared| {
        if let Some((_, file)) = changed.as_mut() {
            // A disk that is full is told at the end.
            let _ = serde_json::to_writer(&mut *file, compared).map(|()| file.write_all(b"\n"));
        }
    })?;
    if let Some((path, mut file)) = changed {
        file.flush().map_err(|source| io_error("written", &path, source))?;
    }
    if let Some(path) = &arguments.html {
        write_file(path, &impact_html(&impact, &command_line(), &old, &new))?;
    }
    if arguments.json {
        say(&serde_json::to_string(&impact).unwrap_or_default());
    } else {
        tell(&impact, &old, &new);
    }
    if impact.all.size() == 0 {
        terminal::fault(
            "nobody was compared",
            Some("give a file with a case a line, or a table; see ordinance diff --help"),
        );
    }
    // Who reads the exit code alone must not take a file that is partly unread for one without changes, or with all of them.
    let is_whole = impact.unusable == 0 && impact.all.size() > 0;
    Ok(match impact.changed() {
        _ if !is_whole => Exit::BadUse,
        0 => Exit::Good,
        _ => Exit::Findings,
    })
}

/// Compares each of the people of a file, on all cores; `each` hears of those for whom something changes.
pub(crate) fn compare_people(
    old: &Rulebook,
    new: &Rulebook,
    population: &Path,
    defaults: &CaseDefaults,
    by: &[FieldName],
    mut each: impl FnMut(&CaseDiff),
) -> Result<PopulationImpact, CommandError> {
    let (mut impact, mut broke_off) = (PopulationImpact::default(), None);
    let people = people(population, defaults)?;
    let people = people.map_while(|person| person.map_err(|error| broke_off = Some(error)).ok());
    let work = |person: Entry| {
        let name = format!("line {}", person.line);
        let read = person.read(old, |text, line| parse_person_line(text, line, defaults));
        let Test::Decision(case) = read.map_err(|fault| (name.clone(), fault.to_string()))? else {
            return Err((name, "it is no case of a service".to_owned()));
        };
        compare(old, new, &case, by, today()).map_err(|why| (name, why))
    };
    let bar = terminal::counter("people");
    in_order(people, work, |compared| {
        bar.inc(1);
        match compared {
            Ok(compared) => {
                impact.add(&compared);
                if compared.change != OutcomeChange::Same {
                    each(&compared);
                }
            }
            Err((name, why)) => {
                impact.unusable += 1;
                if impact.unusable <= TOLD_MAX {
                    terminal::fault(&format!("{name} can't be compared: {why}"), None);
                }
            }
        }
    });
    bar.finish_and_clear();
    broke_off.map_or(Ok(impact), Err)
}

/// The broken rules of a rulebook in words, if it has any.
fn broken(rulebook: &Rulebook, which: &str) -> Option<String> {
    let places: Vec<String> = rulebook.broken_rules().map(|(head, _)| head.place()).collect();
    let count = counted(places.len(), "broken rule", "broken rules");
    (!places.is_empty()).then(|| format!("the {which} rulebook has {count}: {}", places.join(", ")))
}

/// A rule that was broken in the old rulebook is perhaps what is mended.
pub(crate) fn warn_broken(old: &Rulebook) {
    if let Some(message) = broken(old, "old") {
        eprintln!("warning: {message}; where one counted, people were undetermined");
    }
}

/// A rule that is broken in the new rulebook would change for everybody what its author never meant to.
fn check_broken(new: &Rulebook) -> Result<(), CommandError> {
    match broken(new, "new") {
        Some(message) => {
            Err(CommandError::bad_use(message, "mend or remove them; `ordinance build` says what is wrong"))
        }
        None => Ok(()),
    }
}

/// What the flags name is there, also where every line says it itself.
fn check_flags(arguments: &DiffArguments, old: &Rulebook) -> Result<(), CommandError> {
    let bad = |flag: &str, text: &str, help: &str| {
        Err(CommandError::bad_use(format!("--{flag} {text}: there is no such thing"), help))
    };
    if let Some(day) = arguments.as_of.as_deref().filter(|day| read_date(day).is_none()) {
        return bad("as-of", day, "write a day that exists as YYYY-MM-DD");
    }
    if let Some(service) = arguments.service.as_deref().filter(|id| !old.has_service(id)) {
        return bad("service", service, "name a service of the old rulebook");
    }
    if let Some(place) = arguments.jurisdiction.as_deref().filter(|code| !old.has_place(code)) {
        return bad("jurisdiction", place, "name a place of the old rulebook");
    }
    Ok(())
}

fn no_fact(name: &str) -> CommandError {
    CommandError::bad_use(format!("`{name}` is no fact of either rulebook"), "name a fact of facts.toml after --by")
}

fn create(path: &Path) -> Result<(std::path::PathBuf, BufWriter<File>), CommandError> {
    let file = File::create(path).map_err(|source| io_error("written", path, source))?;
    Ok((path.to_owned(), BufWriter::new(file)))
}

/// The people of a file, which is read as it goes.
fn people(path: &Path, defaults: &CaseDefaults) -> Result<Entries, CommandError> {
    if path.extension().is_none_or(|ending| ending != "csv" && ending != "parquet") {
        return objects(path);
    }
    let columns = |names: &csv::StringRecord| {
        let columns = Columns::of_people(names, defaults.clone());
        columns.map_err(|fault| CommandError::bad_use(format!("`{}`: {}", path.display(), fault.message), TABLE_HELP))
    };
    rows(path, TABLE_HELP, columns)
}

const TABLE_HELP: &str =
    "a table has the columns jurisdiction, service and as_of, or the flags of these names, and one for each fact";

/// How many criteria are told; the page and `--json` have the rest.
const CRITERIA_SHOWN_MAX: usize = 20;
/// How many groups of one kind: all years of an age.
const GROUPS_SHOWN_MAX: usize = 150;

fn tell(impact: &PopulationImpact, old: &Rulebook, new: &Rulebook) {
    say(&format!("{} of {} people come out otherwise", impact.changed(), impact.all.size()));
    for change in OutcomeChange::ALL {
        say(&format!("{:>10}  {}", impact.all.count(change), change.as_str()));
    }
    for (name, total) in &impact.all.totals {
        say(&format!("\n{name} in all: {} before, {} after, {} more", total.old, total.new, total.new - total.old));
    }
    let criteria = impact.criteria();
    if !criteria.is_empty() {
        say("\nthe criteria that make the difference");
    }
    for (change, count) in criteria.into_iter().take(CRITERIA_SHOWN_MAX) {
        let article = criterion_article(new, change).or_else(|| criterion_article(old, change));
        let (title, at) = article
            .map_or_else(|| (change.criterion.clone(), String::new()), |(title, at)| (title, format!(" ({at})")));
        say(&format!("{count:>10}  {} {title}{at}: {}, now {}", change.jurisdiction, change.old, change.new));
    }
    tell_groups("place", &impact.by_jurisdiction);
    for (fact, groups) in &impact.by_fact {
        tell_groups(fact, groups);
    }
}

fn tell_groups(what: &str, groups: &BTreeMap<String, ImpactGroup>) {
    let left_out = groups.len().saturating_sub(GROUPS_SHOWN_MAX);
    say(&format!("\nby {what:<24} people      gain      lose"));
    for (name, group) in groups_by_size(groups).into_iter().take(GROUPS_SHOWN_MAX) {
        let (gain, lose) = (group.count(OutcomeChange::Gains), group.count(OutcomeChange::Loses));
        say(&format!("   {name:<24} {:>6}    {gain:>6}    {lose:>6}", group.size()));
    }
    if left_out > 0 {
        say(&format!("   and {left_out} more; see --html or --json"));
    }
}
