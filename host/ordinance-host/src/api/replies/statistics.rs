//! The reply with published statistics: cells as they were published, and sums of them.

use std::collections::BTreeMap;

use ordinance_domain::calendar::Timestamp;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::Rulebook;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::language::best;
use crate::shown::Shown;
use crate::statistics::attribute::{Attribute, Dimension};
use crate::statistics::cells::{CHAIN_SEPARATOR, level};
use crate::statistics::published_month::{PublishedCell, PublishedMonth};
use crate::statistics::publisher::NextMonth;

/// The published statistics that a query selects.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatisticsReply {
    /// The least decisions of a group of which the host publishes a number. Those of a month are as it was then.
    pub(crate) smallest_cell: u64,
    /// The months of the selected cells: none before the first month of the log is over.
    pub(crate) months: Vec<MonthReply>,
    /// The month that isn't over, of which nothing is shown, whatever the query selects.
    pub(crate) next_month: NextMonthReply,
    /// The decisions of the selected cells. Of each service, month and place at most `smallest_cell` less one
    /// are in no cell of the place or of one below it.
    pub(crate) decisions: u64,
    /// The sums of the selected cells by the level of their place.
    pub(crate) levels: Vec<LevelReply>,
    /// The sums of the selected cells by service.
    pub(crate) services: Vec<ServiceStatisticsReply>,
    /// The selected cells of this page, by month, service and place.
    pub(crate) cells: Vec<CellReply>,
    /// The `after` of the next page; `null` on the last one.
    pub(crate) next: Option<String>,
}

/// The month that is published next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextMonthReply {
    /// In UTC.
    #[schema(example = "2026-10")]
    pub(crate) month: String,
    /// From when on there are figures of it, if enough decisions were made in it; `null` at the end of the calendar.
    #[schema(value_type = Option<String>, example = "2026-11-01T01:00:00Z")]
    published_from: Option<Shown<Timestamp>>,
}

/// A published month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MonthReply {
    /// In UTC.
    #[schema(example = "2026-09")]
    pub(crate) month: String,
    /// The decisions of its selected cells.
    pub(crate) decisions: u64,
    pub(crate) smallest_cell: u64,
    /// Whether the log may begin within the month, so that earlier decisions of it aren't counted.
    pub(crate) log_begins: bool,
    /// Whether the host lacked room to count everything of the month: some decisions are counted by their outcome
    /// alone, or not at all.
    pub(crate) lacked_room: bool,
    /// Whether some records of the month are of an earlier version of the host, which didn't record missing and
    /// undeclared facts and refusing criteria: of these nothing is told.
    pub(crate) has_older_records: bool,
}

/// The decisions of the selected cells of places of a level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LevelReply {
    /// 1 is a nation.
    pub(crate) level: usize,
    pub(crate) decisions: u64,
}

/// The decisions on a service in the selected cells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceStatisticsReply {
    pub(crate) service: String,
    pub(crate) title: Option<String>,
    pub(crate) decisions: u64,
    #[serde(flatten)]
    pub(crate) dimensions: DimensionsReply,
}

/// The decisions on a service in a place and in those below it that have no cell of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CellReply {
    pub(crate) month: String,
    pub(crate) service: String,
    pub(crate) jurisdiction: String,
    pub(crate) name: Option<String>,
    /// The level of the place: 1 is a nation.
    pub(crate) level: usize,
    pub(crate) decisions: u64,
    #[serde(flatten)]
    pub(crate) dimensions: DimensionsReply,
}

/// How many of the decisions have what.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DimensionsReply {
    /// The outcomes: eligible, ineligible, undetermined.
    pub(crate) outcomes: DimensionReply,
    /// Why an outcome is undetermined, or the rest of a grant open.
    pub(crate) reasons: DimensionReply,
    /// The criteria that weren't satisfied, of the levels that decided that the person is ineligible; `null` where
    /// records lack them.
    pub(crate) refused_by: Option<DimensionReply>,
    /// The facts for which the outcome waits; `null` where records lack them.
    pub(crate) missing: Option<DimensionReply>,
    /// The facts that privacy law withheld from the rules.
    pub(crate) withheld: DimensionReply,
    /// The facts that were sent and that no rule declares; `null` where records lack them.
    pub(crate) undeclared: Option<DimensionReply>,
    /// The failures of rules.
    pub(crate) failures: DimensionReply,
    /// The answers of rules outside the bounds of upper law.
    pub(crate) violations: DimensionReply,
    /// The decisions that were made anew after an objection, as `decided-anew`.
    pub(crate) objections: DimensionReply,
}

/// How many decisions have what of one kind. A decision may have several.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DimensionReply {
    /// What enough decisions have, the most frequent first.
    pub(crate) figures: Vec<FigureReply>,
    /// How many decisions may have any one thing that isn't named, or whether that is nothing isn't told.
    pub(crate) others_at_most: u64,
}

/// How many decisions have one thing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureReply {
    /// Whose rule, for what a rule did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jurisdiction: Option<String>,
    /// The id of the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    /// The outcome, the reason, the criterion, the fact, the code of the failure, or what the bound limits.
    #[schema(example = "eligible")]
    pub(crate) name: String,
    pub(crate) at_least: u64,
    /// The same number, where it is told exactly.
    pub(crate) at_most: u64,
}

/// A cell with the table of its month.
#[derive(Debug, Clone)]
pub(crate) struct SelectedCell<'a> {
    /// What it is sorted by: month, service, chain.
    pub(crate) key: String,
    table: &'a PublishedMonth,
    cell: &'a PublishedCell,
}

impl<'a> SelectedCell<'a> {
    pub(crate) fn new(table: &'a PublishedMonth, cell: &'a PublishedCell) -> Self {
        Self { key: format!("{} {} {}", table.month, cell.service, cell.chain), table, cell }
    }
}

/// Where the titles of services and the names of places come from.
#[derive(Clone, Copy)]
pub(crate) struct TitleSource<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) languages: &'a [String],
}

impl TitleSource<'_> {
    fn service(self, id: &str) -> Option<String> {
        best(&self.rulebook.contract(&Id::new(id).ok()?)?.titles, self.languages)
    }

    fn place(self, code: &str) -> Option<String> {
        let place = self.rulebook.jurisdictions().latest(&JurisdictionCode::new(code).ok()?)?;
        best(&place.names, self.languages)
    }
}

/// The reply with the selected cells, of which some are on this page.
pub(crate) fn statistics_reply(
    selected: &[SelectedCell<'_>],
    page: &[&SelectedCell<'_>],
    next: Option<String>,
    (smallest_cell, next_month): (u64, NextMonth),
    titles: TitleSource<'_>,
) -> StatisticsReply {
    let mut by_service: BTreeMap<&str, Vec<&SelectedCell<'_>>> = BTreeMap::new();
    for cell in selected {
        by_service.entry(cell.cell.service.as_str()).or_default().push(cell);
    }
    let mut levels: BTreeMap<usize, u64> = BTreeMap::new();
    let mut months: BTreeMap<&str, MonthReply> = BTreeMap::new();
    for SelectedCell { table, cell, .. } in selected {
        *levels.entry(level(&cell.chain)).or_default() += cell.decisions;
        months.entry(&table.month).or_insert_with(|| month_reply(table)).decisions += cell.decisions;
    }
    let service = |(service, cells): (&str, Vec<&SelectedCell<'_>>)| ServiceStatisticsReply {
        service: service.to_owned(),
        title: titles.service(service),
        decisions: cells.iter().map(|cell| cell.cell.decisions).sum(),
        dimensions: dimensions_reply(&cells),
    };
    StatisticsReply {
        smallest_cell,
        months: months.into_values().collect(),
        next_month: NextMonthReply { month: next_month.month.to_string(), published_from: next_month.from.map(Shown) },
        decisions: selected.iter().map(|selected| selected.cell.decisions).sum(),
        levels: levels.into_iter().map(|(level, decisions)| LevelReply { level, decisions }).collect(),
        services: by_service.into_iter().map(service).collect(),
        cells: page.iter().map(|selected| cell_reply(selected, titles)).collect(),
        next,
    }
}

/// A month, before its cells are added.
fn month_reply(table: &PublishedMonth) -> MonthReply {
    MonthReply {
        month: table.month.clone(),
        decisions: 0,
        smallest_cell: table.smallest_cell,
        log_begins: table.log_begins,
        lacked_room: table.lacked_room,
        has_older_records: table.has_older_records,
    }
}

fn cell_reply(selected: &SelectedCell<'_>, titles: TitleSource<'_>) -> CellReply {
    let SelectedCell { key: _, table, cell } = selected;
    let code = cell.chain.rsplit(CHAIN_SEPARATOR).next().unwrap_or_default();
    CellReply {
        month: table.month.clone(),
        service: cell.service.clone(),
        jurisdiction: code.to_owned(),
        name: titles.place(code),
        level: level(&cell.chain),
        decisions: cell.decisions,
        dimensions: dimensions_reply(&[selected]),
    }
}

fn dimensions_reply(cells: &[&SelectedCell<'_>]) -> DimensionsReply {
    let lacks_new = cells.iter().any(|cell| cell.table.has_older_records);
    let sum = |dimension| dimension_reply(cells, dimension);
    let recorded = |dimension: Dimension| (!(lacks_new && dimension.is_new())).then(|| sum(dimension));
    DimensionsReply {
        outcomes: sum(Dimension::Outcomes),
        reasons: sum(Dimension::Reasons),
        refused_by: recorded(Dimension::RefusedBy),
        missing: recorded(Dimension::Missing),
        withheld: sum(Dimension::Withheld),
        undeclared: recorded(Dimension::Undeclared),
        failures: sum(Dimension::Failures),
        violations: sum(Dimension::Violations),
        objections: sum(Dimension::Objections),
    }
}

/// The sums of one dimension over cells of one service. Of a cell that doesn't name an attribute, as many decisions may
/// have it as any other.
fn dimension_reply(cells: &[&SelectedCell<'_>], dimension: Dimension) -> DimensionReply {
    let mut sums: BTreeMap<&Attribute, FigureSum> = BTreeMap::new();
    let others_at_most = cells.iter().map(|selected| selected.cell.others_at_most(dimension)).sum();
    for SelectedCell { table, cell, .. } in cells {
        for figure in &cell.figures {
            let Some(attribute) = table.attributes.get(figure.attribute) else { continue };
            if attribute.dimension == dimension {
                let sum = sums.entry(attribute).or_default();
                sum.at_least += figure.at_least;
                sum.at_most += figure.at_most;
                sum.others_at_most += cell.others_at_most(dimension);
            }
        }
    }
    let figure = |(attribute, sum): (&Attribute, FigureSum)| FigureReply {
        jurisdiction: attribute.jurisdiction.clone(),
        rule: attribute.rule.clone(),
        name: attribute.name.clone(),
        at_least: sum.at_least,
        at_most: sum.at_most + (others_at_most - sum.others_at_most),
    };
    let mut figures: Vec<FigureReply> = sums.into_iter().map(figure).collect();
    figures.sort_by_key(|figure| std::cmp::Reverse(figure.at_least));
    DimensionReply { figures, others_at_most }
}

/// What the cells that name an attribute tell of it.
#[derive(Debug, Default)]
struct FigureSum {
    at_least: u64,
    at_most: u64,
    /// What these cells tell of any other attribute.
    others_at_most: u64,
}
