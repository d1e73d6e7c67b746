//! The plans of law that an engine keeps: they change no decision, and they end with their engine.

use std::sync::Arc;

use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::Decision;
use ordinance_domain::fact::{Fact, FactType};
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::mask::AgeBand;
use ordinance_domain::name::{FieldName, Id};
use ordinance_domain::privacy::{BasisKind, Consent, LegalBasis, Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_domain::value::{Decimal, Value};
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::processing::processing;
use ordinance_engine::{ApplicableLaw, Case, Engine, NoObserver, Rulebook, decide};
use ordinance_sandbox::{Sandbox, SandboxConfig};

use crate::attacks::{benefit, withholding};
use crate::scenarios::{permitting, write_and_build};
use crate::support::{Numbers, plugins_rulebook, scratch};

/// One service in one rulebook, from which cases are drawn: its places, and the days on which their law may differ.
pub(crate) struct Cases<'r> {
    pub(crate) rulebook: &'r Rulebook,
    pub(crate) contract: &'r Contract,
    pub(crate) places: Vec<JurisdictionCode>,
    pub(crate) numbers: Numbers,
    /// Of how many facts in a hundred nothing is known.
    pub(crate) missing_percent: usize,
}

impl Cases<'_> {
    pub(crate) fn draw(&mut self) -> Case {
        let jurisdiction = self.numbers.one_of(&self.places);
        let service = self.contract.service.clone();
        // The days around each change of any place, since a code may name another place on a day.
        let changing = self.numbers.one_of(&self.places);
        let changes = self.rulebook.days_of_change(&changing, &service).into_iter().filter(|day| *day != Date::MIN);
        let around = |day: Date| [day.yesterday().unwrap(), day, day.tomorrow().unwrap()];
        let mut days: Vec<Date> = changes.flat_map(around).collect();
        days.extend(["2023-05-31", "2023-06-01", "2024-06-01", "2025-01-01"].map(|day| day.parse::<Date>().unwrap()));
        days.push("2026-03-01".parse().unwrap());
        let as_of = self.numbers.one_of(&days);
        let known_at =
            if self.numbers.below(2) == 0 { self.numbers.one_of(&days) } else { "2026-03-01".parse().unwrap() };
        let facts = self.facts();
        let on = self.numbers.one_of(&["2026-01-01", "2023-06-01"]).parse().unwrap();
        let also_on = if self.numbers.below(4) == 0 { Some(self.numbers.one_of(&days)) } else { None };
        let kind = self.numbers.one_of(RecipientKind::ALL);
        let mut disclosure = self.contract.disclosure(Recipient { kind, id: RecipientId::constant("x") }, on);
        if self.numbers.below(2) == 0 {
            disclosure.basis = self.basis();
        }
        disclosure.subject.age_band = self.numbers.one_of(&[None, Some(AgeBand::Age14), Some(AgeBand::Adult)]);
        let processing = processing(disclosure, also_on, &facts, self.contract.facts.iter(), &[]);
        Case::new(CaseQuery { jurisdiction, service, as_of, known_at }, facts, processing)
    }

    fn basis(&mut self) -> LegalBasis {
        let names: Vec<FieldName> = self.contract.facts.iter().map(|fact| fact.name.clone()).collect();
        let facts = vec![self.numbers.one_of(&names)];
        let consent =
            Consent { purposes: vec![self.contract.purpose.clone()], separate: facts.clone(), facts, until: None };
        match self.numbers.one_of(BasisKind::ALL) {
            BasisKind::Consent => LegalBasis::Consent(consent),
            kind => LegalBasis::of_kind(kind),
        }
    }

    fn facts(&mut self) -> Facts {
        let (numbers, missing_percent) = (&mut self.numbers, self.missing_percent);
        let value = |fact: &Fact| {
            let value = match &fact.fact_type {
                FactType::Bool => Value::Bool(numbers.below(2) == 0),
                FactType::Integer { min, max } => {
                    Value::Integer(numbers.one_of(&[*min, 1, 2, 70, 85, *max]).clamp(*min, *max))
                }
                FactType::Decimal { min, max, .. } => {
                    Value::Decimal(numbers.one_of(&[*min, Decimal::from(700)]).clamp(*min, *max))
                }
                FactType::Date => Value::Date(numbers.one_of(&["1940-05-01", "2012-02-29"]).parse().unwrap()),
                FactType::Text { .. } => Value::Text("a".into()),
                FactType::Choice(choices) => Value::Choice(numbers.one_of(choices)),
                FactType::Record(_) | FactType::List { .. } => return None,
            };
            (!numbers.chance(missing_percent)).then(|| (fact.name.clone(), value))
        };
        Facts(self.contract.facts.iter().filter_map(value).collect())
    }
}

/// What comes of a case, with a short search for the missing facts that matter.
fn decision(engine: &Engine, case: &Case) -> Result<Decision, String> {
    let law = ApplicableLaw::select(engine, &case.query).map_err(|error| error.to_string())?;
    let mut budget = Budget { evaluations: 20, ..Budget::default() };
    Ok(decide_under(&law, case, &mut budget, &mut NoObserver).decision)
}

pub(crate) fn load(folder: &std::path::Path) -> Arc<Rulebook> {
    let sandbox = Sandbox::new(SandboxConfig { slots: 2, ..SandboxConfig::default() }).unwrap();
    Arc::new(Rulebook::load(folder, &sandbox).unwrap())
}

/// Compares an engine that has decided other cases with one that hasn't, `count` times for each service.
fn check_that_plans_change_no_decision(rulebook: &Arc<Rulebook>, count: usize) {
    let engine = Engine::with_throwaway_key(Arc::clone(rulebook));
    let mut decided = 0;
    for contract in rulebook.contracts() {
        let mut places: Vec<JurisdictionCode> =
            rulebook.rules_for(&contract.service).map(|rule| rule.head.jurisdiction.clone()).collect();
        let changing = rulebook.jurisdictions().periods().filter(|place| place.period.until().is_some());
        places.extend(changing.take(20).map(|place| place.code.clone()));
        let mut cases = Cases { rulebook, contract, places, numbers: Numbers(7), missing_percent: 8 };
        for _ in 0..count {
            let case = cases.draw();
            let fresh = decision(&Engine::with_throwaway_key(Arc::clone(rulebook)), &case);
            assert_eq!(decision(&engine, &case), fresh, "{case:?}");
            assert_eq!(decision(&engine, &case), fresh, "the same case again: {case:?}");
            decided += usize::from(fresh.is_ok());
        }
    }
    assert!(decided * 2 > count, "only {decided} cases had a law");
}

#[test]
fn plans_change_no_decision_of_the_published_law() {
    check_that_plans_change_no_decision(&load(plugins_rulebook()), 60);
}

#[test]
fn plans_change_no_decision_where_places_move_merge_and_end() {
    let folder = scratch();
    let table = |keys: &str| format!("[[jurisdictions]]\n{keys}\nnames = {{ en = \"Place\" }}\n");
    let places: String = [
        "code = \"LAW\"",
        "code = \"HEIR\"",
        "code = \"GUARD\"",
        "code = \"N\"",
        "code = \"N-1\"\nparent = \"N\"",
        "code = \"N-2\"\nparent = \"N\"\nuntil = 2024-01-01\nsuccessors = [\"N-3\"]",
        "code = \"N-3\"\nparent = \"N\"\nfrom = 2024-01-01",
        "code = \"N-21\"\nparent = \"N-2\"\nuntil = 2024-01-01",
        "code = \"N-21\"\nparent = \"N-3\"\nfrom = 2024-01-01\nuntil = 2025-01-01\nsuccessors = [\"N-11\"]",
        "code = \"N-11\"\nparent = \"N-1\"\nfrom = 2025-01-01",
        "code = \"N-12\"\nparent = \"N-1\"\nwithdrawn = 2023-06-01",
        "code = \"N-12\"\nparent = \"N-1\"\npublished = 2023-06-01\nuntil = 2022-01-01\nsuccessors = [\"N-1\"]",
    ]
    .map(table)
    .concat();
    let rulebook =
        format!("titles = {{ en = \"Places that change\" }}\n{places}[privacy]\nungoverned = [\"LAW\", \"HEIR\"]\n");
    let (nation, county, town) = (permitting(""), withholding("N-1"), withholding("N-21"));
    // The amount is raised from 2023 on, which is known only in 2024, and ends; the least age is corrected later still.
    let raised =
        "value = \"50.00\" }, { from = 2023-01-01, published = 2024-06-01, until = 2026-02-01, value = \"70.00\" }";
    let corrected = "value = 60 }, { from = 2020-01-01, published = 2025-01-01, value = 65 }";
    let law =
        |place: &str| benefit(place, "50.00").replace("value = \"50.00\" }", raised).replace("value = 60 }", corrected);
    let laws = ["N", "N-1", "N-2"].map(|place| (format!("{place}/benefit/rule.toml"), law(place)));
    let mut files = vec![
        ("rulebook.toml", rulebook.as_str()),
        ("N/guard/rule.toml", nation.as_str()),
        ("N-1/guard/rule.toml", county.as_str()),
        ("N-21/guard/rule.toml", town.as_str()),
    ];
    files.extend(laws.iter().map(|(path, law)| (path.as_str(), law.as_str())));
    check_that_plans_change_no_decision(&load(&write_and_build(folder.path(), &files)), 600);
}

#[test]
fn the_plans_of_a_rulebook_end_with_its_engine() {
    let engine = Engine::with_throwaway_key(load(plugins_rulebook()));
    let service = Id::new("old-age-allowance").unwrap();
    let contract = engine.rulebook().contract(&service).unwrap();
    let portal = Recipient { kind: RecipientKind::Portal, id: RecipientId::constant("x") };
    let day = "2026-03-01".parse().unwrap();
    let case = Case {
        disclosure: contract.disclosure(portal, day),
        query: CaseQuery { jurisdiction: JurisdictionCode::new("CN").unwrap(), service, as_of: day, known_at: day },
        facts: Facts::default(),
        alternatives: Vec::new(),
        others: Vec::new(),
    };
    let decision = decide(&engine, &case, &mut NoObserver).unwrap();
    let rule = Arc::downgrade(decision.layers[0].rule.as_ref().unwrap());
    drop(decision);
    assert!(rule.upgrade().is_some());
    // As a reload does with the engine before.
    drop(engine);
    assert!(rule.upgrade().is_none(), "something keeps a rule of a rulebook that is no longer in use");
}
