//! People as columns: a table is decided as its rows are, one by one, in instances of their own.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use arrow_array::{Array, ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use ordinance_domain::calendar::{Date, Timestamp};
use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_domain::value::Value;
use ordinance_engine::{Engine, NoObserver, Rulebook, decide};
use ordinance_harness::{CaseDefaults, PopulationGenerator, parse_distributions};
use ordinance_population::{
    CaseColumns, DecisionColumns, DecisionSchema, DecisionSink, FaultPolicy, TableError, TableOptions, TableProgress,
    decide_table, people_table,
};
use ordinance_sandbox::{Limits, Sandbox, SandboxConfig};

use crate::support::plugins_rulebook;

fn engine() -> Engine {
    let limits = Limits { deadline_ms: 10_000, ..Limits::default() };
    let config = SandboxConfig { limits, reuses_instances: true, ..SandboxConfig::default() };
    let sandbox = Sandbox::new(config).unwrap();
    Engine::with_throwaway_key(Rulebook::load(plugins_rulebook(), &sandbox).unwrap())
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn options(service: &str) -> TableOptions {
    let defaults = CaseDefaults { service: Some(service.to_owned()), ..CaseDefaults::default() };
    TableOptions { defaults, faults: FaultPolicy::Report, now: now(), threads: None }
}

fn now() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

/// The table decided row by row.
fn one_by_one(engine: &Engine, table: &RecordBatch, schema: &DecisionSchema, options: &TableOptions) -> RecordBatch {
    let columns = CaseColumns::new(table.schema_ref(), options.defaults.clone()).unwrap();
    let rows = columns.rows(table, 0);
    let mut decided = DecisionColumns::new(schema);
    for row in 0..table.num_rows() {
        match rows.case(row, engine.rulebook(), options.now) {
            Ok(case) => {
                let decision = decide(engine, &case, &mut NoObserver).unwrap();
                decided.add(&case, &decision);
            }
            Err(faults) => {
                let faults: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
                decided.add_fault(&faults.join("; "));
            }
        }
    }
    decided.finish().unwrap()
}

fn decided(engine: &Engine, table: &RecordBatch, schema: &DecisionSchema, options: &TableOptions) -> RecordBatch {
    let batches = [table.clone()];
    let progress = TableProgress::default();
    let decided = decide_table(engine, (table.schema_ref(), &batches), schema, options, &progress).unwrap();
    assert_eq!(progress.decided(), table.num_rows());
    decided[0].clone()
}

/// Synthetic people, whose facts are any that the types allow.
fn people(contract: &Contract, place: &JurisdictionCode, on: Date, seed: u64) -> RecordBatch {
    let none = parse_distributions("none", "", contract).unwrap();
    let mut generator = PopulationGenerator::new(contract, &none, place.clone(), on, seed);
    people_table(contract, on, (0..40).map(|_| generator.next_person())).unwrap()
}

#[test]
fn a_table_is_decided_as_its_rows_are() {
    let engine = engine();
    let rulebook = engine.rulebook().clone();
    let mut compared = 0;
    for contract in rulebook.contracts() {
        let schema = DecisionSchema::new([contract.as_ref()].into_iter()).unwrap();
        let options = options(contract.service.as_str());
        for rule in rulebook.rules_for(&contract.service) {
            for (seed, on) in [(1, "2026-03-01"), (2, "2024-01-15")] {
                let table = people(contract, &rule.head.jurisdiction, day(on), seed);
                let whole = decided(&engine, &table, &schema, &options);
                assert_eq!(whole, one_by_one(&engine, &table, &schema, &options), "{} on {on}", rule.head);
                compared += table.num_rows();
            }
        }
    }
    assert!(compared > 5_000, "{compared}");
}

/// The share of rows that a table decides by one rule's answer alone matters for speed; that it happens at all is seen
/// by the usage of the sandbox, whose ordinary calls these are not.
#[test]
fn a_plain_table_needs_no_fresh_instances() {
    let limits = Limits { deadline_ms: 10_000, ..Limits::default() };
    let sandbox = Sandbox::new(SandboxConfig { limits, reuses_instances: true, ..SandboxConfig::default() }).unwrap();
    let engine = Engine::with_throwaway_key(Rulebook::load(plugins_rulebook(), &sandbox).unwrap());
    let (table, options) = (arkansas(2_000), options("cash-assistance"));
    let contract = engine.rulebook().contract(&id("cash-assistance")).unwrap().clone();
    let schema = DecisionSchema::new([contract.as_ref()].into_iter()).unwrap();
    let before = sandbox.usage().calls;
    let whole = decided(&engine, &table, &schema, &options);
    // The first row of each thread is read as a case, and decided like the others.
    assert_eq!(sandbox.usage().calls, before);
    assert_eq!(whole, one_by_one(&engine, &table, &schema, &options));
    assert!(sandbox.usage().calls > before + 1_000);
    let outcomes = whole.column_by_name("outcome").unwrap().as_string::<i32>();
    let eligible = outcomes.iter().filter(|outcome| *outcome == Some("eligible")).count();
    assert!((200..1_800).contains(&eligible), "{eligible}");
}

fn id(text: &str) -> Id {
    Id::new(text).unwrap()
}

/// Families in Arkansas with every fact that its law reads.
fn arkansas(rows: i64) -> RecordBatch {
    let number = |row: i64, modulus: i64| (row * 7_919) % modulus;
    let bools = |modulus: i64| -> ArrayRef {
        Arc::new(arrow_array::BooleanArray::from_iter((0..rows).map(|row| Some(row % modulus != 0))))
    };
    let cents = |modulus: i64| -> ArrayRef {
        let numbers = Decimal128Array::from_iter_values((0..rows).map(|row| i128::from(number(row, modulus))));
        Arc::new(numbers.with_precision_and_scale(18, 2).unwrap())
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("jurisdiction", Arc::new(StringArray::from_iter_values((0..rows).map(|_| "US-AR")))),
        ("as_of", Arc::new(StringArray::from_iter_values((0..rows).map(|_| "2026-03-01")))),
        ("household_size", Arc::new(Int64Array::from_iter_values((0..rows).map(|row| 1 + number(row, 9))))),
        ("earned_income", cents(170_000)),
        (
            "unearned_income",
            Arc::new(Float64Array::from_iter_values((0..rows).map(|row| number(row, 40_000) as f64 / 100.0))),
        ),
        ("liquid_assets", cents(400_000)),
        ("has_eligible_child", bools(17)),
        ("any_member_lawfully_present", bools(19)),
        ("already_enrolled", bools(2)),
    ];
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// The table with one column changed.
fn with_column(table: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let index = table.schema().index_of(name).unwrap();
    let mut fields: Vec<Field> = table.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[index] = Field::new(name, column.data_type().clone(), true);
    let mut columns = table.columns().to_vec();
    columns[index] = column;
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

#[test]
fn missing_and_faulty_cells_are_told_as_row_by_row() {
    let engine = engine();
    let contract = engine.rulebook().contract(&id("cash-assistance")).unwrap().clone();
    let schema = DecisionSchema::new([contract.as_ref()].into_iter()).unwrap();
    let options = options("cash-assistance");
    let table = arkansas(60);
    let numbers =
        |change: &dyn Fn(usize) -> Option<f64>| -> ArrayRef { Arc::new((0..60).map(change).collect::<Float64Array>()) };
    let spoiled: Vec<(&str, ArrayRef)> = vec![
        ("earned_income", numbers(&|row| (row % 3 != 0).then_some(row as f64))),
        ("earned_income", numbers(&|row| Some(if row % 5 == 0 { f64::NAN } else { row as f64 }))),
        ("earned_income", numbers(&|row| Some(if row % 5 == 0 { 0.000_01 } else { -0.0 }))),
        ("earned_income", numbers(&|row| Some(if row % 2 == 0 { 1e300 } else { 0.1 + 0.2 }))),
        ("household_size", numbers(&|row| Some(if row % 4 == 0 { 2.5 } else { 2.0 }))),
        ("household_size", Arc::new(Int64Array::from_iter((0..60).map(|row| Some(row - 3))))),
        (
            "jurisdiction",
            Arc::new(StringArray::from_iter((0..60).map(|row| match row % 4 {
                0 => Some("US-AR"),
                1 => Some("US-TN"),
                2 => Some("US-XX"),
                _ => None,
            }))),
        ),
        ("as_of", Arc::new(StringArray::from_iter_values((0..60).map(|row| format!("2026-03-{row:02}"))))),
    ];
    for (name, column) in spoiled {
        let table = with_column(&table, name, column);
        let whole = decided(&engine, &table, &schema, &options);
        assert_eq!(whole, one_by_one(&engine, &table, &schema, &options), "{name}");
    }
}

#[test]
fn the_first_faulty_row_of_a_table_is_told() {
    let engine = engine();
    let contract = engine.rulebook().contract(&id("cash-assistance")).unwrap().clone();
    let schema = DecisionSchema::new([contract.as_ref()].into_iter()).unwrap();
    let options = TableOptions { faults: FaultPolicy::Fail, ..options("cash-assistance") };
    let rows = 40_000;
    let sizes = Int64Array::from_iter_values((0..rows).map(|row| if row == 20_123 || row == 39_000 { -1 } else { 3 }));
    let table = with_column(&arkansas(rows), "household_size", Arc::new(sizes));
    let batches = [table.slice(0, 15_000), table.slice(15_000, 25_000)];
    let progress = TableProgress::default();
    let error = decide_table(&engine, (table.schema_ref(), &batches), &schema, &options, &progress).unwrap_err();
    let TableError::Row { row, column, .. } = error else { panic!("{error}") };
    assert_eq!(row, 20_123);
    assert_eq!(column.as_deref(), Some("household_size"));
    let progress = TableProgress::default();
    progress.stop();
    let error = decide_table(&engine, (table.schema_ref(), &batches), &schema, &options, &progress).unwrap_err();
    assert!(matches!(error, TableError::Stopped), "{error}");
}

#[test]
fn amounts_have_all_digits_of_their_type() {
    let engine = engine();
    let contract = engine.rulebook().contract(&id("cash-assistance")).unwrap().clone();
    let schema = DecisionSchema::new([contract.as_ref()].into_iter()).unwrap();
    let whole = decided(&engine, &arkansas(50), &schema, &options("cash-assistance"));
    let amounts = whole.column_by_name("grant.amount").unwrap();
    assert_eq!(*amounts.data_type(), DataType::Decimal128(38, 2));
    let amounts = amounts.as_primitive::<Decimal128Type>();
    let granted: Vec<i128> = (0..50).filter(|row| amounts.is_valid(*row)).map(|row| amounts.value(row)).collect();
    // Arkansas pays a flat grant by size, or half of it.
    let dollars = [81, 162, 204, 247, 286, 331, 373, 415, 457];
    let flat = dollars.map(|dollars| dollars * 100);
    for amount in &granted {
        assert!(flat.iter().any(|whole| amount == whole || amount * 2 == *whole), "{amount}");
    }
    assert!(!granted.is_empty());
}

#[test]
fn synthetic_people_are_their_facts() {
    let engine = engine();
    let contract = engine.rulebook().contract(&id("cash-assistance")).unwrap().clone();
    let place = JurisdictionCode::new("US-AR").unwrap();
    let none = parse_distributions("none", "", &contract).unwrap();
    let on = day("2026-03-01");
    let mut again = PopulationGenerator::new(&contract, &none, place.clone(), on, 5);
    let mut generator = PopulationGenerator::new(&contract, &none, place, on, 5);
    let table = people_table(&contract, on, (0..20).map(|_| generator.next_person())).unwrap();
    let sizes = table.column_by_name("household_size").unwrap().as_primitive::<arrow_array::types::Int64Type>();
    for row in 0..20 {
        let person = again.next_person();
        let size = person.facts.0.iter().find(|(name, _)| name.is("household_size")).map(|(_, value)| value.clone());
        assert_eq!(size, sizes.is_valid(row).then(|| Value::Integer(sizes.value(row))));
    }
}
