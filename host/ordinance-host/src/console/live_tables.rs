//! The tables of what happens now: the metrics of this host since it started. Counts of decisions are told in steps,
//! so that nobody sees a single one; numbers of the whole host are for callers that may see all places.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::Rulebook;
use ordinance_pages::charts::ChartBar;
use ordinance_pages::{CodeKind, code_words};
use ordinance_pages::{ReadingLanguage, fill};

use super::access::ConsoleReader;
use super::activity_tables::ActivityTable;
use super::decision_view::objection_words;
use super::parts::law_today;
use super::words::ConsoleWords;
use crate::app::App;
use crate::clock::now;
use crate::objections::state::ObjectionState;
use crate::objections::upkeep::day_in;
use crate::observability::metric_samples::{MetricSample, quantile, read_samples};

/// A count in steps of the smallest group of which a number is told.
pub(super) fn in_steps(count: u64, smallest: u64, words: &ConsoleWords) -> String {
    match count / smallest.max(1) {
        0 if count == 0 => "0".to_owned(),
        0 => fill(words.fewer_than, &[&smallest.to_string()]),
        steps => fill(words.at_least_count, &[&(steps * smallest).to_string()]),
    }
}

/// What the host tells of itself now.
pub(super) struct LiveView<'a> {
    pub(super) console: &'a ConsoleReader,
    pub(super) rulebook: &'a Rulebook,
    pub(super) samples: Vec<MetricSample>,
    pub(super) smallest: u64,
}

impl<'a> LiveView<'a> {
    pub(super) fn new(app: &App, console: &'a ConsoleReader, rulebook: &'a Rulebook, metrics: &str) -> Self {
        Self { console, rulebook, samples: read_samples(metrics), smallest: app.config.statistics.smallest_cell }
    }

    fn language(&self) -> ReadingLanguage {
        self.console.reader.language
    }

    fn words(&self) -> &'static ConsoleWords {
        ConsoleWords::of(self.language())
    }

    /// All tables.
    pub(super) fn tables(&self, app: &App) -> Vec<ActivityTable> {
        let of_host = self.console.scope().covers_everything().then(|| [self.decisions(), self.load()]);
        let of_places = [self.of_rules(), self.objections(app)];
        of_host.into_iter().flatten().chain(of_places).collect()
    }

    fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s MetricSample> {
        self.samples.iter().filter(move |sample| sample.name == name)
    }

    /// Decisions since the start, by service and outcome.
    fn decisions(&self) -> ActivityTable {
        let words = self.words();
        let mut sums: std::collections::BTreeMap<[&str; 3], u64> = std::collections::BTreeMap::new();
        for sample in self.named("ordinance_decisions_total") {
            let key = ["service", "outcome", "mode"].map(|label| sample.label(label));
            *sums.entry(key).or_default() += sample.count();
        }
        let row = |([service, outcome, mode], count): (&[&str; 3], &u64)| {
            let id = ordinance_domain::name::Id::new(service).ok();
            let contract = id.as_ref().and_then(|id| self.rulebook.contract(id));
            let title = contract
                .map(|contract| ordinance_dialogue::parts::title_text(&contract.titles, self.language(), service));
            vec![
                title.unwrap_or_else(|| (*service).to_owned()),
                code_words(self.language(), CodeKind::Outcome, outcome).to_owned(),
                if *mode == "official" { words.official } else { words.simulated }.to_owned(),
                in_steps(*count, self.smallest, words),
            ]
        };
        ActivityTable {
            name: "decisions-now",
            title: words.decisions_now,
            empty: words.nothing_yet,
            columns: vec![words.service, words.outcome, words.mode, words.count],
            rows: sums.iter().map(row).collect(),
            bars: Vec::new(),
        }
    }

    /// Load, latency and refused requests.
    fn load(&self) -> ActivityTable {
        let words = self.words();
        let gauge = |name: &str| self.named(name).map(MetricSample::count).sum::<u64>().to_string();
        let time = |histogram: &str, share: f64| {
            let bound = quantile(&self.samples, histogram, share);
            bound.map_or_else(|| words.nothing_yet.to_owned(), |bound| milliseconds(bound, words))
        };
        let decisions = "ordinance_decision_seconds";
        let mut rows = vec![
            vec![words.half_within.to_owned(), time(decisions, 0.5)],
            vec![words.most_within.to_owned(), time(decisions, 0.99)],
            vec![words.waited.to_owned(), time("ordinance_decision_queue_seconds", 0.99)],
            vec![words.queued.to_owned(), gauge("ordinance_decisions_queued")],
            vec![words.overloaded.to_owned(), yes_or_no(gauge("ordinance_overloaded") != "0", self.language())],
            vec![words.broken_rules.to_owned(), gauge("ordinance_rules_broken")],
        ];
        rows.retain(|row| row.last().is_some_and(|value| !value.is_empty()));
        let problem = |sample: &MetricSample| {
            vec![fill(words.refused_request, &[sample.label("problem")]), sample.count().to_string()]
        };
        rows.extend(self.named("ordinance_problems_total").map(problem));
        ActivityTable {
            name: "load",
            title: words.load_and_latency,
            empty: words.nothing_yet,
            columns: vec![words.what, words.value],
            rows,
            bars: Vec::new(),
        }
    }

    fn sees(&self, code: &str) -> bool {
        let code = JurisdictionCode::new(code).ok();
        code.is_some_and(|code| self.console.sees_code(self.rulebook, &code, law_today(self.rulebook)))
    }

    fn place(&self, code: &str) -> String {
        let known = JurisdictionCode::new(code).ok();
        let place = known.as_ref().and_then(|code| self.rulebook.jurisdictions().latest(code));
        place.map_or_else(
            || code.to_owned(),
            |place| ordinance_dialogue::parts::title_text(&place.names, self.language(), code),
        )
    }

    /// Violations, failures and differences of shadow rules since the start.
    fn of_rules(&self) -> ActivityTable {
        let words = self.words();
        let kinds = [
            ("ordinance_violations_total", words.violations),
            ("ordinance_rule_failures_total", words.failures),
            ("ordinance_shadow_decisions_total", words.shadow_differences),
        ];
        let mut rows = Vec::new();
        for (name, what) in kinds {
            let seen = self.named(name).filter(|sample| self.sees(sample.label("jurisdiction")));
            rows.extend(seen.filter(|sample| sample.count() > 0).map(|sample| {
                let code = sample.label("code");
                let said = match name {
                    "ordinance_rule_failures_total" => code_words(self.language(), CodeKind::Failure, code),
                    _ => code,
                };
                let place = self.place(sample.label("jurisdiction"));
                let count = in_steps(sample.count(), self.smallest, words);
                vec![what.to_owned(), place, sample.label("rule").to_owned(), said.to_owned(), count]
            }));
        }
        ActivityTable {
            name: "rules-now",
            title: words.rules_now,
            empty: words.nothing_happened,
            columns: vec![words.what, words.law_of, words.rule, words.detail, words.count],
            rows,
            bars: Vec::new(),
        }
    }

    /// Objections by the authority that answers them. Overdue ones are named to the last: somebody waits.
    fn objections(&self, app: &App) -> ActivityTable {
        let words = self.words();
        let counts = app.objections.counts_by_authority(|place| day_in(self.rulebook, place, now()));
        let mut rows = Vec::new();
        let mut bars = Vec::new();
        for (code, counts) in counts.into_iter().filter(|(code, _)| self.sees(code)) {
            let states = [
                (ObjectionState::Overdue, counts.overdue),
                (ObjectionState::Received, counts.received),
                (ObjectionState::Answered, counts.answered),
            ];
            for (state, count) in states {
                rows.push(vec![self.place(&code), objection_words(state, words).to_owned(), count.to_string()]);
            }
            let amount = u64::try_from(counts.overdue).unwrap_or(u64::MAX);
            bars.push(ChartBar { label: self.place(&code), amount, text: amount.to_string(), is_open: false });
        }
        ActivityTable {
            name: "objections",
            title: words.objections,
            empty: words.no_objections,
            columns: vec![words.authority, words.state, words.count],
            rows,
            bars,
        }
    }
}

fn yes_or_no(yes: bool, language: ReadingLanguage) -> String {
    ordinance_dialogue::words::PortalWords::of(language).yes_or_no(yes).to_owned()
}

/// A time below a bound, in milliseconds.
fn milliseconds(bound: f64, words: &ConsoleWords) -> String {
    if !bound.is_finite() {
        return words.longer.to_owned();
    }
    fill(words.under_ms, &[&format!("{:.2}", bound * 1_000.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_few_is_never_told_and_two_that_differ_by_one_look_alike() {
        let words = ConsoleWords::of(ReadingLanguage::En);
        assert_eq!(in_steps(0, 10, words), "0");
        assert_eq!(in_steps(1, 10, words), in_steps(9, 10, words));
        assert_eq!(in_steps(10, 10, words), in_steps(19, 10, words));
        assert!(in_steps(25, 10, words).contains("20"));
    }
}
