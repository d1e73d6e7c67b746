//! The words for people in the rulebook of `plugins/`: every fact has a question, a hint and a paper, every service a
//! description and an office, in English and in the languages of the services that use it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use toml::Table;

use crate::assertions::assert_contains;
use crate::attacks::refusal_of_edit;
use crate::support::{Server, get, plugins_rulebook, root};

/// The keys of a fact that a person reads.
const OF_FACTS: [&str; 3] = ["question", "hint", "evidence"];

fn table_of(path: &str) -> Table {
    std::fs::read_to_string(root().join("plugins").join(path)).unwrap().parse().unwrap()
}

fn languages(titles: &toml::Value) -> BTreeSet<String> {
    titles.as_table().unwrap().keys().cloned().collect()
}

/// The services, by their files.
fn services() -> Vec<(String, Table)> {
    let folder = std::fs::read_dir(root().join("plugins/services")).unwrap();
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let files: BTreeSet<String> = folder.map(name).collect();
    files.into_iter().map(|file| (file.clone(), table_of(&format!("services/{file}")))).collect()
}

/// What is missing of a fact and its parts in these languages.
fn missing_texts(name: &str, fact: &Table, wanted: &BTreeSet<String>, missing: &mut Vec<String>) {
    // A list is asked by the number of its items, and each of its parts by itself; what is about nobody needs no paper.
    let is_public = fact.get("sensitivity").is_some_and(|sensitivity| sensitivity.as_str() == Some("public"));
    let keys = if fact.contains_key("fields") || is_public { &OF_FACTS[..2] } else { &OF_FACTS[..] };
    for key in keys {
        let there = fact.get(*key).map(languages).unwrap_or_default();
        missing.extend(wanted.difference(&there).map(|language| format!("{name}: {key} in {language}")));
    }
    for choice in fact.get("choices").and_then(toml::Value::as_array).into_iter().flatten() {
        let choice = choice.as_str().unwrap();
        let titles = fact.get("choice-titles").and_then(|titles| titles.get(choice));
        let there = titles.map(languages).unwrap_or_default();
        missing.extend(wanted.difference(&there).map(|language| format!("{name}: choice {choice} in {language}")));
    }
    for (part, table) in fact.get("fields").and_then(toml::Value::as_table).into_iter().flatten() {
        missing_texts(&format!("{name}.{part}"), table.as_table().unwrap(), wanted, missing);
    }
}

#[test]
fn every_fact_and_service_has_words_for_people_in_its_languages() {
    let facts = table_of("facts.toml");
    let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut missing = Vec::new();
    for (file, service) in services() {
        let own = languages(&service["titles"]);
        let described = service.get("description").map(languages).unwrap_or_default();
        missing.extend(own.difference(&described).map(|language| format!("{file}: description in {language}")));
        let points = service.get("apply").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let offices = points.iter().filter_map(|point| point.get("office")).map(languages);
        let offices = offices.fold(BTreeSet::new(), |all, one| &all | &one);
        missing.extend(own.difference(&offices).map(|language| format!("{file}: apply.office in {language}")));
        for fact in service["facts"].as_array().unwrap() {
            wanted.entry(fact.as_str().unwrap().to_owned()).or_default().extend(own.clone());
        }
    }
    assert!(wanted.len() > 30, "{wanted:?}");
    for (name, languages) in &wanted {
        assert!(languages.contains("en"), "{name}: {languages:?}");
        missing_texts(name, facts[name].as_table().unwrap(), languages, &mut missing);
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_interface_tells_the_words_for_people() {
    let server = Server::start(plugins_rulebook(), "");
    let service =
        |language: &str| get(&format!("{}/v1/services/disability-care-subsidy", server.address), language).json();
    let of = |service: &Value| {
        service["facts"].as_array().unwrap().iter().find(|fact| fact["name"] == "disability_grade").unwrap().clone()
    };
    let chinese = service("zh");
    assert_eq!(of(&chinese)["question"], "残疾人证上的残疾等级是几级？");
    assert_eq!(of(&chinese)["evidence"], "残疾人证");
    assert_contains(chinese["description"].as_str().unwrap(), "长期照护");
    assert_contains(chinese["apply"][0]["link"].as_str().unwrap(), "https://");
    assert_eq!(of(&service("en"))["question"], "Which grade does the disability certificate state?");
    let form = server.get("/v1/services/disability-care-subsidy/form?jurisdiction=CN-370602&language=en").json();
    let grade = &form["properties"]["disability_grade"];
    assert_eq!(grade["description"], "Which grade does the disability certificate state?");
    assert_contains(grade["x-hint"].as_str().unwrap(), "1 is the severest grade");
}

#[test]
fn texts_that_can_not_be_are_refused() {
    let title = "titles = { en = \"Age in full years\" }";
    let with = |line: &str| refusal_of_edit("facts.toml", title, &format!("{title}\n{line}"));
    assert_contains(&with("question = { en_US = \"How old?\" }"), "`en_US`");
    assert_contains(&with("choice-titles.old = { en = \"Old\" }"), "`old` is no choice of this fact");
    assert_contains(&with("changeable = \"yes\""), "changeable");
    let service = "[outcome]";
    let point =
        |lines: &str| refusal_of_edit("services/benefit.toml", service, &format!("[[apply]]\n{lines}\n{service}"));
    assert_contains(&point("address = { en = \"1 Road\" }"), "no office and no link");
    assert_contains(&point("link = \"javascript:alert(1)\""), "no address on the web");
    assert_contains(&point("link = \"http://example.org/\""), "no address on the web");
    assert_contains(&point("link = \"https://user@example.org/\""), "no address on the web");
    assert_contains(&point("place = \"nowhere\"\noffice = { en = \"Hall\" }"), "nowhere");
}
