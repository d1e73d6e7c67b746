//! The chain of a decision as a picture and as a table: what each level said, where a bound acted, what was withheld
//! by whom.

use std::collections::BTreeSet;
use std::sync::Arc;

use maud::{Markup, html};
use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::{Contract, EligibleMeaning};
use ordinance_domain::digest::Digest;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::rule_head::RuleHead;
use ordinance_engine::literals::read_date;
use ordinance_engine::{Engine, Rulebook};
use ordinance_pages::charts::{ChainBox, ChainBoxKind, ChainChart, ChartHead};
use ordinance_pages::{CodeKind, code_words};
use ordinance_pages::{ReadingLanguage, fill, moment};

use super::access::ConsoleReader;
use super::decision_record::{LoggedChain, LoggedLevel, LoggedReason, LoggedRuling};
use super::parts::{ShownLaw, chart_frame, heading, paragraph, table};
use super::seen_facts::FactAudience;
use super::words::ConsoleWords;
use crate::app::App;
use crate::objections::state::ObjectionState;
use crate::pages::places::utc_today;
use ordinance_dialogue::parts::{row, title_text, titled_or};

/// A decision with what is needed to show it to one viewer.
pub(super) struct ChainView<'a> {
    chain: &'a LoggedChain,
    console: &'a ConsoleReader,
    language: ReadingLanguage,
    /// The revision that decided, if the host still keeps it, else the current one.
    rulebook: Arc<Rulebook>,
    is_same_revision: bool,
    contract: Option<Arc<Contract>>,
    /// Whether the viewer may see what was found: privacy law hides no fact that the decision may rest on.
    is_full: bool,
    day: LawDay,
    objection: Option<ObjectionState>,
}

impl<'a> ChainView<'a> {
    pub(super) fn new(app: &App, console: &'a ConsoleReader, chain: &'a LoggedChain) -> Self {
        let current = app.current.engine();
        let digest = chain.rulebook.parse::<Digest>().ok();
        let deciding = digest.and_then(|digest| app.current.revision(digest));
        let is_same_revision = deciding.is_some();
        let rulebook = Arc::clone(deciding.as_ref().unwrap_or(&current).rulebook());
        let service = Id::new(&chain.service).ok();
        let contract = service.as_ref().and_then(|service| rulebook.contract(service)).map(Arc::clone);
        let known_at = utc_today(&rulebook).as_of;
        let as_of = read_date(&chain.as_of).unwrap_or(known_at);
        // What the viewer may see is a question to the law of today, in the rulebook in use.
        let is_full = may_see(&current, &rulebook, console, chain);
        let notice = app.objections.against(chain.id);
        let objection = notice.map(|notice| {
            let by = JurisdictionCode::new(&notice.by).ok();
            let day = by.map_or(known_at, |by| rulebook.day_at(&by, crate::clock::now()));
            ObjectionState::of(&notice, day)
        });
        let day = LawDay { as_of, known_at };
        Self {
            chain,
            console,
            language: console.reader.language,
            rulebook,
            is_same_revision,
            contract,
            is_full,
            day,
            objection,
        }
    }

    fn words(&self) -> &'static ConsoleWords {
        ConsoleWords::of(self.language)
    }

    fn shown(&self) -> ShownLaw<'_> {
        ShownLaw { rulebook: &self.rulebook, day: self.day, language: self.language, console: self.console }
    }

    fn place_text(&self, code: &str) -> String {
        let known = JurisdictionCode::new(code).ok().map(|code| self.shown().place_text(&code));
        known.unwrap_or_else(|| code.to_owned())
    }

    fn rule_of(&self, level: &LoggedLevel) -> Option<&RuleHead> {
        rule_of(&self.rulebook, level)
    }

    pub(super) fn markup(&self) -> Markup {
        let words = self.words();
        html! {
            (self.summary())
            @if !self.is_same_revision { (paragraph(words.other_revision)) }
            @if self.is_full {
                (heading(words.chain))
                (chart_frame(words.chain, &self.picture()))
                (self.levels())
                (heading(words.withheld_by_law))
                (self.rulings())
            } @else {
                div class="govuk-inset-text" { (words.rests_on_hidden_facts) }
                (heading(words.law_that_took_part))
                (self.law())
            }
        }
    }

    fn outcome(&self) -> String {
        let liability = self.contract.as_ref().is_some_and(|contract| contract.eligible == EligibleMeaning::Liability);
        let kind = if liability { CodeKind::Liability } else { CodeKind::Outcome };
        let outcome = code_words(self.language, kind, &self.chain.outcome).to_owned();
        let reason = self.chain.reason.as_deref().map(|reason| code_words(self.language, CodeKind::Reason, reason));
        match reason {
            Some(reason) if self.chain.at_least => fill(self.words().at_least_outcome, &[&outcome, reason]),
            Some(reason) => self.language.bracketed(&outcome, reason),
            None => outcome,
        }
    }

    fn summary(&self) -> Markup {
        let (words, chain) = (self.words(), self.chain);
        let service = match &self.contract {
            Some(contract) => titled_or(&contract.titles, self.language, contract.service.as_str()),
            None => html! { (chain.service) },
        };
        let place = JurisdictionCode::new(&chain.jurisdiction).ok();
        let place = place.map_or_else(|| html! { (chain.jurisdiction) }, |code| self.shown().place(&code));
        let zone = ordinance_domain::calendar::TimeZone::UTC;
        html! {
            dl class="govuk-summary-list" {
                (row(&html! { (words.decision_id) }, &html! { span class="app-code" { (chain.id) } }))
                (row(&html! { (words.service) }, &service))
                (row(&html! { (words.place) }, &place))
                (row(&html! { (words.decided_for) }, &html! { (ordinance_pages::day(self.language, &chain.as_of)) }))
                (row(&html! { (words.recorded_at) }, &html! { (moment(self.language, chain.time, &zone)) }))
                @if self.is_full { (row(&html! { (words.outcome) }, &html! { strong { (self.outcome()) } })) }
                @if let Some(mode) = &chain.mode { (row(&html! { (words.mode) }, &html! { span lang="en" { (mode) } })) }
                @if self.is_full && !chain.missing.is_empty() {
                    (row(&html! { (words.missing_facts) }, &self.facts(&chain.missing)))
                }
                @if let Some(objection) = self.objection {
                    (row(&html! { (words.objection) }, &html! { (objection_words(objection, words)) }))
                }
            }
        }
    }

    /// The title of a fact that the record names.
    fn fact(&self, path: &str) -> Markup {
        let name = FieldName::path(path).ok();
        let fact = name.as_ref().and_then(|name| self.rulebook.fact(name.fact_name()));
        fact.map_or_else(|| html! { (path) }, |fact| titled_or(&fact.titles, self.language, path))
    }

    fn facts(&self, paths: &[String]) -> Markup {
        html! {
            @for (at, path) in paths.iter().enumerate() {
                @if at > 0 { (self.language.pick("、", ", ")) }
                (self.fact(path))
            }
        }
    }

    fn picture(&self) -> Markup {
        let words = self.words();
        let levels = self.chain.layers.iter().map(|level| self.level_box(level));
        let outcome = ChainBox {
            title: words.outcome.to_owned(),
            lines: vec![self.outcome()],
            bound: None,
            kind: ChainBoxKind::Outcome,
        };
        let head = ChartHead { id: "chain", title: words.chain, description: words.chain_description };
        ChainChart { head, boxes: levels.chain([outcome]).collect() }.markup()
    }

    fn level_box(&self, level: &LoggedLevel) -> ChainBox {
        let words = self.words();
        let mut lines: Vec<String> = Vec::new();
        lines.extend(level.rule.as_ref().map(|rule| self.language.labelled(words.rule, rule)));
        lines.push(self.status(level));
        lines.extend(self.refused_by(level));
        ChainBox {
            title: self.language.bracketed(&self.place_text(&level.jurisdiction), &level.jurisdiction),
            lines,
            bound: self.bound(level),
            kind: match level.status.as_str() {
                "applied" => ChainBoxKind::Applied,
                "failed" => ChainBoxKind::Failed,
                "missing-facts" | "waiting" => ChainBoxKind::Waiting,
                _ => ChainBoxKind::Silent,
            },
        }
    }

    fn status(&self, level: &LoggedLevel) -> String {
        let status = code_words(self.language, CodeKind::Status, &level.status);
        let failure = level.failure.as_deref().map(|code| code_words(self.language, CodeKind::Failure, code));
        failure.map_or_else(|| status.to_owned(), |failure| self.language.bracketed(status, failure))
    }

    /// Where upper law put the answer of a level right.
    fn bound(&self, level: &LoggedLevel) -> Option<String> {
        let subjects = self.language.listed(&level.violations);
        (!level.violations.is_empty()).then(|| fill(self.words().bound_acted, &[&subjects]))
    }

    /// The criteria by which a level refused.
    fn refused_by(&self, level: &LoggedLevel) -> Option<String> {
        if level.refused_by.is_empty() {
            return None;
        }
        let rule = self.rule_of(level);
        let title = |id: &String| {
            let criterion = rule.zip(Id::new(id).ok()).and_then(|(rule, id)| rule.criterion(&id));
            criterion.map_or_else(|| id.clone(), |found| title_text(&found.titles, self.language, id))
        };
        let titles: Vec<String> = level.refused_by.iter().map(title).collect();
        Some(self.language.labelled(self.words().refused_by, &self.language.listed(&titles)))
    }

    /// A level: its place, its rule and who published that.
    fn law_of(&self, level: &LoggedLevel) -> [Markup; 3] {
        let place = JurisdictionCode::new(&level.jurisdiction).ok();
        let place = place.map_or_else(|| html! { (level.jurisdiction) }, |code| self.shown().place(&code));
        let rule = level.rule.as_deref().unwrap_or_default();
        let rule = match self.rule_of(level) {
            Some(head) => self.shown().linked_rule(head, &html! { (rule) }),
            None => html! { (rule) },
        };
        let publisher = level.published_by.as_ref().map(|publisher| self.place_text(&publisher.authority));
        [place, rule, html! { (publisher.as_deref().unwrap_or(self.words().nobody_signed)) }]
    }

    /// The law of each level, and nothing of what it said.
    fn law(&self) -> Markup {
        let words = self.words();
        let rows: Vec<Vec<Markup>> = self.chain.layers.iter().map(|level| self.law_of(level).into()).collect();
        table(words.law_that_took_part, &[words.place, words.rule, words.who_published], &rows)
    }

    /// The same as the picture, as a table.
    fn levels(&self) -> Markup {
        let words = self.words();
        let level = |level: &LoggedLevel| {
            let [place, rule, publisher] = self.law_of(level);
            let said = html! { (self.status(level)) @if let Some(refused) = self.refused_by(level) { br; (refused) } };
            vec![place, rule, said, html! { (self.bound(level).unwrap_or_default()) }, publisher]
        };
        let rows: Vec<Vec<Markup>> = self.chain.layers.iter().map(level).collect();
        let columns = [words.place, words.rule, words.what_it_said, words.where_bound_acted, words.who_published];
        table(words.chain, &columns, &rows)
    }

    /// What privacy law withheld from the rules or gave them in another form, and whose law that was.
    fn rulings(&self) -> Markup {
        let words = self.words();
        let of = |ruling: &LoggedRuling, said: &'static str| {
            vec![
                self.fact(&ruling.fact),
                html! { (said) },
                html! { @for reason in &ruling.decided_by { div { (self.ruled_by(reason)) } } },
            ]
        };
        let withheld = self.chain.withheld.iter().map(|ruling| of(ruling, words.was_withheld));
        let masked = self.chain.masked.iter().map(|ruling| of(ruling, words.was_masked));
        let rows: Vec<Vec<Markup>> = withheld.chain(masked).collect();
        if rows.is_empty() {
            return paragraph(words.nothing_withheld);
        }
        table(words.withheld_by_law, &[words.fact, words.ruling, words.by_whose_law], &rows)
    }

    fn ruled_by(&self, reason: &LoggedReason) -> Markup {
        let of = reason.jurisdiction.as_deref().map(|code| self.place_text(code));
        html! {
            @match of {
                Some(place) => { (place) @if let Some(rule) = &reason.rule { " " (rule) } },
                None => span lang="en" { (reason.reason) },
            }
            @if let Some(provision) = &reason.provision {
                (self.language.pick("，", ", ")) (provision.document) " " (provision.article)
            }
        }
    }
}

/// The rule of a level, if a revision has it.
fn rule_of<'r>(rulebook: &'r Rulebook, level: &LoggedLevel) -> Option<&'r RuleHead> {
    let digest = level.digest.as_deref()?.parse::<Digest>().ok()?;
    rulebook.rules().map(|rule| rule.head.as_ref()).find(|head| head.digest == Some(digest))
}

/// Whether the viewer may see the whole decision: whether today's law lets it receive all facts that the record names
/// and all that the rules may read. All of the service, where a rule is no longer known.
fn may_see(engine: &Engine, deciding: &Rulebook, console: &ConsoleReader, chain: &LoggedChain) -> bool {
    let service = Id::new(&chain.service).ok();
    let contract = service.and_then(|service| engine.rulebook().contract(&service));
    let Some((contract, place)) = contract.zip(JurisdictionCode::new(&chain.jurisdiction).ok()) else { return false };
    let mut paths: BTreeSet<&str> = chain.facts().collect();
    for level in chain.layers.iter().filter(|level| level.rule.is_some()) {
        match rule_of(deciding, level) {
            Some(rule) => paths.extend(rule.reads.iter().chain(&rule.reads_parts).map(FieldName::as_str)),
            None => paths.extend(contract.facts.iter().map(|fact| fact.name.as_str())),
        }
    }
    let audience = FactAudience { engine, viewer: console.recipient(), contract, place: &place };
    audience.may_receive_all(&paths)
}

/// How an objection stands, in words.
pub(super) fn objection_words(state: ObjectionState, words: &ConsoleWords) -> &'static str {
    match state {
        ObjectionState::Received => words.objection_received,
        ObjectionState::Overdue => words.objection_overdue,
        ObjectionState::Answered => words.objection_answered,
    }
}
