//! The tables of what happens: sums of the published statistics, in which small numbers are suppressed for good,
//! within the places that a caller may see.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use ordinance_pages::{CodeKind, code_words};
use ordinance_pages::{ReadingLanguage, fill};

use super::activity_table::{ActivityRow, ActivityTable, RowNumber, WholeHost};
use super::bounds_words::bound_subject;
use super::words::ConsoleWords;
use crate::admission::callers::scope::CallerScope;
use crate::api::replies::statistics::{
    DimensionReply, FigureReply, SelectedCell, ServiceStatisticsReply, StatisticsReply, TitleSource, statistics_reply,
};
use crate::clock::now;
use crate::statistics::cells::CHAIN_SEPARATOR;
use crate::statistics::month::Month;
use crate::statistics::published_month::PublishedCell;
use crate::statistics::publisher::{Edition, NextMonth};
use ordinance_dialogue::parts::title_text;

/// Which statistics.
pub(super) struct ActivityView<'a> {
    pub(super) rulebook: &'a Rulebook,
    pub(super) scope: &'a CallerScope,
    pub(super) language: ReadingLanguage,
    pub(super) service: Option<&'a Id>,
    pub(super) place: Option<&'a JurisdictionCode>,
    /// The month; all published ones without.
    pub(super) month: Option<Month>,
    pub(super) smallest_cell: u64,
}

impl ActivityView<'_> {
    fn words(&self) -> &'static ConsoleWords {
        ConsoleWords::of(self.language)
    }

    /// Whether a cell is of the wanted service and place, and of one that the caller may see.
    fn selects(&self, cell: &PublishedCell) -> bool {
        let codes: Vec<JurisdictionCode> =
            cell.chain.split(CHAIN_SEPARATOR).filter_map(|code| JurisdictionCode::new(code).ok()).collect();
        self.scope.covers(codes.iter())
            && self.service.is_none_or(|service| cell.service == service.as_str())
            && self.place.is_none_or(|place| codes.contains(place))
    }

    fn selects_month(&self, month: &str) -> bool {
        self.month.is_none_or(|wanted| wanted.to_string() == month)
    }

    /// The sums of the published months.
    pub(super) fn sums(&self, edition: &Edition) -> StatisticsReply {
        let mut selected: Vec<SelectedCell<'_>> = Vec::new();
        for table in edition.tables.iter().filter(|table| self.selects_month(&table.month)) {
            let cells = table.cells.iter().filter(|cell| self.selects(cell));
            selected.extend(cells.map(|cell| SelectedCell::new(table, cell)));
        }
        let languages = [self.language.tag().to_owned()];
        let titles = TitleSource { rulebook: self.rulebook, languages: &languages };
        let all: Vec<&SelectedCell<'_>> = selected.iter().collect();
        statistics_reply(&selected, &all, None, (self.smallest_cell, NextMonth::at(now())), titles)
    }

    /// All tables of the published months.
    pub(super) fn tables(&self, sums: &StatisticsReply) -> Vec<ActivityTable> {
        vec![
            self.months(sums),
            self.places(sums),
            self.outcomes(sums),
            self.refusals(sums),
            self.facts(sums),
            self.rules(sums),
        ]
    }

    fn months(&self, sums: &StatisticsReply) -> ActivityTable {
        let words = self.words();
        ActivityTable {
            name: "months",
            title: words.by_month,
            empty: words.no_months,
            columns: vec![words.month, words.decisions],
            rows: (sums.months.iter())
                .map(|month| ActivityRow {
                    names: vec![month.month.clone()],
                    number: RowNumber::Exactly(month.decisions),
                })
                .collect(),
            whole: WholeHost::default(),
        }
    }

    /// Decisions of each place with statistics of its own, over all months.
    fn places(&self, sums: &StatisticsReply) -> ActivityTable {
        let words = self.words();
        let mut by_place: std::collections::BTreeMap<(&str, &str), u64> = std::collections::BTreeMap::new();
        for cell in &sums.cells {
            let name = cell.name.as_deref().unwrap_or(&cell.jurisdiction);
            *by_place.entry((cell.jurisdiction.as_str(), name)).or_default() += cell.decisions;
        }
        let mut places: Vec<((&str, &str), u64)> = by_place.into_iter().collect();
        places.sort_by_key(|(_, decisions)| std::cmp::Reverse(*decisions));
        ActivityTable {
            name: "places",
            title: words.by_place,
            empty: words.no_months,
            columns: vec![words.place, words.code, words.decisions],
            rows: (places.into_iter())
                .map(|((code, name), decisions)| ActivityRow {
                    names: vec![name.to_owned(), code.to_owned()],
                    number: RowNumber::Exactly(decisions),
                })
                .collect(),
            whole: WholeHost::default(),
        }
    }

    fn service_title(&self, service: &ServiceStatisticsReply) -> String {
        service.title.clone().unwrap_or_else(|| service.service.clone())
    }

    /// The rows of a dimension of all services.
    fn figures(
        &self,
        sums: &StatisticsReply,
        of: &dyn Fn(&ServiceStatisticsReply) -> Option<&DimensionReply>,
        name: &dyn Fn(&ServiceStatisticsReply, &FigureReply) -> Vec<String>,
    ) -> Vec<ActivityRow> {
        let mut rows = Vec::new();
        for service in &sums.services {
            for figure in of(service).map(|dimension| dimension.figures.as_slice()).unwrap_or_default() {
                let names = [self.service_title(service)].into_iter().chain(name(service, figure)).collect();
                rows.push(ActivityRow { names, number: RowNumber::Between(figure.at_least, figure.at_most) });
            }
        }
        rows
    }

    fn outcomes(&self, sums: &StatisticsReply) -> ActivityTable {
        let words = self.words();
        let name = |_: &ServiceStatisticsReply, figure: &FigureReply| {
            vec![code_words(self.language, CodeKind::Outcome, &figure.name).to_owned()]
        };
        ActivityTable {
            name: "outcomes",
            title: words.by_outcome,
            empty: words.no_figures,
            columns: vec![words.service, words.outcome, words.at_least, words.at_most],
            rows: self.figures(sums, &|service| Some(&service.dimensions.outcomes), &name),
            whole: WholeHost::default(),
        }
    }

    fn refusals(&self, sums: &StatisticsReply) -> ActivityTable {
        let words = self.words();
        let name =
            |_: &ServiceStatisticsReply, figure: &FigureReply| vec![self.criterion(figure), self.place_of(figure)];
        ActivityTable {
            name: "refusals",
            title: words.refusals,
            empty: words.no_figures,
            columns: vec![words.service, words.criterion, words.law_of, words.at_least, words.at_most],
            rows: self.figures(sums, &|service| service.dimensions.refused_by.as_ref(), &name),
            whole: WholeHost::default(),
        }
    }

    /// Missing and withheld facts.
    fn facts(&self, sums: &StatisticsReply) -> ActivityTable {
        let words = self.words();
        let named = |what: &'static str| {
            move |_: &ServiceStatisticsReply, figure: &FigureReply| vec![what.to_owned(), self.fact(&figure.name)]
        };
        let missing = self.figures(sums, &|service| service.dimensions.missing.as_ref(), &named(words.was_missing));
        let withheld = self.figures(sums, &|service| Some(&service.dimensions.withheld), &named(words.was_withheld));
        ActivityTable {
            name: "facts",
            title: words.missing_and_withheld,
            empty: words.no_figures,
            columns: vec![words.service, words.what, words.fact, words.at_least, words.at_most],
            rows: missing.into_iter().chain(withheld).collect(),
            whole: WholeHost::default(),
        }
    }

    /// Violations of bounds and failures of rules.
    fn rules(&self, sums: &StatisticsReply) -> ActivityTable {
        let words = self.words();
        let rule = |figure: &FigureReply| figure.rule.clone().unwrap_or_default();
        let violated = |service: &ServiceStatisticsReply, figure: &FigureReply| {
            let contract = Id::new(&service.service).ok().and_then(|id| self.rulebook.contract(&id));
            let subject = bound_subject(&figure.name, contract.map(AsRef::as_ref), self.language);
            vec![fill(words.violation_of, &[&subject]), rule(figure), self.place_of(figure)]
        };
        let failed = |_: &ServiceStatisticsReply, figure: &FigureReply| {
            let failure = code_words(self.language, CodeKind::Failure, &figure.name);
            vec![failure.to_owned(), rule(figure), self.place_of(figure)]
        };
        let violations = self.figures(sums, &|service| Some(&service.dimensions.violations), &violated);
        let failures = self.figures(sums, &|service| Some(&service.dimensions.failures), &failed);
        ActivityTable {
            name: "rules",
            title: words.violations_and_failures,
            empty: words.no_figures,
            columns: vec![words.service, words.what, words.rule, words.law_of, words.at_least, words.at_most],
            rows: violations.into_iter().chain(failures).collect(),
            whole: WholeHost::default(),
        }
    }

    fn place_of(&self, figure: &FigureReply) -> String {
        let code = figure.jurisdiction.as_deref().unwrap_or_default();
        let known = JurisdictionCode::new(code).ok();
        let place = known.as_ref().and_then(|code| self.rulebook.jurisdictions().latest(code));
        place.map_or_else(|| code.to_owned(), |place| title_text(&place.names, self.language, code))
    }

    /// The title of a criterion, by the rule that has it in any version.
    fn criterion(&self, figure: &FigureReply) -> String {
        let is_rule = |head: &&std::sync::Arc<ordinance_domain::rule_head::RuleHead>| {
            Some(head.jurisdiction.as_str()) == figure.jurisdiction.as_deref()
                && Some(head.id.as_str()) == figure.rule.as_deref()
        };
        let id = Id::new(&figure.name).ok();
        let heads = self.rulebook.rules().map(|rule| &rule.head).filter(is_rule);
        let titled = heads.filter_map(|head| head.criterion(id.as_ref()?));
        let title = titled.map(|criterion| title_text(&criterion.titles, self.language, &figure.name)).next();
        title.unwrap_or_else(|| figure.name.clone())
    }

    fn fact(&self, name: &str) -> String {
        let fact = self.rulebook.fact(name);
        fact.map_or_else(|| name.to_owned(), |fact| title_text(&fact.titles, self.language, name))
    }
}
