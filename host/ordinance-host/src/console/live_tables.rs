//! The tables of what happens now: the metrics of this host since it started. Counts of what concerns people are told
//! in steps, and those of few not at all, so that nobody sees a single one; numbers of the whole host are for callers
//! that may see all places. Numbers of requests are of no person, and exact.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_pages::{CodeKind, code_words};
use ordinance_pages::{ReadingLanguage, fill};

use super::access::ConsoleReader;
use super::activity_table::{ActivityRow, ActivityTable, RowNumber, WholeHost};
use super::bounds_words::bound_subject;
use super::decision_view::objection_words;
use super::words::ConsoleWords;
use crate::app::App;
use crate::clock::now;
use crate::objections::state::ObjectionState;
use crate::objections::upkeep::day_in;
use crate::observability::metric_samples::{BucketShare, MetricSample, bucket_shares, quantile};
use crate::pages::places::utc_today;
use ordinance_dialogue::parts::chain_of;

/// The counters of what rules did.
const VIOLATIONS: &str = "ordinance_violations_total";
const RULE_FAILURES: &str = "ordinance_rule_failures_total";
const SHADOW_DECISIONS: &str = "ordinance_shadow_decisions_total";
/// The histogram of the times of decisions.
const DECISION_SECONDS: &str = "ordinance_decision_seconds";

/// A count in steps of the smallest group of which a number is told; `None` of fewer.
fn in_steps(count: u64, smallest: u64) -> Option<u64> {
    let smallest = smallest.max(1);
    let steps = count / smallest;
    (steps > 0).then_some(steps * smallest)
}

/// A row with a count in steps; `None` of one of which no number is told.
fn row_in_steps(names: Vec<String>, count: u64, smallest: u64, words: &ConsoleWords) -> Option<ActivityRow> {
    let count = in_steps(count, smallest)?;
    Some(ActivityRow { names, number: RowNumber::AtLeast(count, fill(words.at_least_count, &[&count.to_string()])) })
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
        let of_host = self
            .console
            .scope()
            .covers_everything()
            .then(|| [self.decisions(), self.times(), self.load(), self.problems()]);
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
            let id = Id::new(service).ok();
            let contract = id.as_ref().and_then(|id| self.rulebook.contract(id));
            let title = contract
                .map(|contract| ordinance_dialogue::parts::title_text(&contract.titles, self.language(), service));
            let names = vec![
                title.unwrap_or_else(|| (*service).to_owned()),
                code_words(self.language(), CodeKind::Outcome, outcome).to_owned(),
                if *mode == "official" { words.official } else { words.simulated }.to_owned(),
            ];
            row_in_steps(names, *count, self.smallest, words)
        };
        ActivityTable {
            name: "decisions-now",
            title: words.decisions_now,
            empty: words.too_few_yet,
            columns: vec![words.service, words.outcome, words.mode, words.count],
            rows: sums.iter().filter_map(row).collect(),
            whole: WholeHost::of(None, self.place),
        }
    }

    /// How many of a hundred decisions took how long, by the bounds between which the metrics count. In steps: from
    /// exact shares of a few decisions their number could be told.
    fn times(&self) -> ActivityTable {
        let words = self.words();
        let decided: u64 = self.named("ordinance_decisions_total").map(MetricSample::count).sum();
        let has_enough = in_steps(decided, self.smallest).is_some();
        let buckets = if has_enough { bucket_shares(&self.samples, DECISION_SECONDS) } else { Vec::new() };
        let row = |bucket: BucketShare| {
            let percent = twentieths(bucket.percent) * 5;
            let from = in_milliseconds(bucket.from);
            let time = match bucket.to.is_finite() {
                true => fill(words.between_ms, &[&from, &in_milliseconds(bucket.to)]),
                false => fill(words.over_ms, &[&from]),
            };
            let share = if percent > 0 { format!("{percent} %") } else { words.under_three_percent.to_owned() };
            (bucket.percent > 0.0)
                .then(|| ActivityRow { names: vec![time], number: RowNumber::Percent(percent, share) })
        };
        ActivityTable {
            name: "times",
            title: words.decision_times,
            empty: words.too_few_yet,
            columns: vec![words.time_of_decision, words.share_of_decisions],
            rows: buckets.into_iter().filter_map(row).collect(),
            whole: WholeHost::of(self.service, self.place),
        }
    }

    /// Load and latency.
    fn load(&self) -> ActivityTable {
        let words = self.words();
        let gauge = |name: &str| self.named(name).map(MetricSample::count).sum::<u64>().to_string();
        let time = |histogram: &str, share: f64| {
            let bound = quantile(&self.samples, histogram, share);
            bound.map_or_else(|| words.nothing_yet.to_owned(), |bound| milliseconds(bound, words))
        };
        let rows = [
            (words.half_within, time(DECISION_SECONDS, 0.5)),
            (words.most_within, time(DECISION_SECONDS, 0.99)),
            (words.waited, time("ordinance_decision_queue_seconds", 0.99)),
            (words.queued, gauge("ordinance_decisions_queued")),
            (words.overloaded, yes_or_no(gauge("ordinance_overloaded") != "0", self.language())),
            (words.broken_rules, gauge("ordinance_rules_broken")),
        ];
        ActivityTable {
            name: "load",
            title: words.load_and_latency,
            empty: words.nothing_yet,
            columns: vec![words.what, words.value],
            rows: rows
                .map(|(what, value)| ActivityRow { names: vec![what.to_owned()], number: RowNumber::Words(value) })
                .into(),
            whole: WholeHost::of(self.service, self.place),
        }
    }

    /// Requests that were answered with a problem.
    fn problems(&self) -> ActivityTable {
        let words = self.words();
        let row = |sample: &MetricSample| {
            let code = sample.label("problem");
            let problem = code_words(self.language(), CodeKind::Problem, code);
            ActivityRow { names: vec![problem.to_owned()], number: RowNumber::Exactly(sample.count()) }
        };
        ActivityTable {
            name: "problems",
            title: words.refused_requests,
            empty: words.nothing_yet,
            columns: vec![words.what, words.count],
            rows: self.named("ordinance_problems_total").map(row).collect(),
            whole: WholeHost::of(self.service, self.place),
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
        self.service.is_none_or(|service| self.service_of_rule(place, rule) == Some(service))
    }

    /// The service of a rule, as the metrics name it.
    fn service_of_rule(&self, place: &str, rule: &str) -> Option<&Id> {
        let all = self.rulebook.rules().chain(self.rulebook.shadows()).map(|rule| &rule.head);
        let mut of_rule = all.filter(|head| head.jurisdiction.as_str() == place && head.to_string() == rule);
        of_rule.find_map(|head| head.scope.service())
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
            (VIOLATIONS, words.violations),
            (RULE_FAILURES, words.failures),
            (SHADOW_DECISIONS, words.shadow_differences),
        ];
        let mut rows = Vec::new();
        for (name, what) in kinds {
            let is_seen = |sample: &&MetricSample| {
                let place = sample.label("jurisdiction");
                self.sees(place) && self.is_rule_of_service(place, sample.label("rule"))
            };
            rows.extend(self.named(name).filter(is_seen).filter_map(|sample| {
                let place = self.place(sample.label("jurisdiction"));
                let names = vec![what.to_owned(), place, sample.label("rule").to_owned(), self.detail(sample)];
                row_in_steps(names, sample.count(), self.smallest, words)
            }));
        }
        ActivityTable {
            name: "rules-now",
            title: words.rules_now,
            empty: words.too_few_yet,
            columns: vec![words.what, words.law_of, words.rule, words.detail, words.count],
            rows,
            whole: WholeHost::default(),
        }
    }

    /// What a rule did, in words.
    fn detail(&self, sample: &MetricSample) -> String {
        let (code, language) = (sample.label("code"), self.language());
        match sample.name.as_str() {
            RULE_FAILURES => code_words(language, CodeKind::Failure, code).to_owned(),
            VIOLATIONS => {
                let service = self.service_of_rule(sample.label("jurisdiction"), sample.label("rule"));
                let contract = service.and_then(|service| self.rulebook.contract(service));
                bound_subject(code, contract.map(AsRef::as_ref), language)
            }
            _ => match code.split_once(" -> ") {
                Some((decided, shadow)) => {
                    let words = [decided, shadow].map(|outcome| code_words(language, CodeKind::Outcome, outcome));
                    fill(self.words().instead_of, &[words[1], words[0]])
                }
                None => code_words(language, CodeKind::ShadowDifference, code).to_owned(),
            },
        }
    }

    /// Objections by the authority that answers them. Of overdue ones it is told only that there are some: somebody
    /// waits. They aren't counted by service.
    fn objections(&self, app: &App) -> ActivityTable {
        let words = self.words();
        let counts = app.objections.counts_by_authority(|place| day_in(self.rulebook, place, now()));
        let mut rows = Vec::new();
        for (code, counts) in counts.into_iter().filter(|(code, _)| self.sees(code)) {
            let names = |state| vec![self.place(&code), objection_words(state, words).to_owned()];
            if counts.overdue > 0 {
                let number = RowNumber::Words(words.some_overdue.to_owned());
                rows.push(ActivityRow { names: names(ObjectionState::Overdue), number });
            }
            for (state, count) in
                [(ObjectionState::Received, counts.received), (ObjectionState::Answered, counts.answered)]
            {
                let count = u64::try_from(count).unwrap_or(u64::MAX);
                rows.extend(row_in_steps(names(state), count, self.smallest, words));
            }
        }
        ActivityTable {
            name: "objections",
            title: words.objections,
            empty: words.too_few_objections,
            columns: vec![words.authority, words.state, words.count],
            rows,
            whole: WholeHost::of(self.service, None),
        }
    }
}

fn yes_or_no(yes: bool, language: ReadingLanguage) -> String {
    ordinance_dialogue::words::PortalWords::of(language).yes_or_no(yes).to_owned()
}

/// A time below a bound, in milliseconds.
fn milliseconds(bound: f64, words: &ConsoleWords) -> String {
    if bound.is_finite() { fill(words.under_ms, &[&in_milliseconds(bound)]) } else { words.longer.to_owned() }
}

/// A time in milliseconds, without zeros at the end.
fn in_milliseconds(seconds: f64) -> String {
    let text = format!("{:.2}", seconds * 1_000.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A share in percent as twentieths of the whole.
fn twentieths(percent: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to 0 to 20")]
    let twentieths = (percent / 5.0).clamp(0.0, 20.0).round() as u64;
    twentieths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_of_few_is_never_told_and_two_that_differ_by_one_look_alike() {
        for count in [0, 1, 9] {
            assert_eq!(in_steps(count, 10), None);
        }
        assert_eq!(in_steps(10, 10), in_steps(19, 10));
        assert_eq!(in_steps(25, 10), Some(20));
    }
}
