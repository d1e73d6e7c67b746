//! What a person reads: with and without definitions, in both languages, of decisions of every kind.

use std::path::Path;

use ordinance_engine::definitions::{DefinitionFiles, parse_definitions};
use ordinance_trust::RootOverview;
use serde_json::json;

use super::*;

const RULEBOOK: &str = r#"
[titles]
en = "Allowances"

[[jurisdictions]]
code = "CN"
names = { en = "China", zh = "中国" }
time-zone = "Asia/Shanghai"

[[jurisdictions]]
code = "CN-37"
parent = "CN"
names = { en = "Shandong", zh = "山东省" }

[[jurisdictions]]
code = "CN-3706"
parent = "CN-37"
names = { en = "Yantai", zh = "烟台市" }

[privacy]
ungoverned = ["CN"]
"#;

const FACTS: &str = r#"
[age]
type = "integer"
min = 0
max = 150
unit = "years"
titles = { en = "Age", zh = "年龄" }
category = "dpv-pd:Age"
sensitivity = "personal"

[members]
type = "list"
items-max = 8
titles = { en = "Member", zh = "成员" }
category = "dpv-pd:FamilyStructure"
sensitivity = "personal"

[members.fields.works]
type = "bool"
titles = { en = "Works", zh = "就业" }

[members.fields.born]
type = "date"
titles = { en = "Born", zh = "出生日期" }
"#;

const SERVICE: &str = r#"
id = "old-age-allowance"
purpose = "dpv:PublicBenefit"
basis = { kind = "statutory-duty", provision = { document = "Act (example)", article = "1" } }
facts = ["age", "members"]
titles = { en = "Old-age allowance", zh = "高龄津贴" }

[outcome]
bound = "floor"
provision = { document = "Act (example)", article = "2" }

[grant.amount]
type = "decimal"
scale = 2
min = "0"
max = "100000"
unit = "CNY per month"
titles = { en = "Monthly amount", zh = "津贴标准" }
bound = "at-least inherited"
provision = { document = "Act (example)", article = "3" }
"#;

fn definitions() -> Definitions {
    let files = [("rulebook.toml", RULEBOOK), ("facts.toml", FACTS), ("services/old-age-allowance.toml", SERVICE)];
    let files: DefinitionFiles = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    parse_definitions(&files).map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
}

/// The receipt of the guide, with the root by which it holds.
fn receipt() -> (DecisionReceipt, VerifiedReceipt, RootOverview) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/receipts");
    let root = std::fs::read(folder.join("root.json")).unwrap();
    let receipt = DecisionReceipt::parse(&std::fs::read(folder.join("receipt.json")).unwrap()).unwrap();
    let mut verified = receipt.verify(Some(&root), None).unwrap();
    verified.record.time = "2026-11-30T05:55:42.196Z".parse().unwrap();
    (receipt, verified, RootOverview::read(&root).unwrap())
}

/// What is read of a receipt, as one text.
fn read(
    (receipt, verified, root): &(DecisionReceipt, VerifiedReceipt, RootOverview),
    definitions: Option<&Definitions>,
    language: ReadingLanguage,
) -> String {
    let by = CheckedBy { root: Some(root), names_log: false, at: verified.record.time };
    ReadableReceipt::new(receipt, verified, by, (definitions, language)).to_lines().join("\n")
}

#[track_caller]
fn assert_lines(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found.trim() == *line), "`{line}` is no line of:\n{text}");
    }
}

#[test]
fn names_and_titles_are_those_of_the_definitions_in_the_language_of_the_reader() {
    let receipt = receipt();
    let definitions = definitions();
    let lines = [
        "事项：高龄津贴（old-age-allowance）",
        "地区：烟台市（CN-3706）",
        "给予：津贴标准：每月150.00元",
        "年龄：80岁",
        "山东省（CN-37）",
        "记录时间：2026年11月30日 13:55:42 北京时间（UTC+8）",
    ];
    assert_lines(&read(&receipt, Some(&definitions), ReadingLanguage::Zh), &lines);
    let lines = [
        "Service: Old-age allowance (old-age-allowance)",
        "Granted: Monthly amount: 150.00 yuan a month",
        "Age: 80 years",
        "Recorded: 30 November 2026, 13:55:42, Asia/Shanghai (UTC+8)",
    ];
    assert_lines(&read(&receipt, Some(&definitions), ReadingLanguage::En), &lines);
}

#[test]
fn without_definitions_ids_stand_for_titles_and_the_reader_is_told() {
    let text = read(&receipt(), None, ReadingLanguage::En);
    let note = "Note: this receipt carries no definition files, so some names stand as codes";
    assert_lines(&text, &["Service: old-age-allowance", "Place: Yantai (CN-3706)", "age: 80", note]);
}

#[test]
fn what_is_open_failed_out_of_bounds_or_not_used_is_said_in_words() {
    let mut open = receipt();
    let mut answer: Value = serde_json::from_str(&open.0.answer).unwrap();
    answer["outcome"] = json!("undetermined");
    answer["reason"] = json!("missing-facts");
    answer["grant"] = json!(null);
    answer["at_least"] = json!({"grant": {"amount": "100.00"}, "reason": "failed-rule",
        "open": [{"jurisdiction": "CN-3706", "status": "failed"}]});
    answer["missing"] = json!(["members[1].works"]);
    answer["privacy"]["withheld"] = json!([{"fact": "members", "ruling": "withhold"}]);
    answer["layers"][1]["violations"] = json!([{"subject": "grant.amount", "bound": "at-least inherited (100.00)",
        "provision": {"document": "Act (example)", "article": "3"}}]);
    let city = answer["layers"][2].as_object_mut().unwrap();
    city.remove("answer");
    city.remove("grant");
    city.insert("status".to_owned(), json!("failed"));
    city.insert("failure".to_owned(), json!({"code": "trap", "detail": "unreachable"}));
    open.0.answer = answer.to_string();
    open.0.request = json!({"facts": {"age": null, "members": [{"works": true, "born": "1990-05-06"}]},
        "subject": {"age_band": "adult", "lacks_capacity": null, "guardian_consents": true}})
    .to_string();
    open.1.record.outcome = "undetermined".to_owned();
    let definitions = definitions();
    let lines = [
        "Outcome: not determined: facts are missing",
        "Granted at least: Monthly amount: 100.00 yuan a month",
        "Levels whose part is open: Yantai (CN-3706): a rule failed",
        "Missing facts: Works (members[1].works)",
        "Age: not known",
        "Member 1, Works: yes",
        "Member 1, Born: 6 May 1990",
        "About the applicant: age band: adult, a guardian consents: yes",
        "Not used, since privacy law withholds it: Member",
        "Outside the bounds of upper law; the nearest lawful value counts: Monthly amount: at-least inherited (100.00) \
         (Act (example), 3)",
        "What it decided: its rule failed: the rule broke off (it set the outcome or the grant)",
    ];
    assert_lines(&read(&open, Some(&definitions), ReadingLanguage::En), &lines);
    let lines = ["结果：尚未确定：缺少事实", "成员 1，出生日期：1990年5月6日", "缺少的事实：就业（members[1].works）"];
    assert_lines(&read(&open, Some(&definitions), ReadingLanguage::Zh), &lines);
}
