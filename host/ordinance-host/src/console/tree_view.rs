//! The map and the tree of the places with their law. Places that only inherit, with all below them, are told together.

use maud::{Markup, html};
use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_pages::charts::{CellKind, ChartHead, TreeMap, TreeMapCell, cell_sample};
use ordinance_pages::fill;

use super::addresses::{CONSOLE, with_query};
use super::amounts::{AmountField, AmountRange, shades};
use super::law_state::LawState;
use super::law_tree::PlaceLaw;
use super::parts::{ShownLaw, chart_frame, heading};
use ordinance_dialogue::parts::titled_or;

/// What colours the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MapColours {
    State,
    Amount,
}

impl MapColours {
    pub(super) fn other(self) -> Self {
        match self {
            Self::State => Self::Amount,
            Self::Amount => Self::State,
        }
    }
}

/// How many levels of the tree are open at first.
const OPEN_LEVELS: usize = 1;

/// How large a rectangle is: by the root of how many places it stands for, since some stand for thousands.
fn weight_of(places: usize) -> u32 {
    u32::try_from(places.isqrt()).unwrap_or(u32::MAX)
}

/// The map and the tree.
pub(super) struct TreeView<'a> {
    pub(super) shown: &'a ShownLaw<'a>,
    pub(super) contract: &'a Contract,
    pub(super) colours: MapColours,
    pub(super) trees: &'a [PlaceLaw<'a>],
    pub(super) request_day: Date,
}

impl TreeView<'_> {
    /// The map, with a link to the same one by other colours.
    pub(super) fn map(&self, other: &str) -> Markup {
        let words = self.shown.words();
        let field = AmountField::of(self.contract);
        let has_amounts = self.amounts().next().is_some();
        let by_amount = field.filter(|_| self.colours == MapColours::Amount && has_amounts);
        let shades = by_amount.map(|_| shades(self.amounts())).unwrap_or_default();
        let head = ChartHead { id: "map", title: words.map, description: words.map_description };
        let cells = self.trees.iter().map(|law| self.cell(law, by_amount.map(|_| shades.as_slice()))).collect();
        html! {
            (heading(words.map))
            p class="govuk-body" { (words.map_text) }
            @if has_amounts {
                p class="govuk-body" {
                    a class="govuk-link" href=(other) {
                        (if by_amount.is_some() { words.colour_by_state } else { words.colour_by_amount })
                    }
                }
            }
            @if let Some(field) = by_amount { (self.shade_legend(field, &shades)) }
            (chart_frame(words.map, &TreeMap { head, cells }.markup()))
        }
    }

    fn amounts(&self) -> impl Iterator<Item = AmountRange> {
        let mut found = Vec::new();
        self.trees.iter().for_each(|top| top.visit(&mut |law| found.extend(law.amounts)));
        found.into_iter()
    }

    fn cell(&self, law: &PlaceLaw<'_>, shades: Option<&[(AmountRange, u8)]>) -> TreeMapCell {
        let shade_of = |amounts: AmountRange| {
            let found = shades?.iter().find(|(known, _)| *known == amounts);
            found.map(|(_, shade)| CellKind::Shade(*shade))
        };
        let kind = match (shades, law.amounts, law.state.is_fault()) {
            (None, _, _) | (_, _, true) => law.state.kind(),
            (Some(_), amounts, false) => amounts.and_then(shade_of).unwrap_or(CellKind::Empty),
        };
        let places = |law: &PlaceLaw<'_>| law.size();
        let deviating = law.below.iter().filter(|below| !below.is_inheriting);
        let mut children: Vec<TreeMapCell> = deviating.map(|below| self.cell(below, shades)).collect();
        let inheriting: usize = law.below.iter().filter(|below| below.is_inheriting).map(places).sum();
        if inheriting > 0 && !children.is_empty() {
            children.push(self.inheriting_cell(law, inheriting, kind, shades.is_some()));
        }
        TreeMapCell {
            label: self.shown.place_text(&law.place.code),
            mark: law.state.mark(),
            note: law.amounts.map(AmountRange::numbers),
            kind,
            weight: weight_of(law.size()),
            children,
        }
    }

    /// What is said of places that stand as the one above does.
    fn others_words(&self, state: LawState) -> &'static str {
        let words = self.shown.words();
        if state == LawState::None { words.others_without_law } else { words.others_count }
    }

    /// The places that only inherit from one whose law others below change.
    fn inheriting_cell(&self, above: &PlaceLaw<'_>, places: usize, kind: CellKind, by_amount: bool) -> TreeMapCell {
        let state =
            above.below.iter().find(|below| below.is_inheriting).map_or(LawState::Inherits, |below| below.state);
        TreeMapCell {
            label: fill(self.others_words(state), &[&places.to_string()]),
            mark: state.mark(),
            note: above.amounts.map(AmountRange::numbers),
            kind: if by_amount { kind } else { state.kind() },
            weight: weight_of(places),
            children: Vec::new(),
        }
    }

    fn shade_legend(&self, field: AmountField<'_>, known: &[(AmountRange, u8)]) -> Markup {
        let (words, language) = (self.shown.words(), self.shown.language);
        let range = |shade: u8| {
            let of = || known.iter().filter(|(_, own)| *own == shade).map(|(amount, _)| amount.most);
            Some(AmountRange { least: of().min()?, most: of().max()? })
        };
        html! {
            p class="govuk-body" {
                (fill(words.amounts_text, &[&field.unit_words(language)]))
                " " (titled_or(&field.field.titles, language, field.field.name.as_str()))
            }
            ul class="app-legend govuk-body" {
                @for shade in 0..5_u8 {
                    @if let Some(range) = range(shade) {
                        li {
                            (cell_sample(&format!("shade-{shade}"), CellKind::Shade(shade), ""))
                            span { (field.words(range, language)) }
                        }
                    }
                }
            }
        }
    }

    /// The tree, which says all that the map shows.
    pub(super) fn tree(&self) -> Markup {
        html! {
            (heading(self.shown.words().tree))
            ul class="app-tree govuk-body" { @for law in self.trees { (self.branch(law, 0)) } }
        }
    }

    fn branch(&self, law: &PlaceLaw<'_>, level: usize) -> Markup {
        let words = self.shown.words();
        let below = law.size() - 1;
        let is_open = level < OPEN_LEVELS || law.below.iter().any(PlaceLaw::has_fault);
        html! {
            li {
                (self.row(law))
                @if below > 0 && law.is_inheriting && level > 0 {
                    " " a class="govuk-link" href=(self.address_within(law)) {
                        (fill(words.below_count, &[&below.to_string()]))
                    }
                } @else if below > 0 {
                    details open[is_open] {
                        summary { (fill(words.below_count, &[&below.to_string()])) }
                        ul { (self.branches(law, level)) }
                    }
                }
            }
        }
    }

    /// Places that differ each by itself; those that only inherit together, unless they are what is asked for.
    fn branches(&self, law: &PlaceLaw<'_>, level: usize) -> Markup {
        let is_asked_for = law.below.iter().all(|below| below.is_inheriting);
        let (inheriting, deviating): (Vec<_>, Vec<_>) =
            law.below.iter().partition(|below| below.is_inheriting && !is_asked_for);
        let count: usize = inheriting.iter().map(|below| below.size()).sum();
        html! {
            @for below in deviating { (self.branch(below, level + 1)) }
            @if let Some(first) = inheriting.first() {
                li {
                    (cell_sample(&format!("q-{}", law.place.code), first.state.kind(), first.state.mark()))
                    " " (fill(self.others_words(first.state), &[&count.to_string()])) ": "
                    @for (at, below) in inheriting.iter().enumerate() {
                        @if at > 0 { (self.shown.language.pick("、", ", ")) }
                        a class="govuk-link" href=(super::addresses::of_place(&below.place.code, Some(self.request_day))) {
                            (titled_or(&below.place.names, self.shown.language, below.place.code.as_str()))
                        }
                    }
                }
            }
        }
    }

    fn address_within(&self, law: &PlaceLaw<'_>) -> String {
        let on = self.request_day.to_string();
        let service = self.contract.service.as_str();
        with_query(CONSOLE, &[("service", service), ("on", &on), ("within", law.place.code.as_str())])
    }

    fn row(&self, law: &PlaceLaw<'_>) -> Markup {
        let (shown, words) = (self.shown, self.shown.words());
        let amounts = AmountField::of(self.contract).zip(law.amounts);
        html! {
            (cell_sample(&format!("t-{}", law.place.code), law.state.kind(), law.state.mark()))
            " " (shown.place(&law.place.code))
            " – " span class="app-state" { (law.state.words(words)) }
            @if let Some(rule) = law.rule.filter(|_| law.has_own_rule()) {
                ": " (shown.rule_link(&rule.head)) (shown.language.pick("，", ", ")) (shown.days(&rule.head.in_force))
            }
            @if let Some((field, amounts)) = amounts {
                (shown.language.pick("，", ", ")) (field.words(amounts, shown.language))
            }
        }
    }
}
