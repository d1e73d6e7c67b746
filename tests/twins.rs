//! Laws in both forms: as expressions in `plugins/`, and in Rust in `twins/`. Both decide every generated case alike.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ordinance_domain::answer::Finding;
use ordinance_domain::calendar::Date;
use ordinance_domain::contract::Contract;
use ordinance_domain::decision::{Decision, Outcome};
use ordinance_domain::fact::Fact;
use ordinance_domain::facts::Facts;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::privacy::{Recipient, RecipientId, RecipientKind};
use ordinance_domain::query::CaseQuery;
use ordinance_engine::boundary_values::BoundaryValues;
use ordinance_engine::decide::decide_under;
use ordinance_engine::missing_facts::Budget;
use ordinance_engine::processing::processing;
use ordinance_engine::{ApplicableLaw, Case, Engine, NoObserver};

use crate::plans::load;
use crate::support::{Numbers, copy_folder, edit, root, run, scratch, text_of};

/// The laws, each with a place that has it.
const TWINS: [(&str, &str); 6] = [
    ("CN-3706", "disability-living-subsidy"),
    ("CN", "old-age-allowance"),
    ("US-AR", "cash-assistance"),
    ("US-MD", "county-income-tax"),
    ("EU", "child-consent"),
    ("NZ", "rates-rebate"),
];
/// How many cases of each law a run decides, unless `ORDINANCE_TWINS` says another number.
const CASES: usize = 10_000;

/// The sources of a rulebook: the rules of `plugins/` that are expressions, with the sources of `over` in place of
/// theirs.
fn sources(folder: &Path, over: Option<&Path>) -> PathBuf {
    let source = folder.join("source");
    for entry in fs::read_dir(root().join("plugins")).unwrap() {
        let path = entry.unwrap().path();
        let target = source.join(path.file_name().unwrap());
        if path.is_dir() && !path.ends_with("target") {
            copy_folder(&path, &target);
        } else if path.is_file() {
            fs::create_dir_all(&source).unwrap();
            fs::copy(&path, &target).unwrap();
        }
    }
    for rule in folders_of(&source).iter().flat_map(|place| folders_of(place)) {
        if rule.join("Cargo.toml").is_file() {
            fs::remove_dir_all(&rule).unwrap();
        }
    }
    // The privacy rules are in Rust.
    edit(&source.join("rulebook.toml"), "[\"US\", \"NZ\"]", "[\"US\", \"NZ\", \"CN\", \"EU\"]");
    let sdk = root().join("sdk/ordinance-sdk");
    edit(&source.join("Cargo.toml"), "\"../sdk/ordinance-sdk\"", &format!("{:?}", sdk.to_str().unwrap()));
    if let Some(over) = over {
        copy_folder(over, &source);
    }
    source
}

fn built(folder: &Path, over: Option<&Path>) -> PathBuf {
    let (source, rulebook) = (sources(folder, over), folder.join("rulebook"));
    let built = run(&["build", source.to_str().unwrap(), "--out", rulebook.to_str().unwrap()]);
    assert!(built.status.success(), "{}", text_of(&built));
    rulebook
}

fn folders_of(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
}

/// Draws cases of one law.
struct Cases<'r> {
    place: JurisdictionCode,
    contract: &'r Contract,
    days: Vec<Date>,
    numbers: Numbers,
}

impl<'r> Cases<'r> {
    fn new(engine: &'r Engine, place: &str, service: &str) -> Self {
        let place = JurisdictionCode::new(place).unwrap();
        let contract = engine.rulebook().contract(&Id::new(service).unwrap()).unwrap();
        let changes = engine.rulebook().days_of_change(&place, &contract.service);
        let changes = changes.into_iter().filter(|day| *day != Date::MIN);
        let days = changes.flat_map(|day| [day.yesterday().unwrap(), day]).collect();
        Self { place, contract, days, numbers: Numbers(19) }
    }

    fn draw(&mut self, engine: &Engine) -> Case {
        let as_of = self.numbers.one_of(&self.days);
        let query = CaseQuery {
            jurisdiction: self.place.clone(),
            service: self.contract.service.clone(),
            as_of,
            known_at: "2026-06-01".parse().unwrap(),
        };
        let values = BoundaryValues::of(&ApplicableLaw::select(engine, &query).unwrap());
        let facts = self.facts(&values);
        let portal = Recipient { kind: RecipientKind::Portal, id: RecipientId::constant("x") };
        let disclosure = self.contract.disclosure(portal, as_of);
        let processing = processing(disclosure, None, &facts, self.contract.facts.iter(), &[]);
        Case::new(query, facts, processing)
    }

    /// One fact in six isn't known. The others are at the numbers of the law, beside them or anywhere.
    fn facts(&mut self, values: &BoundaryValues) -> Facts {
        let numbers = &mut self.numbers;
        let value = |fact: &Fact| {
            let value = numbers.one_of(&values.values(&fact.fact_type));
            (numbers.below(6) > 0).then(|| (fact.name.clone(), value))
        };
        Facts(self.contract.facts.iter().filter_map(value).collect())
    }
}

/// What of a decision follows from the law alone, however its rules are written.
type Answers = (Outcome, Vec<(&'static str, Vec<Finding>)>);

fn answers(engine: &Engine, case: &Case) -> Answers {
    let law = ApplicableLaw::select(engine, &case.query).unwrap();
    let mut budget = Budget { evaluations: 40, ..Budget::default() };
    let Decision { outcome, layers, .. } = decide_under(&law, case, &mut budget, &mut NoObserver).decision;
    let findings = |layer: &ordinance_domain::decision::Layer| {
        let answer = layer.status.answer();
        (layer.status.as_str(), answer.map(|answer| answer.findings.clone()).unwrap_or_default())
    };
    (outcome, layers.iter().map(findings).collect())
}

#[test]
fn a_law_as_expressions_decides_as_the_same_law_in_rust() {
    let count = std::env::var("ORDINANCE_TWINS").ok().map_or(CASES, |count| count.parse().unwrap());
    let (expressions, rust) = (scratch(), scratch());
    let load_engine = |rulebook: PathBuf| Engine::with_throwaway_key(Arc::clone(&load(&rulebook)));
    let expressions = load_engine(built(expressions.path(), None));
    let rust = load_engine(built(rust.path(), Some(&root().join("tests/twins"))));
    for (place, service) in TWINS {
        let mut cases = Cases::new(&rust, place, service);
        let mut decided = 0;
        for _ in 0..count {
            let case = cases.draw(&rust);
            let expected = answers(&rust, &case);
            assert_eq!(answers(&expressions, &case), expected, "{place}/{service}: {case:?}");
            decided += usize::from(expected.0.open().is_none());
        }
        assert!(decided * 10 > count, "{place}/{service}: only {decided} of {count} cases were decided");
    }
}
