//! The law that a page has opened, and what it answers.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ordinance_dialogue::case_form::CaseForm;
use ordinance_dialogue::dialogue::{Dialogue, NextMove};
use ordinance_dialogue::form_fields::FormFields;
use ordinance_dialogue::outcome::OfficialOffer;
use ordinance_dialogue::place_and_service::PlaceAndService;
use ordinance_dialogue::step::{DialogueStep, UnreadableFormError};
use ordinance_dialogue::step_notices::StepNotices;
use ordinance_dialogue::what_if_page::what_if_page;
use ordinance_domain::calendar::LawDay;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{DataSubject, Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::redaction::RedactedDecision;
use ordinance_engine::counterfactuals::counterfactuals;
use ordinance_engine::decide::decide_under;
use ordinance_engine::digest::sha256;
use ordinance_engine::index::{INDEX_FILE, IndexedRule};
use ordinance_engine::literals::read_date;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::processing::{ProcessingContext, processing_of};
use ordinance_engine::rulebook_files::FilesInMemory;
use ordinance_engine::untyped_value::UntypedValue;
use ordinance_engine::{ApplicableLaw, Case, Engine, NoObserver, Pseudonymiser, Rulebook, read_facts};
use ordinance_pages::ReadingLanguage;
use ordinance_sandbox::Sandbox;
use serde_json::value::RawValue;

use crate::answer::answer_json;
use crate::bindings::{Law, call_rule};
use crate::browser_error::BrowserError;

/// The limits of a search: a page takes tens of times as long as a host to call a rule, and gives a step a second. A
/// search that ends early asks more than it has to, and never less. The fuel of a call isn't known.
const BUDGET: Budget = Budget { evaluations: 250, fuel: u64::MAX };

/// The law of one service in one place.
pub(crate) struct OpenLaw {
    engine: Engine,
    asked: PlaceAndService,
    recipient: Recipient,
}

impl OpenLaw {
    /// Reads the law that a page gives.
    pub(crate) fn of(law: Law) -> Result<Self, BrowserError> {
        let types: HashMap<String, String> = law.types.into_iter().map(|of| (of.digest, of.json)).collect();
        // A rule that couldn't be built counts: its level fails here too.
        let applies = |rule: &IndexedRule| rule.built().is_none_or(|digest| law.rules.contains(&digest.hex()));
        let files: BTreeMap<String, Vec<u8>> = law.files.into_iter().map(|file| (file.path, file.bytes)).collect();
        let index = files.get(INDEX_FILE).map_or(&[][..], Vec::as_slice);
        if sha256(index).hex() != law.rulebook {
            return Err(BrowserError::OtherRulebook);
        }
        let sandbox = Sandbox::in_browser(types, call_rule);
        let rulebook = Rulebook::load_part(&FilesInMemory(files), &sandbox, &applies)
            .map_err(|error| BrowserError::Law(error.to_string()))?;
        let code = JurisdictionCode::new(&law.place).map_err(|_| BrowserError::Argument("a place"))?;
        let service = Id::new(&law.service).map_err(|_| BrowserError::Argument("a service"))?;
        let today = read_date(&law.today).ok_or(BrowserError::Argument("a day"))?;
        let contract = Arc::clone(rulebook.contract(&service).ok_or(BrowserError::Unknown)?);
        let kind = RecipientKind::ALL.iter().find(|kind| kind.as_str() == law.recipient_kind);
        let recipient = Recipient {
            kind: *kind.ok_or(BrowserError::Argument("a kind of recipient"))?,
            id: RecipientId::new(&law.recipient_id).map_err(|_| BrowserError::Argument("a recipient"))?,
        };
        let pseudonymiser = Pseudonymiser::new(law.key).map_err(|error| BrowserError::Law(error.to_string()))?;
        let day = LawDay { as_of: today, known_at: today };
        Ok(Self {
            engine: Engine::new(rulebook, pseudonymiser),
            asked: PlaceAndService { code, day, contract },
            recipient,
        })
    }

    /// Takes a step of the dialogue.
    pub(crate) fn step(&self, form: &[u8], language: ReadingLanguage) -> Result<String, BrowserError> {
        let fields = FormFields::read(form).ok_or(UnreadableFormError)?;
        let digest = self.engine.rulebook().digest().to_string();
        let mut step = DialogueStep::read(&digest, self.asked.day.as_of, &fields)?;
        step.fit(|form| match self.case_of(form) {
            Err(BrowserError::Facts(errors)) => errors,
            Ok(_) | Err(_) => Vec::new(),
        });
        let dialogue = Dialogue { language, rulebook: self.engine.rulebook(), asked: &self.asked, is_try_out: true };
        match dialogue.next_move(&step, &fields)? {
            NextMove::Show(page) => Ok(page),
            NextMove::GoOn(form) => self.go_on(dialogue, &form, step.notices),
            NextMove::GoOnAnswered(form) => match self.go_on(dialogue, &form, step.notices) {
                Err(BrowserError::Facts(_)) => Ok(dialogue.contradiction(&step, &fields)?),
                result => result,
            },
            NextMove::WhatIf(form) => self.what_if(dialogue, &form, step.notices),
            // A browser has the law of one place.
            NextMove::Elsewhere(_) => Err(UnreadableFormError.into()),
        }
    }

    fn go_on(&self, dialogue: Dialogue<'_>, form: &CaseForm, notices: StepNotices) -> Result<String, BrowserError> {
        let case = self.case_of(form)?;
        let law = self.law_of(&case)?;
        let no_offer = |_: &RedactedDecision<'_>| OfficialOffer::None;
        let search = (&mut { BUDGET }, &mut NoObserver);
        Ok(dialogue.question_or_outcome((&law, &case), (form, notices), search, no_offer))
    }

    fn what_if(&self, dialogue: Dialogue<'_>, form: &CaseForm, notices: StepNotices) -> Result<String, BrowserError> {
        let case = self.case_of(form)?;
        let law = self.law_of(&case)?;
        let mut budget = BUDGET;
        let decision = decide_under(&law, &case, &mut budget, &mut NoObserver).decision;
        let found = counterfactuals(&law, &case, &decision, &mut budget, &mut NoObserver);
        let shown = dialogue.case_page(form, ("continue", Some("what-if")), notices);
        Ok(what_if_page(&shown, &RedactedDecision::of(&decision), &found))
    }

    /// Decides a case on a day, as its law is known on another.
    pub(crate) fn decide(&self, as_of: &str, known_at: Option<&str>, facts: &str) -> Result<String, BrowserError> {
        let day = |text: &str| read_date(text).ok_or(BrowserError::Argument("a day"));
        let known_at = known_at.map(day).transpose()?.unwrap_or(self.asked.day.known_at);
        let case = self.case(LawDay { as_of: day(as_of)?, known_at }, facts)?;
        let law = self.law_of(&case)?;
        let decision = decide_under(&law, &case, &mut { BUDGET }, &mut NoObserver).decision;
        Ok(answer_json(&RedactedDecision::of(&decision)))
    }

    /// The law that applies to a case.
    fn law_of(&self, case: &Case) -> Result<ApplicableLaw<'_>, BrowserError> {
        ApplicableLaw::select(&self.engine, &case.query).map_err(|_| BrowserError::Unknown)
    }

    fn case_of(&self, form: &CaseForm) -> Result<Case, BrowserError> {
        let facts = serde_json::to_string(&form.facts).map_err(|_| UnreadableFormError)?;
        let as_of = form.as_of().ok_or(UnreadableFormError)?;
        self.case(LawDay { as_of, known_at: self.asked.day.known_at }, &facts)
    }

    /// The case of these facts, processed today on the basis of the service.
    fn case(&self, of_day: LawDay, facts: &str) -> Result<Case, BrowserError> {
        let PlaceAndService { contract, day, .. } = &self.asked;
        let raw: &RawValue = serde_json::from_str(facts).map_err(|_| BrowserError::Argument("facts"))?;
        let facts = UntypedValue::from_json(raw, "/facts").map_err(|error| BrowserError::Facts(vec![error]))?;
        let facts = read_facts(contract, &facts, of_day.as_of, "/facts").map_err(BrowserError::Facts)?;
        let context = ProcessingContext {
            recipient: self.recipient.clone(),
            basis: (None, "/basis"),
            subject: DataSubject::default(),
            people: (&[], "/people"),
            on: day.known_at,
            also_on: None,
            known_at: day.known_at,
        };
        let processing = processing_of(contract, context, &facts).map_err(BrowserError::Facts)?;
        let LawDay { as_of, known_at } = of_day;
        Ok(Case::new(CaseQuery { as_of, known_at, ..self.asked.query() }, facts, processing))
    }
}
