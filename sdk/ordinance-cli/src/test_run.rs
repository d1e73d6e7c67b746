//! Runs cases as they are written, beside rules or in a file, and reports on them.

use ordinance_domain::decision::Decision;
use ordinance_engine::case::Case;
use ordinance_engine::{Rule, Rulebook};
use ordinance_harness::{
    CaseResult, Coverage, Report, Reported, Test, TestCase, in_order, run_case_on, run_disclosure,
};

use crate::case_files::{Written, beside_rules};
use crate::exit::CommandError;
use crate::invocation::{command_line, today};
use crate::study::{Studied, is_wanted};

/// A case that was run; none if the filter leaves it out.
pub(crate) struct Ran {
    pub(crate) reported: Reported,
    pub(crate) decided: Option<(Case, Decision)>,
}

/// A report without cases yet.
pub(crate) fn begin_report(rulebook: &Rulebook) -> Report {
    Report { rulebook: rulebook.digest().to_owned(), ..unread_report() }
}

/// A report of a rulebook that isn't read yet.
pub(crate) fn unread_report() -> Report {
    Report { command: command_line(), day: today().to_string(), ..Report::default() }
}

/// The cases of services beside the rules that are wanted.
pub(crate) fn decision_cases(studied: &Studied, wanted: Option<&str>) -> Result<Vec<TestCase>, CommandError> {
    let case = |written: Written| match written.read(&studied.loaded.rulebook).2 {
        Ok(Test::Decision(case)) => Some(case),
        Ok(Test::Disclosure(_)) | Err(_) => None,
    };
    Ok(wanted_beside(studied, wanted)?.filter_map(case).collect())
}

fn wanted_beside(
    studied: &Studied,
    wanted: Option<&str>,
) -> Result<impl Iterator<Item = Written> + use<>, CommandError> {
    let wanted = wanted.map(str::to_owned);
    let is_it = move |written: &Written| is_wanted(written.group(), wanted.as_deref());
    Ok(beside_rules(&studied.source)?.into_iter().filter(is_it))
}

/// Runs the cases beside the rules that are wanted, and says nothing of them yet.
pub(crate) fn report_on(studied: &Studied, wanted: Option<&str>) -> Result<Report, CommandError> {
    let rulebook = &studied.loaded.rulebook;
    let mut report = begin_report(rulebook);
    let mut coverage = Coverage::default();
    let written = wanted_beside(studied, wanted)?;
    in_order(
        written,
        |written| run_one(rulebook, written, "", true),
        |ran| {
            let Some(ran) = ran else { return };
            if let Some((case, decision)) = &ran.decided {
                coverage.add(rulebook, case, decision);
            }
            report.cases.push(ran.reported);
        },
    );
    coverage.keep(|head| is_wanted(&head.place(), wanted));
    report.coverage = Some(coverage);
    Ok(report)
}

/// The rule on trial beside which cases stand: that of the version that the folder is named by.
pub(crate) fn on_trial<'r>(rulebook: &'r Rulebook, group: &str) -> Option<&'r Rule> {
    rulebook.shadows().find(|rule| format!("{}/{}", rule.head.place(), rule.head.version) == group)
}

/// Reads and runs one case.
pub(crate) fn run_one(rulebook: &Rulebook, written: Written, filter: &str, with_decision: bool) -> Option<Ran> {
    let (group, at, read) = written.read(rulebook);
    let test = match read {
        Ok(test) => test,
        Err(why) => {
            let (name, facts, result) = (at.to_string(), Vec::new(), CaseResult::Unusable(why));
            let reported = Reported { group, name, at, facts, result };
            return Some(Ran { reported, decided: None });
        }
    };
    let name = test.name().to_owned();
    if !format!("{group}: {name}").contains(filter) {
        return None;
    }
    let (result, decided) = match &test {
        Test::Decision(test) => run_case_on(rulebook, on_trial(rulebook, &group), test, today()),
        Test::Disclosure(test) => (run_disclosure(rulebook, test, today()), None),
    };
    let facts = if result == CaseResult::Passed { Vec::new() } else { test.facts() };
    let reported = Reported { group, name, at, facts, result };
    Some(Ran { reported, decided: decided.filter(|_| with_decision) })
}
