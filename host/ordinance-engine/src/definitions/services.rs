//! The contracts of services: `services/*.toml`.

use std::collections::BTreeMap;

use ordinance_domain::bounds::Bound;
use ordinance_domain::calendar::{LawDay, Timeline};
use ordinance_domain::contract::{Better, Contract, EligibleMeaning, GrantField, PrivacyReach, RequiredApproval};
use ordinance_domain::fact::Fact;
use ordinance_domain::parameters::Parameter;
use ordinance_domain::privacy::{BasisKind, Purpose};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::application_points::{ApplyToml, application_points};
use super::bound_text::{BoundTarget, BoundToml, DatedBoundToml, dated, number_bounds, outcome_bounds, parameters};
use super::fact_relations::read_word;
use super::fact_toml::{self, FieldToml};
use super::files::SERVICES_FOLDER;
use super::objection_terms::{ObjectionsToml, objection_terms};
use crate::diagnostic::Diagnostic;
use crate::manifest::{ParameterToml, jurisdiction};
use crate::toml_text::{ProvisionToml, TextFile};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServiceToml {
    id: Spanned<String>,
    purpose: Spanned<String>,
    basis: Option<Spanned<BasisToml>>,
    facts: Spanned<Vec<String>>,
    titles: Spanned<BTreeMap<String, String>>,
    description: Option<Spanned<BTreeMap<String, String>>>,
    #[serde(default)]
    apply: Vec<Spanned<ApplyToml>>,
    outcome: Spanned<BoundToml>,
    eligible: Option<Spanned<String>>,
    privacy: Option<Spanned<PrivacyReachToml>>,
    #[serde(default)]
    grant: BTreeMap<String, Spanned<FieldToml>>,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<ParameterToml>>,
    #[serde(default)]
    approvals: Vec<Spanned<ApprovalToml>>,
    objections: Option<ObjectionsToml>,
}

/// A level without whose word no rule of a place below counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ApprovalToml {
    by: Spanned<String>,
    provision: Spanned<ProvisionToml>,
}

/// The legal basis on which a service processes facts, unless a case names another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct BasisToml {
    kind: Spanned<String>,
    provision: Spanned<ProvisionToml>,
}

/// Which rules the privacy law of a level binds, where the service says so itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PrivacyReachToml {
    reach: Option<Spanned<String>>,
    provision: Option<Spanned<ProvisionToml>>,
    reaches: Option<Spanned<Vec<DatedReachToml>>>,
}

/// A reach with the days from which it holds and on which it was published.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DatedReachToml {
    from: Option<Spanned<Datetime>>,
    published: Option<Spanned<Datetime>>,
    reach: Spanned<String>,
    provision: Spanned<ProvisionToml>,
}

pub(super) fn parse_service(name: &str, text: &str, facts: &BTreeMap<String, Fact>) -> Result<Contract, Diagnostic> {
    let file = TextFile::new(name, text);
    let written: ServiceToml = file.parse()?;
    let service = file.id(&written.id)?;
    if name != format!("{SERVICES_FOLDER}/{service}.toml") {
        return Err(
            file.diagnostic(written.id.span(), format!("the service `{service}` must be in services/{service}.toml"))
        );
    }
    let fact_of = |name: &String| {
        facts.get(name).cloned().ok_or_else(|| {
            file.diagnostic_with_help(
                written.facts.span(),
                format!("the fact `{name}` is unknown"),
                format!("add [{name}] to facts.toml"),
            )
        })
    };
    let named = written.facts.get_ref();
    if let Some((_, twice)) =
        named.iter().enumerate().find(|(at, name)| named.iter().take(*at).any(|other| other == *name))
    {
        return Err(file.diagnostic(written.facts.span(), format!("the fact `{twice}` is named twice")));
    }
    let purpose = Purpose::new(written.purpose.get_ref())
        .map_err(|error| file.diagnostic(written.purpose.span(), error.to_string()))?;
    let written_basis = written.basis.as_ref().ok_or_else(|| {
        file.diagnostic_with_help(
            written.purpose.span(),
            "the service has no legal basis for this purpose",
            format!(
                "add basis = {{ kind = \"...\", provision = {{ document = \"...\", article = \"...\" }} }}; the kinds are {}",
                BasisKind::words()
            ),
        )
    })?;
    let BasisToml { kind, provision } = written_basis.get_ref();
    let basis = BasisKind::parse(kind.get_ref()).ok_or_else(|| {
        let help = format!("write one of {}", BasisKind::words());
        file.diagnostic_with_help(kind.span(), format!("unknown legal basis `{}`", kind.get_ref()), help)
    })?;
    let privacy_reach =
        written.privacy.as_ref().map(|privacy| privacy_reach(&file, privacy)).transpose()?.unwrap_or_default();
    let parameters = parameters(&file, &written.parameters)?;
    let grant_field = |(name, table): (&String, &Spanned<FieldToml>)| grant_field(&file, name, table, &parameters);
    Ok(Contract {
        titles: file.titles(&written.titles)?,
        description: file.optional_titles(written.description.as_ref())?,
        application_points: application_points(&file, &written.apply)?,
        purpose,
        basis,
        basis_provision: file.provision(provision)?,
        facts: written.facts.get_ref().iter().map(fact_of).collect::<Result<_, _>>()?,
        privacy_reach,
        outcome: outcome_bounds(&file, written.outcome.span(), written.outcome.get_ref())?,
        eligible: match &written.eligible {
            Some(word) => read_word(&file, word, EligibleMeaning::parse, EligibleMeaning::words)?,
            None => EligibleMeaning::Benefit,
        },
        grant: written.grant.iter().map(grant_field).collect::<Result<_, _>>()?,
        approvals: approvals(&file, &written.approvals)?,
        objections: written.objections.as_ref().map(|terms| objection_terms(&file, terms)).transpose()?,
        numbers: parameters.clone(),
        service,
    })
}

fn approvals(file: &TextFile, written: &[Spanned<ApprovalToml>]) -> Result<Vec<RequiredApproval>, Diagnostic> {
    let mut approvals: Vec<RequiredApproval> = Vec::new();
    for approval in written {
        let ApprovalToml { by, provision } = approval.get_ref();
        let by_place = jurisdiction(file, by)?;
        if approvals.iter().any(|known| known.by == by_place) {
            return Err(file.diagnostic(by.span(), format!("the approval of `{by_place}` is asked for twice")));
        }
        approvals.push(RequiredApproval { by: by_place, provision: file.provision(provision)? });
    }
    Ok(approvals)
}

fn privacy_reach(
    file: &TextFile,
    written: &Spanned<PrivacyReachToml>,
) -> Result<Timeline<Bound<PrivacyReach>>, Diagnostic> {
    let PrivacyReachToml { reach, provision, reaches } = written.get_ref();
    let is_one = reach.is_some() && provision.is_some() && reaches.is_none();
    let are_several = reach.is_none() && provision.is_none() && reaches.is_some();
    if !is_one && !are_several {
        let help = "write reach = \"...\" and provision = { ... }, or reaches = [{ from = 2027-01-01, reach = \"...\", provision = { ... } }]";
        return Err(file.diagnostic_with_help(written.span(), "there is no reach with its provision", help));
    }
    let dated_reach = |reach: &DatedReachToml| DatedBoundToml {
        from: reach.from.clone(),
        published: reach.published.clone(),
        bound: reach.reach.clone(),
        provision: reach.provision.clone(),
    };
    let bounds = reaches
        .as_ref()
        .map(|reaches| Spanned::new(reaches.span(), reaches.get_ref().iter().map(dated_reach).collect::<Vec<_>>()));
    let written_bound = BoundToml { bound: reach.clone(), provision: provision.clone(), bounds };
    dated(file, written.span(), &written_bound, |reach| {
        PrivacyReach::parse(reach.get_ref()).ok_or_else(|| {
            let help = format!("write one of {}", PrivacyReach::words());
            file.diagnostic_with_help(reach.span(), format!("unknown reach `{}`", reach.get_ref()), help)
        })
    })
}

fn grant_field(
    file: &TextFile,
    name: &str,
    table: &Spanned<FieldToml>,
    parameters: &[Parameter],
) -> Result<GrantField, Diagnostic> {
    let name = file.field_name(name, table.span())?;
    let (fact_type, titles, unit) = fact_toml::grant_parts(file, &name, table)?;
    let bounded = BoundTarget::Grant(&fact_type, unit.as_ref());
    let bound = number_bounds(file, table.span(), &table.get_ref().bound_toml(), bounded, parameters)?;
    for day in bound.days().chain(bound.iter().flat_map(|dated| dated.value.kind.days()).collect::<Vec<_>>()) {
        let published = LawDay::all_published(day);
        if bound.on(published).is_some_and(|bound| bound.kind.is_unsatisfiable_with(std::iter::empty(), published)) {
            let message = format!(
                "the bound of `{name}` leaves nothing lawful on {day}: its least value is greater than its greatest"
            );
            return Err(file.diagnostic(table.span(), message));
        }
    }
    let better = match table.get_ref().better() {
        Some(word) => read_word(file, word, Better::parse, Better::words)?,
        None => Better::More,
    };
    Ok(GrantField { name, titles, unit, better, bound, fact_type })
}
