//! The tables of what happens now: the metrics of this host since it started. Counts of what concerns people are told
//! in steps, and those of few not at all, so that nobody sees a single one; numbers of the whole host are for callers
//! that may see all places. Numbers of requests are of no person, and exact.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::manifest::RuleScope;
use ordinance_domain::name::Id;
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::Rulebook;
use ordinance_pages::{CodeKind, code_words};
use ordinance_pages::{ReadingLanguage, fill};

use super::access::ConsoleReader;
use super::activity_tables::ActivityTable;
use super::decision_view::objection_words;
use super::words::ConsoleWords;
use crate::app::App;
use crate::clock::now;
use crate::objections::state::ObjectionState;
use crate::objections::upkeep::day_in;
use crate::observability::metric_samples::{MetricSample, quantile};
use crate::pages::places::utc_today;
use ordinance_dialogue::parts::chain_of;

/// A count in steps of the smallest group of which a number is told; `None` of fewer.
pub(super) fn in_steps(count: u64, smallest: u64, words: &ConsoleWords) -> Option<String> {
    let smallest = smallest.max(1);
    let steps = count / smallest;
    (steps > 0).then(|| fill(words.at_least_count, &[&(steps * smallest).to_string()]))
}

/// What the host tells of itself now.
pub(super) struct LiveView<'a> {
    pub(super) console: &'a ConsoleReader,
    pub(super) rulebook: &'a Rulebook,
    pub(super) samples: Vec<MetricSample>,
    pub(super) smallest: u64,
    /// The service and the place that were asked for.
    pub(super) service: Option<&'a Id>,
    pub(super) place: Option<&'a JurisdictionCode>,
}

impl LiveView<'_> {
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

    /// Whether a sample is of the service that was asked for. One without the label is of all.
    fn is_of_service(&self, sample: &MetricSample) -> bool {
        self.service.is_none_or(|service| sample.label("service") == service.as_str())
    }

    /// Decisions since the start, by service and outcome. They aren't counted by place.
    fn decisions(&self) -> ActivityTable {
        let words = self.words();
        let mut sums: std::collections::BTreeMap<[&str; 3], u64> = std::collections::BTreeMap::new();
        for sample in self.named("ordinance_decisions_total").filter(|sample| self.is_of_service(sample)) {
            let key = ["service", "outcome", "mode"].map(|label| sample.label(label));
            *sums.entry(key).or_default() += sample.count();
        }
        let row = |([service, outcome, mode], count): (&[&str; 3], &u64)| {
            let count = in_steps(*count, self.smallest, words)?;
            let id = Id::new(service).ok();
            let contract = id.as_ref().and_then(|id| self.rulebook.contract(id));
            let title = contract
                .map(|contract| ordinance_dialogue::parts::title_text(&contract.titles, self.language(), service));
            Some(vec![
                title.unwrap_or_else(|| (*service).to_owned()),
                code_words(self.language(), CodeKind::Outcome, outcome).to_owned(),
                if *mode == "official" { words.official } else { words.simulated }.to_owned(),
                count,
            ])
        };
        ActivityTable {
            name: "decisions-now",
            title: words.decisions_now,
            empty: words.too_few_yet,
            columns: vec![words.service, words.outcome, words.mode, words.count],
            rows: sums.iter().filter_map(row).collect(),
            bars: Vec::new(),
            is_of_whole_host: self.place.is_some(),
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
            is_of_whole_host: self.service.is_some() || self.place.is_some(),
        }
    }

    /// Whether the caller may see a place, and it is the one that was asked for or lies below that.
    fn sees(&self, code: &str) -> bool {
        let day = utc_today(self.rulebook);
        let Ok(code) = JurisdictionCode::new(code) else { return false };
        let is_within =
            |above: &JurisdictionCode| code == *above || chain_of(self.rulebook, &code, day).contains(above);
        self.console.sees_code(self.rulebook, &code, day) && self.place.is_none_or(is_within)
    }

    /// Whether a rule, as the metrics name it, is of the service that was asked for.
    fn is_rule_of_service(&self, place: &str, rule: &str) -> bool {
        self.service.is_none_or(|service| {
            let mut rules = self.rulebook.rules().chain(self.rulebook.shadows()).map(|rule| &rule.head);
            let is_it = |head: &RuleHead| head.jurisdiction.as_str() == place && head.to_string() == rule;
            rules.any(|head| head.scope == RuleScope::Service(service.clone()) && is_it(head))
        })
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
            let is_seen = |sample: &&MetricSample| {
                let place = sample.label("jurisdiction");
                self.sees(place) && self.is_rule_of_service(place, sample.label("rule"))
            };
            rows.extend(self.named(name).filter(is_seen).filter_map(|sample| {
                let code = sample.label("code");
                let said = match name {
                    "ordinance_rule_failures_total" => code_words(self.language(), CodeKind::Failure, code),
                    _ => code,
                };
                let place = self.place(sample.label("jurisdiction"));
                let count = in_steps(sample.count(), self.smallest, words)?;
                Some(vec![what.to_owned(), place, sample.label("rule").to_owned(), said.to_owned(), count])
            }));
        }
        ActivityTable {
            name: "rules-now",
            title: words.rules_now,
            empty: words.too_few_yet,
            columns: vec![words.what, words.law_of, words.rule, words.detail, words.count],
            rows,
            bars: Vec::new(),
            is_of_whole_host: false,
        }
    }

    /// Objections by the authority that answers them. Of overdue ones it is told only that there are some: somebody
    /// waits. They aren't counted by service.
    fn objections(&self, app: &App) -> ActivityTable {
        let words = self.words();
        let counts = app.objections.counts_by_authority(|place| day_in(self.rulebook, place, now()));
        let mut rows = Vec::new();
        for (code, counts) in counts.into_iter().filter(|(code, _)| self.sees(code)) {
            let steps = |count: usize| in_steps(u64::try_from(count).unwrap_or(u64::MAX), self.smallest, words);
            let told = [
                (ObjectionState::Overdue, (counts.overdue > 0).then(|| words.some_overdue.to_owned())),
                (ObjectionState::Received, steps(counts.received)),
                (ObjectionState::Answered, steps(counts.answered)),
            ];
            for (state, count) in told {
                let of_state = |count| vec![self.place(&code), objection_words(state, words).to_owned(), count];
                rows.extend(count.map(of_state));
            }
        }
        ActivityTable {
            name: "objections",
            title: words.objections,
            empty: words.too_few_objections,
            columns: vec![words.authority, words.state, words.count],
            rows,
            bars: Vec::new(),
            is_of_whole_host: false,
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
        for count in [0, 1, 9] {
            assert_eq!(in_steps(count, 10, words), None);
        }
        assert_eq!(in_steps(10, 10, words), in_steps(19, 10, words));
        assert!(in_steps(25, 10, words).unwrap().contains("20"));
    }
}
