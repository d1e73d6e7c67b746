//! The entry of a rule in the index.

use ordinance_domain::calendar::Date;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::Definitions;
use ordinance_engine::index::{HexDigest, IndexedRule, IndexedState};

use crate::source::RuleSource;

/// The rule's entry. If the manifest can't be parsed, the folder gives the place and the service, and the rule is
/// broken on every day. If no service has the folder's name, the rule is a privacy rule, whose failure withholds facts.
/// `None` if the folder doesn't name a place and an id either.
pub(super) fn index_entry(
    rule: &RuleSource,
    sources: Option<HexDigest>,
    state: IndexedState,
    definitions: &Definitions,
) -> Option<IndexedRule> {
    match &rule.manifest {
        Ok(manifest) => Some(IndexedRule {
            jurisdiction: manifest.jurisdiction.to_string(),
            service: manifest.scope.service().map(ToString::to_string),
            id: manifest.id.to_string(),
            version: manifest.version.clone(),
            from: manifest.in_force.from(),
            until: manifest.in_force.until(),
            published: manifest.publication.published,
            withdrawn: manifest.publication.withdrawn,
            shadow: manifest.shadow,
            sources,
            published_by: None,
            digest: None,
            state,
        }),
        Err(_) => {
            let (code, service) = rule.place.split_once('/').unwrap_or((&rule.place, ""));
            let code = JurisdictionCode::new(code).ok()?;
            let service = Id::new(service.split('/').next().unwrap_or_default()).ok()?;
            Some(IndexedRule {
                jurisdiction: code.to_string(),
                service: definitions.contracts.contains_key(&service).then(|| service.to_string()),
                id: service.to_string(),
                version: "0.0.0".to_owned(),
                from: Date::MIN,
                until: None,
                published: None,
                withdrawn: None,
                shadow: false,
                sources,
                published_by: None,
                digest: None,
                state,
            })
        }
    }
}
