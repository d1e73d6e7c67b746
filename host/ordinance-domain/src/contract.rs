//! The contract of a public service: the facts that its rules may use, the grant that they may give, and what each
//! level may change. The rules of all levels for the service fulfil the same contract.

use crate::bounds::{Bound, GrantBound, OutcomeBound};
use crate::calendar::{Date, LawDay, Timeline};
use crate::fact::{Fact, FactType};
use crate::facts::Facts;
use crate::guidance::ApplicationPoint;
use crate::jurisdiction::{JurisdictionCode, Jurisdictions};
use crate::name::{FieldName, Id};
use crate::parameters::Parameter;
use crate::privacy::{BasisKind, DataSubject, Disclosure, LegalBasis, Purpose, Recipient};
use crate::provision::Provision;
use crate::titles::Titles;
use crate::unit::Unit;
use crate::value::{Value, field};
use crate::word_enum::word_enum;

/// The contract of a public service (CPSV-AP: Public Service).
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// The id of the service.
    pub service: Id,
    /// Titles for people.
    pub titles: Titles,
    /// What it is, in plain words; empty if nobody wrote it.
    pub description: Titles,
    /// Where people apply for it.
    pub application_points: Vec<ApplicationPoint>,
    /// The purpose for which rules process the facts.
    pub purpose: Purpose,
    /// The legal basis of the processing, unless a case gives another.
    pub basis: BasisKind,
    /// The provision that sets the legal basis.
    pub basis_provision: Provision,
    /// The facts that rules of the service may use.
    pub facts: Vec<Fact>,
    /// Which rules the privacy law of a level binds, if the service says so itself.
    pub privacy_reach: Timeline<Bound<PrivacyReach>>,
    /// What a lower level may do to the outcome.
    pub outcome: Timeline<Bound<OutcomeBound>>,
    /// What it means to be eligible.
    pub eligible: EligibleMeaning,
    /// The numbers of its file, which limits of its bounds name.
    pub numbers: Vec<Parameter>,
    /// The fields of the grant; empty for a service that only says yes or no.
    pub grant: Vec<GrantField>,
    /// The levels without whose word no rule of a place below counts.
    pub approvals: Vec<RequiredApproval>,
    /// Who reviews an objection to a decision, and in which times; `None` if the service takes none.
    pub objections: Option<ObjectionTerms>,
}

/// On which terms a person may object to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectionTerms {
    /// The level whose authority reviews the decision: a place of its chain.
    pub by: JurisdictionCode,
    /// For how many days after that of the decision a person may object.
    pub within_days: u32,
    /// In how many days after that of the objection the authority has to answer.
    pub answer_days: u32,
    /// For how many days after that of the answer both are kept.
    pub keep_days: u32,
    /// The provision that says so.
    pub provision: Provision,
}

/// A level whose word a rule of a lower place needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredApproval {
    /// The level that approves.
    pub by: JurisdictionCode,
    /// The provision of upper law that reserves it.
    pub provision: Provision,
}

word_enum! {
    /// Which rules of a service the privacy law of a level binds when they decide a case.
    PrivacyReach {
        /// The rules of every level.
        AllLevels = "all-levels",
        /// The rule of its own level and those below: it can't take from an upper level's rule a fact that upper law
        /// gives it.
        OwnAndLower = "own-and-lower",
    }
}

word_enum! {
    /// What it means for a person to be eligible.
    EligibleMeaning {
        /// The person gets something.
        Benefit = "benefit",
        /// The person owes something, such as a tax.
        Liability = "liability",
    }
}

word_enum! {
    /// Whether more of a grant field is better for the person.
    Better {
        /// More is a gain.
        More = "more",
        /// Less is a gain, as of a tax.
        Less = "less",
        /// Neither is.
        Neither = "neither",
    }
}

/// A field of a service's grant.
#[derive(Debug, Clone, PartialEq)]
pub struct GrantField {
    /// Unique within the grant.
    pub name: FieldName,
    /// The type and range of its values.
    pub fact_type: FactType,
    /// Titles for people.
    pub titles: Titles,
    /// In what it stands, if it is a number.
    pub unit: Option<Unit>,
    /// Whether more of it is better for the person.
    pub better: Better,
    /// What a lower level may do to the field.
    pub bound: Timeline<Bound<GrantBound>>,
}

impl Contract {
    /// The fact of this name, if rules of the service may use it.
    #[must_use]
    pub fn fact(&self, name: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.name.is(name))
    }

    /// The fact or the part of one that a path names, if rules of the service may use it.
    #[must_use]
    pub fn fact_at(&self, path: &FieldName) -> Option<&Fact> {
        self.fact(path.fact_name())?.at(path)
    }

    /// The first fact that says no, though a fact is known that implies it; with that fact.
    #[must_use]
    pub fn contradiction(&self, facts: &Facts) -> Option<(&FieldName, &FieldName)> {
        self.facts.iter().filter(|fact| field(&facts.0, &fact.name) == Some(&Value::Bool(false))).find_map(|fact| {
            let known = fact.implied_by.iter().find(|name| facts.has(name))?;
            Some((&fact.name, known))
        })
    }

    /// A request for the facts of a case of this service, on the legal basis of the service, for a data subject of
    /// whom nothing is known, under the privacy law that is known on the day of processing.
    #[must_use]
    pub fn disclosure(&self, recipient: Recipient, on: Date) -> Disclosure {
        Disclosure {
            recipient,
            purpose: self.purpose.clone(),
            basis: LegalBasis::of_kind(self.basis),
            subject: DataSubject::default(),
            on,
            known_at: on,
        }
    }

    /// Which rules the privacy law of a level binds on a day: as the service says, or else by the bound on the outcome.
    /// Under a floor a lower level could otherwise deny, by withholding facts, whom upper law grants.
    #[must_use]
    pub fn privacy_reach_on(&self, day: LawDay) -> PrivacyReach {
        let by_outcome = || match self.outcome.on(day).map(|bound| bound.kind) {
            Some(OutcomeBound::Floor | OutcomeBound::Fixed) => PrivacyReach::OwnAndLower,
            Some(OutcomeBound::Ceiling | OutcomeBound::Both | OutcomeBound::Delegated) | None => {
                PrivacyReach::AllLevels
            }
        };
        self.privacy_reach.on(day).map_or_else(by_outcome, |reach| reach.kind)
    }

    /// The levels whose word a rule of a place needs: those that approve and are ever above it.
    pub fn approvals_of<'a>(
        &'a self,
        place: &JurisdictionCode,
        places: &Jurisdictions,
    ) -> impl Iterator<Item = &'a RequiredApproval> + use<'a> {
        let above: Vec<JurisdictionCode> = places.ever_above(place).into_iter().cloned().collect();
        self.approvals.iter().filter(move |approval| above.contains(&approval.by))
    }

    /// The provisions on which it rests, in no order, with repeats.
    #[must_use]
    pub fn provisions(&self) -> Vec<&Provision> {
        // Every member is listed, so that whoever adds one must decide here whether it holds a provision.
        let Self {
            service: _,
            titles: _,
            description: _,
            application_points: _,
            purpose: _,
            basis: _,
            basis_provision,
            facts: _,
            privacy_reach,
            outcome,
            eligible: _,
            numbers,
            grant,
            approvals,
            objections,
        } = self;
        let of_bounds = privacy_reach.iter().map(|dated| &dated.value.provision);
        let of_bounds = of_bounds.chain(outcome.iter().map(|dated| &dated.value.provision));
        let of_grant = grant.iter().flat_map(|field| field.bound.iter()).map(|dated| &dated.value.provision);
        let of_approvals = approvals.iter().map(|approval| &approval.provision);
        let of_objections = objections.iter().map(|terms| &terms.provision);
        let of_numbers = numbers.iter().flat_map(Parameter::provisions);
        let all = of_bounds.chain(of_grant).chain(of_approvals).chain(of_objections).chain(of_numbers);
        all.chain([basis_provision]).collect()
    }

    /// The grant field of this name, if the contract has one.
    #[must_use]
    pub fn grant_field(&self, name: &FieldName) -> Option<&GrantField> {
        self.grant.iter().find(|field| &field.name == name)
    }
}
