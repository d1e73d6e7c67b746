//! What is checked before two rulebooks are compared.

use ordinance_domain::fact::FactType;
use ordinance_domain::name::FieldName;
use ordinance_engine::Rulebook;
use ordinance_engine::literals::read_date;
use ordinance_harness::{Grouping, NOT_KNOWN, PopulationImpact, is_of_case};

use crate::arguments::ImpactArguments;
use crate::count::counted;
use crate::exit::CommandError;
use crate::terminal;

/// The groupings that `--by` names: by a fact that one of the rulebooks has, or else by a column that the file has.
pub(crate) fn groupings(
    names: &[String],
    [old, new]: [&Rulebook; 2],
    has_column: impl Fn(&str) -> bool,
) -> Result<Vec<Grouping>, CommandError> {
    let mut groupings: Vec<Grouping> = Vec::new();
    // By place and by service people are always grouped.
    for name in names.iter().filter(|name| !["jurisdiction", "service"].contains(&name.as_str())) {
        let fact = (old.fact(name).is_some() || new.fact(name).is_some()).then(|| FieldName::new(name).ok()).flatten();
        let grouping = match fact {
            Some(fact) => {
                warn_of_single_values(&fact, new);
                Grouping::Fact(fact)
            }
            None if is_of_case(name, [old, new]) => {
                return Err(CommandError::bad_use(
                    format!("`{name}` is a part of the case, by which people aren't grouped"),
                    "name a fact of facts.toml after --by, another column, `jurisdiction` or `service`",
                ));
            }
            None if has_column(name) => Grouping::Column(name.clone()),
            None => return Err(unknown_fact(name)),
        };
        if !groupings.contains(&grouping) {
            groupings.push(grouping);
        }
    }
    Ok(groupings)
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
pub(super) fn check_broken(rulebook: &Rulebook, which: &str) -> Result<(), CommandError> {
    match broken_rules_text(rulebook, which) {
        Some(message) => {
            Err(CommandError::bad_use(message, "mend or remove these rules; `ordinance build` shows their errors"))
        }
        None => Ok(()),
    }
}

/// Checks that the day is valid and that the old rulebook has the service and the place, even if every line of the file
/// names its own.
pub(super) fn check_flags(arguments: &ImpactArguments, old: &Rulebook) -> Result<(), CommandError> {
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

/// Rejects a weight that the cases have: as a weight it would be none of their facts.
pub(super) fn check_weight(weight: Option<&str>, rulebooks: [&Rulebook; 2]) -> Result<(), CommandError> {
    match weight.filter(|name| is_of_case(name, rulebooks)) {
        Some(name) => Err(CommandError::bad_use(
            format!("the weight `{name}` is a part of the case"),
            "give the people another column that says how many each one stands for",
        )),
        None => Ok(()),
    }
}

/// Rejects a column that no person has.
pub(super) fn check_known(by: &Grouping, impact: &PopulationImpact) -> Result<(), CommandError> {
    let groups = impact.by_column.get(by.name()).filter(|_| matches!(by, Grouping::Column(_)));
    match groups.is_some_and(|groups| groups.keys().all(|name| name == NOT_KNOWN)) {
        true => Err(unknown_fact(by.name())),
        false => Ok(()),
    }
}

fn unknown_fact(name: &str) -> CommandError {
    CommandError::bad_use(
        format!("neither rulebook has a fact `{name}`, and the people have no column of this name"),
        "name a fact of facts.toml after --by, or a column of every file",
    )
}
