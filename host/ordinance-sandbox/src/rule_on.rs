//! The call of a privacy rule: a request for facts to a ruling on each. The rule receives the names of the facts,
//! their categories and how sensitive they are, and never a value.

use ordinance_domain::answer::{FailureCode, RuleError};
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{
    Activity, Consent, DataSubject, Disclosure, LegalBasis, Obligation, Purpose, RequestedFact,
};
use ordinance_domain::value::Record;

use crate::compiled_rule::CompiledPrivacyRule;
use crate::lower::{LowerError, lower_date, lower_record};
use crate::privacy_type::{PrivacyArgument, PrivacyType};
use crate::val::Val;

/// The arguments of one call of a privacy rule.
#[derive(Debug, Clone, Copy)]
pub struct PrivacyArguments<'a> {
    /// The recipient, the purpose, the legal basis and the day of processing.
    pub disclosure: &'a Disclosure,
    /// What the host will do with the facts.
    pub activity: Activity,
    /// The facts to rule on, without their values.
    pub facts: &'a [RequestedFact],
    /// The parameters in force on that day, in the types that the rule declares.
    pub parameters: &'a Record,
    /// The code of the place of the facts.
    pub jurisdiction: &'a JurisdictionCode,
}

/// A ruling as a rule gives it. Its mask is an id of the rule's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRuling {
    /// The fact that it rules on.
    pub fact: FieldName,
    /// What the host may do with the fact.
    pub verdict: GivenVerdict,
    /// The criterion of the manifest that led to the verdict.
    pub criterion: Id,
    /// The duties of the recipient.
    pub obligations: Vec<Obligation>,
}

/// What the host may do with a fact, as a rule gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenVerdict {
    /// Rules may use it, or the recipient may see it.
    Permit,
    /// The same in the form of the mask with this id.
    Mask(Id),
    /// Not at all.
    Withhold,
}

/// The most obligations of one ruling.
const OBLIGATIONS_MAX: usize = 16;

impl CompiledPrivacyRule {
    /// The type of the rule's function: its arguments and its parameters.
    #[must_use]
    pub fn privacy_type(&self) -> &PrivacyType {
        &self.function_type
    }

    /// Calls the rule in a fresh instance, on the caller's thread.
    ///
    /// # Errors
    /// [`RuleError`] says how the rule failed.
    pub fn call(&self, arguments: &PrivacyArguments<'_>) -> Result<Vec<GivenRuling>, RuleError> {
        let mut lowered = Vec::with_capacity(self.function_type.arguments.len());
        for argument in &self.function_type.arguments {
            let value = self
                .lower(*argument, arguments)
                .map_err(|error| RuleError::new(FailureCode::NotLoaded, error.to_string()))?;
            lowered.push(value);
        }
        let rulings = self.function.call(&lowered, false).result?;
        lift_rulings(rulings, arguments.facts.len())
    }

    fn lower(&self, argument: PrivacyArgument, arguments: &PrivacyArguments<'_>) -> Result<Val, LowerError> {
        Ok(match argument {
            PrivacyArgument::AsOf => lower_date(arguments.disclosure.on),
            PrivacyArgument::Parameters => lower_record(&self.function_type.parameters, arguments.parameters)?,
            PrivacyArgument::Request => lower_request(arguments, self.function_type.tells_parties),
            PrivacyArgument::Jurisdiction => text(arguments.jurisdiction.as_str()),
        })
    }
}

fn text(text: &str) -> Val {
    Val::String(text.to_owned())
}

fn record(fields: Vec<(&str, Val)>) -> Val {
    Val::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn option(value: Option<Val>) -> Val {
    Val::Option(value.map(Box::new))
}

fn enum_case(case: &str) -> Val {
    Val::Enum(case.to_owned())
}

fn lower_request(arguments: &PrivacyArguments<'_>, tells_parties: bool) -> Val {
    let Disclosure { recipient, purpose, basis, subject, on: _, known_at: _ } = arguments.disclosure;
    record(vec![
        ("recipient", record(vec![("kind", enum_case(recipient.kind.as_str())), ("id", text(recipient.id.as_str()))])),
        ("activity", enum_case(arguments.activity.as_str())),
        ("purpose", text(purpose.as_str())),
        ("broader-purposes", purposes(&purpose.broader())),
        ("basis", lower_basis(basis)),
        ("subject", lower_subject(*subject, tells_parties)),
        ("facts", Val::List(arguments.facts.iter().map(|fact| lower_fact(fact, tells_parties)).collect())),
    ])
}

fn lower_basis(basis: &LegalBasis) -> Val {
    let particulars = match basis {
        LegalBasis::Consent(consent) => Some(Box::new(lower_consent(consent))),
        LegalBasis::StatutoryDuty | LegalBasis::Contract | LegalBasis::Emergency | LegalBasis::PublicInterest => None,
    };
    Val::Variant(basis.kind().as_str().to_owned(), particulars)
}

fn purposes(purposes: &[Purpose]) -> Val {
    Val::List(purposes.iter().map(|purpose| text(purpose.as_str())).collect())
}

fn lower_consent(consent: &Consent) -> Val {
    let names = |facts: &[FieldName]| Val::List(facts.iter().map(|fact| text(fact.as_str())).collect());
    record(vec![
        ("purposes", purposes(&consent.purposes)),
        ("facts", names(&consent.facts)),
        ("separate", names(&consent.separate)),
        ("until", option(consent.until.map(lower_date))),
    ])
}

fn lower_subject(subject: DataSubject, tells_parties: bool) -> Val {
    let mut fields = vec![
        ("age-band", option(subject.age_band.map(AgeBand::as_str).map(enum_case))),
        ("lacks-capacity", option(subject.lacks_capacity.map(Val::Bool))),
        ("guardian-consents", option(subject.guardian_consents.map(Val::Bool))),
    ];
    if tells_parties {
        fields.insert(0, ("party", enum_case(subject.party.as_str())));
    }
    record(fields)
}

fn lower_fact(fact: &RequestedFact, tells_parties: bool) -> Val {
    let mut fields = vec![
        ("name", text(fact.name.as_str())),
        ("category", option(fact.category.map(|category| text(category.as_str())))),
        ("sensitivity", enum_case(fact.sensitivity.as_str())),
        ("sharing", option(fact.sharing.map(|class| enum_case(class.as_str())))),
    ];
    if tells_parties {
        fields.push(("holder", enum_case(fact.holder.as_str())));
    }
    record(fields)
}

fn malformed(detail: &str) -> RuleError {
    RuleError::new(FailureCode::MalformedOutput, detail)
}

fn lift_rulings(rulings: Val, facts: usize) -> Result<Vec<GivenRuling>, RuleError> {
    let Val::List(rulings) = rulings else { return Err(malformed("the rulings are no list")) };
    if rulings.len() > facts {
        let detail = format!("{} rulings on {facts} facts", rulings.len());
        return Err(RuleError::new(FailureCode::OversizedOutput, detail));
    }
    rulings.into_iter().map(lift_ruling).collect()
}

fn lift_ruling(ruling: Val) -> Result<GivenRuling, RuleError> {
    let fields = match ruling {
        Val::Record(fields) => <[(String, Val); 4]>::try_from(fields).ok(),
        _ => None,
    };
    let Some([(_, Val::String(fact)), (_, verdict), (_, Val::String(criterion)), (_, Val::List(obligations))]) = fields
    else {
        return Err(malformed("a ruling has other fields than its type"));
    };
    if obligations.len() > OBLIGATIONS_MAX {
        return Err(RuleError::new(
            FailureCode::OversizedOutput,
            format!("a ruling has more than {OBLIGATIONS_MAX} obligations"),
        ));
    }
    Ok(GivenRuling {
        fact: FieldName::path(&fact).map_err(|_| malformed("a ruling is on no fact's name"))?,
        verdict: lift_verdict(verdict)?,
        criterion: Id::new(&criterion).map_err(|_| malformed("a ruling's criterion is no kebab-case id"))?,
        obligations: obligations.into_iter().map(lift_obligation).collect::<Result<_, _>>()?,
    })
}

fn lift_verdict(verdict: Val) -> Result<GivenVerdict, RuleError> {
    let Val::Variant(case, payload) = verdict else { return Err(malformed("a verdict is no variant")) };
    match (case.as_str(), payload.as_deref()) {
        ("permit", None) => Ok(GivenVerdict::Permit),
        ("withhold", None) => Ok(GivenVerdict::Withhold),
        ("mask", Some(Val::String(id))) => {
            Id::new(id).map(GivenVerdict::Mask).map_err(|_| malformed("a ruling's mask is no kebab-case id"))
        }
        _ => Err(malformed("a verdict is none of its cases")),
    }
}

fn lift_obligation(obligation: Val) -> Result<Obligation, RuleError> {
    let Val::Variant(case, payload) = obligation else { return Err(malformed("an obligation is no variant")) };
    match (case.as_str(), payload.as_deref()) {
        ("retain-at-most-days", Some(Val::U32(days))) => Ok(Obligation::RetainAtMostDays(*days)),
        ("notify-subject", None) => Ok(Obligation::NotifySubject),
        ("log-access", None) => Ok(Obligation::LogAccess),
        ("no-onward-transfer", None) => Ok(Obligation::NoOnwardTransfer),
        ("ask-separate-consent", None) => Ok(Obligation::AskSeparateConsent),
        _ => Err(malformed("an obligation is none of its cases")),
    }
}
