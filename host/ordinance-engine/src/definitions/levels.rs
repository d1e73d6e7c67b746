//! The bounds that a level sets for those below it: `CODE/SERVICE/bounds.toml`. It owns the check that a level only
//! tightens what binds it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ordinance_domain::bounds::{Bound, GrantBound, LevelBounds, OutcomeBound};
use ordinance_domain::calendar::{Date, LawDay, Timeline};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::{JurisdictionCode, Jurisdictions};
use ordinance_domain::name::Id;
use ordinance_domain::provision::Provision;
use serde::Deserialize;
use toml::Spanned;

use super::bound_text::{BoundTarget, BoundToml, number_bounds, outcome_bounds, parameters};
use crate::diagnostic::Diagnostic;
use crate::manifest::{ParameterToml, jurisdiction};
use crate::toml_text::TextFile;

/// The file of a level's bounds.
pub const BOUNDS_FILE: &str = "bounds.toml";

/// The bounds of every level, by service and place.
pub type BoundsByService = BTreeMap<Id, BTreeMap<JurisdictionCode, Arc<LevelBounds>>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BoundsFileToml {
    jurisdiction: Spanned<String>,
    service: Spanned<String>,
    bounds: BoundsToml,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<ParameterToml>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BoundsToml {
    outcome: Option<Spanned<BoundToml>>,
    #[serde(default)]
    grant: BTreeMap<String, Spanned<BoundToml>>,
    #[serde(default)]
    parameter: BTreeMap<String, Spanned<BoundToml>>,
}

/// A level's bounds with the places in its file.
pub(super) struct WrittenBounds {
    pub(super) bounds: LevelBounds,
    file: TextFile,
    spans: BTreeMap<String, Range<usize>>,
}

/// Reads one file.
pub(super) fn parse_bounds(
    name: &str,
    text: &str,
    contracts: &BTreeMap<Id, Arc<Contract>>,
    places: &Jurisdictions,
) -> Result<WrittenBounds, Diagnostic> {
    let file = TextFile::new(name, text);
    let written: BoundsFileToml = file.parse()?;
    let code = jurisdiction(&file, &written.jurisdiction)?;
    let service = file.id(&written.service)?;
    if name != format!("{code}/{service}/{BOUNDS_FILE}") {
        let message = format!("bounds of `{code}` for `{service}` must be in {code}/{service}/{BOUNDS_FILE}");
        return Err(file.diagnostic(written.jurisdiction.span(), message));
    }
    if !places.knows(&code) {
        return Err(
            file.diagnostic(written.jurisdiction.span(), format!("the jurisdiction `{code}` is not in the rulebook"))
        );
    }
    let contract = contracts.get(&service).ok_or_else(|| {
        file.diagnostic(written.service.span(), format!("the service `{service}` is not in the rulebook"))
    })?;
    let parameters = parameters(&file, &written.parameters)?;
    let mut spans = BTreeMap::new();
    let mut grant = BTreeMap::new();
    let mut parameter_bounds = BTreeMap::new();
    for (name, table) in &written.bounds.grant {
        let field = file.field_name(name, table.span())?;
        let Some(known) = contract.grant_field(&field) else {
            return Err(file.diagnostic(table.span(), format!("the grant of `{service}` has no field `{field}`")));
        };
        let bounded = BoundTarget::Grant(&known.fact_type, known.unit.as_ref());
        spans.insert(format!("grant.{field}"), table.span());
        grant.insert(field, number_bounds(&file, table.span(), table.get_ref(), bounded, &parameters)?);
    }
    for (name, table) in &written.bounds.parameter {
        let field = file.field_name(name, table.span())?;
        spans.insert(format!("parameter.{field}"), table.span());
        let bounds = number_bounds(&file, table.span(), table.get_ref(), BoundTarget::Parameter, &parameters)?;
        parameter_bounds.insert(field, bounds);
    }
    let outcome = match &written.bounds.outcome {
        Some(table) => {
            spans.insert("outcome".to_owned(), table.span());
            outcome_bounds(&file, table.span(), table.get_ref())?
        }
        None => Timeline::default(),
    };
    let bounds =
        LevelBounds { jurisdiction: code, service, outcome, grant, parameters: parameter_bounds, numbers: parameters };
    Ok(WrittenBounds { bounds, file, spans })
}

/// The levels of a service. Each may only tighten the bounds of the levels above.
pub(super) struct BindingLevels<'a> {
    pub(super) contract: &'a Contract,
    pub(super) all: &'a BoundsByService,
    pub(super) places: &'a Jurisdictions,
}

/// Checks that a level doesn't loosen the bounds above it.
pub(super) fn check_tightens(written: &WrittenBounds, above: &BindingLevels<'_>) -> Result<(), Diagnostic> {
    let own = &written.bounds;
    let contract = above.contract;
    check(written, above, "outcome", &own.outcome, Some(&contract.outcome), |level| Some(&level.outcome))?;
    for (field, bounds) in &own.grant {
        let of_contract = contract.grant_field(field).map(|field| &field.bound);
        check(written, above, &format!("grant.{field}"), bounds, of_contract, |level| level.grant.get(field))?;
    }
    for (name, bounds) in &own.parameters {
        check(written, above, &format!("parameter.{name}"), bounds, None, |level| level.parameters.get(name))?;
    }
    Ok(())
}

/// The operations that both kinds of bounds have.
trait BoundKind {
    fn is_as_tight_as(&self, upper: &Self, day: LawDay) -> bool;
    fn text(&self, day: LawDay) -> String;
    /// The days on which the bound itself changes.
    fn changes(&self) -> Vec<Date>;
    /// Whether nothing is lawful under this bound and the upper ones.
    fn excludes(&self, uppers: &[&Self], day: LawDay) -> bool;
}

impl BoundKind for OutcomeBound {
    fn is_as_tight_as(&self, upper: &Self, _day: LawDay) -> bool {
        self.tightens(*upper)
    }

    fn text(&self, _day: LawDay) -> String {
        self.as_str().to_owned()
    }

    fn changes(&self) -> Vec<Date> {
        Vec::new()
    }

    fn excludes(&self, _uppers: &[&Self], _day: LawDay) -> bool {
        false
    }
}

impl BoundKind for GrantBound {
    fn is_as_tight_as(&self, upper: &Self, day: LawDay) -> bool {
        self.tightens(upper, day)
    }

    fn text(&self, day: LawDay) -> String {
        self.text_on(day)
    }

    fn changes(&self) -> Vec<Date> {
        self.days()
    }

    fn excludes(&self, uppers: &[&Self], day: LawDay) -> bool {
        self.is_unsatisfiable_with(uppers.iter().copied(), day)
    }
}

/// Compares a level's bound with all that bind it, on every day on which one of them changes.
fn check<FactKind: BoundKind>(
    written: &WrittenBounds,
    above: &BindingLevels<'_>,
    subject: &str,
    own: &Timeline<Bound<FactKind>>,
    of_contract: Option<&Timeline<Bound<FactKind>>>,
    of_level: impl Fn(&LevelBounds) -> Option<&Timeline<Bound<FactKind>>>,
) -> Result<(), Diagnostic> {
    let of_service = above.all.get(&written.bounds.service).into_iter().flat_map(BTreeMap::values);
    let mut days: Vec<Date> = above.places.days_of_change(&written.bounds.jurisdiction).collect();
    for bounds in of_contract.into_iter().chain(of_service.filter_map(|level| of_level(level))) {
        days.extend(bounds.days());
        days.extend(bounds.iter().flat_map(|dated| dated.value.kind.changes()));
    }
    days.sort_unstable();
    days.dedup();
    for day in days {
        // What was known of bounds in the past can't be mended any more.
        let known = LawDay::all_published(day);
        let Some(bound) = own.on(known) else { continue };
        let contracts = of_contract.and_then(|bounds| bounds.on(known)).map(|upper| (None, upper));
        let levels = uppers(&written.bounds, above, day).into_iter();
        let levels = levels.filter_map(|level| Some((Some(level), of_level(level)?.on(known)?)));
        let uppers: Vec<_> = contracts.into_iter().chain(levels).collect();
        for (level, upper) in &uppers {
            if !bound.kind.is_as_tight_as(&upper.kind, known) {
                let words = (bound.kind.text(known), upper.kind.text(known));
                return Err(loosens(written, subject, day, words, *level, &upper.provision));
            }
        }
        let kinds: Vec<&FactKind> = uppers.iter().map(|(_, upper)| &upper.kind).collect();
        if bound.kind.excludes(&kinds, known) {
            return Err(leaves_nothing(written, subject, day, &bound.kind.text(known), &kinds));
        }
    }
    Ok(())
}

/// The bounds that the levels above set on a day, top first. Empty on a day on which the place doesn't exist.
fn uppers<'a>(own: &LevelBounds, above: &BindingLevels<'a>, day: Date) -> Vec<&'a LevelBounds> {
    let is_there = above.places.on(&own.jurisdiction, day).is_some();
    let Some(chain) = above.places.chain(&own.jurisdiction, day).ok().filter(|_| is_there) else { return Vec::new() };
    let codes = chain.iter().filter(|code| **code != own.jurisdiction);
    codes.filter_map(|code| Some(above.all.get(&own.service)?.get(code)?.as_ref())).collect()
}

fn leaves_nothing<FactKind: BoundKind>(
    written: &WrittenBounds,
    subject: &str,
    day: Date,
    own: &str,
    uppers: &[&FactKind],
) -> Diagnostic {
    let theirs: Vec<String> =
        uppers.iter().map(|upper| format!("`{}`", upper.text(LawDay::all_published(day)))).collect();
    let message = format!(
        "`{}` leaves nothing lawful for `{subject}`{}: no value keeps `{own}` and {}",
        written.bounds.jurisdiction,
        since(day),
        theirs.join(" and ")
    );
    let span = written.spans.get(subject).cloned().unwrap_or(0..0);
    written.file.diagnostic_with_help(span, message, "write a bound within those of the levels above")
}

fn since(day: Date) -> String {
    if day == Date::MIN { String::new() } else { format!(" from {day} on") }
}

fn loosens(
    written: &WrittenBounds,
    subject: &str,
    day: Date,
    (own, theirs): (String, String),
    level: Option<&LevelBounds>,
    provision: &Provision,
) -> Diagnostic {
    let WrittenBounds { bounds, file, spans } = written;
    let set_by = match level {
        Some(level) => format!("`{}` sets in {0}/{}/{BOUNDS_FILE}", level.jurisdiction, level.service),
        None => format!("services/{}.toml sets", bounds.service),
    };
    let message = format!(
        "`{}` loosens `{subject}`{}: `{own}` isn't as tight as `{theirs}`, which {set_by} ({provision})",
        bounds.jurisdiction,
        since(day)
    );
    let span = spans.get(subject).cloned().unwrap_or(0..0);
    file.diagnostic_with_help(
        span,
        message,
        "a level may only tighten for those below it: write a bound that allows no more",
    )
}
