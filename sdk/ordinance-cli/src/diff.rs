//! `ordinance diff`: compares the decisions of two rulebooks on the people of a file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_engine::literals::read_date;
use ordinance_engine::{Engine, Rulebook};
use ordinance_harness::{
    CaseDefaults, CaseDiff, CaseDiffError, CaseError, ComparedPeople, ImpactGroup, OutcomeChange, PopulationComparison,
    PopulationImpact, Test, changed_criterion, diff_case, groups_by_size, impact_html, par_map_ordered,
    parse_person_line,
};
use ordinance_pages::ReadingLanguage;

use crate::arguments::DiffArguments;
use crate::count::counted;
use crate::entries::{Entry, RowsOf, entries};
use crate::exit::{CommandError, Exit};
use crate::explain::explain_changes;
use crate::faults::Faults;
use crate::invocation::{command_line, now, utc_day};
use crate::progress::Progress;
use crate::rulebook;
use crate::source::{Folder, io_error, kind_of, write_file};
use crate::terminal::{self, print_line};

pub(crate) fn run(arguments: &DiffArguments) -> Result<Exit, CommandError> {
    match &arguments.population {
        Some(population) => compare(arguments, population),
        None => explain_changes(arguments),
    }
}

fn compare(arguments: &DiffArguments, population: &Path) -> Result<Exit, CommandError> {
    let is_old_built_here = matches!(kind_of(&arguments.old)?, Folder::Source);
    let old_engine = rulebook::load(&arguments.old, arguments.trust.trust())?.engine;
    let new_engine = rulebook::load(&arguments.new, arguments.trust.trust())?.engine;
    let old = old_engine.rulebook();
    let new = new_engine.rulebook();
    if is_old_built_here {
        // The rules that were in force did build; what fails here is the sources, or the toolchain.
        check_broken(old, "old")?;
    } else {
        warn_broken(old);
    }
    check_broken(new, "new")?;
    check_flags(arguments, old)?;
    let by = facts_to_group_by(&arguments.by, old, new)?;
    let mut changed = arguments.changed.as_deref().map(create).transpose()?;
    let defaults = CaseDefaults {
        jurisdiction: arguments.jurisdiction.clone(),
        service: arguments.service.clone(),
        as_of: arguments.as_of.clone(),
        ..CaseDefaults::default()
    };
    let impact = compare_people(&old_engine, &new_engine, population, &defaults, &by, |diff| {
        if let Some((_, file)) = changed.as_mut().filter(|_| diff.change != OutcomeChange::Same) {
            // `flush` below reports an error of the disk.
            let _ = serde_json::to_writer(&mut *file, diff).map(|()| file.write_all(b"\n"));
        }
    })?;
    if let Some((path, mut file)) = changed {
        file.flush().map_err(|source| io_error("written", &path, source))?;
    }
    if let Some(path) = &arguments.html {
        let comparison = PopulationComparison { people: ComparedPeople::OfFile, impact: &impact, old, new };
        let language = ReadingLanguage::of_wanted(std::slice::from_ref(&arguments.language));
        write_file(path, &impact_html(&comparison, &command_line(), &utc_day().to_string(), language))?;
    }
    if arguments.json {
        print_line(&serde_json::to_string(&impact).unwrap_or_default());
    } else {
        print_text(&impact, old, new);
    }
    warn_withheld(&impact);
    if impact.all.size() == 0 {
        terminal::print_error(
            "no person was compared",
            Some("give a file with one person per line, or a table; see `ordinance diff --help`"),
        );
    }
    // A partly unread file must not give the exit code for "no changes", nor for "all changes are counted".
    let is_complete = impact.unusable == 0 && impact.all.size() > 0;
    Ok(match impact.changed() {
        _ if !is_complete => Exit::BadUse,
        0 => Exit::Good,
        _ => Exit::Findings,
    })
}

/// The facts that `--by` names, of which one of the rulebooks must have each.
pub(crate) fn facts_to_group_by(
    names: &[String],
    old: &Rulebook,
    new: &Rulebook,
) -> Result<Vec<FieldName>, CommandError> {
    let mut facts = Vec::new();
    for name in names {
        if old.fact(name).is_none() && new.fact(name).is_none() {
            return Err(unknown_fact(name));
        }
        let fact = FieldName::new(name).map_err(|_| unknown_fact(name))?;
        warn_of_single_values(&fact, new);
        facts.push(fact);
    }
    Ok(facts)
}

/// Compares the decisions on each person of a file, on all cores. Calls `each` for each person.
pub(crate) fn compare_people(
    old: &Engine,
    new: &Engine,
    population: &Path,
    defaults: &CaseDefaults,
    by: &[FieldName],
    mut each: impl FnMut(&CaseDiff),
) -> Result<PopulationImpact, CommandError> {
    let mut impact = PopulationImpact::default();
    let mut disk_error = None;
    let people = entries(population, RowsOf::People(defaults))?;
    let people = people.map_while(|person| person.map_err(|error| disk_error = Some(error)).ok());
    let bar = Progress::counter("people");
    let mut faults = Faults::default();
    let work = |person: Entry| {
        let place = person.place;
        compare_person(old, new, person, defaults, by).map_err(|error| (place, error))
    };
    par_map_ordered(people, work, |result| {
        bar.add(1);
        match result {
            Ok(diff) => {
                impact.add(&diff);
                each(&diff);
            }
            Err((place, error)) => {
                impact.unusable += 1;
                match &error {
                    PersonError::Case(errors) => {
                        errors.iter().for_each(|error| faults.add(error.place, "", &error.message));
                    }
                    PersonError::NoDecision | PersonError::Diff(_) => faults.add(place, "", &error.to_string()),
                }
            }
        }
    });
    bar.clear();
    for fault in faults.iter() {
        terminal::print_error(&format!("{} can't be compared: {}", fault.place, fault.told()), None);
    }
    if let Some(others) = faults.others() {
        terminal::print_error(&others, Some("mend those above first"));
    }
    disk_error.map_or(Ok(impact), Err)
}

/// The number of withheld facts that are told by name.
const WITHHELD_SHOWN_MAX: usize = 5;

/// Warns of outcomes that are open since privacy law withholds facts that were sent: such people aren't compared.
pub(crate) fn warn_withheld(impact: &PopulationImpact) {
    if impact.open_by_privacy == 0 {
        return;
    }
    let facts = impact.withheld().into_iter().take(WITHHELD_SHOWN_MAX);
    let facts: Vec<String> =
        facts.map(|(withheld, count)| format!("{} withholds `{}` ({count})", withheld.law, withheld.fact)).collect();
    terminal::print_note(&format!(
        "warning: the outcome of {} of {} people is open because privacy law withholds facts that were sent: {}; give \
         each person the `basis`, `subject` and `people` that a request would have",
        impact.open_by_privacy,
        impact.all.size(),
        facts.join(", ")
    ));
}

/// An error of one person of the file.
#[derive(Debug, thiserror::Error)]
enum PersonError {
    #[error("the case can't be read")]
    Case(Vec<CaseError>),
    #[error("the line requests a disclosure, not a decision")]
    NoDecision,
    #[error(transparent)]
    Diff(#[from] CaseDiffError),
}

fn compare_person(
    old: &Engine,
    new: &Engine,
    person: Entry,
    defaults: &CaseDefaults,
    by: &[FieldName],
) -> Result<CaseDiff, PersonError> {
    let test = person.read(old.rulebook(), |text, line| parse_person_line(text, line, defaults));
    let test = test.map_err(PersonError::Case)?;
    let Test::Decision(test) = test else { return Err(PersonError::NoDecision) };
    Ok(diff_case(old, new, &test, by, now())?)
}

/// Warns of a fact of which almost every person has a value of their own, so that groups by it tell nothing.
fn warn_of_single_values(name: &FieldName, rulebook: &Rulebook) {
    let fact = rulebook.fact(name.as_str());
    if fact.is_some_and(|fact| matches!(fact.fact_type, FactType::Decimal { .. })) {
        terminal::print_note(&format!(
            "warning: `{name}` is a decimal number, so each of its values is a group; to group by bands of it, add a \
             fact of type choice to facts.toml and to each person, and name that"
        ));
    }
}

/// A message that lists the broken rules of a rulebook. `None` if no rule is broken.
fn broken_rules_text(rulebook: &Rulebook, which: &str) -> Option<String> {
    let places: Vec<String> = rulebook.broken_rules().map(|(head, _)| head.source_path()).collect();
    let count = counted(places.len(), "broken rule", "broken rules");
    (!places.is_empty()).then(|| format!("the {which} rulebook has {count}: {}", places.join(", ")))
}

/// Warns of broken rules in an old rulebook that is built already. They are no error, since the new one may mend them.
pub(crate) fn warn_broken(old: &Rulebook) {
    if let Some(message) = broken_rules_text(old, "old") {
        terminal::print_note(&format!("warning: {message}; a decision that needs a broken rule is undetermined"));
    }
}

/// Rejects a rulebook with broken rules: they would change outcomes without their authors' intent.
fn check_broken(rulebook: &Rulebook, which: &str) -> Result<(), CommandError> {
    match broken_rules_text(rulebook, which) {
        Some(message) => {
            Err(CommandError::bad_use(message, "mend or remove these rules; `ordinance build` shows their errors"))
        }
        None => Ok(()),
    }
}

/// Checks that the day is valid and that the old rulebook has the service and the place, even if every line of the file
/// names its own.
fn check_flags(arguments: &DiffArguments, old: &Rulebook) -> Result<(), CommandError> {
    if let Some(day) = arguments.as_of.as_deref().filter(|day| read_date(day).is_none()) {
        return Err(unknown_flag_value("as-of", day, "write a date as YYYY-MM-DD"));
    }
    if let Some(service) = arguments.service.as_deref().filter(|id| !old.has_service(id)) {
        let near = old.nearest_service(service).map(|near| format!("did you mean `{near}`?"));
        return Err(unknown_flag_value(
            "service",
            service,
            near.as_deref().unwrap_or("name a service of the old rulebook"),
        ));
    }
    if let Some(place) = arguments.jurisdiction.as_deref().filter(|code| !old.has_place(code)) {
        let near = old.nearest_place(place).map(|near| format!("did you mean `{near}`?"));
        return Err(unknown_flag_value(
            "jurisdiction",
            place,
            near.as_deref().unwrap_or("name a place of the old rulebook"),
        ));
    }
    Ok(())
}

fn unknown_flag_value(flag: &str, value: &str, help: &str) -> CommandError {
    CommandError::bad_use(format!("unknown value `{value}` of --{flag}"), help)
}

fn unknown_fact(name: &str) -> CommandError {
    CommandError::bad_use(format!("neither rulebook has a fact `{name}`"), "name a fact of facts.toml after --by")
}

fn create(path: &Path) -> Result<(std::path::PathBuf, BufWriter<File>), CommandError> {
    let file = File::create(path).map_err(|source| io_error("written", path, source))?;
    Ok((path.to_owned(), BufWriter::new(file)))
}

/// The number of criteria that are printed; the HTML page and `--json` have all of them.
const CRITERIA_SHOWN_MAX: usize = 20;
/// The number of groups of one fact that are printed. It allows a group for each year of an age.
const GROUPS_SHOWN_MAX: usize = 150;

fn print_text(impact: &PopulationImpact, old: &Rulebook, new: &Rulebook) {
    print_line(&format!("{} of {} people have a different outcome", impact.changed(), impact.all.size()));
    for change in OutcomeChange::ALL {
        print_line(&format!("{:>10}  {}", impact.all.count(change), change.as_str()));
    }
    for (name, total) in &impact.all.totals {
        let word = if total.new < total.old { "less" } else { "more" };
        let change = (total.new - total.old).abs();
        print_line(&format!("\n{name} in all: {} before, {} after, {change} {word}", total.old, total.new));
    }
    let criteria = impact.criteria();
    if !criteria.is_empty() {
        print_line("\nthe criteria that change the outcomes");
    }
    for (change, count) in criteria.into_iter().take(CRITERIA_SHOWN_MAX) {
        let criterion = changed_criterion(new, change).or_else(|| changed_criterion(old, change));
        let told = criterion.map_or_else(|| change.criterion.clone(), ToString::to_string);
        print_line(&format!("{count:>10}  {} {told}: {}, now {}", change.jurisdiction, change.old, change.new));
    }
    let numbers = impact.numbers();
    if !numbers.is_empty() {
        print_line("\nthe numbers that change the outcomes");
    }
    for (number, count) in numbers.into_iter().take(CRITERIA_SHOWN_MAX) {
        print_line(&format!(
            "{count:>10}  {} {}: {}, now {}",
            number.jurisdiction, number.parameter, number.old, number.new
        ));
    }
    print_groups("place", &impact.by_jurisdiction);
    for (fact, groups) in &impact.by_fact {
        print_groups(fact, groups);
    }
}

fn print_groups(title: &str, groups: &BTreeMap<String, ImpactGroup>) {
    let left_out = groups.len().saturating_sub(GROUPS_SHOWN_MAX);
    print_line(&format!("\nby {title:<24} people      gain      lose"));
    for (name, group) in groups_by_size(groups).into_iter().take(GROUPS_SHOWN_MAX) {
        let gain = group.count(OutcomeChange::Gains);
        let lose = group.count(OutcomeChange::Loses);
        print_line(&format!("   {name:<24} {:>6}    {gain:>6}    {lose:>6}", group.size()));
    }
    if left_out > 0 {
        print_line(&format!("   and {left_out} more; see --html or --json"));
    }
}
