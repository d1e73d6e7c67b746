//! The contract of a public service: the facts its rules may use, the grant they may give, and what each level may
//! change. Every level's rule for the service fulfils the same contract.

use crate::bounds::{Bound, GrantBound, OutcomeBound};
use crate::calendar::{Date, Timeline};
use crate::fact::{Fact, FactType};
use crate::name::{FieldName, Id};
use crate::privacy::{BasisKind, DataSubject, Disclosure, LegalBasis, Purpose, Recipient};
use crate::provision::Provision;
use crate::titles::Titles;

/// A public service (CPSV-AP) that a case is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Its id.
    pub service: Id,
    /// Titles by language.
    pub titles: Titles,
    /// The purpose its facts are processed for.
    pub purpose: Purpose,
    /// What entitles to that, unless a case says otherwise.
    pub basis: BasisKind,
    /// Where the basis is written.
    pub basis_provision: Provision,
    /// The facts that its rules may use.
    pub facts: Vec<Fact>,
    /// What a lower level may do to the outcome.
    pub outcome: Timeline<Bound<OutcomeBound>>,
    /// The fields of its grant; none for a service that only says yes or no.
    pub grant: Vec<GrantField>,
}

/// A field of a service's grant.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantField {
    /// Its name.
    pub name: FieldName,
    /// What values it can have.
    pub fact_type: FactType,
    /// Titles by language.
    pub titles: Titles,
    /// The unit, in words, such as `CNY per month`.
    pub unit: Option<String>,
    /// What a lower level may do to it.
    pub bound: Timeline<Bound<GrantBound>>,
}

impl Contract {
    /// The fact of this name, if rules of this service may use it.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.name.as_str() == name)
    }

    /// A request for the facts of a case of this service, on its own basis: by a recipient, on a day, about somebody of
    /// whom nothing is known.
    #[must_use]
    pub fn disclosure(&self, recipient: Recipient, on: Date) -> Disclosure {
        let (purpose, basis) = (self.purpose.clone(), LegalBasis::of_kind(self.basis));
        Disclosure { recipient, purpose, basis, subject: DataSubject::default(), on }
    }

    /// The grant field of this name.
    #[must_use]
    pub fn grant_field(&self, name: &FieldName) -> Option<&GrantField> {
        self.grant.iter().find(|field| &field.name == name)
    }
}
