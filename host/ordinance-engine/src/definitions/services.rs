//! The contracts of services: `services/*.toml`.

use std::collections::BTreeMap;

use ordinance_domain::bounds::Bound;
use ordinance_domain::calendar::LawDay;
use ordinance_domain::contract::{Contract, GrantField, PrivacyReach};
use ordinance_domain::fact::Fact;
use ordinance_domain::parameters::Parameter;
use ordinance_domain::privacy::{BasisKind, Purpose};
use serde::Deserialize;
use toml::Spanned;

use super::bound_text::{BoundTarget, BoundToml, number_bounds, outcome_bounds, parameters};
use super::fact_toml::{self, FieldToml};
use super::files::SERVICES_FOLDER;
use crate::diagnostic::Diagnostic;
use crate::manifest::ParameterToml;
use crate::toml_text::{ProvisionToml, TextFile};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ServiceToml {
    id: Spanned<String>,
    purpose: Spanned<String>,
    basis: Option<Spanned<BasisToml>>,
    facts: Spanned<Vec<String>>,
    titles: Spanned<BTreeMap<String, String>>,
    outcome: Spanned<BoundToml>,
    privacy: Option<PrivacyReachToml>,
    #[serde(default)]
    grant: BTreeMap<String, Spanned<FieldToml>>,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<ParameterToml>>,
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
    let privacy_reach = written.privacy.as_ref().map(|privacy| privacy_reach(&file, privacy)).transpose()?;
    let parameters = parameters(&file, &written.parameters)?;
    let grant_field = |(name, table): (&String, &Spanned<FieldToml>)| grant_field(&file, name, table, &parameters);
    Ok(Contract {
        titles: file.titles(&written.titles)?,
        purpose,
        basis,
        basis_provision: file.provision(provision)?,
        facts: written.facts.get_ref().iter().map(fact_of).collect::<Result<_, _>>()?,
        privacy_reach,
        outcome: outcome_bounds(&file, written.outcome.span(), written.outcome.get_ref())?,
        grant: written.grant.iter().map(grant_field).collect::<Result<_, _>>()?,
        service,
    })
}

fn privacy_reach(file: &TextFile, written: &PrivacyReachToml) -> Result<Bound<PrivacyReach>, Diagnostic> {
    let PrivacyReachToml { reach, provision } = written;
    let kind = PrivacyReach::parse(reach.get_ref()).ok_or_else(|| {
        let help = format!("write one of {}", PrivacyReach::words());
        file.diagnostic_with_help(reach.span(), format!("unknown reach `{}`", reach.get_ref()), help)
    })?;
    Ok(Bound { kind, provision: file.provision(provision)? })
}

fn grant_field(
    file: &TextFile,
    name: &str,
    table: &Spanned<FieldToml>,
    parameters: &[Parameter],
) -> Result<GrantField, Diagnostic> {
    let name = file.field_name(name, table.span())?;
    let (fact_type, titles, unit) = fact_toml::grant_parts(file, &name, table)?;
    let bound =
        number_bounds(file, table.span(), &table.get_ref().bound_toml(), BoundTarget::Grant(&fact_type), parameters)?;
    for day in bound.days().chain(bound.iter().flat_map(|dated| dated.value.kind.days()).collect::<Vec<_>>()) {
        let published = LawDay::all_published(day);
        if bound.on(published).is_some_and(|bound| bound.kind.is_unsatisfiable_with(std::iter::empty(), published)) {
            let message = format!(
                "the bound of `{name}` leaves nothing lawful on {day}: its least value is greater than its greatest"
            );
            return Err(file.diagnostic(table.span(), message));
        }
    }
    Ok(GrantField { name, titles, unit, bound, fact_type })
}
