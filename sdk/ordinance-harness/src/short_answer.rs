//! The short answer to a case, for people: the outcome with its amounts, what is missing, and the findings of each
//! level with their articles. It shows what the recipient of the case may see, as the whole reply does.

use ordinance_domain::answer::{Answer, Determination, Finding, Grant};
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{LayerStatus, Outcome, UndeterminedReason};
use ordinance_domain::fact::Fact;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::redaction::{LayerVisibility, RedactedDecision, RedactedLayer};
use ordinance_domain::rule_head::RuleHead;
use ordinance_domain::value::Value;

use crate::fact_form::expected_form;
use crate::test_result::{ToldValue, finding_status};

/// What can be told of the rules of a decision beside their answers, by who has their sources.
pub trait RuleSources {
    /// The expression by which a rule failed, and why; `None` if that isn't known.
    fn failure(&self, rule: &RuleHead) -> Option<String>;

    /// The intermediate values of an answer.
    fn intermediates(&self, rule: &RuleHead, answer: &Answer) -> Vec<ToldValue>;
}

/// The sources of the rules aren't at hand.
#[derive(Debug, Clone, Copy)]
pub struct NoSources;

impl RuleSources for NoSources {
    fn failure(&self, _: &RuleHead) -> Option<String> {
        None
    }

    fn intermediates(&self, rule: &RuleHead, answer: &Answer) -> Vec<ToldValue> {
        ToldValue::of(rule, answer)
    }
}

/// Writes the answer in a language.
pub struct ShortAnswer<'a> {
    decision: &'a RedactedDecision<'a>,
    /// The rules of the chain that are in force on other days, as sentences.
    not_in_force: Vec<String>,
    sources: &'a dyn RuleSources,
    languages: &'a [String],
    lines: Vec<String>,
}

impl<'a> ShortAnswer<'a> {
    /// The answer of a decision. `not_in_force` are the rules of the chain that are in force on other days, as
    /// sentences; titles are in the first of the `languages` that they have.
    #[must_use]
    pub fn new(
        decision: &'a RedactedDecision<'a>,
        not_in_force: Vec<String>,
        sources: &'a dyn RuleSources,
        languages: &'a [String],
    ) -> Self {
        Self { decision, not_in_force, sources, languages, lines: Vec::new() }
    }

    /// The lines of the answer.
    #[must_use]
    pub fn lines(mut self) -> Vec<String> {
        self.add_outcome();
        self.add_missing();
        let layers = self.decision.layers();
        layers.iter().filter(|layer| layer.rule.is_some()).for_each(|layer| self.add_layer(layer));
        let ending = self.lines.len();
        self.add_silent_and_deciding();
        self.add_privacy();
        if self.lines.len() > ending {
            self.lines.insert(ending, String::new());
        }
        self.lines
    }

    fn add_outcome(&mut self) {
        let query = self.decision.query();
        let outcome = self.decision.outcome();
        let (certain, why) = match outcome {
            Outcome::Eligible(_) | Outcome::Ineligible => ("", String::new()),
            Outcome::EligibleAtLeast { open, .. } => (", at least", format!("; the rest is open: {}", reason(open))),
            Outcome::Undetermined(open) => ("", format!(" ({})", reason(open))),
        };
        let place = self.decision.place();
        let head = format!("{place}/{} on {}", query.service, query.as_of);
        self.lines.push(format!("{head}: {}{certain}{why}", outcome.as_str()));
        match outcome {
            Outcome::Eligible(grant) | Outcome::EligibleAtLeast { least: grant, .. } => self.add_grant(grant),
            Outcome::Ineligible | Outcome::Undetermined(_) => {}
        }
    }

    fn add_grant(&mut self, grant: &Grant) {
        if self.decision.is_redacted() {
            self.lines.push("  the recipient may not see what is granted: it rests on hidden facts".to_owned());
            return;
        }
        let contract = self.decision.contract();
        let fields = contract.grant.iter().map(|field| format!("  {}", amount(contract, grant, &field.name)));
        self.lines.extend(fields);
    }

    fn add_missing(&mut self) {
        let missing = self.decision.outcome().missing_facts();
        for path in missing {
            let name = FieldName::path(path).ok();
            let fact = name.as_ref().and_then(|name| self.decision.contract().fact_at(&name.without_items()));
            let described = fact.map(|fact| described(fact, self.languages)).unwrap_or_default();
            self.lines.push(format!("  missing: {path}{described}"));
        }
        if !missing.is_empty() && self.decision.may_name_irrelevant_facts() {
            self.lines.push("  some of these may not change the decision".to_owned());
        }
    }

    fn add_layer(&mut self, layer: &RedactedLayer<'_>) {
        let Some(rule) = layer.rule else { return };
        let title = rule.titles.best(self.languages).unwrap_or(rule.id.as_str()).to_owned();
        let name = format!("\n{} {title} ({rule})", layer.jurisdiction);
        match &layer.status {
            LayerVisibility::Full(status) => self.add_status(&name, rule, status),
            LayerVisibility::Redacted { findings, redacted_criteria } => {
                self.lines.push(format!("{name}: hidden from the recipient"));
                findings.iter().for_each(|finding| self.add_finding(rule, finding));
                redacted_criteria.iter().for_each(|id| self.add_criterion("hidden", rule, id, None));
            }
        }
        for fact in layer.unrecognised() {
            self.lines.push(format!("  takes `{fact}` as not known: the rule was made before there was this value"));
        }
        for violation in layer.violations {
            let by = violation.set_by.as_ref().map_or_else(|| "the service".to_owned(), ToString::to_string);
            let (subject, bound) = (&violation.subject, &violation.bound);
            self.lines.push(format!("  `{subject}` breaks `{bound}` of {by} ({})", violation.provision));
        }
    }

    fn add_status(&mut self, name: &str, rule: &RuleHead, status: &LayerStatus) {
        match status {
            LayerStatus::Applied { answer, .. } => self.add_answer(name, rule, answer),
            LayerStatus::MissingFacts(unknown) => {
                let facts: Vec<&str> =
                    unknown.missing.iter().chain(&unknown.unrecognised).map(String::as_str).collect();
                self.lines.push(format!("{name}: waits for {}", facts.join(", ")));
            }
            LayerStatus::Waiting => {
                self.lines.push(format!("{name}: waits for what the levels above it grant"));
            }
            LayerStatus::Failed(failed) => {
                self.lines.push(format!("{name}: failed by `{}`: {}", failed.code.as_str(), failed.detail));
                match self.sources.failure(rule) {
                    Some(failure) => {
                        self.lines.push(format!("  by {failure}"));
                        self.lines.push(
                            "  save the case beside the rule and run `ordinance trace` to see the steps".to_owned(),
                        );
                    }
                    None => {
                        let trace =
                            "  save the case beside the rule and run `ordinance trace` to see the steps and the line";
                        self.lines.push(trace.to_owned());
                    }
                }
            }
            LayerStatus::Silent { .. } => {}
        }
    }

    fn add_answer(&mut self, name: &str, rule: &RuleHead, answer: &Answer) {
        let contract = self.decision.contract();
        let granted = match &answer.determination {
            Determination::Eligible(grant) => {
                let set = grant.0.iter().map(|(field, _)| format!(", {}", amount(contract, grant, field)));
                set.collect::<String>()
            }
            Determination::Ineligible | Determination::Undetermined => String::new(),
        };
        self.lines.push(format!("{name}: {}{granted}", answer.determination.as_str()));
        answer.findings.iter().for_each(|finding| self.add_finding(rule, finding));
        let intermediates = self.sources.intermediates(rule, answer);
        self.lines.extend(intermediates.into_iter().map(|told| format!("  tells          {told}")));
    }

    fn add_finding(&mut self, rule: &RuleHead, finding: &Finding) {
        let item = rule.criterion(&finding.criterion).and_then(|criterion| criterion.item_of(finding));
        self.add_criterion(finding_status(finding.satisfied), rule, &finding.criterion, item.as_ref());
    }

    fn add_criterion(&mut self, status: &str, rule: &RuleHead, id: &Id, item: Option<&FieldName>) {
        let Some(criterion) = rule.criterion(id) else { return };
        let title = criterion.titles.best(self.languages).unwrap_or(id.as_str());
        let item = item.map(|item| format!("{item}: ")).unwrap_or_default();
        self.lines.push(format!("  {status:<14} {item}{title} ({})", criterion.provision));
    }

    fn add_silent_and_deciding(&mut self) {
        let day = self.decision.query().as_of;
        let code = |layer: &RedactedLayer<'_>| layer.jurisdiction.to_string();
        let silent: Vec<String> =
            self.decision.layers().iter().filter(|layer| layer.rule.is_none()).map(code).collect();
        if !silent.is_empty() {
            self.lines.push(format!("no rule in force on {day}: {}", silent.join(", ")));
            self.lines.extend(self.not_in_force.iter().map(|rule| format!("  {rule}")));
        }
        let deciding: Vec<String> = self.decision.deciding_layers().map(code).collect();
        if !deciding.is_empty() {
            self.lines.push(format!("decided by {}", deciding.join(", ")));
        }
    }

    fn add_privacy(&mut self) {
        let decision = self.decision;
        let mut list = |what: &str, names: Vec<&str>| {
            if !names.is_empty() {
                self.lines.push(format!("{what}: {}", names.join(", ")));
            }
        };
        let masked = decision.masked_rulings().map(|ruled| ruled.fact.as_str()).collect();
        list("privacy law masks", masked);
        let withheld = decision.withheld().map(|ruled| ruled.fact.as_str()).collect();
        list("privacy law withholds from the rules (--json tells why)", withheld);
        list("hidden from the recipient", decision.hidden().map(|ruled| ruled.fact.as_str()).collect());
        list("no rule of this place reads", decision.undeclared().iter().map(FieldName::as_str).collect());
    }
}

/// A field of a grant with its unit, such as `amount 80.00 CNY per month`.
fn amount(contract: &Contract, grant: &Grant, field: &FieldName) -> String {
    let described = contract.grant_field(field);
    let unit = described.and_then(|field| field.unit.as_ref()).map(|unit| format!(" {unit}")).unwrap_or_default();
    let value = match (grant.get(field), described.map(|field| &field.fact_type)) {
        (None, _) => return format!("{field} not set by any level"),
        // With all digits of its type, as in a reply.
        (Some(Value::Decimal(number)), Some(fact_type)) => fact_type.scaled(*number).to_string(),
        (Some(value), _) => value.to_plain(),
    };
    format!("{field} {value}{unit}")
}

fn reason(reason: &UndeterminedReason) -> &'static str {
    match reason {
        UndeterminedReason::FailedRule => "a rule failed",
        UndeterminedReason::MissingFacts(_) => "facts are missing",
        UndeterminedReason::NoRuleInForce => "no rule is in force",
        UndeterminedReason::UnrecognisedValue => "a rule doesn't recognise the value of a fact",
        UndeterminedReason::RuleUndetermined => "a rule can't determine it",
    }
}

/// What a missing fact is and how it is written.
fn described(fact: &Fact, languages: &[String]) -> String {
    let title = fact.titles.best(languages).map(|title| format!(" ({title})")).unwrap_or_default();
    format!("{title}, {}", expected_form(fact))
}
