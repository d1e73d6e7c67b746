//! Compares the decisions of two rulebooks on the people of a file of lines or rows, one by one.

use std::path::Path;

use ordinance_engine::Engine;
use ordinance_harness::{
    CaseDefaults, CaseDiff, CaseDiffError, CaseError, Comparison, PopulationImpact, Test, diff_case, par_map_ordered,
    parse_person_line,
};

use crate::entries::{Entry, RowsOf, entries};
use crate::exit::CommandError;
use crate::faults::Faults;
use crate::progress::Progress;
use crate::terminal;

/// Compares the decisions on each person of a file, on all cores. Calls `each` for each person.
pub(crate) fn compare_people(
    engines: [&Engine; 2],
    population: &Path,
    defaults: &CaseDefaults,
    comparison: &Comparison,
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
        compare_person(engines, person, defaults, comparison).map_err(|error| (place, error))
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
    engines: [&Engine; 2],
    person: Entry,
    defaults: &CaseDefaults,
    comparison: &Comparison,
) -> Result<CaseDiff, PersonError> {
    let test = person.read(engines[0].rulebook(), |text, line| parse_person_line(text, line, defaults));
    let test = test.map_err(PersonError::Case)?;
    let Test::Decision(test) = test else { return Err(PersonError::NoDecision) };
    Ok(diff_case(engines, &test, comparison)?)
}
